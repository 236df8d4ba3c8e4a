"""The bounds against every ranking of up to seven candidates, by the metrics that they are about."""

from __future__ import annotations

import numpy as np
import pytest

from weval.metrics import il, released
from weval.reproduce.checks.bounds import (
    Bound,
    bound,
    printed_il_most,
    script_il,
    script_il_most,
)
from weval.reproduce.checks.printed import ROUNDING, Figures, PrintedRow, read_printed
from weval.reproduce.checks.uninformative import orders
from weval.rooms import room

SIZES = range(2, 8)
EXACT = 1e-12


class Rankings:
    """Every ranking of n candidates, with its figures by both formulas of IL."""

    def __init__(self, n: int) -> None:
        scores = orders(n)
        gold = np.broadcast_to(np.arange(n, 0, -1), scores.shape)
        self.correlation, self.script, self.pl = released(gold, scores)
        self.printed = il(gold, scores)


@pytest.fixture(scope="module")
def rows() -> dict[str, Bound]:
    printed = read_printed(room("results"))
    return {row.label: bound(row, printed.n_candidates) for row in printed.rows}


@pytest.mark.parametrize("n", SIZES)
def test_no_ranking_is_beyond_a_bound_and_some_reach_it(n: int) -> None:
    found = Rankings(n)
    low, high = (np.array(ends) for ends in zip(*map(script_il, found.correlation), strict=True))
    sharper = np.array([script_il_most(t, pl, n) for t, pl in zip(found.correlation, found.pl, strict=True)])
    below = {
        "printed": (found.printed, np.array([printed_il_most(pl, n) for pl in found.pl])),
        "low": (low, found.script),
        "high": (found.script, high),
        "sharper": (found.script, sharper),
    }
    wrong = found.pl == 0
    for name, (less, more) in below.items():
        assert (less <= more + EXACT).all(), name
        assert np.isclose(less[wrong], more[wrong], atol=EXACT).any() or name == "high", name
    assert (sharper[wrong] < high[wrong] - EXACT).all()


def test_bounds_hold_for_means_over_instructions() -> None:
    found = Rankings(5)
    draws = np.random.default_rng(0)
    for _ in range(200):
        weights = draws.dirichlet(np.full(120, 10.0 ** draws.uniform(-3, 0)))
        t, script, pl, printed = (
            float(weights @ f) for f in (found.correlation, found.script, found.pl, found.printed)
        )
        assert printed <= printed_il_most(pl, 5) + EXACT
        assert script_il(t)[0] - EXACT <= script <= script_il_most(t, pl, 5) + EXACT
        assert t <= pl + 0.8 * (1 - pl) + EXACT


@pytest.mark.parametrize(
    "label, most, script",
    [
        ("Our-RM-7B (Table 4)", 91.2, (97.30, 98.65)),
        ("Qwen2.5-72B-Instruct-as-a-judge (Table 4)", 91.5, (96.80, 98.40)),
        ("Human (Table 4)", 91.8, (97.85, 98.92)),
        ("Skywork-Reward-V2-Llama-3.1-8B (Table 4)", 73.2, (87.70, 93.85)),
    ],
)
def test_the_bounds_are_those_of_the_facts(
    rows: dict[str, Bound], label: str, most: float, script: tuple[float, float]
) -> None:
    assert rows[label].printed_most == pytest.approx(most, abs=0.05)
    assert rows[label].script == pytest.approx(script, abs=0.0051)


def test_no_printed_il_is_by_the_printed_formula_and_every_one_by_the_script(rows: dict[str, Bound]) -> None:
    assert len(rows) == 15
    for found in rows.values():
        assert found.row.figures.il > found.printed_most + 5
        assert found.script[0] <= found.row.figures.il <= found.script[1]
        assert (found.by_printed, found.by_script) == ("no", "yes")
    assert {label for label, found in rows.items() if found.by_all != "yes"} == {"Human (Table 4)"}
    assert rows["Human (Table 4)"].by_all == "if rounded"


def row(correlation: float, il: float, pl: float) -> PrintedRow:
    figures = Figures(correlation=correlation, il=il, pl=pl)
    return PrintedRow(table="Table 4", name="A", family="judge", figures=figures)


def test_rounding_decides_only_near_a_bound() -> None:
    # PL moves by as much, which moves the printed bound by 0.4 of it.
    most, slack = 60 + 0.5 * 40 - 10, ROUNDING * 1.4  # 70 with a PL of 25
    assert most == 70
    assert bound(row(0.0, 70.0, 25.0), 5).by_printed == "yes"
    assert bound(row(0.0, 70.0 + slack - 0.01, 25.0), 5).by_printed == "if rounded"
    assert bound(row(0.0, 70.0 + slack + 0.01, 25.0), 5).by_printed == "no"
    for il_, sign in ((50.0, -1), (75.0, 1)):  # the two ends of the script's with a correlation of 0
        off = ROUNDING * (1.5 if sign < 0 else 1.25)
        assert bound(row(0.0, il_, 0.0), 5).by_script == "yes"
        assert bound(row(0.0, il_ + sign * (off - 0.01), 0.0), 5).by_script == "if rounded"
        assert bound(row(0.0, il_ + sign * (off + 0.01), 0.0), 5).by_script == "no"


def test_pl_bounds_the_correlation_and_sharpens_the_script() -> None:
    assert bound(row(80.0, 90.0, 0.0), 5).by_all == "yes"  # every ranking one swap of neighbours away
    assert bound(row(81.0, 90.6, 0.0), 5).by_all == "no"
    assert bound(row(60.0, 90.0, 0.0), 5).by_all == "no"  # the script's alone would allow it
    assert bound(row(60.0, 90.0, 0.0), 5).by_script == "yes"
    assert bound(row(100.0, 100.0, 100.0), 5).by_all == "yes"
