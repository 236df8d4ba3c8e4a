from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.factories import make_item, write_items, write_rows
from weval.readback import ScoredRun
from weval.report.beside import (
    ITEM_BYTES,
    MAX_CANDIDATES,
    MAX_REQUIREMENTS,
    Line,
    Place,
    Verdict,
    place_text,
    score_text,
    side_by_side,
)
from weval.run import RunSpec, run
from weval.types import Candidate, ContainsCheck, Item, Requirement


def run_on(folder: Path, item: Item, model: str = "length") -> ScoredRun:
    data = write_items(folder / "items.jsonl", [item])
    return run(RunSpec(model, data=data, out=folder / "runs" / "r")).run


def test_candidates_stand_in_gold_order_and_keep_their_texts(tmp_path: Path) -> None:
    item = make_item("i1", kept=((1,), (1, 2, 3), (1, 2)))
    place = Place(run_on(tmp_path, item).joined.blocks[0], 0)
    assert place.best_first == [1, 2, 0]
    found = side_by_side(item, place, "note", [Line("score", ("1", "2", "3"))])
    assert found.candidates == ("a2", "a3", "a1")
    assert [response.text for response in found.responses] == [item.candidates[i].response for i in (1, 2, 0)]
    assert (found.id, found.note, found.category, found.cut) == ("i1", "note", None, "")


def test_each_requirement_says_kept_met_and_scored(tmp_path: Path) -> None:
    check = ContainsCheck(kind="contains", all=("tea",))
    item = Item(
        id="i1",
        instruction="Write.",
        requirements=(
            Requirement(id="c1", type="content", text="Mention tea.", check=check),
            Requirement(id="c2", text="Be kind."),
        ),
        candidates=(
            Candidate(id="a1", kept=("c1", "c2"), response="coffee"),
            Candidate(id="a2", kept=("c2",), response="tea"),
        ),
    )
    scores = [(c, q, v) for c, q, v in (("a1", "c1", 0.5), ("a1", "c2", 0.25), ("a2", "c1", 1), ("a2", "c2", 0))]
    rows = [{"item_id": "i1", "candidate_id": c, "requirement_id": q, "score": v} for c, q, v in scores]
    path = write_rows(tmp_path / "scores.jsonl", rows)
    place = Place(run_on(tmp_path, item, f"scores:{path}").joined.blocks[0], 0)
    first, second = side_by_side(item, place, "", []).requirements
    assert (first.id, first.type, first.text.text) == ("c1", "content", "Mention tea.")
    assert first.verdicts == (Verdict(True, False, "0.5"), Verdict(False, True, "1"))
    assert second.verdicts == (Verdict(True, None, "0.25"), Verdict(True, None, "0"))


def test_what_nobody_recorded_is_not_claimed(tmp_path: Path) -> None:
    item = make_item("i1", kept=(2, 1))
    place = Place(run_on(tmp_path, item).joined.blocks[0], 0)
    found = side_by_side(item, place, "", [])
    assert {verdict for asked in found.requirements for verdict in asked.verdicts} == {Verdict(None, None, None)}


def test_what_has_no_rule_has_no_score(tmp_path: Path) -> None:
    item = make_item("i1")
    checked = item.requirements[0].model_copy(update={"check": ContainsCheck(kind="contains", all=("text",))})
    item = item.model_copy(update={"requirements": (checked, *item.requirements[1:])})
    place = Place(run_on(tmp_path, item, "rules").joined.blocks[0], 0)
    first, second, _ = side_by_side(item, place, "", []).requirements
    assert first.verdicts[0] == Verdict(True, True, "1")
    assert second.verdicts[0] == Verdict(True, None, "–")


def test_scores_of_another_run_stand_behind_those_of_the_first(tmp_path: Path) -> None:
    item = make_item("i1", kept=((1, 2), (1,)), n_requirements=2)
    rows = [
        {"item_id": "i1", "candidate_id": c.id, "requirement_id": q.id, "score": 0.25}
        for c in item.candidates
        for q in item.requirements
    ]
    scores = write_rows(tmp_path / "scores.jsonl", rows)
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    first = run_on(tmp_path / "a", item, f"scores:{scores}").joined.blocks[0]
    second = run_on(tmp_path / "b", item).joined.blocks[0]
    both = side_by_side(item, Place(first, 0), "", [], [first, second])
    assert {verdict.score for asked in both.requirements for verdict in asked.verdicts} == {"0.25 | 0.25 | –"}
    neither = side_by_side(item, Place(second, 0), "", [], [second])
    assert neither.requirements[0].verdicts[0].score is None


def test_equal_scores_share_their_places() -> None:
    assert [place_text([1, 3, 3, 0], index) for index in range(4)] == ["3", "1–2", "1–2", "4"]


def test_a_large_item_is_cut_and_says_so(tmp_path: Path) -> None:
    n, r = MAX_CANDIDATES + 2, MAX_REQUIREMENTS + 1
    item = make_item("i1", kept=[list(range(1, i + 1)) for i in range(n)], n_requirements=r)
    long = tuple(c.model_copy(update={"response": "&" * 100_000}) for c in item.candidates)
    item = item.model_copy(update={"candidates": long, "id": "x" * 200})
    place = Place(run_on(tmp_path, item).joined.blocks[0], 0)
    found = side_by_side(item, place, "", [])
    assert found.cut == "Not shown here: 2 more candidates and 1 more requirements."
    assert found.candidates[0] == f"a{n}"
    assert len(found.responses) == MAX_CANDIDATES
    assert len(found.requirements) == MAX_REQUIREMENTS
    assert sum(len(response.text) * len("&amp;") for response in found.responses) <= ITEM_BYTES
    assert all(len(response.text) + response.left_out == 100_000 for response in found.responses)
    assert len(found.id) == 150


def test_a_place_is_a_row_of_its_block(tmp_path: Path) -> None:
    items = [make_item("i1"), make_item("i2", kept=((1,), (1, 2), (1, 2, 3)))]
    data = write_items(tmp_path / "items.jsonl", items)
    block = run(RunSpec("length", data=data, out=tmp_path / "r")).run.joined.blocks[0]
    assert [Place(block, row).best_first for row in (0, 1)] == [[0, 1, 2], [2, 1, 0]]
    assert Place(replace(block, gold=block.gold * 0), 1).best_first == [0, 1, 2]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.5, "0.5"),
        (-0.0, "0"),
        (1e-9, "1e-09"),
        (123456.0, "123456"),
        (9999.6, "10000"),
        (-1.5e12, "-1.5e+12"),
        (2 / 3, "0.6667"),
    ],
)
def test_scores_have_four_digits(value: float, text: str) -> None:
    assert score_text(value) == text
