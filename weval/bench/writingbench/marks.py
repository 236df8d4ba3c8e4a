"""What replies of the judge say of one query: scores by criterion, as they are read now and as the script reads them.

A call is known by the place of its criterion: c1 is the first of a query, c1.2 the second score for it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from weval.bench.items import Mode
from weval.bench.replies import ReplyRow
from weval.bench.told import Told
from weval.bench.writingbench.parsing import judged_response, parse_reply
from weval.bench.writingbench.reading import QueryItem
from weval.errors import OriginalError

REPLIES = "replies"
"""The step of the judge."""

Scores = dict[str, list[int | None]]
"""By the name of a criterion what the judge gave, once or several times; None is a reply without a score."""

_MODES: tuple[Mode, ...] = ("repaired", "original")

_PART = re.compile(r"c([1-9]\d{0,3})(?:\.[1-9]\d{0,3})?", re.ASCII)


def part_name(place: int, sample: int = 1) -> str:
    """What a call is known by, counting criteria from 0 and scores for one from 1.

    >>> part_name(0), part_name(4, 2)
    ('c1', 'c5.2')
    """
    return f"c{place + 1}" if sample == 1 else f"c{place + 1}.{sample}"


def place_of(part: str) -> int | None:
    """Which criterion a call is about, from 0; None for what is no such name.

    >>> place_of("c5.2"), place_of("5")
    (4, None)
    """
    found = _PART.fullmatch(part)
    return int(found[1]) - 1 if found else None


def scores_of(item: QueryItem, told: Told, parts: Iterable[str]) -> Scores:
    """The scores of a query: of the calls that were to be made, and of all others that have replies."""
    scores: Scores = {fields["name"]: [] for fields in item.criteria}
    for part, name in _named(item, [*parts, *told.parts(REPLIES, item.id)]):
        row = told.get(REPLIES, item.id, part)
        scores[name].append(parse_reply(row.text) if row and row.status == "ok" else None)
    return scores


def why_missing(item: QueryItem, told: Told, parts: Iterable[str]) -> str:
    """Why a query has not got all of its scores: what became of the first call without one."""
    for part, _ in _named(item, [*parts, *told.parts(REPLIES, item.id)]):
        row = told.get(REPLIES, item.id, part)
        if row is None:
            return "the judge was not asked about all of its criteria"
        if row.status != "ok" or parse_reply(row.text) is None:
            return f"judge: {row.reason or 'its reply has no score that can be read'}"
    return "the judge was not asked"


def original_scores(item: QueryItem, told: Told) -> Scores:
    """What stands in the script's line for a query: the first score that it takes for every call, among all replies.

    Nothing where it has no line, as where a model failed or refused. None where it stops (see `check_original`).
    """
    scores: Scores = {}
    for part, name in _named(item, told.parts(REPLIES, item.id)):
        attempts = told.every(REPLIES, item.id, part)
        if all(row.status in ("failed", "refused") for row in attempts):
            return {}
        read = (parse_reply(row.text, "original") for row in attempts)
        scores.setdefault(name, []).append(next((score for score in read if score is not None), None))
    return scores


def check_original(scores: Scores) -> None:
    """Raises OriginalError where a criterion has no score that the script takes."""
    for name, given in scores.items():
        if None in given:
            raise OriginalError(
                f"the criterion {name!r} has no score that WritingBench's script takes: it stops, as it runs eval() on "
                "such a reply, or divides by zero"
            )


def repairs_made(item: QueryItem, told: Told, now: Scores, before: Scores) -> frozenset[str]:
    """Which repairs make a difference to a query, by its scores as they are read now and as the script reads them."""
    found, row = set(), told.get("responses", item.id)
    shown = [(judged_response(row.text, mode) or "").strip() for mode in _MODES] if row else []
    if len(set(shown)) > 1:
        found.add("reasoning")
    if any(now.get(name) != given for name, given in before.items()):
        found.add("verdict")
    if before and now.keys() - before.keys():
        found.add("partial")
    return frozenset(found)


def published_rows(item: QueryItem, scores: Mapping[str, Any]) -> Sequence[ReplyRow]:
    """The replies that a line of a published score file stands for, `{criterion: [{"score", "reason"}]}`.

    Raises ValueError for a criterion that the query has not got, and for what is no list of objects.
    """
    places = {fields["name"]: place for place, fields in enumerate(item.criteria)}
    rows = []
    for name, given in scores.items():
        if name not in places:
            raise ValueError(f"scores: {name[:60]!r} is no criterion of query {item.id}")
        if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
            raise ValueError(f"scores: {name[:60]}: is no list of objects with score and reason")
        texts = [json.dumps(one) for one in given]
        rows += [
            ReplyRow(item=item.id, part=part_name(places[name], sample), text=text)
            for sample, text in enumerate(texts, start=1)
        ]
        if not texts:
            rows.append(_nothing(item, places[name], f"the file has no score for {name[:60]}"))
    return rows or [_nothing(item, 0, "the file has no scores for the query")]


def _nothing(item: QueryItem, place: int, reason: str) -> ReplyRow:
    return ReplyRow(item=item.id, part=part_name(place), status="unparsed", reason=reason)


def _named(item: QueryItem, parts: Iterable[str]) -> Iterable[tuple[str, str]]:
    """Calls, each once, with the names of their criteria; those about none are left out."""
    for part in dict.fromkeys(parts):
        place = place_of(part)
        if place is not None and place < len(item.criteria):
            yield part, item.criteria[place]["name"]
