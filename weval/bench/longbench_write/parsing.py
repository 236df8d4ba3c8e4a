"""A judge's reply into the six scores of a text: THUDM/LongWriter 3fcfdff4, evaluation/eval_quality.py, or mended.

The original takes what JSON gives it. Its scores may be texts or out of range, a bare `5` is a judgement that stops its
summary, and an item whose replies never parse vanishes. Here a reply gives six integers from 1 to 5, or nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Literal, overload

from weval.adapters.judge.objects import whole_number
from weval.adapters.judge.verdicts import NoVerdict, read_object
from weval.bench.items import Mode, is_original

DIMENSIONS = ("Relevance", "Accuracy", "Coherence", "Clarity", "Breadth and Depth", "Reading Experience")
"""What a judge scores, in the original's order; each from 1 (worst) to 5."""

LOWEST, HIGHEST = 1, 5
"""The scores of a dimension."""

_TRIES = 5
_FENCE, _START, _END = "```json", "```json\n", "\n```"


@overload
def parse_quality(text: str, mode: Literal["repaired"] = "repaired") -> dict[str, int] | None:
    """The six scores, or None."""


@overload
def parse_quality(text: str, mode: Mode) -> object:
    """In mode original anything."""


def parse_quality(text: str, mode: Mode = "repaired") -> object:
    """The six scores in one reply, by dimension, or None.

    In mode original it is whatever the published script would keep: an object that has the six keys, with values of any
    kind; also a number alone, or true. None is what it would ask again. Raises nothing.

    >>> parse_quality('{"Relevance": 5}'), parse_quality("5", mode="original")
    (None, 5)
    """
    if is_original(mode):
        return _original(text)[0]
    try:
        return read_quality(text)
    except NoVerdict:
        return None


def read_quality(text: str) -> dict[str, int]:
    """The six scores of the JSON object that ends the reply, outside reasoning. Raises NoVerdict, which says why not.

    The object is bare or in a code block, and each score an integer from 1 to 5; other keys, as that of the analysis,
    may stand with them. Reasoning that nothing opened must not hold another judgement. Linear in the reply's length.
    """
    return read_object(text, DIMENSIONS[0], _six)


def judged_original(replies: Sequence[str]) -> tuple[object, int]:
    """What the published script keeps of an item for which the judge replies so, and how often it asks; None: dropped.

    The last reply repeats. It means to ask five times, but a reply without one of the keys counts for two tries, unless
    the last key alone is missing.

    >>> judged_original(['{"Accuracy": 3}'])
    (None, 3)
    """
    n_calls = tries = 0
    kept: object = None
    while kept is None and tries < _TRIES:
        kept, taken = _original(replies[min(n_calls, len(replies) - 1)])
        n_calls += 1
        tries += taken
    return kept, n_calls


def _original(reply: str) -> tuple[object, int]:
    """What is kept of a reply, and for how many failed tries it counts."""
    said: str | None = reply
    if _FENCE in reply:
        said = _fenced(reply)
    if said is None:
        return None, 1
    try:
        kept = json.loads(said.replace("\n", ""))
    except (ValueError, RecursionError):
        return None, 1
    if kept is None or isinstance(kept, bool | int | float):
        return kept, 1  # the script's search for the keys fails, after what it searches was already stored
    missing = [dimension for dimension in DIMENSIONS if dimension not in kept]
    if not missing:
        return kept, 0
    return None, 1 if missing == [DIMENSIONS[-1]] else 2


def _fenced(reply: str) -> str | None:
    """The first code block whose fences stand on lines of their own, if there is one."""
    _, start, rest = reply.partition(_START)
    inside, end, _ = rest.partition(_END)
    return inside if start and end else None


def _six(found: Mapping[str, object]) -> dict[str, int]:
    for dimension in DIMENSIONS:
        if dimension not in found:
            raise NoVerdict(f"the JSON object has no {dimension}")
    return {dimension: whole_number(found[dimension], LOWEST, HIGHEST) for dimension in DIMENSIONS}
