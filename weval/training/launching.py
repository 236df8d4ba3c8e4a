"""How a recipe's script is started on several GPUs and machines: accelerate, Slurm, and vLLM as a server beside it."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from weval.errors import ConfigError
from weval.files import one_line
from weval.rooms import room
from weval.training.bases import PACKAGE, SMALL
from weval.training.recipe import SCRIPT, Recipe
from weval.training.sections import Hardware, Profile, flat
from weval.training.trl import policy_of

Launcher = Literal["single_gpu", "multi_gpu", "fsdp2", "zero3"]

PORT = 29500
"""Where the first machine waits for the others."""

ENDING = "TORCH_ELASTIC_SHUTDOWN_TIMEOUT"
ENDING_S = 1800
"""Seconds that processes have, once told to stop, to end their step and save it: accelerate gives them 30 by itself."""

SLURM_HOURS = 24
"""What is asked of Slurm where nobody can say how long it takes."""


def devices_of(hardware: Hardware) -> int:
    """How many processes train, over all machines: one per GPU; one on a CPU."""
    return max(1, hardware.gpus) * hardware.nodes


def launcher_of(profile: Profile) -> Launcher:
    """Which of training_recipes/launchers/ fits: nothing divided among GPUs where nothing has to be."""
    if devices_of(profile.hardware) == 1:
        return "single_gpu"
    small = profile.model.lora is not None or profile.model.base == SMALL or profile.model.base.startswith(PACKAGE)
    return "multi_gpu" if small else "fsdp2"


def launcher_file(launcher: Launcher, folder: Path) -> Path:
    """The configuration: a recipe's own, if its folder has one of that name, else the one for all."""
    own = folder / f"{launcher}.yaml"
    return own if own.is_file() else room("training_recipes") / "launchers" / f"{launcher}.yaml"


def vllm_server(profile: Profile) -> list[str]:
    """The command of the server that writes rollouts, where policy.engine is vllm-server. Needs VLLM_SERVER_DEV_MODE=1.

    Raises ConfigError for profiles without a policy.
    """
    policy = policy_of(profile)
    batched = [] if policy.max_batched_tokens is None else ["--max-num-batched-tokens", str(policy.max_batched_tokens)]
    chunked = "--enable-chunked-prefill" if policy.chunked_prefill else "--no-enable-chunked-prefill"
    return [
        *("vllm", "serve", profile.model.base),
        *("--weight-transfer-config", '{"backend":"nccl"}'),
        *("--logprobs-mode", "processed_logprobs", "--max-logprobs", "-1"),
        *("--tensor-parallel-size", str(policy.tensor_parallel)),
        *("--gpu-memory-utilization", f"{policy.gpu_memory:g}"),
        *("--max-model-len", str(policy.max_prompt_tokens + policy.max_response_tokens)),
        *batched,
        chunked,
    ]


def settings_of(recipe: Recipe, profile: Profile) -> tuple[str, dict[str, str]]:
    """The profile of the recipe that is nearest, and what --set has to say to make this one of it.

    >>> from weval.training.recipe import read_training
    >>> recipe = read_training("grpo_wrl")[0]
    >>> settings_of(recipe, recipe.profile("paper", {"optimisation.batch": "192", "data.allow": "a,b"}))
    ('paper', {'data.allow': 'a,b', 'optimisation.batch': '192'})
    """
    wanted = flat(profile.model_dump(mode="json"))
    found = {str(name): _changed(flat(one.model_dump(mode="json")), wanted) for name, one in recipe.profiles.items()}
    nearest = min(found, key=lambda name: len(found[name]))
    return nearest, found[nearest]


def _changed(have: Mapping[str, object], wanted: Mapping[str, object]) -> dict[str, str]:
    """What --set has to say to make one profile of another; a section that is gone is emptied as a whole.

    >>> _changed({"a": 1, "lora.rank": 8, "lora.alpha": 2}, {"a": 2, "lora": None})
    {'a': '2', 'lora': ''}
    """
    found = dict[str, str]()
    for key in sorted(have.keys() | wanted.keys()):
        above = [key[:at] for at, letter in enumerate(key) if letter == "."]
        gone = next((part for part in above if part in wanted and wanted[part] is None), None)
        if gone is not None:
            found[gone] = ""
        elif have.get(key) != wanted.get(key) and {} not in (have.get(key), wanted.get(key)):
            found[key] = _set(wanted.get(key))
    return found


def sbatch(recipe: Recipe, folder: Path, profile: Profile, launcher: Path, hours: int) -> str:
    """A batch script for Slurm: one launcher per machine, which starts one process per GPU.

    The same script, submitted again, goes on from the last checkpoint. Raises ConfigError for what train.py cannot do.
    """
    hardware = profile.hardware
    if profile.policy is not None and profile.policy.algorithm == "ppo":
        raise ConfigError("policy.algorithm=ppo: TRL has none; --export verl writes ray.sbatch")
    name, settings = settings_of(recipe, profile)
    out = f"trainings/{recipe.name}-{name}"
    script = [str(folder.resolve() / SCRIPT), "--profile", name, "--out", out]
    script += [part for key, value in settings.items() for part in ("--set", f"{key}={value}")]
    launch = [
        *("accelerate", "launch", "--config_file", str(launcher)),
        *("--num_machines", str(hardware.nodes), "--num_processes", str(devices_of(hardware))),
    ]
    lines = [
        *_header(f"{recipe.name}-{name}", hardware, hours),
        "",
        "# The first machine is where the others meet.",
        'HEAD="$(scontrol show hostnames "$SLURM_JOB_NODELIST" | sed -n 1p)"',
        "export HEAD",
        f"export {ENDING}={ENDING_S}",
        *_served(profile),
        "",
        "# One launcher per machine; $SLURM_NODEID is of the machine that it runs on, so it is read there.",
        'srun --kill-on-bad-exit=1 --cpus-per-task="$SLURM_CPUS_ON_NODE" bash -c \'exec "$@" \\',
        '  --machine_rank "$SLURM_NODEID" --main_process_ip "$HEAD" '
        f"--main_process_port {PORT} {_quoted_within(script)}' \\",
        f"  launch {shlex.join(launch)}",
    ]
    return "\n".join(lines) + "\n"


def ray_sbatch(name: str, hardware: Hardware, hours: int) -> str:
    """A batch script that starts Ray on all machines of a job, and then run.sh beside it, on the first."""
    workers = hardware.nodes - 1
    lines = [
        *_header(name, hardware, hours),
        "",
        'HERE="${SLURM_SUBMIT_DIR:-$PWD}"   # submit it from the folder of run.sh, which all machines have to see',
        'HEAD="$(scontrol show hostnames "$SLURM_JOB_NODELIST" | sed -n 1p)"',
        'ADDRESS="$(srun --nodes=1 --ntasks=1 -w "$HEAD" hostname --ip-address | cut -d " " -f 1)"',
        "",
        "# A step has one CPU unless it asks for more; with --block Ray stays in its step, and both end with the job.",
        'ALL="--overlap --cpus-per-task=$SLURM_CPUS_ON_NODE"',
        'srun --nodes=1 --ntasks=1 $ALL -w "$HEAD" ray start --head --node-ip-address="$ADDRESS" \\',
        f"  --port=6379 --num-gpus={max(1, hardware.gpus)} --disable-usage-stats --block &",
        "sleep 20",
    ]
    if workers:
        lines += [
            f'srun --nodes={workers} --ntasks={workers} $ALL --exclude="$HEAD" ray start \\',
            f'  --address="$ADDRESS:6379" --num-gpus={max(1, hardware.gpus)} --disable-usage-stats --block &',
            "sleep 20",
        ]
    lines += [
        "",
        'srun --nodes=1 --ntasks=1 $ALL -w "$HEAD" \\',
        '  env RAY_ADDRESS="$ADDRESS:6379" bash "$HERE/run.sh"   # its dashboard, which runs what it is sent, is local',
    ]
    return "\n".join(lines) + "\n"


def _header(name: str, hardware: Hardware, hours: int) -> list[str]:
    return [
        "#!/usr/bin/env bash",
        f"#SBATCH --job-name={name}",
        f"#SBATCH --nodes={hardware.nodes}",
        "#SBATCH --ntasks-per-node=1",
        f"#SBATCH --gpus-per-node={max(1, hardware.gpus)}",
        "#SBATCH --exclusive",
        f"#SBATCH --time={hours}:00:00",
        "#SBATCH --requeue",
        "#SBATCH --output=%x-%j.log",
        "set -euo pipefail",
    ]


def _served(profile: Profile) -> list[str]:
    """What has to run beside the training, as comments: who starts it, and where, is for whoever submits to say."""
    lines = list[str]()
    if profile.reward is not None and profile.reward.model.startswith("http:"):
        url = one_line(profile.reward.model.removeprefix("http:"))
        lines += ["", f"# The reward model has to answer every machine at {url} (reward.model)."]
    if profile.policy is not None and profile.policy.engine == "vllm-server":
        lines += [
            "",
            "# Rollouts are written by a server that has to be there already, on GPUs of its own (policy.server):",
            f"#   VLLM_SERVER_DEV_MODE=1 {one_line(shlex.join(vllm_server(profile)), 2000)}",
        ]
    return lines


def _quoted_within(words: Sequence[str]) -> str:
    """Words for the inside of a script in single quotes."""
    return shlex.join(words).replace("'", "'\\''")


def _set(value: object) -> str:
    """A value as --set takes it."""
    if isinstance(value, list):
        return ",".join(map(str, value))
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
