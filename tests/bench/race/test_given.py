"""Replies in the published layouts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.bench.race.tasks import published, stand_in
from weval.bench.race.given import FIGURES, given_reply, result_of
from weval.bench.race.tasks import RaceItem, read_tasks
from weval.errors import DataError

SHARES = {name: at / 10 for at, name in enumerate(FIGURES)}


@pytest.fixture
def items(tmp_path: Path) -> dict[str, RaceItem]:
    folder = stand_in(tmp_path, 2)
    return {item.id: item for item in read_tasks(folder / "query.jsonl", folder / "criteria.jsonl")}


def test_a_result_is_a_reply_of_its_own_part(items: dict[str, RaceItem]) -> None:
    row = given_reply({"id": 2, "prompt": items["2"].prompt, **SHARES}, items)
    assert row is not None
    assert (row.item, row.part, row.status) == ("2", "result", "ok")
    assert result_of(row.text) == SHARES


def test_a_result_with_an_error_is_a_call_that_failed(items: dict[str, RaceItem]) -> None:
    row = given_reply({"id": 2, "error": "Failed\nafter \ud800 retries", **SHARES}, items)
    assert row is not None
    assert (row.part, row.status, row.text) == ("result", "failed", "")
    assert row.reason is not None
    assert "\n" not in row.reason


def test_an_output_is_a_reply_with_the_report_first(items: dict[str, RaceItem]) -> None:
    output = published(1, [(6, 9)] * 5)
    row = given_reply({"id": "1", **output, "model": "m"}, items)
    assert row is not None
    assert (row.item, row.part, json.loads(row.text)) == ("1", "first", output)


@pytest.mark.parametrize(
    "content",
    [
        {"id": 1, "reply": "…"},
        {"id": 1, "part": "second", "text": "…"},
        {"item": "1", "part": "result", "status": "ok", "text": "{}"},
        {"id": 1, "insight": []},
    ],
)
def test_general_layouts_are_left_to_others(items: dict[str, RaceItem], content: dict[str, Any]) -> None:
    assert given_reply(content, items) is None


@pytest.mark.parametrize("text", ["", "7", "{}", '{"id": 1}', '{"id": 1, "overall_score": 0.5}', "[" * 10**5])
def test_a_text_that_is_no_result(text: str) -> None:
    with pytest.raises(DataError, match=r"is no row of raw_results\.jsonl"):
        result_of(text)


@pytest.mark.parametrize("share", [-0.1, 1.1, 1e300])
def test_a_share_is_from_0_to_1(share: float) -> None:
    with pytest.raises(DataError, match=r"insight: .* is no share from 0 to 1"):
        result_of(json.dumps({"id": 1, **SHARES, "insight": share}))
