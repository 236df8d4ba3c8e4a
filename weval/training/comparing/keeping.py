"""The schedule of references, tied to checkpoints: a run that goes on from one has the references of its step."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from weval.bench.items import is_original
from weval.build.records import Laddered
from weval.errors import ResultError
from weval.files import is_file, read_json, write_json
from weval.training import rewards
from weval.training.comparing.choosing import read_chosen
from weval.training.comparing.judges import comparison_of
from weval.training.comparing.store import SCHEDULE, Schedule, Store
from weval.training.folder import CHECKPOINTS
from weval.training.start import Training, in_step
from weval.wording import counted

if TYPE_CHECKING:
    from transformers import TrainerCallback

KEPT = "references.json"
"""In a checkpoint's folder."""

END = sys.maxsize
"""A step after all others."""


def open_schedule(training: Training, prompts: Iterable[Laddered]) -> Store:
    """The schedule of a training run, as it was at the checkpoint that the run goes on from, or at its beginning.

    Raises ResultError where the checkpoint has none.
    """
    how = comparison_of(training.profile)
    store = Store(training.out / SCHEDULE, how.mode)
    if training.is_main:
        found = training.checkpoint()
        store.begin(kept_in(found) if found else at_first((prompt.id for prompt in prompts), how.mode))
    else:
        training.checkpoint()
    in_step()
    return store


def at_first(prompts: Iterable[str], mode: str, step: int = 0) -> Schedule:
    """All prompts at their first reference. The original has to be told of every prompt that there is."""
    return Schedule(step=step, index=dict.fromkeys(prompts, 0) if is_original(mode) else {})


def keep_in(checkpoint: Path, store: Store, step: int) -> None:
    """Puts the schedule of the step after a checkpoint beside it. Raises ResultError."""
    write_json(checkpoint / KEPT, store.schedule(step))


def kept_in(checkpoint: Path) -> Schedule:
    """The schedule beside a checkpoint. Raises ResultError where there is none, DataError where it is broken."""
    if not is_file(checkpoint / KEPT):
        raise ResultError(f"{checkpoint}: has no {KEPT}; was it made by a recipe whose references move?")
    return read_json(checkpoint / KEPT, Schedule)


def keeper(training: Training, store: Store) -> list[TrainerCallback]:
    """What a trainer does at each checkpoint, before it is marked as whole: first in the list of its callbacks."""
    from transformers import TrainerCallback

    class Keeps(TrainerCallback):
        """One training run's."""

        def on_save(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:  # noqa: ANN401
            if training.is_main:
                keep_in(training.out / CHECKPOINTS / f"checkpoint-{state.global_step}", store, state.global_step)

    return [Keeps()]


def told(training: Training) -> list[str]:
    """What a training run selected, how far its prompts got along their references, and what came of it: for its card.

    Of prompts that were held out, a reward is the share of their references that a text beats; a tie is half a one.
    """
    chosen, how = read_chosen(training.out), comparison_of(training.profile)
    schedule = Store(training.out / SCHEDULE, how.mode).schedule(END).index
    moved = sum(at > 0 for at in schedule.values())
    return [
        f"Trained on {chosen.n_kept:,} of {chosen.n_prompts:,} prompts, selected by {chosen.how}; rewards are "
        f"{how.reward} verdicts of {how.judge}.",
        f"The first reference of {counted(moved, 'prompt')} was beaten. Below, a reward is the share of all its "
        "references that a text beats.",
        *rewards.told(training),
    ]
