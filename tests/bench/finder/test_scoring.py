from __future__ import annotations

from typing import Any

import pytest

from weval.bench.finder import Counted, is_empty_article, original_run, pass_rate
from weval.errors import OriginalError

CHECKLIST: list[dict[str, Any]] = [
    {"id": 1, "checklist": [{"title": "1. A"}, {"title": "2. B"}]},
    {"id": 2, "checklist": [{"title": "1. C"}]},
]


def reply(article: str, number: Any, title: str) -> str:
    return "No" if title == "2. B" else "Yes"


def test_missing_answers_leave_the_share_and_count_as_no_in_the_original() -> None:
    answers = [True, True, None, False]
    assert (pass_rate(answers), pass_rate(answers, mode="original")) == (2 / 3, 0.5)
    assert pass_rate(iter(answers)) == 2 / 3


def test_without_answers_there_is_no_share() -> None:
    assert pass_rate([]) is pass_rate([None]) is pass_rate([], mode="original") is None
    assert pass_rate([None], mode="original") == 0


def test_nothing_was_written() -> None:
    assert all(map(is_empty_article, ("", " \n", "[生成失败]", " [生成失败]\n")))
    assert not is_empty_article("[生成失败] A")


def test_the_original_leaves_out_what_is_empty_or_unknown_and_pools_files() -> None:
    files: dict[str, list[dict[str, Any]]] = {
        "a.jsonl": [{"id": 1, "article": "A"}, {"id": 1, "prediction": "A"}, {"id": 2, "article": ""}],
        "b.jsonl": [{"id": 2, "prediction": "B"}, {"id": "1", "article": "B"}, {"id": 1, "article": "[生成失败]"}],
        "c.jsonl": [{"id": 1}],
    }
    run = original_run(files, reply, CHECKLIST)
    assert run.per_file == {"a.jsonl": Counted(2, 2, 4), "b.jsonl": Counted(1, 1, 1), "c.jsonl": Counted(0, 0, 0)}
    assert (run.skipped_ids, run.no_standard) == ((2, 1, 1), ("1",))
    assert (run.passed, run.total, run.printed) == (3, 5, "60.00%")


def test_the_original_prints_no_rate_of_nothing_and_stops_without_an_id() -> None:
    assert original_run({"a.jsonl": []}, reply, CHECKLIST).printed is None
    with pytest.raises(OriginalError, match=r"a\.jsonl: an article has no id"):
        original_run({"a.jsonl": [{"article": "A"}]}, reply, CHECKLIST)
