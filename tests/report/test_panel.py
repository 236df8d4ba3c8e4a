from __future__ import annotations

from weval.report.charts import Mark
from weval.report.panel import (
    MAX_ROWS,
    Table,
    first_rows,
    listed,
    marks_of,
    score_interval,
    short_name,
    spoken,
)
from weval.results import Estimate, PairEstimate
from weval.wording import DASH, interval_of


def test_a_long_table_says_how_much_of_it_is_missing() -> None:
    rows = [(str(i), "x") for i in range(MAX_ROWS + 5)]
    assert first_rows(("a", "b"), rows) == Table(("a", "b"), rows[:MAX_ROWS], 5)
    assert first_rows(("a", "b"), rows[:2]).more == 0


def test_marks_are_values_with_their_intervals() -> None:
    pairs = {"1": PairEstimate(value=0.5, ci=(0.4, 0.6), n_pairs=3), "2": PairEstimate(value=0.7, ci=None, n_pairs=1)}
    assert marks_of(pairs) == [Mark("1", 0.5, (0.4, 0.6)), Mark("2", 0.7, None)]
    assert marks_of(pairs)[1].ends == (0.7, 0.7)
    assert len(marks_of(dict.fromkeys(map(str, range(500)), pairs["1"]))) == MAX_ROWS


def test_names_are_cut_and_cannot_turn_the_page_around() -> None:
    assert short_name("\u202e" + "n" * 300) == r"\u202e" + "n" * 144


def test_a_chart_can_be_read_aloud() -> None:
    marks = [Mark("a", 0.25), Mark("b", -1)]
    assert listed(marks) == "a 0.250, b -1.000"
    assert spoken("Title", marks, str) == "Title: a 0.25, b -1."


def test_undefined_intervals_are_dashes() -> None:
    assert interval_of(None) == interval_of(Estimate(value=1, ci=None, n=1)) == score_interval(None) == DASH
    assert interval_of(Estimate(value=1, ci=(0.5, 1), n=2)) == "0.500 … 1.000"
    assert score_interval((-1234.5, 0.00001)) == "-1234 … 1e-05"
