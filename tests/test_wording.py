from __future__ import annotations

import pytest

from weval.results import Estimate
from weval.wording import DASH, counted, interval, interval_of, number, value_of


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


def test_figures_of_other_units_have_other_decimals() -> None:
    assert (number(63.594, 1), number(-0.04, 1), number(1012.6, 0)) == ("63.6", "0.0", "1013")
    found = Estimate(value=63.594, ci=(59.08, 67.34), n=114)
    assert (value_of(found, 1), interval_of(found, 1), interval_of(found)) == ("63.6", "59.1 … 67.3", "59.080 … 67.340")
    assert interval_of(None) == DASH


def test_one_is_singular_and_no_other_number_is() -> None:
    assert [counted(n, "item") for n in (0, 1, 2, 1000)] == ["0 items", "1 item", "2 items", "1,000 items"]
