from __future__ import annotations

import json
import os
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml

from tests.training.comparing.ladders import made
from tests.training.test_trl import paper
from tests.training.test_verl import composed
from weval.errors import ConfigError, ResultError
from weval.training import Profile, read_training, verl_reward
from weval.training.export import export
from weval.training.verl import VERSION

RECIPE, FOLDER = read_training("grpo_wrl")
MINI = {
    "reward__model": "http:http://rm:55111/predict",
    "data__source": "weval-mini",
    "data__allow": "weval-mini",
    "data__holdout": "10",
    "policy__rollout_prompts": "48",
    "optimisation__batch": "48",
    "optimisation__save_every": "10",
    "optimisation__micro_batch": "6",
}


def overrides(out: Path) -> list[str]:
    """The keys of run.sh, as the shell would hand them over."""
    lines = [line.strip() for line in (out / "run.sh").read_text().splitlines() if line.startswith('  "')]
    return [line[1:-1].replace("$HERE", "/x").replace("$REWARD_URL", "http://rm/weval") for line in lines[:-1]]


def test_an_export_for_verl_is_a_folder_that_runs(tmp_path: Path) -> None:
    out = tmp_path / "out"
    paths = export("verl", RECIPE, FOLDER, paper(**MINI), out)
    names = {"run.sh", "ray.sbatch", "config.yaml", "README.md", "reward.py", "train.parquet", "val.parquet"}
    assert {path.name for path in paths} == names == {path.name for path in out.iterdir()}
    assert os.access(out / "run.sh", os.X_OK)
    rows = pq.read_table(out / "train.parquet").to_pylist()
    assert len(rows) == 50 and rows[0]["prompt"][0]["role"] == "system"  # the paper's writer reasons
    assert pq.read_table(out / "val.parquet").num_rows == 10
    assert (out / "reward.py").read_text() == Path(verl_reward.__file__).read_text()
    config = yaml.safe_load((out / "config.yaml").read_text())
    assert config["reward"]["custom_reward_function"]["reward_kwargs"] == {
        "url": "http://rm:55111/predict",
        "asked": "query",
        "reasoning": True,
    }
    assert f"verl[vllm]=={VERSION}" in (out / "README.md").read_text()


def test_what_was_exported_is_taken_by_verls_own_schema(tmp_path: Path) -> None:
    composed([])  # skips where it is not here
    export("verl", RECIPE, FOLDER, paper(**MINI), tmp_path / "out")
    found = composed(overrides(tmp_path / "out"))
    assert found.data.train_batch_size == 48 and found.data.train_files == "/x/train.parquet"
    assert found.reward.custom_reward_function.path == "/x/reward.py" and found.trainer.test_freq == 10


def compared(folder: Path, **settings: str) -> Profile:
    """A profile of comparisons, on sixteen prompts with references."""
    file = folder / "ladders.jsonl"
    rows = [made(f"tea{n}", "Bad.", "Better.", "Best.") for n in range(16)]
    file.write_text("".join(row.model_dump_json() + "\n" for row in rows))
    return paper(
        data__source=str(file),
        data__holdout="0",
        comparison__judge="length",
        policy__rollout_prompts="16",
        optimisation__batch="16",
        optimisation__micro_batch="2",
        optimisation__save_every="10",
        policy__reasoning="false",
        **settings,
    )


def test_rewards_by_comparison_come_from_wevals_own_code_with_its_schedule(tmp_path: Path) -> None:
    out = tmp_path / "out"
    paths = export("verl", RECIPE, FOLDER, compared(tmp_path, comparison__selection="all"), out)
    assert not (out / "reward.py").exists() and (out / "comparison.json").exists()
    config = yaml.safe_load((out / "config.yaml").read_text())
    function = config["reward"]["custom_reward_function"]
    assert function["path"] == "pkg://weval.training.comparing.verl_reward"
    assert function["reward_kwargs"] == {"setup": str(out / "comparison.json")}
    assert config["trainer"]["checkpoint_callback_class"].endswith("ScheduleKept")
    (first, *_) = pq.read_table(out / "train.parquet").to_pylist()
    assert [one["response"] for one in json.loads(first["reward_model"]["ground_truth"])["references"]][-1] == "Best."
    assert "REWARD_URL" not in (out / "run.sh").read_text() and "`length`" in (out / "README.md").read_text()
    assert out / "comparison.json" in paths
    composed([])
    assert composed(overrides(out)).reward.reward_manager.name == "SteppedRewards"


def test_selection_by_margin_takes_the_policys_own_grades_from_a_file(tmp_path: Path) -> None:
    profile = compared(tmp_path, comparison__selection="margin", comparison__keep="16")
    with pytest.raises(ConfigError, match="grades"):
        export("verl", RECIPE, FOLDER, profile, tmp_path / "out")


def test_prompts_without_references_cannot_be_compared(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="has no references"):
        export("verl", RECIPE, FOLDER, paper(**MINI, comparison__judge="length"), tmp_path / "out")


def test_a_preset_is_served_for_verl(tmp_path: Path) -> None:
    profile = paper(**MINI | {"reward__model": "skywork-rm-qwen3", "reward__settings__unit": "requirement"})
    export("verl", RECIPE, FOLDER, profile, tmp_path / "out")
    assert "`weval serve skywork-rm-qwen3 --set unit=requirement`" in (tmp_path / "out" / "README.md").read_text()
    assert "DEFAULT_URL=http://127.0.0.1:8311/weval\n" in (tmp_path / "out" / "run.sh").read_text()


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"reward__model": "http:http://h:1/classify", "reward__settings__protocol": "vllm"}, "weval serve"),
        ({"policy__rollout_prompts": "96", "optimisation__batch": "96"}, "there are 50 prompts to train on"),
        ({"data__source": "nowhere.jsonl"}, "nowhere"),
        ({"optimisation__schedule": "linear"}, "constant and cosine"),
    ],
)
def test_what_cannot_be_exported_is_said_and_nothing_is_written(
    settings: dict[str, str], said: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match=said):
        export("verl", RECIPE, FOLDER, paper(**MINI | settings), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_who_is_rewarded_by_nobody_is_not_for_verl(tmp_path: Path) -> None:
    profile = paper(**MINI).model_copy(update={"reward": None})
    with pytest.raises(ConfigError, match="nobody rewards"):
        export("verl", RECIPE, FOLDER, profile, tmp_path)


def test_an_export_for_slurm_has_its_launcher_beside_it(tmp_path: Path) -> None:
    out = tmp_path / "out"
    paths = export("slurm", RECIPE, FOLDER, paper(hardware__nodes="2"), out)
    assert [path.name for path in paths] == ["accelerate.sbatch", "fsdp2.yaml"]
    script = (out / "accelerate.sbatch").read_text()
    assert str(out / "fsdp2.yaml") in script and "--nodes=2" in script
    hours = int(script.partition("--time=")[2].partition(":")[0])
    assert 5 < hours < 100  # half as much again as estimated


def test_a_batch_that_is_not_whole_on_all_devices_is_refused_before_a_job_is_queued(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="times 32 devices"):
        export("slurm", RECIPE, FOLDER, paper(hardware__nodes="4"), tmp_path / "out")
    with pytest.raises(ConfigError, match="--export verl"):
        export("slurm", RECIPE, FOLDER, paper(policy__algorithm="ppo"), tmp_path / "out")


def test_it_may_be_written_again_but_not_over_something_else(tmp_path: Path) -> None:
    out = tmp_path / "out"
    for _ in range(2):
        export("slurm", RECIPE, FOLDER, paper(), out)
    (out / "mine.txt").write_text("")
    with pytest.raises(ResultError, match=r"mine\.txt"):
        export("slurm", RECIPE, FOLDER, paper(), out)
