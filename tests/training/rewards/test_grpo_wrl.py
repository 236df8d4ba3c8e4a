"""The recipes grpo_wrl and grpo_llm_judge, short: rewards rise, a run goes on to the same curve, alarms ring."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.adapters.servers import Answer, Asked, Handler, serving
from tests.textmodels.servers import completion, last
from tests.training.rewards.tea import WE, arguments, run_recipe, write_tea
from weval.files import read_json
from weval.training.curve import read_curve
from weval.training.rewards.bell import read_alarms
from weval.training.rewards.heldout import HeldOut


@pytest.fixture(scope="module")
def tea(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is trained on."""
    return write_tea(tmp_path_factory.mktemp("tea"), WE)


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory, tea: Path) -> Path:
    """A finished run whose reward is just what is asked for, and has nothing to do with length."""
    out = tmp_path_factory.mktemp("grpo") / "out"
    with pytest.MonkeyPatch.context() as patch:
        run_recipe("grpo_wrl", patch, arguments(out, tea, "reward.model=rules"))
    return out


def curve(out: Path) -> list[dict[str, float]]:
    """A run's curve, without what depends on the time."""
    return [
        {name: value for name, value in row.items() if name != "seconds" and not name.endswith("_time")}
        for row in read_curve(out / "curve.jsonl")
    ]


def mean(rows: list[dict[str, float]], name: str) -> float:
    return sum(row[name] for row in rows) / len(rows)


def test_rewards_rise_and_checks_with_them(honest: Path) -> None:
    rows = [row for row in read_curve(honest / "curve.jsonl") if "reward" in row]
    assert [row["step"] for row in rows] == list(range(1, 17))
    assert mean(rows[-4:], "reward") > 1.5 * mean(rows[:4], "reward")
    assert mean(rows[-4:], "checks_met") > mean(rows[:4], "checks_met") + 0.2
    assert {"reward_min", "reward_max", "unrewarded", "repetition", "malformed"} <= {*rows[0]}


def test_an_honest_run_rings_no_alarm_of_cheating(honest: Path) -> None:
    """That groups are all the same at its end is so: nothing is left to learn."""
    assert {alarm.kind for alarm in read_alarms(honest / "alarms.jsonl")} <= {"collapse"}


def test_prompts_held_out_gain_too(honest: Path) -> None:
    found = read_json(honest / "heldout.json", HeldOut)
    assert found.n_prompts == 4
    assert found.reward.change is not None
    assert found.reward.change.value > 0.05
    card = (honest / "README.md").read_text()
    assert "On 4 prompts held out" in card


def test_a_run_that_was_killed_goes_on_to_the_same_curve(
    honest: Path, tea: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As kill -9 leaves it in step 14: later lines of the curve, and a checkpoint that is half-written."""
    out = tmp_path / "out"
    shutil.copytree(honest, out)
    for name in ("model", "checkpoints/checkpoint-16", "heldout-after.jsonl", "heldout.json", "README.md"):
        path = out / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    (out / "checkpoints" / "checkpoint-12" / "complete").unlink()
    run_recipe("grpo_wrl", monkeypatch, arguments(out, tea, "reward.model=rules"))
    assert curve(out) == curve(honest)
    assert (out / "heldout.json").read_text() == (honest / "heldout.json").read_text()


def test_a_planted_length_exploit_rings_and_is_in_the_card(
    tea: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    run_recipe("grpo_wrl", monkeypatch, arguments(out, tea, "reward.model=length", "data.holdout=0", "policy.kl=0"))
    assert "length" in {alarm.kind for alarm in read_alarms(out / "alarms.jsonl")}
    assert "length: rewards rose from" in capsys.readouterr().err
    assert "An alarm rang at step" in (out / "README.md").read_text()


def test_a_judge_behind_a_server_rewards_and_is_not_asked_again(
    tea: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says yes by a word, and of some texts nothing that is a verdict."""

    def judge(handler: Handler, asked: Asked) -> Answer:
        response = last(asked)
        if "lemon" in response:
            return Answer(completion("I cannot tell."))
        return Answer(completion("1" if "Begin" in response and "We " in response else "0"))

    with serving(judge) as server:
        said = arguments(
            tmp_path / "out", tea, f"reward.settings.base_url={server.url}/v1", "reward.settings.concurrency=4",
            "optimisation.max_steps=2", "data.holdout=0",
        )  # fmt: skip
        run_recipe("grpo_llm_judge", monkeypatch, said)
        n_asked = len(server.asked)
        rows = read_curve(tmp_path / "out" / "curve.jsonl")
        assert n_asked > 16
        assert any(row["unrewarded"] > 0 for row in rows)
        assert any(0 < row["reward"] <= 1 for row in rows)
        for name in ("model", "checkpoints"):
            shutil.rmtree(tmp_path / "out" / name)
        run_recipe("grpo_llm_judge", monkeypatch, said)
        assert len(server.asked) == n_asked  # the replies were kept


def test_a_reward_model_that_is_not_there_ends_it_in_one_line(
    tea: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        run_recipe("grpo_wrl", monkeypatch, arguments(tmp_path / "out", tea))
    assert ended.value.code == 2
    assert "weval train rm_bradley_terry" in capsys.readouterr().err
