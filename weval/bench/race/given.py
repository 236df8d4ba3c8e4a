"""Replies in the published layouts: rows of raw_results.jsonl, and a judge's output with a list per dimension."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from weval.bench.race.parsing import DIMENSIONS
from weval.bench.race.results import ResultRow
from weval.bench.race.tasks import RaceItem
from weval.bench.replies import ReplyRow
from weval.errors import DataError
from weval.files import one_line
from weval.invalid import complaints, field_name
from weval.store import writable

FIRST, SECOND = "first", "second"
"""Where the report is shown: as article A, as article B."""

RESULT = "result"
"""The part of a reply that holds shares which somebody has computed already."""

FIGURES = ("overall_score", *DIMENSIONS)


def given_reply(content: Mapping[str, Any], items: Mapping[str, RaceItem]) -> ReplyRow | None:
    """The reply that an object stands for; None where it is in a general layout. Raises ValueError for a broken one."""
    part = content.get("part", "1")
    if part not in ("1", 1, FIRST, SECOND, RESULT):
        raise ValueError(f"part: {one_line(str(part), 40)} is none of {FIRST}, {SECOND}, {RESULT}")
    if "part" in content or "item" in content:
        return None
    if all(isinstance(content.get(name), list) for name in DIMENSIONS):
        item = _item(content.get("id"), content.get("prompt"), items)
        return ReplyRow(item=item, part=FIRST, text=json.dumps({name: content[name] for name in DIMENSIONS}))
    if "overall_score" not in content and "error" not in content:
        return None
    try:
        row = ResultRow.model_validate(content)
    except ValidationError as error:
        where, what = next(complaints(error, content))
        raise ValueError(": ".join(filter(None, [field_name(where), what]))) from None
    item = _item(row.id, row.prompt or None, items)
    if row.error is not None:
        return ReplyRow(item=item, part=RESULT, status="failed", reason=writable(one_line(row.error)))
    text = json.dumps({"id": row.id, **{name: getattr(row, name) for name in FIGURES}})
    try:
        result_of(text)
    except DataError as error:
        raise ValueError(str(error)) from None
    return ReplyRow(item=item, part=RESULT, text=text)


def result_of(text: str) -> dict[str, float]:
    """The shares in a reply of part `result`. Raises DataError for what is no share."""
    try:
        row = ResultRow.model_validate_json(text)
    except ValidationError:
        raise DataError("is no row of raw_results.jsonl") from None
    shares = {name: getattr(row, name) for name in FIGURES}
    for name, share in shares.items():
        if share is None or not 0 <= share <= 1:
            raise DataError(f"{name}: {share} is no share from 0 to 1")
    return shares


def _item(name: object, prompt: object, items: Mapping[str, RaceItem]) -> str:
    """The task that an object is about, by id and, where it is there, prompt."""
    item = items.get(str(name))
    if item is None:
        raise ValueError(f"id: {one_line(str(name), 40)} is no task of this benchmark")
    if prompt is not None and prompt != item.prompt:
        raise ValueError(f"prompt: is not that of task {item.id}")
    return item.id
