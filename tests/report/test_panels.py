from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.factories import make_item, write_items, write_rows
from weval.readback import Outcome
from weval.report.panel import MAX_ROWS, Panel
from weval.report.panels import LARGEST, MAX_CATEGORIES, panels
from weval.report.svg import drawing
from weval.results import Estimate, RequirementEffect
from weval.run import RunSpec, run

TITLES = [
    "Score against requirements kept",
    "Which requirements move the score",
    "Accuracy on pairs, by how many requirements apart",
    "Reading",
    "Score against length",
    "What the rule for ties decides",
    "By category",
    "By language",
]


def by_title(outcome: Outcome) -> dict[str, Panel]:
    return {panel.title: panel for panel in panels(outcome, {})}


def changed(outcome: Outcome, **update: Any) -> Outcome:
    return replace(outcome, result=outcome.result.model_copy(update=update))


def diagnosed(outcome: Outcome, **update: Any) -> Outcome:
    return changed(outcome, diagnosis=outcome.result.diagnosis.model_copy(update=update))


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """One item without types, category, language, checks or ties, all responses empty but one."""
    folder = tmp_path_factory.mktemp("bare")
    item = make_item("i1")
    return run(RunSpec("length", data=write_items(folder / "items.jsonl", [item]), out=folder / "runs" / "r"))


def test_every_question_has_a_chart_and_the_chart_has_its_numbers(outcome: Outcome) -> None:
    found = panels(outcome, {})
    assert [panel.title for panel in found] == TITLES
    with drawing():
        for panel in found[:-1]:
            assert panel.draw
            assert panel.title in panel.draw()
    assert all(panel.table and panel.table.rows for panel in found)
    assert all(len(row) == len(panel.table.headers) for panel in found if panel.table for row in panel.table.rows)


def test_what_is_undefined_has_a_sentence_in_place_of_a_chart(bare: Outcome) -> None:
    found = by_title(bare)
    for title, why in (
        ("Which requirements move the score", "no two candidates of an item differ in kept requirements whose types"),
        ("Reading", "needs a score for each requirement"),
        ("What the rule for ties decides", "no two candidates of an item have the same score"),
        ("By category", "The items name no category."),
    ):
        assert why in found[title].finding
        assert found[title].draw is found[title].table is None
    assert "By language" not in found


def test_one_item_is_enough_for_the_rest(bare: Outcome) -> None:
    found = by_title(bare)
    with drawing():
        for title in (TITLES[0], TITLES[2], TITLES[4]):
            draw = found[title].draw
            assert draw
            assert "<svg" in draw()


def test_a_score_that_falls_says_where(outcome: Outcome) -> None:
    values = {"1": 0.1, "2": 0.05, "3": 0.2, "10": 0.2}
    score_by_kept = {kept: Estimate(value=value, ci=None, n=2) for kept, value in values.items()}
    panel = by_title(diagnosed(outcome, score_by_kept=score_by_kept | {"4": None}))[TITLES[0]]
    assert panel.finding.endswith("is 0.1 at 1 kept and 0.2 at 10. It does not rise from 1 to 2, from 3 to 10.")
    assert "It rises at every step." in by_title(outcome)[TITLES[0]].finding
    constant = dict.fromkeys("123", Estimate(value=0, ci=None, n=2))
    assert "It rises at no step." in by_title(diagnosed(outcome, score_by_kept=constant))[TITLES[0]].finding


def test_scores_beyond_drawing_are_still_in_the_table(outcome: Outcome) -> None:
    score_by_kept = {"1": Estimate(value=0, ci=(-LARGEST, 0), n=2), "2": Estimate(value=1, ci=None, n=2)}
    panel = by_title(diagnosed(outcome, score_by_kept=score_by_kept))[TITLES[0]]
    assert panel.draw is None
    assert panel.table
    assert panel.table.rows[0] == ("1", "0", "-1e+300 … 0", "2")


def test_effects_are_sorted_by_what_they_do(outcome: Outcome) -> None:
    effects = {
        name: RequirementEffect(beta=beta, ci=ci, n_pairs=3, accuracy=None)
        for name, beta, ci in (
            ("length", 1.0, (0.5, 1.5)),
            ("format", -1.0, (-2.0, -0.1)),
            ("style", 0.1, (-1.0, 1.0)),
            ("content", 2.0, None),
        )
    }
    finding = by_title(diagnosed(outcome, requirement_effect=effects))[TITLES[1]].finding
    assert finding.startswith(
        "Kept requirements of type length raise it; format lower it; style cannot be told from no effect. Effect:"
    )


def test_many_categories_are_drawn_in_part_and_listed_as_far_as_a_page_goes(outcome: Outcome) -> None:
    groups = {
        f"k{i:03}": {"correlation": Estimate(value=i / 1000, ci=None, n=i), "il": None, "pl": None, "reading": None}
        for i in range(100)
    }
    by = outcome.result.by.model_copy(update={"category": groups})
    panel = by_title(changed(outcome, by=by))["By category"]
    assert f"Drawn: the {MAX_CATEGORIES} categories with the most items, of 100." in panel.finding
    assert "highest in k099 (0.099) and lowest in k080 (0.080)" in panel.finding
    assert panel.table
    assert [row[0] for row in panel.table.rows] == [f"k{i:03}" for i in range(100 - MAX_ROWS, 100)]
    assert panel.table.more == 100 - MAX_ROWS
    with drawing():
        assert panel.draw
        svg = panel.draw()
    assert ">k099<" in svg
    assert ">k079<" not in svg


def test_a_category_alone_is_not_compared(outcome: Outcome) -> None:
    by = outcome.result.by.model_copy(update={"category": {"tea": outcome.result.by.category["academic_writing"]}})
    panel = by_title(changed(outcome, by=by))["By category"]
    assert panel.finding == "All items with a category are of one: tea (0.483)."
    two = dict.fromkeys(("tea", "milk"), outcome.result.by.category["academic_writing"])
    same = changed(outcome, by=by.model_copy(update={"category": two}))
    assert by_title(same)["By category"].finding == "Correlation is the same in every category: 0.483."


def test_undefined_figures_leave_their_panels_empty(outcome: Outcome) -> None:
    nothing: dict[str, Estimate | None] = dict.fromkeys(outcome.result.metrics)
    found = by_title(changed(outcome, metrics=nothing))
    assert found["What the rule for ties decides"].finding == "Undefined, as the figures are."
    assert found["By category"].finding == "Undefined."


def test_empty_responses_have_no_relative_length(tmp_path: Path) -> None:
    item = make_item("i1")
    empty = [candidate.model_copy(update={"response": ""}) for candidate in item.candidates]
    rows = [{"item_id": "i1", "candidate_id": f"a{i}", "score": i} for i in (1, 2, 3)]
    for name, candidates in (("all", empty), ("one", [*item.candidates[:2], empty[2]])):
        data = write_items(tmp_path / f"{name}.jsonl", [item.model_copy(update={"candidates": tuple(candidates)})])
        scores = write_rows(tmp_path / "scores.jsonl", rows)
        finding = by_title(run(RunSpec(f"scores:{scores}", data=data, out=tmp_path / name / "r")))[TITLES[4]].finding
        assert finding == "Undefined: every response is empty." or "Empty responses, left out: 1." in finding


def test_scores_too_large_for_a_mean_are_said_to_be(outcome: Outcome) -> None:
    nothing = dict.fromkeys(outcome.result.diagnosis.score_by_kept)
    panel = by_title(diagnosed(outcome, score_by_kept=nothing))["Score against requirements kept"]
    assert (panel.draw, panel.table) == (None, None)
    assert "too large" in panel.finding
