from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len

from tests.factories import make_item, write_items
from tests.report.reader import read as read_page
from weval.files import Problems
from weval.join import Join
from weval.plan import plan
from weval.readback import Outcome, finish, read_back
from weval.report import details_text, result_text
from weval.report.health import TITLE, TITLE_OF_OTHERS, health_lines, health_panel, percent
from weval.report.page import page
from weval.report.panel import Panel
from weval.report.svg import drawing
from weval.results import Result
from weval.run import RunSpec, run
from weval.store import SCORES, ScoreRow
from weval.types import Item, Unit

ITEMS = [make_item(f"i{n}", [(1, 2, 3), (1, 2), (1,)]) for n in range(20)]


def answered(folder: Path, unit: Unit, answer: Callable[[ScoreRow], dict[str, Any]], items: list[Item]) -> Outcome:
    """A run whose answers are what `answer` makes of an empty row."""
    model = "length" if unit == "response" else "first"
    found = run(RunSpec(model, data=write_items(folder / "items.jsonl", items), out=folder / "runs" / "r"))
    identity = found.run.identity
    identity = identity.model_copy(update={"model": identity.model.model_copy(update={"unit": unit})})
    rows = []
    for item in items:
        for request, source in plan(item, unit, identity.plan):
            blank = ScoreRow(id=request.id, item=item.id, candidates=source.candidates, status="ok", values=(0.0,))
            rows.append(ScoreRow.model_validate(blank.model_dump() | answer(blank)))
    join = Join(unit, identity.plan)
    for item in items:
        join.add_item(item)
    joined = join.answers(enumerate(rows), Problems(folder / SCORES))
    return finish(replace(read_back(found.folder), identity=identity, joined=joined))


def judged(row: ScoreRow) -> dict[str, Any]:
    """A judge of pairs with every fault."""
    rng = random.Random(row.id)
    if rng.random() < 0.05:
        return {"status": "refused", "values": (), "reason": "no"}
    draws = tuple((float(rng.random() < 0.7),) if rng.random() < 0.9 else None for _ in range(3))
    return {"values": (float(rng.random() < 0.7),), "samples": draws, "mass": 0.9 + rng.random() / 10, "tokens_out": 3}


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    return answered(tmp_path_factory.mktemp("judge"), "pair", judged, ITEMS)


def panel_of(result: Result) -> Panel:
    (panel,) = health_panel(result)
    return panel


def test_of_a_model_that_computes_and_answers_all_nothing_is_said(outcome: Outcome) -> None:
    assert health_lines(outcome.result) == []
    assert [*health_panel(outcome.result)] == []
    assert TITLE not in page(outcome)
    assert "answers  " not in result_text(outcome.result)


def test_a_judge_has_a_line_for_each_of_its_faults(judge: Outcome) -> None:
    health = judge.result.health
    assert health
    lines = health_lines(judge.result)
    assert [line.split()[0] for line in lines] == ["answers", "order", "samples", "mass", "bounds"]
    read, refused = (percent(health.answers[status].value) for status in ("ok", "refused"))
    assert lines[0] == f"answers  {read} read · {refused} refused"
    assert lines[1].startswith(f"order    {percent(health.order_flips.value)} of pairs flip · first shown wins ")
    assert " agree [" in lines[2]
    assert " · 3 per question · " in lines[2]
    low, high = health.bounds["correlation"]
    assert lines[4] == f"bounds   correlation {low:.3f} to {high:.3f} if what is missing were worst or best"
    for text in (result_text(judge.result), details_text(judge.result)):
        assert max(map(cell_len, text.splitlines())) <= 80
        assert all(line in text for line in lines)


def test_the_panel_says_it_in_words_numbers_and_a_chart(judge: Outcome) -> None:
    health, panel = judge.result.health, panel_of(judge.result)
    assert health
    assert panel.title == TITLE
    for part in (
        "of 120 questions ended",
        "Shown the other way round",
        "50.0 % if the order did not",
        "Asked the same",
    ):
        assert part in panel.finding
    assert "With " in panel.finding
    assert panel.table
    names = [row[0] for row in panel.table.rows]
    assert names[:5] == ["read", "unparsed", "refused", "truncated", "failed"]
    assert names[5:] == [
        "pairs that flip with the order",
        "the same place wins both times",
        "first shown wins",
        "the same, if the order did not matter",
        "pairs of samples that agree",
        "samples per question",
        "samples without a verdict",
        "probability on answers, mean",
        "probability on answers, smallest",
        "correlation, missing at worst to best",
    ]
    assert all(len(row) == len(panel.table.headers) for row in panel.table.rows)
    assert panel.draw
    with drawing():
        drawn = str(panel.draw())
    for name in ("refused", "order flips", "position bias", "disagreement"):
        assert name in drawn


def test_the_page_of_a_judge_has_it(judge: Outcome) -> None:
    text = read_page(page(judge)).text
    assert TITLE in text
    assert "Position bias" in text


def test_a_list_is_spoken_of_by_ranks(tmp_path: Path) -> None:
    found = answered(tmp_path, "list", lambda row: {"values": (3.0, 2.0, 1.0)}, ITEMS)
    lines = health_lines(found.result)
    assert lines == [
        "answers  100.0 % read",
        "order    first shown ranked first 100.0 % [84, 100], by chance 33.3 %",
    ]
    panel = panel_of(found.result)
    assert "The text shown first is ranked first 100.0 % of the time; 33.3 % if" in panel.finding
    assert panel.table
    assert ("rank correlation with being shown early", "1.000") in [row[:2] for row in panel.table.rows]


def test_a_model_that_left_gaps_says_so_and_is_no_judge(tmp_path: Path) -> None:
    def gaps(row: ScoreRow) -> dict[str, Any]:
        return {"status": "failed", "values": (), "reason": "gone"} if row.item == "i0" else {"values": (1.0,)}

    found = answered(tmp_path, "response", gaps, ITEMS)
    assert health_lines(found.result) == [
        "answers  95.0 % read · 5.0 % failed",
        "bounds   correlation -0.050 to 0.050 if what is missing were worst or best",
    ]
    assert panel_of(found.result).title == TITLE_OF_OTHERS


def test_questions_that_were_never_answered_are_no_share_and_not_forgotten(tmp_path: Path) -> None:
    def answer(row: ScoreRow) -> dict[str, Any]:
        return {"item": "i0"} if row.item == "i1" else {}  # an answer to i0 given twice, and none to i1

    found = answered(tmp_path, "response", answer, ITEMS)
    assert health_lines(found.result)[0] == "answers  100.0 % read · 3 unanswered"
    assert "3 more questions have no answer yet." in panel_of(found.result).finding


def test_what_was_written_makes_a_judge_whatever_its_unit(tmp_path: Path) -> None:
    found = answered(tmp_path, "response", lambda row: {"values": (1.0,), "tokens_out": 1}, ITEMS)
    assert health_lines(found.result) == ["answers  100.0 % read"]
    assert panel_of(found.result).title == TITLE


def test_what_was_paid_is_said(tmp_path: Path) -> None:
    paid = {"values": (1.0,), "tokens_in": 100, "tokens_out": 1, "cost_usd": 0.1}
    found = answered(tmp_path, "response", lambda row: paid, ITEMS)
    said = "$6.00, 6,000 tokens read, 60 tokens written"
    assert health_lines(found.result)[-1] == f"cost     {said}"
    assert said in page(found) and "only the way of computing changed" not in page(found)


def test_results_of_earlier_versions_have_nothing_to_say(judge: Outcome) -> None:
    old = judge.result.model_copy(update={"health": None})
    assert health_lines(old) == []
    assert [*health_panel(old)] == []


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.0, "0.0 %"), (1e-9, "<0.1 %"), (0.0005, "0.1 %"), (0.5, "50.0 %"), (0.99951, ">99.9 %"), (1.0, "100.0 %")],
)
def test_only_nothing_is_zero_and_only_all_is_a_hundred(share: float, text: str) -> None:
    assert percent(share) == text
