"""The null rows, by what makes them null."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.factories import make_item
from weval.adapters.baselines import Constant, First, Keywords, Length, Random, Shortest
from weval.plan import PlanOptions, plan
from weval.types import Adapter, Request, Requirement, Score

ALL = [Random, Constant, First, Length, Shortest, Keywords]


def requests(unit: str, n_items: int = 4, seed: int = 0) -> list[Request]:
    asked: Iterator[Request] = (
        request for i in range(n_items) for request, _ in plan(make_item(f"i{i}"), unit, PlanOptions(seed=seed))
    )
    return list(asked)


def values(adapter: Adapter, asked: list[Request]) -> dict[str, tuple[float, ...]]:
    return {score.request_id: score.values for score in adapter.score(asked)}


def one(text: str, requirement: str = "Do it.") -> Request:
    return Request("r", "g", "q", "i", None, (), (text,), Requirement(id="c", text=requirement))


@pytest.mark.parametrize("kind", ALL)
def test_every_request_gets_one_finite_answer_whatever_the_order(kind: type) -> None:
    adapter: Adapter = kind()
    asked = requests(adapter.unit)
    found = values(adapter, asked)
    assert set(found) == {request.id for request in asked}
    assert found == values(adapter, asked[::-1]) == values(kind(), asked)
    assert all(np.isfinite(v).all() for v in found.values())


@pytest.mark.parametrize("kind", ALL)
def test_baselines_answer_one_request_at_a_time(kind: type) -> None:
    adapter: Adapter = kind()
    asked = requests(adapter.unit)
    stream = iter(asked)
    next(adapter.score(stream))
    assert len(list(stream)) == len(asked) - 1


@pytest.mark.parametrize("kind", ALL)
def test_fingerprints_tell_the_kinds_apart(kind: type) -> None:
    assert kind().fingerprint == {"adapter": kind.__name__, "revision": 1}
    assert kind.reads_ids is False


def test_random_changes_with_the_runs_seed_and_nothing_else() -> None:
    drawn = list(values(Random(), requests("response", seed=0)).values())
    assert drawn == list(values(Random(), requests("response", seed=0)).values())
    other = list(values(Random(), requests("response", seed=1)).values())
    assert not set(drawn) & set(other)
    assert len(set(drawn)) == len(drawn)
    assert all(0 <= value < 1 for (value,) in drawn)


def test_random_numbers_are_spread_evenly() -> None:
    drawn = [value for (value,) in values(Random(), requests("response", n_items=700)).values()]
    share, _ = np.histogram(drawn, bins=4, range=(0, 1))
    assert (abs(share / len(drawn) - 0.25) < 0.05).all()


def test_constant_is_constant() -> None:
    assert set(values(Constant(), requests("response")).values()) == {(0.0,)}


def test_first_prefers_what_is_shown_first() -> None:
    assert set(values(First(), requests("list")).values()) == {(0.0, -1.0, -2.0)}


@given(st.text())
def test_length_counts_characters(text: str) -> None:
    (longest,) = Length().score([one(text)])
    (shortest,) = Shortest().score([one(text)])
    assert longest.values == (len(text),)
    assert shortest.values == (-len(text),)


@pytest.mark.parametrize(
    ("requirement", "response", "share"),
    [
        ("Mention a WOMBAT and a kestrel.", "The wombat sleeps.", 1 / 3),
        ("Mention a wombat.", "Mention: wombat!", 1.0),
        ("Use ten of it.", "ten of it", 0.0),
        ("不超过。", "不过", 2 / 3),
        ("Straße", "STRASSE", 1.0),
        ("wombat", "wombats", 0.0),
        ("1999 words", "1999", 0.5),
    ],
)
def test_keywords_share_of_the_requirements_words(requirement: str, response: str, share: float) -> None:
    (score,) = Keywords().score([one(response, requirement)])
    assert score.values == pytest.approx((share,))


@given(st.text(), st.text(min_size=1))
def test_keywords_are_a_share(response: str, requirement: str) -> None:
    (score,) = Keywords().score([one(response, requirement)])
    assert isinstance(score, Score)
    assert 0 <= score.values[0] <= 1
