"""The files that start a veRL run: run.sh with its command, the same as YAML, and what to know before."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from weval.training.differences import Difference
from weval.training.sections import Profile
from weval.training.verl import VERSION, Value, override

HERE, URL = "$HERE", "$REWARD_URL"
"""Shell variables of run.sh, which values of its command may hold."""

RUN, BATCH, CONFIG, ABOUT, REWARD = "run.sh", "ray.sbatch", "config.yaml", "README.md", "reward.py"
TRAIN, VAL = "train.parquet", "val.parquet"


@dataclass(frozen=True, slots=True)
class Rewarder:
    """Who rewards: the server's default address, how it is started, and the environment variable with its key.

    Without an address nobody is asked by HTTP.
    """

    url: str | None
    started: str
    key_env: str | None = None


def run_script(profile: Profile, arguments: Mapping[str, Value], rewarder: Rewarder) -> str:
    """run.sh: one machine starts Ray by itself; of several, the command goes to the cluster that is there."""
    several = profile.hardware.nodes > 1
    command = ["COMMAND=(python -m verl.trainer.main_ppo"]
    command += [f"  {_quoted(override(key, value))}" for key, value in arguments.items()]
    lines = [
        "#!/usr/bin/env bash",
        f"# Written for veRL {VERSION}. The same command again goes on from the last checkpoint.",
        "set -euo pipefail",
        'HERE="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"',
        *(_asked(rewarder.url, rewarder.key_env, several=several) if rewarder.url else []),
        "",
        *command,
        '  "$@")   # further keys win',
        "",
    ]
    if several:
        lines += [
            "# Ray runs on all machines already (ray.sbatch, or by hand: README.md), and all of them see this folder.",
            'ray job submit --address="${RAY_DASHBOARD:-http://127.0.0.1:8265}" -- "${COMMAND[@]}"',
        ]
    else:
        lines += ["# veRL starts Ray on this machine, if RAY_ADDRESS names no other.", 'exec "${COMMAND[@]}"']
    return "\n".join(lines) + "\n"


def _asked(url: str, key_env: str | None, *, several: bool) -> list[str]:
    """Where the reward model is, and whether it answers, before GPUs are busy."""
    lines = [f"DEFAULT_URL={shlex.quote(url)}", 'REWARD_URL="${REWARD_URL:-$DEFAULT_URL}"']
    if several:
        lines += [
            'case "$REWARD_URL" in *//127.*|*//localhost*)',
            '  echo "run.sh: REWARD_URL=$REWARD_URL is another server on each machine; name one that all reach" >&2',
            "  exit 2 ;;",
            "esac",
        ]
    key = f" {shlex.quote(key_env)}" if key_env else ""
    return [*lines, f'python "$HERE/{REWARD}" "$REWARD_URL"{key}']


def _quoted(text: str) -> str:
    """An argument for bash; only our own two variables are filled in."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("`", "\\`").replace("$", "\\$")
    for variable in (HERE, URL):
        escaped = escaped.replace(f"\\{variable}", variable)
    return f'"{escaped}"'


def nested(arguments: Mapping[str, Value], url: str | None) -> dict[str, Any]:
    """The keys as veRL nests them, with paths beside the file itself.

    >>> nested({"data.seed": 1, "+a.b": "$HERE/x", "a.c": ("console",)}, None)
    {'data': {'seed': 1}, 'a': {'b': 'x', 'c': ['console']}}
    """
    found: dict[str, Any] = {}
    for key, value in arguments.items():
        *way, last = key.lstrip("+").split(".")
        place = found
        for part in way:
            place = place.setdefault(part, {})
        if isinstance(value, str):
            value = value.replace(f"{HERE}/", "").replace(URL, url or URL)
        place[last] = list(value) if isinstance(value, tuple) else value
    return found


def about(
    title: str, profile: Profile, found: Sequence[Difference], rewarder: Rewarder, counts: Mapping[str, int]
) -> str:
    """README.md of an export. `counts` are of rows by file, and of what was left out."""
    hardware = profile.hardware
    rows = ", ".join(f"{n:,} in {name}" for name, n in counts.items() if name in (TRAIN, VAL))
    left = ", ".join(f"{n:,} {name}" for name, n in counts.items() if name not in (TRAIN, VAL))
    machines = f"{hardware.nodes} × {max(1, hardware.gpus)} {hardware.gpu or 'GPU'}"
    lines = [
        f"# {title}: by veRL {VERSION}",
        "",
        f"Written by `weval train --export verl`. Prompts: {rows}; left out: {left or 'none'}. For {machines}. "
        "The configuration was checked against veRL's schema; it has not run on hardware.",
        "",
        "1. An environment of its own, as veRL and weval want different libraries: "
        f"`pip install 'verl[vllm]=={VERSION}'`.",
        f"2. {rewarder.started}",
    ]
    if hardware.nodes > 1:
        lines += [
            f"3. Slurm: `sbatch {BATCH}` from this folder, which all machines have to see. By hand: `ray start --head` "
            "on the first machine, `ray start --address=FIRST:6379` on the others, then "
            f"`bash {RUN}` on the first.",
        ]
    else:
        lines += [f"3. `bash {RUN}`; on Slurm `sbatch {BATCH}` from this folder. Further keys may follow: `bash {RUN} "
                  "trainer.logger=[console,wandb]`."]  # fmt: skip
    lines += [
        "4. A checkpoint becomes a model by `python -m verl.model_merger merge --backend fsdp --local_dir "
        "checkpoints/global_step_N/actor --target_dir model`, which `weval bench BENCH --model transformers/model` "
        "measures.",
        "",
        "A text without a reward (the server did not answer, the judge gave no verdict) is no zero: the function "
        "raises, and veRL goes on without that text. Its log names every one.",
        "",
        "## What veRL does otherwise",
        "",
        "| field | wanted | veRL | changes | why |",
        "|---|---|---|---|---|",
        *(f"| `{one.field}` | {one.wanted} | {one.gets} | {one.changes} | {one.why} |" for one in found),
    ]
    return "\n".join(lines) + "\n"
