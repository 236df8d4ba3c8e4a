"""The rule checker asks weval.checks, and says where there is nothing to ask."""

from __future__ import annotations

import pytest

from weval.adapters.rules import Rules
from weval.types import Check, CountCheck, EdgeCheck, Request, Requirement


def asked(text: str, check: Check | None, language: str | None = "en") -> Request:
    requirement = Requirement(id="c1", text="Do it.", check=check)
    return Request("r", "g", "q", "i", language, (requirement,), (text,), requirement)


@pytest.mark.parametrize(
    ("text", "check", "value"),
    [
        ("one two three", CountCheck(kind="word_count", min=3, max=3), 1.0),
        ("one two", CountCheck(kind="word_count", min=3), 0.0),
        ("Dear Ann,", EdgeCheck(kind="starts_with", text="Dear"), 1.0),
        ("", CountCheck(kind="word_count", max=5), 1.0),
    ],
)
def test_met_is_one_and_not_met_is_zero(text: str, check: Check, value: float) -> None:
    (score,) = Rules().score([asked(text, check)])
    assert (score.status, score.values) == ("ok", (value,))


def test_the_language_decides_what_a_word_is() -> None:
    check = CountCheck(kind="word_count", min=4)
    (chinese,) = Rules().score([asked("我爱写诗", check, "zh")])
    assert chinese.values == (1.0,)


def test_without_a_check_it_does_not_apply() -> None:
    (score,) = Rules().score([asked("text", None)])
    assert (score.status, score.values) == ("not_applicable", ())
    assert score.reason == "the requirement has no mechanical check"


def test_what_it_is() -> None:
    rules = Rules()
    assert (rules.unit, rules.reads_ids) == ("requirement", False)
    assert rules.fingerprint["adapter"] == "Rules"
