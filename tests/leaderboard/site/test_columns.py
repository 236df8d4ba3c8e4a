"""The columns of a table: each cell is the figure that it says, or a dash."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.leaderboard.site.conftest import Standing
from tests.leaderboard.site.looking import cells, seen
from weval.leaderboard.site.board import Board, Row
from weval.leaderboard.site.columns import GROUPS, Cell, columns
from weval.results import Cost
from weval.wording import number


def _row(board: Board, model: str) -> Row:
    return next(row for row in board.rows if row.model == model)


def _cell(board: Board, model: str, column: str) -> Cell:
    return next(one for one in columns(board) if one.id == column).cell(_row(board, model))


def _with(row: Row, **changes: Any) -> Row:
    """The row with other fields of its card or its result."""
    card = row.measured.card.model_copy(update=changes.pop("card", {}))
    result = row.measured.result.model_copy(update=changes)
    return replace(row, measured=row.measured.model_copy(update={"card": card, "result": result}))


def test_every_column_has_a_place_a_name_and_a_word_about_it(board: Board) -> None:
    found = columns(board)
    assert len({column.id for column in found}) == len(found)
    assert {column.group for column in found} == {*GROUPS}
    assert all(column.title and column.about for column in found)
    assert [column.id for column in found if column.group == "main"] == [
        "correlation",
        "reading",
        "swapped",
        "il",
        "pl",
    ]


@pytest.mark.parametrize("model", ["length", "keywords", "rules", "holed", "partly", "flat", "looked-up"])
def test_a_table_shows_the_figures_of_the_result(site: Standing, board: Board, model: str) -> None:
    """As text to three decimals, for sorting to six digits, and with the interval."""
    result = _row(board, model).measured.result
    found = cells(site.out, model)
    ours = {name: result.metrics[name] for name in ("correlation", "reading", "il", "pl", "top1", "spearman")}
    ours |= {"tie-rate": result.metrics["tie_rate"], "pairwise-accuracy": result.metrics["pairwise_accuracy"]}
    ours |= {f"type-{name}": part for name, part in result.by.requirement_type.items()}
    ours |= {
        f"category-{at}": result.by.category.get(name, {}).get("correlation")
        for at, name in enumerate(board.categories)
    }
    ours |= {"length-bias": result.diagnosis.length_bias}
    for column, estimate in ours.items():
        cell = found[column]
        assert seen(cell) == number(estimate.value if estimate else None), column
        assert ("data-v" in cell.attributes) == (estimate is not None)
        if estimate:
            assert float(str(cell.attributes["data-v"])) == pytest.approx(estimate.value, rel=1e-5, abs=1e-12)
    for name in ("correlation", "il", "pl"):
        assert seen(found[f"released-{name}"]) == number((result.released or {}).get(name))
    correlation = result.metrics["correlation"]
    assert correlation and correlation.ci
    (ends,) = found["correlation"].all("small")
    assert ends.text == f"{number(correlation.ci[0])} … {number(correlation.ci[1])}"
    fewer = [mark.attributes["title"] for mark in found["correlation"].all("abbr")]
    assert fewer == ([f"on {correlation.n} of 60 items"] if correlation.n < 60 else [])


def test_bars_begin_at_the_quarter_below_the_lowest_interval(board: Board) -> None:
    lows = {column.id: column.low for column in columns(board) if column.drawn}
    assert set(lows) == {"correlation", "reading"}
    for name, low in lows.items():
        ends = [one.ci[0] for row in board.rows if (one := row.measured.result.metrics[name]) and one.ci]
        assert -1 <= low <= min(0, *ends) < low + 0.25 or low == 0 <= min(ends)
    assert columns(replace(board, rows=()))[0].low == 0


def test_a_rank_is_drawn_on_the_line_of_all_and_who_may_be_first_is_marked(site: Standing, board: Board) -> None:
    for row in board.rows:
        found = cells(site.out, row.model)["rank"]
        assert found.attributes["class"] == ("rank leads" if row.best == 1 else "rank")
        if not row.best:
            assert not found.all("svg")
            continue
        (line,) = found.all("svg")
        assert line.attributes["viewbox"] == f"0 0 {board.n_ranked} 2"
        assert line.all("path")[0].attributes["d"] == f"M{row.best - 1} 1H{row.worst}"


def test_only_who_was_probed_has_a_figure_of_the_probe(board: Board) -> None:
    probed = _row(board, "length").measured.probes["swapped"].metrics["correlation"]
    assert probed and _cell(board, "length", "swapped") == Cell(number(probed.value), probed.value)
    assert _cell(board, "rules", "swapped") == Cell("–", None)


def test_items_scored_are_counted_of_all(board: Board) -> None:
    assert _cell(board, "holed", "scored") == Cell("59/60", 59)
    assert _cell(board, "length", "scored") == Cell("60/60", 60)


def test_answers_without_a_verdict_are_a_share(board: Board) -> None:
    assert _cell(board, "holed", "unusable") == Cell("0.3%", pytest.approx(1 / 300))
    assert _cell(board, "length", "unusable") == Cell("0.0%", 0)
    assert _cell(board, "looked-up", "unusable") == Cell("–", None)


def test_costs_are_for_a_thousand_requests(board: Board) -> None:
    assert _cell(board, "holed", "usd") == Cell("2.00", pytest.approx(2.0))
    assert _cell(board, "holed", "seconds") == Cell("500.00", pytest.approx(500))
    assert _cell(board, "holed", "tokens") == Cell("400", pytest.approx(400))
    assert _cell(board, "rules", "usd") == Cell("–", None)
    assert _cell(board, "rules", "tokens") == Cell("–", None)


@pytest.mark.parametrize(("usd", "text"), [(0.0, "0"), (0.0123, "0.012"), (0.1, "0.10"), (12345.678, "12,345.68")])
def test_small_costs_keep_two_digits(board: Board, usd: float, text: str) -> None:
    cost = Cost(requests=1000, tokens_in=None, tokens_out=None, usd=usd, seconds=None)
    column = next(one for one in columns(board) if one.id == "usd")
    assert column.cell(_with(board.rows[0], cost=cost)).text == text


@pytest.mark.parametrize(
    ("parameters", "text"),
    [
        (None, "–"),
        (1, "1"),
        (999, "999"),
        (1_500, "1.5K"),
        (70_600_000_000, "70.6B"),
        (125 * 10**6, "125M"),
        (10**12, "1T"),
    ],
)
def test_parameters_stand_as_people_write_them(board: Board, parameters: int | None, text: str) -> None:
    column = next(one for one in columns(board) if one.id == "parameters")
    found = column.cell(_with(board.rows[0], card={"parameters": parameters}))
    assert found == Cell(text, parameters)


def test_what_the_card_says_stands_as_text(board: Board) -> None:
    row = _with(board.rows[0], card={"organisation": "Us & Co", "licence": "MIT", "trained_on_weval": True})
    said = {column.id: column.cell(row) for column in columns(board) if column.group == "card"}
    assert said["organisation"] == Cell("Us & Co", "us & co")
    assert said["trained"].text == "yes" and said["licence"].text == "MIT" and said["date"].text == row.date


def test_a_figure_that_is_undefined_is_a_dash(board: Board) -> None:
    result = board.rows[0].measured.result
    row = _with(board.rows[0], metrics=dict.fromkeys(result.metrics), released=None, health=None)
    for column in columns(board):
        if column.group in ("main", "released"):
            assert column.cell(row)[:2] == ("–", None) or column.id == "swapped"
    assert next(one for one in columns(board) if one.id == "unusable").cell(row) == Cell("–", None)
