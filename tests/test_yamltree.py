"""YAML as JSON can say it, with lines."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from weval.yamltree import YamlProblem, parse

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**15), 10**15) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=10),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(max_size=5), children, max_size=4),
    max_leaves=12,
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "content"),
    [
        ("", None),
        ("# only a comment\n", None),
        ("a: null\nb: ~\nc:\nd: ''\n", {"a": None, "b": None, "c": None, "d": ""}),
        ("[true, false, yes, no, on, off, True]", [True, False, "yes", "no", "on", "off", "True"]),
        ("[1, -2, 0, 010, 0x10, 1_000, 1:30]", [1, -2, 0, "010", "0x10", "1_000", "1:30"]),
        ("[1.5, -2e3, .5, 1., .nan, .inf]", [1.5, -2000.0, ".5", "1.", ".nan", ".inf"]),
        ("[2024-01-31, 2024-99-99, 2024-01-01T99:00:00Z]", ["2024-01-31", "2024-99-99", "2024-01-01T99:00:00Z"]),
        ("['1', \"true\", 'null']", ["1", "true", "null"]),
        ("1: 2\ntrue: x\n", {"1": 2, "true": "x"}),
        ("<<: {a: 1}\n", {"<<": {"a": 1}}),
        ("a: |\n  two\n  lines\n", {"a": "two\nlines\n"}),
        ("languages: [no, zh]", {"languages": ["no", "zh"]}),
    ],
)
def test_only_what_json_has_is_not_a_text(text: str, content: Any) -> None:
    assert parse(text).content == content


def test_a_number_of_many_digits_costs_nothing() -> None:
    assert parse("[" + "9" * 18 + "]").content == [int("9" * 18)]
    assert parse("[" + "9" * 5000 + "]").content == [float("inf")]


@given(json_values)
def test_whatever_is_dumped_is_read_back(value: Any) -> None:
    assert parse(yaml.safe_dump(value)).content == value


@given(st.text(st.sampled_from(list("ab:-[]{}&*!|>'\"%@#?,\t\n 01.\x07\ufeff\u2028"))))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        json.dumps(parse(text).content)
    except YamlProblem as problem:
        assert problem.message


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("a: 1\nb: &x [1]\nc: *x\n", 3, "aliases (*x) are not allowed"),
        ("a: *x\n", 1, "aliases (*x) are not allowed"),
        ("a: 1\nb: !!python/object/apply:os.system ['true']\n", 2, "tags (tag:yaml.org,2002:python"),
        ("a: !!binary aGk=\n", 1, "tags"),
        ("a: 1\nb: 2\na: 3\n", 3, "key 'a' appears twice"),
        ("a:\n  b: 1\n  'b': 1\n", 3, "key 'b' appears twice"),
        ("1: a\n'1': b\n", 2, "key '1' appears twice"),
        ("? [a, b]\n: c\n", 1, "a key must be a plain text"),
        ("a: 1\n\tb: 2\n", 2, "is not YAML"),
        ("a: [1, 2\nb: 3\n", 2, "is not YAML"),
        ("a: b: c\n", 1, "is not YAML"),
        ("a: 1\n---\nb: 1\n", 2, "another document"),
        ("a: 1\nb: '\x07'\n", 2, "a character that YAML does not allow ('\\x07')"),
        ('a: 1\nb: "\\ud800"\n', 2, "half a character"),
        ("[" * 5000, None, "nested too deeply"),
        ("{a: " * 5000, None, "nested too deeply"),
    ],
)
def test_what_json_cannot_say_is_refused_with_its_line(text: str, line: int | None, said: str) -> None:
    with pytest.raises(YamlProblem) as caught:
        parse(text)
    assert said in caught.value.message
    assert caught.value.line == line


def test_an_alias_bomb_costs_nothing() -> None:
    lines = ["a0: &a0 [x]"] + [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 100)]
    with pytest.raises(YamlProblem, match="aliases"):
        parse("\n".join(lines))


def test_a_field_is_found_on_its_line() -> None:
    tree = parse("a: 1\nb:\n  c: 2\n  d:\n    - x\n    - e: 3\n")
    found = {
        (): 1, ("a",): 1, ("b",): 2, ("b", "c"): 3, ("b", "d", 1): 6, ("b", "d", 1, "e"): 6, ("b", "missing"): 2,
        ("b", "d", 9): 4, ("nothing",): 1,
    }  # fmt: skip
    assert {loc: tree.line_of(loc) for loc in found} == found
    assert parse("").line_of(("a",)) is None
