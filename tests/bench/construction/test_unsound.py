from __future__ import annotations

import pytest

from weval.bench.construction.unsound import TOLD, entries, exactly, plain_text
from weval.replied import Unsound


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
