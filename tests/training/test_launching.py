"""Scripts are run by bash; in the place of Slurm, Ray and accelerate are programs that say what they were told."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.training.test_trl import paper
from weval.errors import ConfigError
from weval.rooms import room
from weval.training import read_training
from weval.training.launching import (
    devices_of,
    launcher_file,
    launcher_of,
    ray_sbatch,
    sbatch,
    settings_of,
    vllm_server,
)

RECIPE, FOLDER = read_training("grpo_wrl")
LAUNCHERS = sorted((room("training_recipes") / "launchers").glob("*.yaml"))


def programs(folder: Path, **bodies: str) -> dict[str, str]:
    """An environment in which these commands are shell scripts of ours."""
    folder.mkdir(exist_ok=True)
    for name, body in bodies.items():
        path = folder / name
        path.write_text(f"#!/usr/bin/env bash\n{body}\n")
        path.chmod(0o755)
    return {"PATH": f"{folder}:{os.environ['PATH']}", "SAID": str(folder / "said"), "SLURM_CPUS_ON_NODE": "64"}


_WRITE = "import json, os, sys; open(os.environ['SAID'], 'a').write(json.dumps(sys.argv[1:]) + chr(10))"
SAY = f'{sys.executable} -c "{_WRITE}" "$(basename "$0")" "$@"'
"""Writes the program's name and arguments down."""

SRUN = """
while [[ "$1" == -* ]]; do case "$1" in -w) shift 2 ;; *) shift ;; esac; done
for node in ${SRUN_NODES:-0}; do SLURM_NODEID=$node "$@"; done
"""
"""Runs the command once per node, as one task each."""


def said(environment: dict[str, str]) -> list[list[str]]:
    path = Path(environment["SAID"])
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def run(script: str, environment: dict[str, str], folder: Path) -> subprocess.CompletedProcess[str]:
    path = folder / "script"
    path.write_text(script)
    return subprocess.run(["bash", str(path)], env=environment, capture_output=True, text=True, timeout=60, cwd=folder)


@pytest.mark.parametrize("path", LAUNCHERS, ids=[path.stem for path in LAUNCHERS])
def test_accelerates_own_loader_knows_every_key_of_a_launcher(path: Path) -> None:
    from accelerate.commands.config.config_args import load_config_from_file

    found = load_config_from_file(str(path))  # raises for a key that it does not know
    content = yaml.safe_load(path.read_text())
    assert found.distributed_type.value == content["distributed_type"] and found.mixed_precision == "bf16"


def test_the_launchers_are_those_that_can_be_chosen() -> None:
    assert {path.stem for path in LAUNCHERS} == {"single_gpu", "multi_gpu", "fsdp2", "zero3"}


def test_accelerate_makes_fsdp2_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the file says, `accelerate launch` puts into the environment; FSDP's plug-in reads it there."""
    from accelerate.commands.config.config_args import load_config_from_file
    from accelerate.utils import FullyShardedDataParallelPlugin

    config = load_config_from_file(str(launcher_file("fsdp2", FOLDER))).fsdp_config
    for key, value in config.items():
        monkeypatch.setenv(key.upper(), str(value).lower() if isinstance(value, bool) else str(value))
    plugin = FullyShardedDataParallelPlugin()
    assert plugin.fsdp_version == 2 and plugin.reshard_after_forward is True and not plugin.activation_checkpointing
    assert plugin.state_dict_type.name == "FULL_STATE_DICT"


def test_what_fits_is_not_divided() -> None:
    assert launcher_of(paper()) == "fsdp2"
    assert launcher_of(paper(model__lora__rank="8")) == launcher_of(paper(model__base="small")) == "multi_gpu"
    assert launcher_of(paper(hardware__gpus="1")) == launcher_of(paper(hardware__gpus="0")) == "single_gpu"
    assert devices_of(paper(hardware__nodes="3").hardware) == 24 and devices_of(paper(hardware__gpus="0").hardware) == 1


def test_a_recipes_own_launcher_wins(tmp_path: Path) -> None:
    assert launcher_file("fsdp2", tmp_path).parent.name == "launchers"
    (tmp_path / "fsdp2.yaml").write_text("")
    assert launcher_file("fsdp2", tmp_path) == tmp_path / "fsdp2.yaml"


def test_the_nearest_profile_with_its_settings_is_the_profile() -> None:
    profile = paper(data__allow="a,b", optimisation__max_steps="10", model__lora__rank="4", reward__settings__unit="")
    name, settings = settings_of(RECIPE, profile)
    assert name == "paper" and RECIPE.profile(name, settings) == profile
    assert settings_of(RECIPE, RECIPE.profile("tiny")) == ("tiny", {})
    gone = RECIPE.profile("tiny", {"policy.warm_start": ""})
    assert settings_of(RECIPE, gone) == ("tiny", {"policy.warm_start": ""})


def test_a_server_is_started_with_what_trl_cannot_say() -> None:
    command = " ".join(vllm_server(paper()))
    assert "--max-num-batched-tokens 25000" in command and "--no-enable-chunked-prefill" in command
    assert "--weight-transfer-config" in command and "--max-model-len 24000" in command
    free = " ".join(vllm_server(paper(policy__max_batched_tokens="", policy__chunked_prefill="true")))
    assert "batched-tokens" not in free and " --enable-chunked-prefill" in free


def test_on_slurm_every_machine_has_a_launcher_that_knows_its_rank_and_the_head(tmp_path: Path) -> None:
    odd = 'a b\'s "c" $HOME'
    profile = paper(hardware__nodes="2", data__source=odd)
    script = sbatch(RECIPE, FOLDER, profile, Path("/launch/fsdp2.yaml"), 23)
    environment = programs(tmp_path / "bin", scontrol="printf 'gpu1\\ngpu2\\n'", srun=SRUN, accelerate=SAY)
    ran = run(script, environment | {"SLURM_JOB_NODELIST": "gpu[1-2]", "SRUN_NODES": "0 1"}, tmp_path)
    assert ran.returncode == 0, ran.stderr
    told = said(environment)
    assert [one[one.index("--machine_rank") + 1] for one in told] == ["0", "1"]
    for one in told:
        words = dict(itertools.pairwise(one))
        assert words["--main_process_ip"] == "gpu1" and words["--config_file"] == "/launch/fsdp2.yaml"
        assert words["--num_machines"] == "2" and words["--num_processes"] == "16"
        assert words["--profile"] == "paper" and f"data.source={odd}" in one and "hardware.nodes=2" in one
        assert one.index("--machine_rank") < one.index(str(FOLDER.resolve() / "train.py"))  # the rest is the script's
    assert "#SBATCH --nodes=2\n" in script and "#SBATCH --time=23:00:00\n" in script and "--requeue" in script


def test_accelerate_itself_reads_the_command_of_the_script(tmp_path: Path) -> None:
    from accelerate.commands.launch import launch_command_parser

    script = sbatch(RECIPE, FOLDER, paper(hardware__nodes="2"), launcher_file("fsdp2", FOLDER), 1)
    environment = programs(tmp_path / "bin", scontrol="echo gpu1", srun=SRUN, accelerate=SAY)
    run(script, environment | {"SLURM_JOB_NODELIST": "gpu1"}, tmp_path)
    found = launch_command_parser().parse_args(said(environment)[0][2:])
    assert found.num_machines == 2 and found.num_processes == 16 and found.machine_rank == 0
    assert found.training_script.endswith("train.py") and found.training_script_args[:2] == ["--profile", "paper"]


def test_servers_beside_are_named_in_the_script() -> None:
    served = sbatch(RECIPE, FOLDER, paper(reward__model="http:http://rm:8311/weval"), Path("x.yaml"), 1)
    assert "# The reward model has to answer every machine at http://rm:8311/weval" in served
    script = sbatch(RECIPE, FOLDER, paper(policy__engine="vllm-server"), Path("x.yaml"), 1)
    assert "#   VLLM_SERVER_DEV_MODE=1 vllm serve" in script
    assert "vllm serve" not in sbatch(RECIPE, FOLDER, paper(), Path("x.yaml"), 1)


@pytest.mark.parametrize(
    "settings",
    [
        {"reward__model": "http:http://rm/\ntouch harm"},
        {"policy__engine": "vllm-server", "model__base": "a\ntouch harm #"},
        {"data__source": "a'\ntouch harm\n'"},
    ],
)
def test_no_line_of_a_setting_is_run(settings: dict[str, str], tmp_path: Path) -> None:
    script = sbatch(RECIPE, FOLDER, paper(**settings), Path("x.yaml"), 1)
    environment = programs(tmp_path / "bin", scontrol="echo gpu1", srun=SRUN, accelerate=SAY)
    ran = run(script, environment | {"SLURM_JOB_NODELIST": "gpu1"}, tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert not (tmp_path / "harm").exists() and not Path("harm").exists()


def test_ppo_is_not_for_trl() -> None:
    with pytest.raises(ConfigError, match="--export verl"):
        sbatch(RECIPE, FOLDER, paper(policy__algorithm="ppo"), Path("x.yaml"), 1)


@pytest.mark.parametrize("nodes", [1, 3])
def test_ray_starts_on_the_head_then_elsewhere_then_the_run(nodes: int, tmp_path: Path) -> None:
    script = ray_sbatch("wrl", paper(hardware__nodes=str(nodes)).hardware, 5)
    (tmp_path / "run.sh").write_text(SAY.replace('"$(basename "$0")"', '"run.sh" "$RAY_ADDRESS"'))
    environment = programs(
        tmp_path / "bin",
        scontrol="printf 'gpu1\\ngpu2\\ngpu3\\n'",
        srun=SRUN,
        ray=SAY,
        hostname="echo '10.0.0.1 fe80::1'",
        sleep=f"{sys.executable} -c 'import time; time.sleep(0.5)'",
    )
    ran = run(script, environment | {"SLURM_JOB_NODELIST": "gpu", "SLURM_SUBMIT_DIR": str(tmp_path)}, tmp_path)
    assert ran.returncode == 0, ran.stderr
    told = said(environment)
    assert told[0][:3] == ["ray", "start", "--head"] and "--node-ip-address=10.0.0.1" in told[0]
    assert told[-1] == ["run.sh", "10.0.0.1:6379"]
    assert not any("dashboard" in word for word in told[0])  # it runs what it is sent: for its own machine only
    assert len(told) == (2 if nodes == 1 else 3)
    if nodes == 3:
        assert told[1][:3] == ["ray", "start", "--address=10.0.0.1:6379"] and "--nodes=2 --ntasks=2" in script
