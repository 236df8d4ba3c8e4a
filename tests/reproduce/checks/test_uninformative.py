from __future__ import annotations

import math

import numpy as np
import pytest

from weval.metrics import released
from weval.reproduce.checks.printed import FIGURES, Figures, read_printed
from weval.reproduce.checks.uninformative import YES_RATES, Judges, chances, judges, orders, yes_counts
from weval.rooms import room

SIMULATED = {
    0.5: (25.7, 67.7, 6.0),
    0.9: (47.4, 74.5, 18.2),
    0.95: (64.4, 82.3, 39.8),
    0.99: (91.6, 95.8, 84.0),
}
"""What the original script gave coins of each rate on 550 simulated instructions, in percent."""


@pytest.fixture(scope="module")
def found() -> Judges:
    return judges(read_printed(room("results")))


def triple(figures: Figures) -> list[float]:
    return [getattr(figures, name) for name in FIGURES]


def test_the_same_of_every_text_is_perfect_by_the_script_and_chance_by_ours(found: Judges) -> None:
    constant = found.judges[0]
    assert triple(constant.released) == [100, 100, 100]
    assert triple(constant.headline) == pytest.approx([0, 20, 100 / 120])


def test_a_random_number_is_at_chance_by_both(found: Judges) -> None:
    random = found.judges[1]
    assert triple(random.released) == pytest.approx([0, 100 * (1 - 6 / 15), 100 / 120])
    assert triple(random.headline) == pytest.approx([0, 20, 100 / 120])


@pytest.mark.parametrize("rate", YES_RATES)
def test_coins_get_what_the_original_script_gave_them(found: Judges, rate: float) -> None:
    (coin,) = (judge for judge in found.judges if judge.yes_rate == rate)
    outcomes = yes_counts(5)
    gold = np.broadcast_to(np.arange(5, 0, -1), outcomes.shape)
    figures, p = 100 * np.array(released(gold, outcomes)), chances(outcomes, rate)
    spread = np.sqrt((figures - figures @ p[:, None]) ** 2 @ p / 550)
    assert (np.abs(np.array(triple(coin.released)) - SIMULATED[rate]) < 4 * spread).all()
    assert triple(coin.headline) == pytest.approx([0, 20, 100 / 120])


def test_chances_are_those_of_independent_coins() -> None:
    outcomes = yes_counts(3)
    assert len({tuple(row) for row in outcomes.tolist()}) == 4**3
    p = chances(outcomes, 0.7)
    assert p.sum() == pytest.approx(1)
    of_two = p[(outcomes[:, 1] == 2)].sum()
    assert of_two == pytest.approx(math.comb(3, 2) * 0.7**2 * 0.3)
    both = p[(outcomes[:, 0] == 3) & (outcomes[:, 2] == 0)].sum()
    assert both == pytest.approx(0.7**3 * 0.3**3)
    assert len({tuple(row) for row in orders(4).tolist()}) == 24


def test_which_rows_are_beaten(found: Judges) -> None:
    printed = read_printed(room("results"))
    for judge in found.judges:
        for figure in FIGURES:
            above = [getattr(judge.released, figure) > getattr(row.figures, figure) + 0.055 for row in printed.rows]
            labels = [row.label for row, is_above in zip(printed.rows, above, strict=True) if is_above]
            assert list(getattr(judge.beats, figure)) == labels
        beaten = [set(getattr(judge.beats, figure)) for figure in FIGURES]
        assert set(judge.beats.all_three) == set.intersection(*beaten)
    often = found.judges[-1]
    assert len(often.beats.pl) == 15
    assert "Our-RM-7B (Table 4)" in often.beats.pl
    assert "Our-RM-7B (Table 4)" not in often.beats.all_three


def test_the_least_rate_is_the_least(found: Judges) -> None:
    printed = read_printed(room("results"))
    best = np.array([max(getattr(row.figures, name) for row in printed.rows) for name in FIGURES])
    outcomes = yes_counts(5)
    figures = np.array(released(np.broadcast_to(np.arange(5, 0, -1), outcomes.shape), outcomes))
    assert found.least_rate is not None
    assert (100 * figures @ chances(outcomes, found.least_rate) > best).all()
    assert not (100 * figures @ chances(outcomes, found.least_rate - 0.001) > best + 0.055).all()
