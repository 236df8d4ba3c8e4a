from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from weval.adapters.baselines import Length
from weval.errors import AdapterError
from weval.types import Adapter, Request, Score

REQUEST = Request("r", "g", "q", "i", None, (), ("x",))


@pytest.mark.parametrize("value", [1, 0.5, True, np.float32(0.5), np.int64(3), np.array(2.0)])
def test_numbers_of_other_libraries_become_plain_floats(value: Any) -> None:
    (kept,) = Score.ok(REQUEST, value).values
    assert type(kept) is float
    assert kept == value


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1))
def test_any_finite_values_are_a_score(values: list[float]) -> None:
    assert Score("r", "ok", values).values == tuple(values)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, np.float64("nan")])
def test_only_finite_numbers_are_scores(value: float) -> None:
    with pytest.raises(AdapterError, match="only finite numbers"):
        Score.ok(REQUEST, 1.0, value)


@pytest.mark.parametrize(
    "values", ["12", ("1",), (None,), 3.0, None, ([1],), (1j,), (10**400,), ("x" * 10**6,)], ids=type
)
def test_values_that_are_no_numbers_are_refused_in_a_short_line(values: Any) -> None:
    with pytest.raises(AdapterError, match="must be numbers") as caught:
        Score("r", "ok", values)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    ("status", "values", "reason", "said"),
    [
        ("ok", (), None, "came with 0 values"),
        ("failed", (1.0,), "x", "came with 1 values"),
        ("failed", (), None, "must say why"),
        ("refused", (), "", "must say why"),
        ("fine", (1.0,), None, "status 'fine'; known are ok,"),
        (None, (), "x", "status None"),
        (["ok"], (1.0,), None, "known are"),
    ],
)
def test_values_and_status_have_to_fit(status: Any, values: tuple[float, ...], reason: str | None, said: str) -> None:
    with pytest.raises(AdapterError, match=said):
        Score("r", status, values, reason)


def test_missing_says_why() -> None:
    score = Score.missing(REQUEST, "refused", "it would not")
    assert (score.request_id, score.status, score.values, score.reason) == ("r", "refused", (), "it would not")


def test_the_adapter_protocol_is_what_the_baselines_keep() -> None:
    assert isinstance(Length(), Adapter)


@pytest.mark.parametrize(
    "more", [{"mass": float("nan")}, {"mass": "much"}, {"samples": ((1.0,), ("x",))}, {"samples": 3}]
)
def test_what_a_judge_adds_is_numbers_too(more: Any) -> None:
    with pytest.raises(AdapterError):
        Score("r", "ok", (1.0,), **more)


def test_samples_become_plain_floats_and_keep_what_is_missing() -> None:
    score = Score("r", "ok", (0.5,), samples=((1,), None, (0,)), mass=1)
    assert score.samples == ((1.0,), None, (0.0,)) and score.mass == 1.0
