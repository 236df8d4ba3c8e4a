from __future__ import annotations

import time

import pytest

from weval.bench.construction.unsound import TOLD, Unsound, entries, exactly, object_in, plain_text


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1}',
        ' \n{"a": 1}\n',
        '<think>{"a": 2}</think>{"a": 1}',
        '```json\n{"a": 1}\n```',
        '```\n{"a":\n1}\n```\n',
        '{"a": 1}<|im_end|>',
    ],
)
def test_an_object_is_bare_or_alone_in_a_code_block(text: str) -> None:
    assert object_in(text) == {"a": 1}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        ("<think>Done.</think>", "empty"),
        ("<think>I wonder", "truncated"),
        ("I'm sorry, but I can't help with that.", "refused"),
        ("抱歉，我无法协助。", "refused"),
        ('Here it is: {"a": 1}', "no_json"),
        ('{"a": 1} {"a": 1}', "no_json"),
        ('{"a": 1}\nHope this helps!', "no_json"),
        ('{"a": 1, "a": 2}', "no_json"),
        ('{"a": NaN}', "no_json"),
        ('{"a": ' + "9" * 5_000 + "}", "no_json"),
        ('{"a": 1', "no_json"),
        ("[1]", "no_json"),
        ("7", "no_json"),
        ('```json\n{"a": 1}\n```\nMore.', "no_json"),
    ],
)
def test_anything_else_is_none(text: str, reason: str) -> None:
    with pytest.raises(Unsound) as caught:
        object_in(text)
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    "text",
    ["[" * 1_000_000, '{"a":' * 30_000, "{" * 200_000, "```\n" * 40_000, '"\\ud800' * 20_000, "\n " * 90_000 + "{"],
)
def test_hostile_replies_end_soon_and_in_a_reason(text: str) -> None:
    began = time.monotonic()
    with pytest.raises(Unsound) as caught:
        object_in(text)
    assert caught.value.reason == "no_json"
    assert time.monotonic() - began < 1
    assert len(str(caught.value)) < 3_000


def test_a_detail_is_one_short_line() -> None:
    with pytest.raises(Unsound) as caught:
        object_in("No.\n\x1b[31m" + "x" * 5_000)
    assert "\n" not in str(caught.value) and "\x1b" not in str(caught.value) and len(str(caught.value)) < 500


def test_keys_are_those_that_were_asked_for() -> None:
    for found in ({"a": 1, "b": 2}, {}, {"b": 1}, [1], "a", None):
        with pytest.raises(Unsound) as caught:
            exactly(found, ("a",), "the reply")
        assert caught.value.reason == "bad_shape"


def test_lists_have_so_many_entries() -> None:
    assert entries(["a"], 1, "list") == ["a"]
    with pytest.raises(Unsound, match="has 1 entries, not 2") as caught:
        entries(["a"], 2, "list")
    assert caught.value.reason == "wrong_number"
    with pytest.raises(Unsound, match="is no list"):
        entries({"0": "a"}, 1, "list")


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (7, "bad_shape"),
        (None, "bad_shape"),
        (" ", "bad_text"),
        ("x" * 11, "bad_text"),
        ("a\x00", "bad_text"),
        ("\ud800", "bad_text"),
    ],
)
def test_a_text_is_a_text(found: object, reason: str) -> None:
    with pytest.raises(Unsound) as caught:
        plain_text(found, 10, "name")
    assert caught.value.reason == reason
    assert plain_text(" a\n\tb ", 10, "name") == "a\n\tb"


def test_every_reason_is_told() -> None:
    assert all(said.endswith(".") for said in TOLD.values())
