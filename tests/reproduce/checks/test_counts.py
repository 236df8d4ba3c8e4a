from __future__ import annotations

import math
from fractions import Fraction
from pathlib import Path

import pytest

from tests.reproduce.checks.tables import ranked, results, size
from weval.reproduce.checks.counts import Counts, counts, cut_counts, rounded_counts, twice_rounded_counts
from weval.reproduce.checks.printed import read_printed
from weval.rooms import room


@pytest.fixture(scope="module")
def found() -> Counts:
    return counts(read_printed(room("results")))


def nearest(value: Fraction) -> set[int]:
    """The whole numbers that a value can be rounded to."""
    return {whole for whole in (math.floor(value), math.ceil(value)) if abs(value - whole) <= Fraction(1, 2)}


@pytest.mark.parametrize("n", [1, 7, 60, 80, 550, 1000, 1650])
def test_counts_are_those_that_round_to_the_value(n: int) -> None:
    once, twice, cut = ({tenths: [] for tenths in range(1001)} for _ in range(3))
    for k in range(n + 1):
        share = Fraction(1000 * k, n)  # in tenths of a percent
        for tenths in nearest(share):
            once[tenths].append(k)
        for tenths in set[int]().union(*(nearest(Fraction(fine, 10)) for fine in nearest(10 * share))):
            twice[tenths].append(k)
        cut[math.floor(share)].append(k)
    for tenths in range(1001):
        assert rounded_counts(tenths, n) == tuple(once[tenths])
        assert cut_counts(tenths, n) == tuple(cut[tenths])
        assert twice_rounded_counts(tenths, n) == tuple(twice[tenths])


def test_every_pl_but_the_human_one_is_a_count_of_550(found: Counts) -> None:
    assert [odd.count.row.label for odd in found.odd] == ["Human (Table 4)"]
    by_label = {each.row.label: each for each in found.rows}
    assert len(by_label) == 15
    for label, each in by_label.items():
        for k in each.rounded:
            assert round(100 * k / 550, 1) == each.row.figures.pl, label
    assert by_label["Our-RM-7B (Table 4)"].rounded == (429,)


def test_what_else_the_human_value_can_be(found: Counts) -> None:
    (odd,) = found.odd
    assert (odd.count.rounded, odd.count.twice, odd.count.cut) == ((), (437,), (437,))
    assert round(437 / 550, 4) == 0.7945
    assert odd.fewest_items == 34
    assert f"{27 / 34:.3f}" == "0.794"
    assert not any(round(1000 * k / n) == 794 for n in range(1, 34) for k in range(n + 1))
    assert odd.fewest_rankings == 2
    assert f"{873 / 1100:.3f}" == "0.794"


def test_no_smaller_set_can_make_the_other_values(found: Counts) -> None:
    assert found.fewest_items == found.n_items == 550
    values = {round(10 * each.row.figures.pl) for each in found.rows if each.rounded}
    for n in range(1, 550):
        nearest_shares = {value: Fraction(round(Fraction(value * n, 1000)), n) for value in values}
        assert any(abs(1000 * share - value) > Fraction(1, 2) for value, share in nearest_shares.items()), n


def test_how_many_values_can_be_made(found: Counts) -> None:
    assert found.makeable == pytest.approx(551 / 1001)
    steps = {step.figure: step for step in found.steps}
    assert steps["pl"].points == pytest.approx(100 / 550)
    assert steps["correlation"].points == pytest.approx(100 * 0.2 / 550)  # one pair of ten turned round
    assert steps["il"].points == pytest.approx(100 * 0.1 / 550)  # rank differences of 2 more, of 20
    assert steps["pl"].in_a_decimal == pytest.approx(0.55)


def test_other_tables_have_other_counts(tmp_path: Path) -> None:
    rows = {"A": (0.0, 60.0, 50.0), "B": (0.0, 60.0, 12.5), "C": (0.0, 60.0, 0.1), "D": (0.0, 60.0, 100.0)}
    found = counts(read_printed(results(tmp_path, size(60), ranked("Table 4", rows))))
    assert [odd.count.row.name for odd in found.odd] == ["B", "C"]
    assert found.odd[0].fewest_items == 8
    assert found.odd[0].fewest_rankings == 2
    assert found.odd[1].fewest_rankings == 12  # 1/720 is 0.14 %, 1/660 is 0.152 %
    assert found.fewest_items == 2
