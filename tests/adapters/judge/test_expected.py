from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weval.adapters.judge.expected import expected_score
from weval.adapters.judge.outcome import NoVerdict
from weval.errors import ConfigError

DIGITS = {str(number): float(number) for number in range(1, 10)}
shares = st.floats(0, 1, allow_subnormal=True)


def test_all_spellings_of_a_label_count_and_nothing_else() -> None:
    score, mass = expected_score(
        {"7": 0.2, " 7": 0.2, "\n7 ": 0.2, "9": 0.2, "７": 0.1, "7.": 0.05, '"9': 0.05}, DIGITS, 0.5
    )
    assert score == pytest.approx(7.5, abs=1e-12)
    assert mass == pytest.approx(0.8, abs=1e-12)


def test_case_and_longer_tokens_are_not_the_label() -> None:
    score, mass = expected_score({"A": 0.5, "a": 0.2, "As": 0.2, "B": 0.1}, {"A": 1.0, "B": 0.0}, 0.5)
    assert score == pytest.approx(5 / 6)
    assert mass == pytest.approx(0.6)


@given(st.dictionaries(st.sampled_from([*DIGITS, *(f" {digit}" for digit in DIGITS), "Score", "", "\n"]), shares))
def test_the_score_lies_within_the_values_of_the_labels_found(weights: dict[str, float]) -> None:
    total = math.fsum(weights.values()) or 1.0
    probabilities = {token: weight / total for token, weight in weights.items()}
    found = {token.strip() for token, p in probabilities.items() if p > 0} & DIGITS.keys()
    try:
        score, mass = expected_score(probabilities, DIGITS, 0.0)
    except NoVerdict:
        assert not found
        return
    assert min(map(float, found)) - 1e-9 <= score <= max(map(float, found)) + 1e-9
    assert 0 < mass <= 1


@given(st.lists(shares, min_size=9, max_size=9), st.floats(0.1, 1))
def test_what_is_not_a_label_changes_the_mass_only(weights: list[float], kept: float) -> None:
    total = math.fsum(weights)
    if total < 1e-3:
        return
    alone = {digit: weight / total for digit, weight in zip(DIGITS, weights, strict=True)}
    diluted = {digit: p * kept for digit, p in alone.items()} | {"Well": 1 - kept}
    assert expected_score(diluted, DIGITS, 0)[0] == pytest.approx(expected_score(alone, DIGITS, 0)[0])
    assert expected_score(diluted, DIGITS, 0)[1] == pytest.approx(kept)


def test_too_little_mass_is_no_verdict_and_says_how_little() -> None:
    with pytest.raises(NoVerdict, match=r"have a probability of 0\.2; least_mass is 0\.5") as none:
        expected_score({"7": 0.2, "Well": 0.8}, DIGITS, 0.5)
    assert none.value.status == "unparsed"
    with pytest.raises(NoVerdict, match="a probability of 0;"):
        expected_score({"7": 0.0, "Well": 1.0}, DIGITS, 0)
    with pytest.raises(NoVerdict, match="told no probabilities"):
        expected_score({}, DIGITS, 0)


@pytest.mark.parametrize("share", [math.nan, math.inf, -math.inf, -1e-9, 1.1])
def test_what_is_no_probability(share: float) -> None:
    with pytest.raises(NoVerdict, match="as the probability of 'x'"):
        expected_score({"7": 0.5, "x": share}, DIGITS, 0.1)


def test_probabilities_that_sum_to_more_than_one() -> None:
    with pytest.raises(NoVerdict, match=r"sum to 1\.2"):
        expected_score({"7": 0.6, "8": 0.6}, DIGITS, 0.1)
    assert expected_score({"7": 1.0000000001}, DIGITS, 0.9) == (7.0, 1.0)  # rounding


def test_labels_that_a_token_cannot_tell_apart_are_refused() -> None:
    with pytest.raises(ConfigError, match="'10' begins with the label '1'"):
        expected_score({"1": 1.0}, DIGITS | {"10": 10.0}, 0.5)


@pytest.mark.parametrize("least", [-0.1, 1.1, math.nan])
def test_a_least_mass_is_a_share(least: float) -> None:
    with pytest.raises(ConfigError, match="from 0 to 1"):
        expected_score({"7": 1.0}, DIGITS, least)
