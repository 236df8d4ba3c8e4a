"""How a train.py begins: arguments, profile, the folder that is written into."""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, redirect_stdout
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path

from weval.errors import WevalError, missing_extra
from weval.folders import held
from weval.identity import environment
from weval.machine import missing
from weval.progress import Progress
from weval.run import Watcher
from weval.settings import parse_settings
from weval.training.folder import (
    BASE,
    CHECKPOINTS,
    MODEL,
    TrainingRecord,
    begin_folder,
    last_checkpoint,
    step_of,
    whole_checkpoints,
)
from weval.training.recipe import Recipe, read_training, training_names
from weval.training.sections import Profile

MENDABLE, STOPPED = 2, 130
TRAINERS = ("torch", "transformers", "trl", "accelerate", "peft", "datasets")
OUT = Path("trainings")
"""Where training runs lie if nothing else is said."""

LONGEST_WAIT = timedelta(days=1)
"""For a process of the run that downloads a base, or has a judge grade all texts, while the others wait: torch gives up
after ten minutes by itself. Where a process ends, its launcher ends the others at once.
"""


@dataclass(frozen=True, slots=True)
class Training:
    """One training run. Of several processes only the first (`is_main`) writes files, but checkpoints."""

    recipe: Recipe
    folder: Path
    profile_name: str
    profile: Profile
    out: Path
    command: str
    fresh: bool = False
    is_main: bool = True
    watcher: Watcher = field(default_factory=Watcher)

    @property
    def model(self) -> Path:
        """Where the result goes."""
        return self.out / MODEL

    @property
    def devices(self) -> int:
        """How many processes train together."""
        return int(os.environ.get("WORLD_SIZE", "1"))

    @property
    def base(self) -> Path:
        """Where a model is put that is made here."""
        return self.out / BASE

    @property
    def checkpoints(self) -> Path:
        """Where checkpoints go."""
        return self.out / CHECKPOINTS

    def claim(self, data: Mapping[str, str]) -> None:
        """Says what is trained on, by name and hash, before anything is written. Raises ResultError where the folder
        holds another training run, naming what has changed.
        """
        if self.is_main:
            identity = {
                "recipe": self.recipe.name,
                "profile": self.profile.model_dump(mode="json", exclude={"measure", "hardware"}),
                "data": dict(data),
            }
            begin_folder(
                self.out,
                TrainingRecord(
                    schema=1,
                    created=datetime.now(UTC).isoformat(timespec="seconds"),
                    command=self.command,
                    identity=identity,
                    environment=environment() | {name: version(name) for name in TRAINERS},
                ),
                fresh=self.fresh,
            )
        in_step()

    def checkpoint(self) -> Path | None:
        """The checkpoint to go on from; None at the beginning. Broken ones are removed."""
        found = last_checkpoint(self.out) if self.is_main else None
        in_step()
        return found if self.is_main else max(whole_checkpoints(self.out), key=step_of, default=None)


def default_out(recipe: str, profile: str) -> Path:
    """Where a training run lies if nothing else is said.

    >>> default_out("grpo_wrl", "tiny").as_posix()
    'trainings/grpo_wrl-tiny'
    """
    return OUT / f"{recipe}-{profile}"


def in_step() -> None:
    """Waits until all processes of the run are here."""
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        import torch
        from accelerate import PartialState

        # Without being told so, it takes processes on CPUs for runs of their own, and waits for nobody.
        PartialState(cpu=not torch.cuda.is_available(), timeout=LONGEST_WAIT).wait_for_everyone()


@contextmanager
def begin(recipe: Path, arguments: Sequence[str] | None = None) -> Iterator[Training]:
    """A training run as the command line says (--profile, --set, --out, --fresh), its folder held by this process.

    An error that the user can mend ends the script with one line and exit code 2, Ctrl-C with 130, as `weval` itself
    does. What libraries print goes to standard error.
    """
    said = _arguments(arguments)
    is_main = os.environ.get("RANK", "0") == "0"  # as torchrun and accelerate number the processes
    out: Path | None = None
    with redirect_stdout(sys.stderr), Progress("training", "trained") if is_main else nullcontext(Watcher()) as watcher:
        try:
            found, folder = read_training(str(recipe))
            if lacking := missing("train"):
                raise missing_extra(", ".join(lacking), "train", "Training")
            out = said.out or default_out(found.name, said.profile)
            profile = found.profile(said.profile, parse_settings(said.settings))
            command = _command(found, folder, arguments)
            training = Training(found, folder, said.profile, profile, out, command, said.fresh, is_main, watcher)
            with held(out, "training run") if is_main else nullcontext():
                yield training
        except WevalError as error:
            for line in str(error).splitlines():
                sys.stderr.write(f"weval: {line}\n")
            sys.exit(MENDABLE)
        except KeyboardInterrupt:
            if is_main:
                watcher.notice(_stopped(out))
            sys.exit(STOPPED)


def _stopped(out: Path | None) -> str:
    steps = [step_of(each) for each in whole_checkpoints(out)] if out else []
    return f"stopped; the same command goes on from {f'step {max(steps)}' if steps else 'the beginning'}"


def _command(recipe: Recipe, folder: Path, arguments: Sequence[str] | None) -> str:
    """How the run is made again: by hand or by `weval train`, it is the same."""
    is_ours = recipe.name in training_names() and read_training(recipe.name)[1].samefile(folder)
    given = sys.argv[1:] if arguments is None else arguments
    return shlex.join(["weval", "train", recipe.name if is_ours else str(folder), *given])


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="The same command again goes on from the last checkpoint.")
    parser.add_argument("--profile", default="tiny", help="tiny (the default: a laptop) or paper")
    parser.add_argument("--set", dest="settings", action="append", default=[], metavar="SECTION.FIELD=VALUE")
    parser.add_argument("--out", type=Path, metavar="DIR", help="default: trainings/RECIPE-PROFILE")
    parser.add_argument("--fresh", action="store_true", help="forget an earlier run in the folder")
    return parser.parse_args(arguments)
