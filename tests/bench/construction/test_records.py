from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.bench.construction.asked import criterion, five, put
from weval.bench.construction.records import Criterion, Preference, Query, lines_of, read_rows
from weval.errors import DataError


def test_a_criterion_keeps_the_keys_of_writingbench_and_their_order() -> None:
    found = Criterion.model_validate(criterion("Tone")).as_dict()
    assert list(found) == ["name", "criteria_description", "1-2", "3-4", "5-6", "7-8", "9-10"]
    assert found == criterion("Tone")


def test_the_real_length_subset_is_read_and_written_unchanged(shared: Path) -> None:
    path = shared / "data/upstream/X-PLUG/WritingBench/benchmark_query/requirement/length/length_subset.jsonl"
    rows = read_rows(path, Query, lambda query: query.key)
    assert len(rows) == 222
    written = lines_of(rows).splitlines()
    for line, own in zip(path.read_text(encoding="utf-8").splitlines(), written, strict=True):
        assert list(json.loads(line).items()) == list(json.loads(own).items())


def test_what_nobody_knows_of_a_query_is_not_written() -> None:
    assert Query(id="tea", query="Write about tea.").line() == '{"id":"tea","query":"Write about tea."}'


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ({"query": "Write."}, "index: give either index or id"),
        ({"index": 1, "id": "a", "query": "Write."}, "index: give either index or id"),
        ({"index": 1}, "query: is missing"),
        ({"index": 1, "query": ""}, "query: must not be empty"),
        ({"index": "1", "query": "Write."}, "index: must be a whole number, not '1'"),
        ({"index": 1, "query": "Write.", "more": 1}, "more: is not a known key"),
        ({"index": 1, "query": "Write.", "checklist": []}, "checklist: has too few entries (0; at least 1)"),
        (
            {"index": 1, "query": "Write.", "checklist": [criterion("Tone"), criterion("Tone")]},
            "checklist: two criteria are called 'Tone'",
        ),
        (
            {"index": 1, "query": "Write.", "checklist": [{**criterion(), "low": "x"}]},
            "checklist[0].low: is not a known key",
        ),
    ],
)
def test_a_bad_query_is_named_by_line_and_field(row: dict[str, object], complaint: str, tmp_path: Path) -> None:
    path = put(tmp_path / "queries.jsonl", [{"index": 0, "query": "Write.", "checklist": five()}, row])
    with pytest.raises(DataError) as caught:
        read_rows(path, Query, lambda query: query.key)
    assert caught.value.problems == [f"{path}:2: {complaint}"]


def test_no_two_queries_have_one_name(tmp_path: Path) -> None:
    path = put(tmp_path / "queries.jsonl", [{"index": 7, "query": "A."}, {"id": "7", "query": "B."}])
    with pytest.raises(DataError, match=r":2: '7' is on line 1 already$"):
        read_rows(path, Query, lambda query: query.key)


def test_a_pair_may_have_several_judgements(tmp_path: Path) -> None:
    row = {"index": 7, "response_a": "A", "response_b": "B", "preferred": "a"}
    path = put(tmp_path / "preferences.jsonl", [row, {**row, "preferred": "tie", "annotator": "ann"}])
    assert [one.preferred for one in read_rows(path, Preference)] == ["a", "tie"]
    put(path, [{**row, "preferred": "A"}])
    with pytest.raises(DataError, match=r":1: preferred: must be 'a', 'b' or 'tie', not 'A'$"):
        read_rows(path, Preference)
