"""Strings from the command line into records."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from weval.errors import ConfigError
from weval.plan import PlanOptions
from weval.settings import as_strings, divide, dotted, parse_settings, updated
from weval.tasks import DataOptions
from weval.types import Record

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


def test_numbers_from_python_are_written_as_set_has_them_and_others_refused() -> None:
    assert as_strings({"seed": 1, "drift": 0.5, "flag": False, "gold": "x"}) == {
        "seed": "1",
        "drift": "0.5",
        "flag": "false",
        "gold": "x",
    }
    wrong: dict[str, Any] = {"metric": ["a", "b"]}
    with pytest.raises(ConfigError, match="setting metric: is list, not a text, a number or true or false"):
        as_strings(wrong)


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


class Part(Record):
    """A section."""

    n: int = 1
    names: tuple[str, ...] = ()
    free: dict[str, str] = Field(default_factory=dict)


class Whole(Record):
    """A record with a section, one that is left out, and a list of sections."""

    part: Part = Part()
    other: Part | None = None
    parts: tuple[Part, ...] = (Part(), Part())


def test_a_dotted_name_leads_to_a_field_of_a_section_or_of_one_in_a_list() -> None:
    settings = {"part.n": "3", "parts.1.names": "a, b", "part.free.x": "y"}
    found = dotted(Whole(), settings, "nowhere", opens=("part.free",))
    assert found == Whole(part=Part(n=3, free={"x": "y"}), parts=(Part(), Part(names=("a", "b"))))


def test_no_value_takes_a_field_back_to_its_default() -> None:
    assert dotted(Whole(part=Part(n=7)), {"part.n": ""}, "nowhere") == Whole()


def test_a_section_that_is_left_out_is_begun_where_the_record_judges_the_names() -> None:
    assert dotted(Whole(), {"other.n": "2"}, "nowhere").other == Part(n=2)
    with pytest.raises(ConfigError, match=r"^--set other\.n: nowhere$"):
        dotted(Whole(), {"other.n": "2"}, "nowhere", opens=())


@pytest.mark.parametrize("name", ["part.m", "parts.2.n", "parts.x.n", "part.n.m", "none.n", "m"])
def test_a_name_that_leads_nowhere_is_refused_either_way(name: str) -> None:
    for opens in (None, ("part.free",)):
        with pytest.raises(ConfigError, match=f"^--set {name}: "):
            dotted(Whole(), {name: "1"}, "nowhere", opens)


def test_every_wrong_value_is_named() -> None:
    with pytest.raises(ConfigError, match=r"^--set part\.n: .*; --set parts\.0\.n: "):
        dotted(Whole(), {"part.n": "x", "parts.0.n": "y"}, "nowhere")
