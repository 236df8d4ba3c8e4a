"""Requirements on amounts that are true, or false, of a number."""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random

from weval.training.pairs.wordings import (
    ABOUT,
    ABOVE,
    AMOUNTS,
    AT_LEAST,
    AT_MOST,
    BELOW,
    BETWEEN,
    EXACT,
    LONGEST_SENTENCE,
)

_SPELLED = "one two three four five six seven eight nine ten eleven twelve".split()  # noqa: SIM905
_LARGE = 10
"""Numbers of words further off than this are rounded to tens, as people ask for them."""

_NEAR = 0.15
"""The share by which a number may miss an "about"."""


@dataclass(frozen=True, slots=True)
class Amount:
    """A requirement on an amount, and what it allows, both ends included."""

    text: str
    least: float
    most: float

    def holds(self, n: int) -> bool:
        """Whether it is true of n."""
        return self.least <= n <= self.most


def amount(draw: Random, name: str, n: int, *, true: bool) -> Amount | None:
    """A requirement on what the facts call `name`, true or false of n > 0; None where none came of the draw.

    >>> found = amount(Random(1), "sentences", 7, true=True)
    >>> found.text, found.holds(7)
    ('Write precisely 7 sentences.', True)
    """
    if name == "longest sentence":
        limit = n + draw.randint(0, max(2, n // 3)) if true else n - draw.randint(1, max(2, n // 2))
        return _worded(draw, name, "{}", (max(3, limit),), (0, max(3, limit))) if limit >= 3 or true else None
    if name == "words":
        kind = draw.choice([_between, _at_most, _at_least, _between, _about])
    else:
        kind = draw.choice([_exactly, _exactly, _at_most, _at_least, _between])
    found = kind(draw, name, n, true)
    return found if found is not None and found.holds(n) == true else None


def _exactly(draw: Random, name: str, n: int, true: bool) -> Amount | None:
    wanted = n if true else max(1, n + draw.choice([-1, 1]) * _step(draw, n))
    return _worded(draw, name, draw.choice(EXACT), (wanted,), (wanted, wanted))


def _at_most(draw: Random, name: str, n: int, true: bool) -> Amount | None:
    limit = n + draw.randint(0, _step(draw, n)) if true else n - _step(draw, n)
    if draw.random() < 1 / 3:
        return _worded(draw, name, draw.choice(BELOW), (limit + 1,), (0, limit))
    return _worded(draw, name, draw.choice(AT_MOST), (limit,), (0, limit))


def _at_least(draw: Random, name: str, n: int, true: bool) -> Amount | None:
    limit = n - draw.randint(0, _step(draw, n)) if true else n + _step(draw, n)
    if draw.random() < 1 / 4:
        return _worded(draw, name, draw.choice(ABOVE), (limit - 1,), (limit, math.inf))
    return _worded(draw, name, draw.choice(AT_LEAST), (limit,), (limit, math.inf))


def _between(draw: Random, name: str, n: int, true: bool) -> Amount | None:
    width = max(1, int(n * draw.uniform(0.05, 0.3)))
    if true:
        least = n - draw.randint(0, width)
    else:
        least = n + _step(draw, n) if draw.random() < 0.5 else n - _step(draw, n) - width
    ends = [least, least + width]
    if name == "words":
        ends = [_tens(end) if abs(n - end) > _LARGE else end for end in ends]
    return _worded(draw, name, draw.choice(BETWEEN), tuple(ends), (ends[0], ends[1])) if ends[0] < ends[1] else None


def _about(draw: Random, name: str, n: int, true: bool) -> Amount | None:
    share = draw.uniform(-0.08, 0.08) if true else draw.choice([draw.uniform(-0.7, -0.3), draw.uniform(0.4, 1.5)])
    wanted = max(_LARGE, _tens(n * (1 + share)))
    return _worded(draw, name, draw.choice(ABOUT), (wanted,), ((1 - _NEAR) * wanted, (1 + _NEAR) * wanted))


def _step(draw: Random, n: int) -> int:
    """How far a false number is off."""
    return max(1, int(n * draw.uniform(0.08, 0.6))) if n > 6 else draw.randint(1, 4)


def _tens(n: float) -> int:
    return 10 * round(n / 10)


def _worded(draw: Random, name: str, bound: str, numbers: tuple[int, ...], ends: tuple[float, float]) -> Amount | None:
    """The requirement in words; None where a number is below one."""
    if min(numbers) < 1:
        return None
    single = len(numbers) == 1  # "between two and 5" would be odd
    said = bound.format(*(_number(draw, n) if single else str(n) for n in numbers))
    if name == "longest sentence":
        return Amount(draw.choice(LONGEST_SENTENCE).format(n=said), *ends)
    noun, sentences = AMOUNTS[name]
    text = draw.choice(sentences).format(n=said, noun=noun if numbers == (1,) else f"{noun}s")
    return Amount(text, *ends)


def _number(draw: Random, n: int) -> str:
    return _SPELLED[n - 1] if n <= len(_SPELLED) and draw.random() < 0.5 else str(n)
