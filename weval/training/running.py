"""`weval train`: the recipe's own script, started as somebody would by hand; signals reach it once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from weval.errors import ConfigError, ResultError
from weval.files import is_file, os_message
from weval.training.launching import ENDING, ENDING_S, devices_of, launcher_file, launcher_of
from weval.training.outcome import TrainingResult, read_outcome
from weval.training.recipe import SCRIPT, Recipe, read_training
from weval.training.sections import Profile
from weval.training.start import default_out
from weval.training.stopping import is_heard

DISTRIBUTED = ("RANK", "LOCAL_RANK", "WORLD_SIZE", "LOCAL_WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")
"""Variables by which a process takes itself for one of several."""

GPUS = "CUDA_VISIBLE_DEVICES"


@dataclass(frozen=True)
class TrainSpec:
    """What the user asked for."""

    recipe: str
    profile: str = "tiny"
    settings: Mapping[str, str] = field(default_factory=dict)
    out: Path | None = None
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class Chosen:
    """The recipe, its folder, and the profile with settings in place; `out` is where the run lies."""

    recipe: Recipe
    folder: Path
    profile: Profile
    out: Path


def choose(spec: TrainSpec) -> Chosen:
    """What a command line asks for. Raises ConfigError, DataError."""
    recipe, folder = read_training(spec.recipe)
    profile = recipe.profile(spec.profile, spec.settings)
    return Chosen(recipe, folder, profile, spec.out or default_out(recipe.name, spec.profile))


def run_training(spec: TrainSpec) -> TrainingResult:
    """Trains, or goes on, and says what came of it.

    What the script prints goes to standard error. Where it fails it has said why, and SystemExit carries its code.
    Raises ConfigError for profiles of several machines, and for a folder without a script.
    """
    chosen = choose(spec)
    hardware = chosen.profile.hardware
    if not is_file(chosen.folder / SCRIPT):
        raise ConfigError(f"{chosen.folder}: there is no {SCRIPT} in it; copy that of a recipe like it")
    if hardware.nodes > 1:
        raise ConfigError(
            f"hardware.nodes={hardware.nodes}: several machines are started by --export slurm or verl; "
            "--set hardware.nodes=1 trains on this one"
        )
    if code := run_script(command_of(chosen, spec), environment_of(chosen.profile, os.environ)):
        raise SystemExit(code)
    return read_outcome(chosen.out)


def command_of(chosen: Chosen, spec: TrainSpec) -> list[str]:
    """The command line: this Python itself for a CPU or one GPU, else one process per GPU by accelerate."""
    pairs = [part for name, value in spec.settings.items() for part in ("--set", f"{name}={value}")]
    script = [str(chosen.folder / SCRIPT), "--profile", spec.profile, *pairs, "--out", str(chosen.out)]
    script += ["--fresh"] if spec.fresh else []
    if (n := devices_of(chosen.profile.hardware)) == 1:
        return [sys.executable, *script]
    launcher = launcher_file(launcher_of(chosen.profile), chosen.folder)
    launch = ["launch", "--config_file", str(launcher), "--num_processes", str(n)]
    return [sys.executable, "-m", "accelerate.commands.accelerate_cli", *launch, *script]


def environment_of(profile: Profile, environ: Mapping[str, str]) -> dict[str, str]:
    """The environment of the script: this one, without what another launcher left in it.

    A script for one GPU sees the first only: transformers would divide its batches among all.
    """
    found = {ENDING: str(ENDING_S)} | {name: value for name, value in environ.items() if name not in DISTRIBUTED}
    if profile.hardware.gpus == 1:
        found[GPUS] = environ.get(GPUS, "0").partition(",")[0]
    return found


def run_script(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Runs a command to its end and gives its exit code, 128 and more where a signal ended it, as a shell does.

    It has a session of its own, so that Ctrl-C in a terminal, which goes to all processes there, reaches it once: from
    here. Raises ResultError where it cannot be started.
    """
    started: list[subprocess.Popen[bytes]] = []

    def pass_on(number: int, frame: FrameType | None) -> None:
        if not started:
            raise KeyboardInterrupt
        started[0].send_signal(number)

    heard = [number for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP) if is_heard(number)]
    before = {number: signal.signal(number, pass_on) for number in heard}
    try:
        started.append(subprocess.Popen(command, env=dict(environment), stdout=2, start_new_session=True))
        code = started[0].wait()
    except OSError as error:
        raise ResultError(f"cannot start {command[0]}: {os_message(error)}") from error
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return code if code >= 0 else 128 - code
