"""What training did for prompts that it did not see: rewards before and after, paired over prompts."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict
from itertools import chain
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np

from weval.estimates import means
from weval.files import write_json, write_text
from weval.results import Estimate
from weval.training.rewards.statistics import Rewarded, repetition
from weval.training.sections import Profile
from weval.training.start import Training
from weval.training.trl import policy_of
from weval.types import Record

When = Literal["before", "after"]


class Recording(Protocol):
    """A reward function that can be looked over the shoulder."""

    def recorded(self) -> AbstractContextManager[list[Rewarded]]:
        """What is rewarded from here on, until the end of the block."""
        ...


HELDOUT = "heldout.json"

AT_ONCE = 64
"""About so many texts are written at once on a device."""

FIGURES = ("reward", "n_tokens", "checks_met", "repetition")
"""What is measured of each text; a prompt's figure is the mean over its texts."""


class Change(Record):
    """A figure before and after training, means over prompts, and the mean of the prompts' differences.

    Intervals are 95 % BCa bootstrap over prompts. None where no prompt has the figure.
    """

    before: Estimate | None
    after: Estimate | None
    change: Estimate | None


class HeldOut(Record):
    """heldout.json: what training changed on prompts that it did not see, with the same chance before and after.

    `unrewarded` counts texts that nobody could score, before and after; a prompt without any score is left out.
    """

    n_prompts: int
    n_texts: int
    reward: Change
    n_tokens: Change
    checks_met: Change
    repetition: Change
    unrewarded: tuple[int, int]


def held_out_arguments(profile: Profile) -> dict[str, Any]:
    """Keyword arguments for GRPOConfig beside those that train: whole groups are written at once."""
    group = policy_of(profile).group_size
    return {
        "num_generations_eval": group,
        "per_device_eval_batch_size": group * max(1, AT_ONCE // group),
    }


def measure_held_out(training: Training, trainer: Any, rewards: Recording, when: When) -> None:  # noqa: ANN401
    """Lets the policy write to the prompts held out, by the trainer's own engine, and keeps texts and rewards.

    "before" is measured once; a run that goes on has it. After "after" the two are compared, into heldout.json.
    """
    file = training.out / f"heldout-{when}.jsonl"
    if trainer.eval_dataset is None or (when == "before" and file.is_file()):
        return
    from transformers import PrinterCallback

    trainer.remove_callback(PrinterCallback)  # it prints all of the line of the curve
    with _own_chance(training.profile.seed), rewards.recorded() as found:
        trainer.evaluate()
    texts = _of_all(found)
    if not training.is_main:
        return
    write_text(file, "".join(json.dumps(asdict(each), ensure_ascii=False) + "\n" for each in texts))
    if when == "after":
        write_json(training.out / HELDOUT, compared(_read(training.out / "heldout-before.jsonl"), texts))


def _of_all(found: list[Rewarded]) -> list[Rewarded]:
    """What all processes of the run have found, in the order of the processes."""
    from torch import distributed

    if not (distributed.is_available() and distributed.is_initialized()):
        return found
    parts: list[list[Rewarded]] = [[] for _ in range(distributed.get_world_size())]
    distributed.all_gather_object(parts, found)
    return list(chain.from_iterable(parts))


def compared(before: Sequence[Rewarded], after: Sequence[Rewarded]) -> HeldOut:
    """The change between two sets of texts to the same prompts; a prompt that is in one of them only is left out."""
    tables = [_by_prompt(before), _by_prompt(after)]
    names = [name for name in tables[0] if name in tables[1]]
    changes = {figure: _change([_column(table, names, figure) for table in tables]) for figure in FIGURES}
    return HeldOut(
        n_prompts=len(names),
        n_texts=len(after),
        unrewarded=(_n_unrewarded(before), _n_unrewarded(after)),
        **changes,
    )


def _change(columns: Sequence[np.ndarray]) -> Change:
    first, second = columns
    both = np.where(np.isnan(first) | np.isnan(second), np.nan, 0.0)
    table = np.column_stack([first + both, second + both, second - first])
    return Change.model_validate(means(("before", "after", "change"), table, limits=(np.nan, np.nan)))


def _by_prompt(texts: Sequence[Rewarded]) -> Mapping[str, list[Rewarded]]:
    found = defaultdict[str, list[Rewarded]](list)
    for text in texts:
        found[text.prompt_id].append(text)
    return found


def _column(table: Mapping[str, list[Rewarded]], names: Sequence[str], figure: str) -> np.ndarray:
    """A prompt's mean over its texts, shape (prompts,); NaN where none of them has the figure."""
    return np.array([_mean([_figure(text, figure) for text in table[name]]) for name in names])


def _figure(text: Rewarded, figure: str) -> float | None:
    value: float | None = repetition(text.text) if figure == "repetition" else getattr(text, figure)
    return value


def _mean(values: Sequence[float | None]) -> float:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else float("nan")


def _n_unrewarded(texts: Sequence[Rewarded]) -> int:
    return sum(text.reward is None for text in texts)


def _read(file: Path) -> list[Rewarded]:
    return [Rewarded(**json.loads(line)) for line in file.read_text(encoding="utf-8").splitlines()]


@contextmanager
def _own_chance(seed: int) -> Iterator[None]:
    """Draws by the seed inside, and as if nothing had been drawn after it: the curve does not depend on measuring."""
    import torch

    devices = [torch.cuda.current_device()] if torch.cuda.is_available() else []
    with torch.random.fork_rng(devices=devices):
        torch.manual_seed(seed)
        yield
