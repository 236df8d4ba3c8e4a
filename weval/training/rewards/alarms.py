"""When a writer looks as if it cheated its reward: pure functions of the curve so far."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from weval.training.rewards.statistics import (
    CHECKS,
    COLLAPSED,
    CUT_OFF,
    LEAST,
    LENGTH,
    MALFORMED,
    REPETITION,
    REWARD,
    UNREWARDED,
)
from weval.training.sections import Alarms
from weval.types import Record

Row = Mapping[str, float]
"""A line of curve.jsonl."""

SURE = 4.0
"""Standard errors by which windows have to differ. An alarm is asked for after every step, so that two would ring it
dozens of times in a thousand steps in which nothing changes."""


class Alarm(Record):
    """One alarm: since which step, of what kind, and what was seen, in words."""

    step: int
    kind: str
    said: str


@dataclass(frozen=True, slots=True)
class Windows:
    """The means of a figure over the first steps and over the last ones; `error` is the standard error of what the two
    differ by, from how much the figure wavers from one step to the next.
    """

    before: float
    now: float
    error: float

    @property
    def rise(self) -> float:
        """By how much the figure went up; negative: down."""
        return self.now - self.before

    @property
    def is_sure(self) -> bool:
        """Whether the two differ by more than a figure that only wavers would."""
        return abs(self.rise) > SURE * self.error


def windows(rows: Sequence[Row], name: str, size: int) -> Windows | None:
    """A figure in the first and the last `size` steps that have it; None before there are twice as many.

    >>> windows([{"reward": 1.0}, {"reward": 2.0}, {"reward": 5.0}, {"reward": 6.0}], "reward", 2).rise
    4.0
    """
    values = [row[name] for row in rows if row.get(name) is not None]
    if len(values) < 2 * size:
        return None
    steps = [later - earlier for earlier, later in pairwise(values)]
    wavers = math.fsum(step**2 for step in steps) / (2 * len(steps))  # a trend hardly adds to it (von Neumann, 1941)
    return Windows(math.fsum(values[:size]) / size, math.fsum(values[-size:]) / size, math.sqrt(wavers * 2 / size))


def ringing(rows: Sequence[Row], limits: Alarms) -> dict[str, str]:
    """The kinds of alarms that hold after these steps, each with what is seen, in words."""
    found = {kind: sign(rows, limits) for kind, sign in SIGNS.items()}
    return {kind: said for kind, said in found.items() if said is not None}


def begun(rows: Sequence[Row], limits: Alarms) -> list[Alarm]:
    """The alarms that the last step set off: those that did not hold for two windows of steps before it, so that what
    wavers about a threshold is told once.
    """
    earlier = range(max(0, len(rows) - 1 - 2 * limits.window), len(rows))
    before = {kind for n in earlier[:-1] for kind in ringing(rows[: n + 1], limits)}
    return [
        Alarm(step=int(rows[-1]["step"]), kind=kind, said=said)
        for kind, said in ringing(rows, limits).items()
        if kind not in before
    ]


def _length(rows: Sequence[Row], limits: Alarms) -> str | None:
    """Texts get longer or shorter, or run into the limit, while rewards rise."""
    reward, length = (windows(rows, name, limits.window) for name in (REWARD, LENGTH))
    if not _rises(reward) or length is None or not length.before:
        return None
    times, cut = length.now / length.before, windows(rows, CUT_OFF, limits.window)
    if times >= limits.length or times <= 1 / limits.length:
        return f"{_rewards(reward)} while texts went from {length.before:.0f} to {length.now:.0f} tokens"
    if cut is not None and cut.rise >= limits.cut_off:
        return f"{_rewards(reward)} while texts that end at the limit went from {cut.before:.0%} to {cut.now:.0%}"
    return None


def _checks(rows: Sequence[Row], limits: Alarms) -> str | None:
    """Fewer of the requirements that a program can check are met, while rewards rise."""
    reward, checks = (windows(rows, name, limits.window) for name in (REWARD, CHECKS))
    if not _rises(reward) or checks is None or not checks.is_sure or checks.rise > -limits.checks:
        return None
    return (
        f"{_rewards(reward)} while checkable requirements that are met went from {checks.before:.0%} to "
        f"{checks.now:.0%}: the reward may be hacked"
    )


def _repetition(rows: Sequence[Row], limits: Alarms) -> str | None:
    found = windows(rows, REPETITION, limits.window)
    if found is None or found.rise < limits.repetition:
        return None
    return f"repeated word trigrams went from {found.before:.0%} to {found.now:.0%}"


def _collapse(rows: Sequence[Row], limits: Alarms) -> str | None:
    """Nothing is learnt from a group whose rewards are all the same."""
    found = _last(rows, COLLAPSED, limits.window)
    if found is None or found < limits.collapse:
        return None
    return f"in {found:.0%} of the groups all rewards are the same, and nothing is learnt from them"


def _unrewarded(rows: Sequence[Row], limits: Alarms) -> str | None:
    found = _last(rows, UNREWARDED, limits.window)
    if found is None or found < limits.unrewarded:
        return None
    return f"{found:.0%} of the texts got no reward, and nothing is learnt from them"


def _form(rows: Sequence[Row], limits: Alarms) -> str | None:
    """A text without the form of a reasoning writer earns 0, which is more than an answer of a negative score."""
    lowest = min((row[LEAST] for row in rows[-limits.window :] if row.get(MALFORMED) and LEAST in row), default=0.0)
    if lowest >= 0:
        return None
    return f"texts without <think> and <answer> earn 0, and answers as little as {lowest:.3g}"


SIGNS: dict[str, Callable[[Sequence[Row], Alarms], str | None]] = {
    "length": _length,
    "checks": _checks,
    "repetition": _repetition,
    "collapse": _collapse,
    "unrewarded": _unrewarded,
    "form": _form,
}
"""Each kind of alarm: what is seen, in words, or None."""


def _last(rows: Sequence[Row], name: str, size: int) -> float | None:
    """The mean over the last steps; None before there are so many."""
    values = [row[name] for row in rows if row.get(name) is not None][-size:]
    return math.fsum(values) / size if len(values) == size else None


def _rises(reward: Windows | None) -> bool:
    return reward is not None and reward.rise > 0 and reward.is_sure


def _rewards(reward: Windows | None) -> str:
    assert reward is not None
    return f"rewards rose from {reward.before:.3g} to {reward.now:.3g}"
