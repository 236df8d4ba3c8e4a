from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cpu import cpu_within
from weval.bench.items import Mode
from weval.bench.writing_rl.extracting import extract_json, extract_solution
from weval.errors import OriginalError


def test_a_story_keeps_its_assistant_and_everything_behind_a_tag_once_repaired() -> None:
    story = "<think>Plan.</think>The Assistant: a play. He said </think> aloud."
    assert extract_solution(story) == "The Assistant: a play. He said </think> aloud."
    assert extract_solution(story, mode="original") == "aloud."
    assert extract_solution("<think>Plan.</think>One </think> two", mode="original") == "One"


def test_a_response_whose_reasoning_was_cut_off_is_none() -> None:
    assert extract_solution("<think>Plan.") is None
    assert extract_solution("<think>Plan.", mode="original") == "<think>Plan."


@pytest.mark.parametrize(
    ("reply", "repaired", "original"),
    [
        ('{"a": 1}', {"a": 1}, {"a": 1}),
        ('<think>{"b": 2}</think>{"a": 1}', {"a": 1}, {"a": 1}),
        ('```json\n{"a": 1}\n```', {"a": 1}, {"a": 1}),
        ('Here: {"a": 1}', None, {"a": 1}),
        ('{"a": 1, "a": 2}', None, {"a": 2}),
        ("{'a': 1}", None, {"a": 1}),
        ("1 + 2 - 4", None, -1),
        ("1j - 2", None, -2 + 1j),
        ("[1, 2]", None, [1, 2]),
        ("null", None, None),
        ("2 ** 9 ** 9", None, None),
        ("1 + 'a'", None, None),
        ("__import__('os').getcwd()", None, None),
        ("print", None, None),
        ("[1if 1else 2]", None, None),
        ('see json {"a": {"b": 1}} json and ```{"c": 2}```', None, {"a": {"b": 1}}),
        ("", None, None),
    ],
)
def test_json_in_a_reply(reply: str, repaired: object, original: object) -> None:
    assert extract_json(reply) == repaired
    assert extract_json(reply, mode="original") == original


@pytest.mark.parametrize("inside", ["9" * 5000, "[" * 100_000])
def test_the_original_stops_at_what_cannot_be_read(inside: str) -> None:
    reply = f'x {{"a": {inside}}} x'
    assert extract_json(reply) is None
    with pytest.raises(OriginalError, match="the original stops"):
        extract_json(reply, mode="original")


FENCED = re.compile(r"(?:```json|```|json)\s*({.*?})\s*(?:```|json|```json)", re.DOTALL)
"""What the original looks for: exact, but it goes over the text again for each sign."""


def as_published(text: str) -> Any:
    for match in FENCED.finditer(text):
        try:
            return json.loads(match[1])
        except ValueError:
            continue
    return None


@given(st.lists(st.sampled_from(["```", "json", "{", "}", '"a":1', " ", "\n", '{"b":{}}']), max_size=20).map("".join))
def test_blocks_are_found_as_the_published_pattern_finds_them(inner: str) -> None:
    reply = f"x {inner} x"
    if (expected := as_published(reply)) is not None:
        assert extract_json(reply, mode="original") == expected


@pytest.mark.parametrize("mode", ["original", "repaired"])
@pytest.mark.parametrize("unit", ["{", "}", "[", "json{", "json", "``` ", "} ", "```json\n{", "-", "(", "1+", "\x00"])
def test_long_replies_are_read_in_linear_time(unit: str, mode: Mode) -> None:
    with cpu_within(5):
        for n_chars in (9_000, 1_000_000):
            extract_json(unit * (n_chars // len(unit)), mode)
            extract_json(unit * (n_chars // len(unit)) + "1", mode)
            extract_solution(unit * (n_chars // len(unit)), mode)


@given(st.text())
def test_nothing_is_raised(text: str) -> None:
    extract_json(text)
    extract_json(text, mode="original")
    extract_solution(text)
    extract_solution(text, mode="original")
