"""One JSON object and nothing else, and why a reply is not taken."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.cpu import cpu_within
from weval.errors import ResultError
from weval.replied import MOST_CHARS, MOST_DETAIL, Unsound, object_in, refuse_failed
from weval.types import Reply

OBJECT = '{"requirements": []}'


@pytest.mark.parametrize(
    "text",
    [
        OBJECT,
        f"\n {OBJECT}\n",
        f"```json\n{OBJECT}\n```",
        f"```\n{OBJECT}\n```\n",
        f"<think>Five of them.</think>\n{OBJECT}",
        f"{OBJECT}<|im_end|>",
    ],
)
def test_an_object_alone(text: str) -> None:
    assert object_in(text) == {"requirements": []}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        (" \n", "empty"),
        ("<think>Hm.</think>", "empty"),
        ("<think>Hm.", "truncated"),
        ("I'm sorry, but I can't help with that.", "refused"),
        ("抱歉，我无法协助。", "refused"),
        ("Use five words.", "no_json"),
        (f"Here you go: {OBJECT}", "no_json"),
        (f"{OBJECT}\nI hope this helps!", "no_json"),
        (f"```json\n{OBJECT}\n```\nDone.", "no_json"),
        (f"{OBJECT}\n{OBJECT}", "no_json"),
        (f"```json\n{OBJECT}\n```\n```json\n{OBJECT}\n```", "no_json"),
        (OBJECT[:-1], "no_json"),
        ("[1, 2]", "no_json"),
        ("null", "no_json"),
        ('{"requirements": [], "requirements": [1]}', "no_json"),
        ('{"requirements": NaN}', "no_json"),
        ('{"requirements": ' + "9" * 5000 + "}", "no_json"),
        ('{"a":' * 100_000, "no_json"),
        ("[" * 150_000, "no_json"),
        ("{" + " " * MOST_CHARS + "}", "no_json"),
    ],
)
def test_anything_else(text: str, reason: str) -> None:
    with pytest.raises(Unsound) as fault:
        object_in(text)
    assert fault.value.reason == reason


@settings(deadline=None)  # the machine may be busy
@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), st.integers() | st.text() | st.none()))
def test_what_is_json_is_read_as_it_is(content: dict[str, int | str | None]) -> None:
    assert object_in(json.dumps(content)) == content


@settings(deadline=None)  # the machine may be busy
@given(st.text())
def test_nothing_else_is_raised(text: str) -> None:
    with contextlib.suppress(Unsound):
        assert isinstance(object_in(text), dict)


@pytest.mark.parametrize(
    "text", ["[" * 1_000_000, "{" * 200_000, "```\n" * 40_000, '"\\ud800' * 20_000, "\n " * 90_000 + "{"]
)
def test_hostile_replies_end_soon_and_in_a_reason(text: str) -> None:
    with cpu_within(1), pytest.raises(Unsound) as caught:
        object_in(text)
    assert caught.value.reason == "no_json"


def test_a_detail_is_one_short_line() -> None:
    fault = Unsound("no_json", "a\n\x1b[31m" + "x" * 9999)
    assert str(fault).startswith("a\\n\\x1b[31m")
    assert len(str(fault)) < MOST_DETAIL + 20


def test_replies_that_did_not_come_are_one_line_with_the_first_reason() -> None:
    refuse_failed("answer", [], 10)
    failed = [Reply("p1", "failed", reason="HTTP 500\nboom"), Reply("p2", "failed", reason="other")]
    with pytest.raises(ResultError, match=r"answer: 2 of 1,000 replies did not come \(HTTP 500\\nboom\); the others"):
        refuse_failed("answer", failed, 1000)
