"""One JSON object and nothing else."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from weval.build.drafting.replied import MOST_CHARS, object_in
from weval.build.drafting.unsound import Unsound

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
