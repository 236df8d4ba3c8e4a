"""Scores and rankings that are in a file already."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.factories import make_item, write_rows
from weval.adapters.recorded import HumanFile, ScoresFile
from weval.errors import AdapterError, DataError
from weval.plan import PlanOptions, plan
from weval.ratings import shown_ids
from weval.types import Item, Request, Score, Source

Rows = list[dict[str, Any]]


def ask(item: str, *candidates: str, requirement: str | None = None) -> Request:
    source = Source(item, candidates, requirement)
    return Request(f"{source}", "g", "q", "i", None, (), ("",) * len(candidates), source=source)


def scored(**more: Any) -> dict[str, Any]:
    return {"item_id": "i1", "candidate_id": "a1", "score": 0.5} | more


def answers(adapter: ScoresFile | HumanFile, *requests: Request) -> list[Score]:
    found = list(adapter.score(requests))
    assert [score.request_id for score in found] == [request.id for request in requests]
    return found


# --- scores


def test_scores_are_looked_up(tmp_path: Path) -> None:
    path = write_rows(
        tmp_path / "s.jsonl", [scored(), scored(candidate_id="a2", score=-3), scored(item_id="i2", score=0)]
    )
    adapter = ScoresFile(str(path))
    assert (adapter.unit, adapter.reads_ids) == ("response", True)
    found = answers(adapter, ask("i2", "a1"), ask("i1", "a2"), ask("i1", "a1"))
    assert [score.values for score in found] == [(0.0,), (-3.0,), (0.5,)]


def test_what_is_missing_or_null_has_failed(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "s.jsonl", [scored(score=None)])
    asked = [ask("i1", "a1"), ask("i1", "a2"), ask("i9", "a1")]
    for score, name in zip(answers(ScoresFile(str(path)), *asked), ("a1", "a2", "a1"), strict=True):
        assert (score.status, score.reason) == ("failed", f"s.jsonl has no value for {name}")


def test_scores_by_requirement(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "s.jsonl", [scored(requirement_id="c1"), scored(requirement_id="c2", score=1)])
    adapter = ScoresFile(str(path))
    assert adapter.unit == "requirement"
    first, second, third = answers(adapter, *(ask("i1", "a1", requirement=f"c{n}") for n in (1, 2, 3)))
    assert (first.values, second.values, third.status) == ((0.5,), (1.0,), "failed")


def test_a_null_requirement_is_none(tmp_path: Path) -> None:
    assert ScoresFile(str(write_rows(tmp_path / "s.jsonl", [scored(requirement_id=None)]))).unit == "response"


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([scored(), scored()], [":2: candidate_id: i1 a1 has a score already"]),
        ([scored(), scored(requirement_id="c1")], [":2: requirement_id: is in some lines and not in others"]),
        ([scored(score="1"), scored(score=True)], [":1: score: must be a number", ":2: score: must be a number"]),
        ([scored(score=float("nan")), scored(score=float("-inf"))], [":1: score: must be a finite", ":2: score: must"]),
        ([scored(item_id=""), scored(extra=1)], [":1: item_id: must not be empty", ":2: extra: is not a known key"]),
        ([{}], [":1: item_id: is missing", ":1: candidate_id: is missing", ":1: score: is missing"]),
    ],
)
def test_bad_scores(tmp_path: Path, rows: Rows, expected: list[str]) -> None:
    path = write_rows(tmp_path / "s.jsonl", rows)
    with pytest.raises(DataError) as caught:
        ScoresFile(str(path))
    assert len(caught.value.problems) == len(expected)
    for line, beginning in zip(caught.value.problems, expected, strict=True):
        assert line.startswith(f"{path}{beginning}")


def test_a_changed_file_is_another_model(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "s.jsonl", [scored()])
    before = ScoresFile(str(path)).fingerprint
    assert before == ScoresFile(str(path)).fingerprint
    write_rows(path, [scored(score=0.6)])
    assert ScoresFile(str(path)).fingerprint != before


def test_a_look_up_needs_to_know_what_is_asked(tmp_path: Path) -> None:
    adapter = ScoresFile(str(write_rows(tmp_path / "s.jsonl", [scored()])))
    with pytest.raises(AdapterError, match="needs the request's source"):
        list(adapter.score([Request("r", "g", "q", "i", None, (), ("x",))]))


# --- rankings


def human(tmp_path: Path, *rankings: Any) -> HumanFile:
    rows = [{"item_id": "i1", "annotator": f"p{n}", "ranking": ranking} for n, ranking in enumerate(rankings)]
    return HumanFile(str(write_rows(tmp_path / "h.jsonl", rows)))


def points(adapter: HumanFile, first: str, second: str) -> float | None:
    (score,) = answers(adapter, ask("i1", first, second))
    return score.values[0] if score.status == "ok" else None


def test_one_annotator(tmp_path: Path) -> None:
    adapter = human(tmp_path, ["a2", "a1", "a3"])
    assert (adapter.unit, adapter.reads_ids) == ("pair", True)
    assert [points(adapter, *pair) for pair in (("a2", "a1"), ("a1", "a2"), ("a1", "a3"))] == [1, 0, 1]


def test_the_majority_decides_and_not_the_margin(tmp_path: Path) -> None:
    adapter = human(tmp_path, ["a1", "a2", "a3"], ["a1", "a3", "a2"], ["a3", "a2", "a1"])
    assert points(adapter, "a1", "a2") == 1
    assert points(adapter, "a2", "a3") == 0
    assert points(adapter, "a3", "a2") == 1


def test_as_many_for_as_against_is_a_tie(tmp_path: Path) -> None:
    adapter = human(tmp_path, ["a1", "a2"], ["a2", "a1"])
    assert points(adapter, "a1", "a2") == points(adapter, "a2", "a1") == 0.5


def test_candidates_tied_by_an_annotator(tmp_path: Path) -> None:
    tied = human(tmp_path, [["a1", "a2"], "a3"])
    assert [points(tied, *pair) for pair in (("a1", "a2"), ("a2", "a3"), ("a3", "a1"))] == [0.5, 1, 0]
    assert points(human(tmp_path, [["a1", "a2"]], [["a2", "a1"]], ["a2", "a1"]), "a1", "a2") == 0


def test_candidates_nobody_compared(tmp_path: Path) -> None:
    adapter = human(tmp_path, ["a1", "a2"], ["a3"])
    assert points(adapter, "a1", "a2") == 1
    assert points(adapter, "a1", "a3") is None
    assert points(adapter, "a1", "a9") is None


def test_a_partial_ranking_counts_where_it_speaks(tmp_path: Path) -> None:
    adapter = human(tmp_path, ["a1", "a2", "a3"], ["a3", "a2"], ["a3", "a2"])
    assert [points(adapter, *pair) for pair in (("a1", "a2"), ("a2", "a3"), ("a1", "a3"))] == [1, 0, 1]


def test_a_cycle_is_left_as_it_is(tmp_path: Path) -> None:
    adapter = human(tmp_path, ["a1", "a2", "a3"], ["a2", "a3", "a1"], ["a3", "a1", "a2"])
    assert [points(adapter, *pair) for pair in (("a1", "a2"), ("a2", "a3"), ("a3", "a1"))] == [1, 1, 1]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(
    st.lists(st.permutations(["a1", "a2", "a3"]).flatmap(lambda p: st.integers(1, 3).map(lambda n: p[:n])), min_size=1)
)
def test_swapping_a_pair_swaps_its_points(tmp_path: Path, rankings: list[list[str]]) -> None:
    adapter = human(tmp_path, *rankings)
    for first, second in permutations(["a1", "a2", "a3"], 2):
        one, other = points(adapter, first, second), points(adapter, second, first)
        assert (one is None and other is None) or (one is not None and other is not None and one + other == 1)


def ranked(**more: Any) -> dict[str, Any]:
    return {"item_id": "i1", "annotator": "p", "ranking": ["a1", "a2"]} | more


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([ranked(), ranked()], [":2: annotator: 'p' has ranked 'i1' before"]),
        ([ranked(ranking=["a1", "a1"])], [":1: ranking: names a candidate twice"]),
        ([ranked(ranking=[["a1", "a1"]])], [":1: ranking: names a candidate twice"]),
        ([ranked(ranking=["a1", ["a2", "a1"]])], [":1: ranking: names a candidate twice"]),
        ([ranked(ranking=[])], [":1: ranking: has too few entries"]),
        ([ranked(ranking=["a1", []])], [":1: ranking[1]: has too few entries"]),
        ([ranked(ranking="a1")], [":1: ranking: must be a list, not 'a1'"]),
        ([ranked(ranking=["a1", 2])], [":1: ranking[1]: must be a string, not 2"]),
        ([ranked(ranking=[["a1", ["a2"]]])], [":1: ranking[0][1]: must be a string, not a list"]),
        ([ranked(annotator=None)], [":1: annotator: must be a string, not null"]),
    ],
)
def test_bad_rankings(tmp_path: Path, rows: Rows, expected: list[str]) -> None:
    path = write_rows(tmp_path / "h.jsonl", rows)
    with pytest.raises(DataError) as caught:
        HumanFile(str(path))
    assert [line.startswith(f"{path}{e}") for line, e in zip(caught.value.problems, expected, strict=True)] == [True]


def test_a_ranking_of_very_many_costs_little(tmp_path: Path) -> None:
    adapter = human(tmp_path, [f"a{n}" for n in range(50_000)])
    assert points(adapter, "a1", "a49999") == 1


def test_names_that_no_item_has_are_remarked(tmp_path: Path) -> None:
    rows = [scored(), scored(item_id="I1"), scored(candidate_id="b9")]
    scores = ScoresFile(str(write_rows(tmp_path / "s.jsonl", rows)))
    (remark,) = scores.remarks([make_item("i1"), make_item("i2")])
    assert remark == "s.jsonl: 2 of 3 answers are for no text of this task, as I1 a1"
    ranked = [{"item_id": "i1", "annotator": "x", "ranking": ["a1", "a2", "zz"]}]
    human = HumanFile(str(write_rows(tmp_path / "h.jsonl", ranked)))
    assert list(human.remarks([make_item("i1")])) == ["h.jsonl: 1 of 3 answers are for no text of this task, as i1 zz"]
    assert list(ScoresFile(str(tmp_path / "s.jsonl")).remarks(make_item(name) for name in ("i1", "I1"))) != []
    fine = ScoresFile(str(write_rows(tmp_path / "t.jsonl", [scored(requirement_id="c3"), scored(requirement_id="c1")])))
    assert list(fine.remarks([make_item("i1")])) == []


# --- rankings from a page of `weval annotate`


def points_of(adapter: HumanFile, item: Item) -> dict[tuple[str, ...], float | None]:
    """What a run would be told of an item, by the names of its pairs."""
    requests = [request for request, _ in plan(item, "pair", PlanOptions(), reveal_ids=True)]
    found = zip(requests, adapter.score(requests), strict=True)
    return {request.source.candidates: (*score.values, None)[0] for request, score in found if request.source}


def test_candidates_are_known_by_the_names_that_a_page_gave_them(tmp_path: Path) -> None:
    item = make_item("i1")
    first, second, third = shown_ids(item).values()
    by_page = points_of(human(tmp_path, [second, [first, third]], [second, first]), item)
    assert by_page == points_of(human(tmp_path, ["a2", ["a1", "a3"]], ["a2", "a1"]), item)
    assert by_page["a2", "a1"] == 1
    assert by_page["a1", "a3"] == 0.5


def test_own_names_and_those_of_a_page_vote_together(tmp_path: Path) -> None:
    item = make_item("i1")
    first, second, _ = shown_ids(item).values()
    assert points_of(human(tmp_path, [first, second], ["a2", "a1"]), item)["a1", "a2"] == 0.5


def test_a_page_of_another_version_of_an_item_says_nothing_of_it(tmp_path: Path) -> None:
    item = make_item("i1")
    other = item.model_copy(update={"instruction": "Else."})
    adapter = human(tmp_path, [*shown_ids(item).values()])
    assert {*points_of(adapter, other).values()} == {None}
    assert list(adapter.remarks([item])) == []
    (remark,) = adapter.remarks([other])
    assert remark == (
        f"h.jsonl: 3 of 3 answers are for no text of this task, as i1 {min(shown_ids(item).values())}; "
        "it was made on a page of other items, or of other versions of them"
    )
