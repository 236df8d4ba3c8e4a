"""Pairs of which length tells nothing: in every bin as many chosen are the longer text as the shorter."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from weval.build.training.pairing import Contrast
from weval.randomness import digest

BIN = 0.1
"""Width of a bin: the natural logarithm of how many times as long one text is as the other."""

LAST_BIN = 20
"""What is more than about seven times as long lies in one bin."""


def length_accuracy(pairs: Sequence[Contrast]) -> float | None:
    """How often the longer text is the chosen one, equal ones half; None without pairs."""
    if not pairs:
        return None
    return math.fsum(_points(pair) for pair in pairs) / len(pairs)


def length_matched(pairs: Sequence[Contrast], seed: int) -> list[Contrast]:
    """The pairs, in their order, without so many of the more frequent kind that both are as many in every bin.

    Bins are by how many times as long the longer text is, so that not only the sign but the size of a difference tells
    nothing. Equal lengths stay. Who stays is drawn by the seed and the pair alone; `length_accuracy` is 0.5 after it.
    """
    sides: dict[tuple[int, bool], list[Contrast]] = {}
    stay = {pair.id for pair in pairs if pair.chosen_chars == pair.rejected_chars}
    for pair in pairs:
        if pair.chosen_chars != pair.rejected_chars:
            sides.setdefault((_bin(pair), pair.chosen_chars > pair.rejected_chars), []).append(pair)
    for number in {number for number, _ in sides}:
        longer, shorter = (sides.get((number, side), []) for side in (True, False))
        n = min(len(longer), len(shorter))
        stay |= {pair.id for side in (longer, shorter) for pair in _drawn(side, seed)[:n]}
    return [pair for pair in pairs if pair.id in stay]


def length_counts(pairs: Iterable[Contrast]) -> dict[str, int]:
    """How many chosen texts are the longer one, the shorter one, and as long."""
    counts = {"chosen_longer": 0, "chosen_shorter": 0, "as_long": 0}
    names = {1.0: "chosen_longer", 0.0: "chosen_shorter", 0.5: "as_long"}
    for pair in pairs:
        counts[names[_points(pair)]] += 1
    return counts


def _drawn(side: list[Contrast], seed: int) -> list[Contrast]:
    return sorted(side, key=lambda pair: digest(str(seed), "length", pair.id))


def _bin(pair: Contrast) -> int:
    ratio = math.log((1 + pair.chosen_chars) / (1 + pair.rejected_chars))
    return min(LAST_BIN, int(abs(ratio) / BIN))


def _points(pair: Contrast) -> float:
    return (1 + (pair.chosen_chars > pair.rejected_chars) - (pair.chosen_chars < pair.rejected_chars)) / 2
