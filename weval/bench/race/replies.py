"""What a judge says of two reports, in our own form or in the published one, into the target's shares.

Ours numbers the criteria of all dimensions through, so that no criterion need be repeated word by word: {"scores":
[{"criterion": 1, "reason": …, "article_a": 7, "article_b": 8}, …]}. The published form has a list per dimension, of
{"criterion": its text, "analysis": …, "article_1_score": 7, "article_2_score": 8}.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from weval.adapters.judge.outcome import NoVerdict, shown
from weval.bench.race.parsing import DIMENSIONS, extract_json, read_output
from weval.bench.race.scoring import judged_original, scored
from weval.bench.race.tasks import RaceItem, texts_of
from weval.errors import OriginalError

_SCORES = "scores"


def read_shares(text: str, item: RaceItem) -> dict[str, float]:
    """The shares of the article that was shown first, 0 to 1, by dimension and `overall_score`.

    Raises NoVerdict, which says why there are none: see read_output and scored. Of our own form every number from 1 to
    that of the criteria must be there once.
    """
    output = read_output(text)
    if _SCORES in output:
        if both := [name for name in DIMENSIONS if name in output]:
            raise NoVerdict(f"there are both {_SCORES} and {both[0]}")
        output = _by_dimension(output[_SCORES], texts_of(item))
    return scored(output, item.criteria)


def shares_original(replies: Sequence[str | None], item: RaceItem) -> tuple[dict[str, float] | None, int]:
    """What the published script makes of the replies to one task, and how often it asks; see judged_original.

    What stands in our own form is put into the published one first, as far as it goes: scores without a number of a
    criterion have no place there.
    """
    return judged_original([None if text is None else _as_published(text, item) for text in replies], item.criteria)


def _by_dimension(entries: object, texts: Sequence[tuple[str, str]]) -> dict[str, list[dict[str, Any]]]:
    if not isinstance(entries, list):
        raise NoVerdict(f"{_SCORES} is no list")
    output: dict[str, list[dict[str, Any]]] = {}
    seen: set[int] = set()
    for entry in entries:
        number = _number(entry, len(texts))
        if number is None:
            given = entry.get("criterion") if isinstance(entry, Mapping) else None
            raise NoVerdict(f"a score is for {shown(str(given))}, which is no number from 1 to {len(texts)}")
        if number in seen:
            raise NoVerdict(f"criterion {number} has two scores")
        seen.add(number)
        _put(output, entry, texts[number - 1])
    if len(seen) < len(texts):
        raise NoVerdict(f"criterion {next(n for n in range(1, len(texts) + 1) if n not in seen)} has no score")
    return output


def _as_published(text: str, item: RaceItem) -> str:
    try:
        said = json.loads(extract_json(text, mode="original") or "")
        if not isinstance(said, dict) or not isinstance(said.get(_SCORES), list):
            return text
        texts = texts_of(item)
        output: dict[str, list[dict[str, Any]]] = {}
        for entry in said[_SCORES]:
            if (number := _number(entry, len(texts))) is not None:
                _put(output, entry, texts[number - 1])
        return json.dumps(output)
    except (OriginalError, ValueError, RecursionError):
        return text


def _number(entry: object, n: int) -> int | None:
    """The number of the criterion that an entry is about."""
    number = entry.get("criterion") if isinstance(entry, Mapping) else None
    return number if isinstance(number, int) and not isinstance(number, bool) and 1 <= number <= n else None


def _put(output: dict[str, list[dict[str, Any]]], entry: Mapping[str, Any], about: tuple[str, str]) -> None:
    dimension, criterion = about
    scores = {"article_1_score": entry.get("article_a"), "article_2_score": entry.get("article_b")}
    output.setdefault(dimension, []).append({"criterion": criterion, **scores})
