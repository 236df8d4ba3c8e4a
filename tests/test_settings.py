"""Strings from the command line into records."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weval.errors import ConfigError
from weval.plan import PlanOptions
from weval.settings import divide, parse_settings, updated
from weval.tasks import DataOptions

keys = st.text(min_size=1, max_size=8).filter(lambda key: "=" not in key)


@given(st.dictionaries(keys, st.text(max_size=8)))
def test_pairs_come_back_as_they_were_given(settings: dict[str, str]) -> None:
    assert parse_settings(f"{key}={value}" for key, value in settings.items()) == settings


@pytest.mark.parametrize("pair", ["seed", "=3", "", "="])
def test_what_is_not_key_equals_value_is_refused(pair: str) -> None:
    with pytest.raises(ConfigError, match="is not key=value"):
        parse_settings([pair])


def test_a_key_twice_is_refused() -> None:
    with pytest.raises(ConfigError, match="--set seed: given twice"):
        parse_settings(["seed=1", "seed=2"])


def test_a_value_may_hold_an_equals_sign_or_nothing() -> None:
    assert parse_settings(["a=b=c", "d="]) == {"a": "b=c", "d": ""}


def test_divide_gives_each_record_its_own_and_keeps_the_rest() -> None:
    (for_plan, for_data), rest = divide({"seed": "1", "gold": "partial", "other": "x"}, PlanOptions, DataOptions)
    assert (for_plan, for_data, rest) == ({"seed": "1"}, {"gold": "partial"}, {"other": "x"})


@given(st.builds(PlanOptions, seed=st.integers(), judged_on=st.sampled_from(["all", "own"])))
def test_a_record_survives_the_way_through_strings(options: PlanOptions) -> None:
    strings = {key: str(value) for key, value in options.model_dump().items() if value is not None}
    assert updated(PlanOptions(), strings) == options


@pytest.mark.parametrize("word", ["true", "True", "yes", "1", "on"])
def test_truth_in_any_usual_spelling(word: str) -> None:
    assert updated(DataOptions(), {"shuffle_requirements": word}).shuffle_requirements is True


def test_nothing_set_changes_nothing() -> None:
    options = DataOptions(gold="partial")
    assert updated(options, {}) is options


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("group_size", "0", "must be at least 2, not '0'"),
        ("group_size", "five", "must be a whole number, not 'five'"),
        ("group_size", "2.5", "must be a whole number, not '2.5'"),
        ("group_size", "true", "must be a whole number, not 'true'"),
        ("group_size", "9" * 5000, "too large"),
        ("gold", "most", "must be 'distinct' or 'partial', not 'most'"),
        ("shuffle_requirements", "perhaps", "must be true or false, not 'perhaps'"),
        ("language", "", "must not be empty"),
        ("language", "x" * 300, "has 300 characters; at most 200"),
    ],
)
def test_a_wrong_value_is_named_with_its_key(key: str, value: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        updated(DataOptions(), {key: value})
    assert str(caught.value).startswith(f"--set {key}={value[:50]}")
    assert said in str(caught.value)
    assert len(str(caught.value)) < 200


def test_all_wrong_values_are_named_at_once() -> None:
    with pytest.raises(ConfigError, match=r"--set gold=a: .*; --set group_size=b: "):
        updated(DataOptions(), {"group_size": "b", "gold": "a"})
