"""What is said of a bad record, without a word of pydantic's."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import pytest
from pydantic import Field, ValidationError
from pydantic_core import from_json

from weval.invalid import complaints, field_name
from weval.types.items import Kept
from weval.types.records import Record


class One(Record):
    kind: Literal["one"]
    size: int


class Two(Record):
    kind: Literal["two"]
    name: str


class Three(Record):
    does: Literal["three"]


class Four(Record):
    does: Literal["four"]


class Thing(Record):
    text: Annotated[str, Field(min_length=1, max_length=5)] = "x"
    number: Annotated[float, Field(allow_inf_nan=False)] = 0
    whole: Annotated[int, Field(ge=0, le=9)] = 0
    flag: bool = False
    many: Annotated[tuple[str, ...], Field(min_length=1, max_length=2)] = ("x",)
    table: dict[str, Any] | None = None
    lists: dict[str, tuple[str, ...]] | None = None
    sub: Annotated[One | Two, Field(discriminator="kind")] = Two(kind="two", name="x")
    step: Annotated[Three | Four, Field(discriminator="does")] = Four(does="four")
    kept: Kept = 0
    colour: Literal["red", "blue"] = "red"
    hash: Annotated[str, Field(pattern="^[0-9]+$")] = "1"


def said(text: str) -> list[str]:
    with pytest.raises(ValidationError) as caught:
        Thing.model_validate_json(text)
    return [f"{field_name(loc)}: {message}" for loc, message in complaints(caught.value, from_json(text))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[]", ": must be an object, not a list"),
        ("3", ": must be an object, not 3"),
        ('{"zzz": 1}', "zzz: is not a known key"),
        ('{"text": 3}', "text: must be a string, not 3"),
        ('{"text": null}', "text: must be a string, not null"),
        ('{"text": {}}', "text: must be a string, not an object"),
        ('{"text": ""}', "text: must not be empty"),
        ('{"text": "abcdef"}', "text: has 6 characters; at most 5 are allowed"),
        ('{"number": "1"}', "number: must be a number, not '1'"),
        ('{"number": NaN}', "number: must be a finite number, not nan"),
        ('{"number": 1e400}', "number: must be a finite number, not inf"),
        (f'{{"number": {"9" * 999}}}', "number: must be a finite number, not one of 999 digits"),
        ('{"number": true}', "number: must be a number, not true"),
        ('{"whole": true}', "whole: must be a whole number, not true"),
        ('{"whole": 1.0}', "whole: must be a whole number, not 1.0"),
        ('{"whole": -1}', "whole: must be at least 0, not -1"),
        (f'{{"whole": {"9" * 99}}}', "whole: must be at most 9, not one of 99 digits"),
        ('{"flag": 1}', "flag: must be true or false, not 1"),
        ('{"many": "a"}', "many: must be a list, not 'a'"),
        ('{"many": []}', "many: has too few entries (0; at least 1)"),
        ('{"many": ["a", "b", "c"]}', "many: has too many entries (3; at most 2)"),
        ('{"many": [1]}', "many[0]: must be a string, not 1"),
        ('{"table": []}', "table: must be an object, not a list"),
        ('{"sub": {"kind": "three"}}', "sub.kind: 'three' is unknown; one of 'one', 'two'"),
        ('{"sub": {"size": 1}}', "sub.kind: is missing"),
        ('{"sub": {"kind": "one"}}', "sub.size: is missing"),
        ('{"sub": {"kind": "one", "size": 1, "one": 2}}', "sub.one: is not a known key"),
        ('{"step": {"does": "five"}}', "step.does: 'five' is unknown; one of 'three', 'four'"),
        ('{"step": {}}', "step.does: is missing"),
        ('{"kept": "c1"}', "kept: must be a list, not 'c1'"),
        ('{"kept": 1.5}', "kept: must be a whole number, not 1.5"),
        ('{"kept": ["c1", 2]}', "kept[1]: must be a string, not 2"),
        ('{"colour": "green"}', "colour: must be 'red' or 'blue', not 'green'"),
        ('{"hash": "x"}', "hash: 'x' does not match ^[0-9]+$"),
    ],
)
def test_a_problem_is_said_in_plain_words(text: str, expected: str) -> None:
    assert said(text) == [expected]


def test_all_problems_of_a_record_are_said() -> None:
    assert len(said('{"text": 1, "whole": -1, "zzz": 2, "many": [1, 2]}')) == 5


def test_a_long_value_is_cut() -> None:
    (line,) = said('{"hash": "' + "x" * 10**5 + '"}')
    assert len(line) < 100
    assert "…" in line


def test_without_the_content_the_path_is_pydantics() -> None:
    with pytest.raises(ValidationError) as caught:
        Thing.model_validate_json('{"sub": {"kind": "one"}}')
    assert [loc for loc, _ in complaints(caught.value, None)] == [("sub", "one", "size")]


def test_a_place_that_only_the_first_of_two_values_has_is_told_as_far_as_it_is_there() -> None:
    assert said('{"lists": {"a": ["x", 2], "a": ["y"]}}') == ["lists.a: must be a string, not 2"]


def test_field_names() -> None:
    assert field_name(()) == ""
    assert field_name(("a", 0, "b")) == "a[0].b"
    assert len(field_name(("x" * 10**6, "y"))) < 60
