"""What a model's page says of one task: charts with the right numbers, the hardest items, whom to compare with."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.leaderboard.site.conftest import Standing
from tests.leaderboard.site.looking import Element, page, seen
from weval.leaderboard.site.board import FLOOR, Board, Row
from weval.leaderboard.site.itempages import page_of
from weval.leaderboard.site.sections import N_PARTS, N_WORST, Chart, board_charts, peers, section
from weval.report.page import FINGERPRINT_BYTES
from weval.report.wording import LABELS
from weval.wording import interval, number, value_of


def _row(board: Board, model: str) -> Row:
    return next(row for row in board.rows if row.model == model)


def _charts(board: Board, model: str) -> dict[str, Chart]:
    return {chart.title: chart for chart in section(board, _row(board, model), {}).charts}


def _figures(site: Path, model: str) -> list[list[Element]]:
    (region,) = page(site / f"models/{model}.html").all("div", aria_label="Figures on WEval-mini")
    return [[cell for cell in row.children if isinstance(cell, Element)] for row in region.all("tr")]


@pytest.mark.parametrize("model", ["length", "rules", "holed", "partly", "flat"])
def test_the_page_of_a_model_has_all_its_figures(site: Standing, board: Board, model: str) -> None:
    result = _row(board, model).measured.result
    heads, *rows = _figures(site.out, model)
    pessimistic = bool(result.n_missing)
    assert ("pessimistic" in [head.text for head in heads]) == pessimistic == (model == "holed")
    assert len(rows) == len(result.metrics)
    for (name, label), row in zip(LABELS.items(), rows, strict=True):
        found = result.metrics[name]
        assert row[0].text == label
        texts = [seen(cell) for cell in row]
        expected = [
            value_of(found),
            interval(found.ci if found else None),
            "",
            str(found.n) if found else "–",
            number((result.released or {}).get(name)),
        ]
        if pessimistic:
            assert result.pessimistic
            expected.append(number(result.pessimistic.get(name)))
        assert texts[1:-1] == expected, name


def test_a_probe_stands_on_the_page(site: Standing, board: Board) -> None:
    probed = _row(board, "length").measured.probes["swapped"].metrics["correlation"]
    (region,) = page(site.out / "models/length.html").all("div", aria_label="Under probes")
    assert region.all("tr")[1].text.startswith(f"swapped{value_of(probed)}")
    assert not page(site.out / "models/rules.html").all("div", aria_label="Under probes")


def test_the_box_chart_has_the_spread(board: Board) -> None:
    chart = _charts(board, "length")["Scores, by how many requirements were kept"]
    assert [row[0] for row in chart.rows] == ["1", "2", "3", "4", "5"]
    assert [row[1:] for row in chart.rows] == [*_row(board, "length").measured.spread.values()]


def test_parts_stand_with_their_intervals(board: Board) -> None:
    result = _row(board, "length").measured.result
    found = _charts(board, "length")
    types = {str(row[0]): row for row in found["By type of requirement"].rows}
    assert {*types} == {*result.by.requirement_type}
    for name, part in result.by.requirement_type.items():
        assert part.ci and types[name][1:4] == (part.value, *part.ci)
    categories = {str(row[0]): row[1] for row in found["By category"].rows}
    expected = {name: parts["correlation"] for name, parts in result.by.category.items()}
    assert categories == {name: estimate.value for name, estimate in expected.items() if estimate}


def test_of_many_categories_the_largest_are_drawn_and_that_is_said(board: Board) -> None:
    row = _row(board, "length")
    by = row.measured.result.by
    part = next(iter(by.category.values()))
    correlation = part["correlation"]
    assert correlation
    sized = {f"c{n:02}": part | {"correlation": correlation.model_copy(update={"n": n})} for n in range(1, N_PARTS + 3)}
    result = row.measured.result.model_copy(update={"by": by.model_copy(update={"category": sized})})
    many = replace(row, measured=row.measured.model_copy(update={"result": result}))
    chart = next(chart for chart in section(board, many, {}).charts if chart.title == "By category")
    assert [name for name, *_ in chart.rows] == [f"c{n:02}" for n in range(3, N_PARTS + 3)]
    assert chart.about.endswith(f"Only the {N_PARTS} largest are drawn.")
    assert "largest" not in _charts(board, "length")["By category"].about


def test_what_ties_decide_is_shown_where_there_are_any(board: Board) -> None:
    title = "What the rule for ties decides"
    flat = _row(board, "flat").measured.result
    chart = _charts(board, "flat")[title]
    assert chart.about.startswith("100.0% of the pairs are tied")
    against, expectation, in_gold, released = chart.rows[0][1:]
    assert (against, in_gold) == (pytest.approx(-1), pytest.approx(1))
    assert expectation == pytest.approx(0) and released == (flat.released or {})["correlation"]
    for row in board.rows:
        assert (title in _charts(board, row.model)) == bool(row.measured.result.diagnosis.resolution.tied)
    assert title not in _charts(board, "holed")


def test_charts_of_all_models_have_a_row_for_each(board: Board) -> None:
    ties, types, cost, time = board_charts(board)
    names = [row.name for row in board.rows]
    for chart in (ties, types, cost, time):
        assert [row[0] for row in chart.rows] == names
        assert all(len(row) == len(chart.headers) for row in chart.rows)
    at = names.index("Holed")
    found = board.rows[at].correlation
    assert found and cost.rows[at][1:] == (found.value, pytest.approx(2.0))
    assert time.rows[at][1:] == (found.value, pytest.approx(500))
    assert cost.rows[names.index("rules")][2] is None
    assert "Nothing to draw" not in cost.about
    cheap = replace(board, rows=tuple(row for row in board.rows if row.name != "Holed"))
    assert board_charts(cheap)[2].about == "Nothing to draw: no run has recorded its cost."


def test_the_hardest_items_are_those_it_ranked_worst(board: Board) -> None:
    row = _row(board, "length")
    places = page_of(board)
    worst = section(board, row, places).worst
    assert board.index and len(worst) == N_WORST
    figures = dict(zip((item.id for item in board.index.items), row.measured.figures["correlation"], strict=True))
    lowest = sorted(value for value in figures.values() if value is not None)[:N_WORST]
    assert [hard.correlation for hard in worst] == lowest
    for hard in worst:
        assert hard.correlation == figures[hard.id] and hard.page == places[hard.id]
        at = [item.id for item in board.index.items].index(hard.id)
        order = sorted(range(5), key=lambda one: -board.index.items[at].counts[one])
        expected = [row.measured.scores[at][one] for one in order]
        assert [float(score) for score in hard.scores.split("  ")] == pytest.approx(expected, rel=1e-3)
    assert all(hard.page is None for hard in section(board, row, {}).worst)


def test_an_item_without_a_score_or_without_a_fault_is_not_hard(board: Board) -> None:
    row = _row(board, "holed")
    first = board.index.items[0].id
    assert first not in {hard.id for hard in section(board, row, {}).worst}
    figures = {**row.measured.figures, "correlation": (None, 0.5, *[1.0] * 58)}
    better = replace(row, measured=row.measured.model_copy(update={"figures": figures}))
    assert len(section(board, better, {}).worst) == 1


def test_a_comparison_brings_the_best_of_the_others_and_a_floor(board: Board) -> None:
    families = {row.model: row.measured.card.family for row in board.rows}
    for row in board.rows:
        found = [*peers(board, row)]
        assert row.model not in found and len(found) == 2
        assert families[found[0]] not in FLOOR and families[found[1]] in FLOOR
        assert section(board, row, {}).peers.split(",") == [row.model, *found]
    alone = replace(board, rows=board.rows[:1])
    assert [*peers(alone, alone.rows[0])] == []


def test_a_long_fingerprint_is_cut(board: Board) -> None:
    row = _row(board, "length")
    model = row.measured.result.model.model_copy(update={"fingerprint": {"a": "<" * 50_000}})
    result = row.measured.result.model_copy(update={"model": model})
    long = replace(row, measured=row.measured.model_copy(update={"result": result}))
    found = section(board, long, {}).fingerprint
    assert found.endswith("…") and len(found) <= FINGERPRINT_BYTES


def test_the_environment_is_that_of_the_run_without_its_processors(board: Board) -> None:
    row = _row(board, "length")
    said = section(board, row, {}).environment
    assert f"weval {row.measured.record.environment['weval']}" in said and "cpus" not in said
