from __future__ import annotations

import pytest

from weval.metrics import METRICS
from weval.report.wording import DASH, LABELS, MEANINGS, interval, number, value_of
from weval.results import Estimate


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.5, "0.500"),
        (-0.2366, "-0.237"),
        (-0.0001, "0.000"),
        (0.0, "0.000"),
        (-0.0, "0.000"),
        (1.0, "1.000"),
        (None, DASH),
    ],
)
def test_numbers_have_three_decimals_and_no_minus_before_zero(value: float | None, shown: str) -> None:
    assert number(value) == shown


def test_undefined_is_a_dash() -> None:
    assert interval(None) == value_of(None) == DASH
    assert interval((-0.1, 0.2)) == "-0.100 … 0.200"
    assert value_of(Estimate(value=0.25, ci=None, n=1)) == "0.250"


def test_every_figure_has_a_name_and_a_meaning() -> None:
    assert set(LABELS) == set(MEANINGS) == {*METRICS, "reading"}
