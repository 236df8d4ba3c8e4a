"""How near repeated answers must come, whatever a submitter wrote."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from weval.errors import AdapterError
from weval.leaderboard.likeness import ENOUGH, ROUNDING, change_of, rule_for, unlike
from weval.store import ScoreRow
from weval.types import Score


def rows(values: Sequence[float]) -> list[ScoreRow]:
    return [
        ScoreRow(id=f"r{at}", item="i", candidates=("a",), status="ok", values=(float(value),))
        for at, value in enumerate(values)
    ]


def test_what_is_counted_must_come_out_the_same() -> None:
    rule = rule_for(rows(range(100)), (None, None), computes=False)
    assert (rule.tolerance, rule.share) == (pytest.approx(74.25 * ROUNDING), 1.0)
    assert rule.most == rule.tolerance


def test_the_drift_of_both_runs_is_the_tolerance() -> None:
    rule = rule_for(rows(range(100)), (0.25, 0.5), computes=True)
    assert rule.tolerance == pytest.approx(0.75)
    assert rule.share == ENOUGH
    assert rule.most == pytest.approx(99 / 20)  # half a tenth of the span


@pytest.mark.parametrize("noise", [(0.25, None), (None, 0.25)])
def test_a_drift_that_one_side_did_not_measure_is_half_a_step(noise: tuple[float | None, float | None]) -> None:
    assert rule_for(rows(range(100)), noise, computes=True).tolerance == pytest.approx(99 / 20)


def test_a_drift_that_its_submitter_made_up_is_not_believed_beyond_half_a_step() -> None:
    rule = rule_for(rows(range(100)), (1e9, 0.0), computes=True)
    assert rule.tolerance == pytest.approx(99 / 20)


@pytest.mark.parametrize("forged", [1e149, -1e149])
def test_a_few_huge_scores_widen_nothing(forged: float) -> None:
    honest = rule_for(rows(range(100)), (None, None), computes=True)
    rule = rule_for(rows([*range(100), *[forged] * 24]), (None, None), computes=True)
    assert rule.tolerance < 2 * honest.tolerance


@pytest.mark.parametrize("scale", [[0, 1], [1, 2, 3, 4, 5], list(range(1, 11))])
def test_another_verdict_of_a_judge_is_never_within_half_a_step(scale: list[int]) -> None:
    for many in ([*scale] * 10, [scale[0]] * 50 + [scale[-1]] * 50, [scale[0]] * 97 + [scale[-1]] * 3):
        assert rule_for(rows(many), (None, None), computes=True).tolerance < 1


def test_all_the_same_leave_room_for_rounding_alone() -> None:
    assert rule_for(rows([5.0] * 20), (3.0, 3.0), computes=True).tolerance == pytest.approx(5 * ROUNDING)
    assert rule_for([], (None, None), computes=True).tolerance == pytest.approx(ROUNDING)


def test_the_change_of_an_answer_is_that_of_its_furthest_value() -> None:
    row = ScoreRow(id="r", item="i", candidates=("a", "b"), status="ok", values=(1.0, 2.0))
    assert change_of(row, Score("r", "ok", (1.5, 1.0))) == 1.0
    assert change_of(row, Score("r", "failed", reason="gone")) is None
    with pytest.raises(AdapterError, match="item i: 1 values, where the submission has 2"):
        change_of(row, Score("r", "ok", (1.5,)))


def test_fingerprints_differ_field_by_field() -> None:
    recorded = {"adapter": "A", "settings": {"dtype": "auto"}, "spans": [1, 2]}
    assert [*unlike(recorded, {"adapter": "A", "settings": {"dtype": "auto"}, "spans": (1, 2)})] == []
    said = [*unlike(recorded, {"adapter": "A", "settings": {"dtype": "float32"}, "version": "x" * 80})]
    assert said == [
        'settings.dtype was "auto", is "float32"',
        "spans was [1, 2], is null",
        f'version was null, is "{"x" * 35}…',
    ]
