from __future__ import annotations

import pytest
from rich.cells import cell_len

from tests.bench.benches import made
from weval.bench.compare import BenchComparison, compare_bench
from weval.report.bench_duels import MAX_SENTENCES, duel_panels, duel_sentences, duels_table
from weval.wording import DASH

LETTERS = {"good": "A", "fair": "B", "poor": "C"}
MARKS = {"good": (5, 4, 5, 5, 4, 5), "fair": (3, 2, 3, 4, 3, 2), "poor": (1, 1, 2, 1, 2, 1)}


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> BenchComparison:
    """Three writers, far apart."""
    folder = tmp_path_factory.mktemp("runs")
    return compare_bench([made(folder / name, marks=marks) for name, marks in MARKS.items()], resamples=100)


@pytest.fixture(scope="module")
def two(three: BenchComparison) -> BenchComparison:
    """The first two of them."""
    return three.model_copy(update={"runs": three.runs[:2], "duels": three.duels[:1]})


def test_a_sentence_says_who_is_ahead(three: BenchComparison) -> None:
    first, *others = duel_sentences(three, LETTERS)
    assert (
        first == "No difference of A and B in S-bar is found (p 0.094); one of 13.1 would be found four times in five."
    )
    assert len(others) == 2


def test_ahead_is_who_has_less_where_less_is_better(two: BenchComparison) -> None:
    difference = two.duels[0].figures["s_bar"]
    assert difference is not None
    sure = difference.model_copy(update={"p_holm": 0.01})
    figures = {**two.duels[0].figures, "s_bar": sure}
    found = two.model_copy(update={"duels": (two.duels[0].model_copy(update={"figures": figures}),)})
    assert next(duel_sentences(found, LETTERS)).startswith("A is ahead of B in S-bar by ")
    stamps = {name: stamp.model_copy(update={"higher": False}) for name, stamp in found.stamps.items()}
    turned = found.model_copy(update={"stamps": stamps})
    assert next(duel_sentences(turned, LETTERS)).startswith("B is ahead of A in S-bar by ")


def test_of_many_pairs_the_first_are_said(three: BenchComparison) -> None:
    many = three.model_copy(update={"duels": three.duels[:1] * (MAX_SENTENCES + 2)})
    assert list(duel_sentences(many, LETTERS))[-1] == "2 more pairs: see the table."


def test_two_are_compared_figure_by_figure(two: BenchComparison) -> None:
    (panel,) = duel_panels(0, two, LETTERS)
    assert panel.title == "A − B, figure by figure"
    assert panel.table is not None
    assert [row[0] for row in panel.table.rows] == [stamp.label for stamp in two.stamps.values()]
    apart = sum(found.p_holm <= 0.05 for found in two.duels[0].figures.values() if found)
    assert panel.finding == f"Of 9 differences, {apart} are told from 0 at the 5 % level (p holm)."
    assert panel.draw is not None


def test_of_several_the_headline_comes_first(three: BenchComparison) -> None:
    headline, others = duel_panels(3, three, LETTERS)
    assert headline.title == "Differences in S-bar"
    assert headline.table is not None and others.table is not None
    assert [row[0] for row in headline.table.rows] == ["A − B", "A − C", "B − C"]
    assert [row[0] for row in others.table.rows][:4] == ["A − B S_l", "A − C S_l", "B − C S_l", "A − B S_q"]
    assert "Drawn: the first 20." in others.finding


def test_figures_of_other_units_are_in_the_table_alone(two: BenchComparison) -> None:
    stamps = {**two.stamps, "s_l": two.stamps["s_l"].model_copy(update={"high": 3000.0})}
    (panel,) = duel_panels(0, two.model_copy(update={"stamps": stamps}), LETTERS)
    assert "Figures of other units are in the table." in panel.finding


def test_an_undefined_difference_is_a_dash(two: BenchComparison) -> None:
    figures = {**two.duels[0].figures, "s_l": None}
    found = two.model_copy(update={"duels": (two.duels[0].model_copy(update={"figures": figures}),)})
    line = next(line for line in duels_table(found, LETTERS).splitlines() if line.startswith("S_l"))
    assert line.split()[1:] == [DASH] * 7
    (panel,) = duel_panels(0, found, LETTERS)
    assert "Of 8 differences" in panel.finding


def test_a_figure_that_no_run_has_takes_no_room(two: BenchComparison, three: BenchComparison) -> None:
    def without(comparison: BenchComparison) -> BenchComparison:
        runs = [run.model_copy(update={"figures": {**run.figures, "s_l": None}}) for run in comparison.runs]
        duels = [duel.model_copy(update={"figures": {**duel.figures, "s_l": None}}) for duel in comparison.duels]
        return comparison.model_copy(update={"runs": tuple(runs), "duels": tuple(duels)})

    assert "S_l" in duels_table(two, LETTERS) and "S_l" not in duels_table(without(two), LETTERS)
    for comparison in (two, three):
        rows = [
            row[0] for panel in duel_panels(0, without(comparison), LETTERS) if panel.table for row in panel.table.rows
        ]
        assert rows and not any("S_l" in row for row in rows)


def test_tables_fit_a_terminal(two: BenchComparison, three: BenchComparison) -> None:
    for found, first in ((two, "A - B"), (three, "S-bar")):
        lines = duels_table(found, LETTERS).splitlines()
        assert lines[0].startswith(first)
        assert max(map(cell_len, lines)) <= 80
    assert [line[:5] for line in duels_table(three, LETTERS).splitlines()[1:]] == ["A - B", "A - C", "B - C"]
