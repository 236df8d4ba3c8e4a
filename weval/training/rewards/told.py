"""What a training run by rewards came to, in sentences for its card."""

from __future__ import annotations

from collections.abc import Iterator

from weval.files import is_file, read_json
from weval.results import Estimate
from weval.training.rewards.bell import ALARMS, read_alarms
from weval.training.rewards.heldout import HELDOUT, Change, HeldOut
from weval.training.start import Training
from weval.wording import counted, interval_of

FIGURES = {
    "reward": "the mean reward",
    "n_tokens": "the mean length in tokens",
    "checks_met": "the share of mechanically checked requirements that are met",
    "repetition": "the share of repeated word trigrams",
}


def told(training: Training) -> list[str]:
    """What changed on prompts that were held out, and the alarms that rang."""
    return [*_held_out(training), *_alarms(training)]


def _held_out(training: Training) -> Iterator[str]:
    if not is_file(training.out / HELDOUT):
        return
    found = read_json(training.out / HELDOUT, HeldOut)
    parts = [part for name, what in FIGURES.items() if (part := _changed(what, getattr(found, name)))]
    yield (
        f"On {counted(found.n_prompts, 'prompt')} held out, before training and after, with the same chance: "
        f"{'; '.join(parts)}. Intervals are of the prompts' differences, by bootstrap over prompts."
    )


def _changed(what: str, change: Change) -> str | None:
    if change.before is None or change.after is None or change.change is None:
        return None
    return f"{what} went from {change.before.value:.3g} to {change.after.value:.3g} ({_signed(change.change)})"


def _signed(change: Estimate) -> str:
    return f"{change.value:+.3g}" + (f", 95 % interval {interval_of(change)}" if change.ci else "")


def _alarms(training: Training) -> Iterator[str]:
    rung = read_alarms(training.out / ALARMS)
    for alarm in rung:
        yield f"An alarm rang at step {alarm.step} ({alarm.kind}): {alarm.said}."
    if not rung:
        yield "No alarm rang: for length, failing checks, repetition, groups of equal rewards, texts without any."
