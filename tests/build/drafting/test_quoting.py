"""Strings in quotation marks."""

from __future__ import annotations

import pytest

from weval.build.drafting.quoting import quoted, unquoted


@pytest.mark.parametrize(
    ("text", "strings"),
    [
        ('Say "one" and “two”.', ("one", "two")),
        ("Emploie « certes ».", ("certes",)),
        ("让“珠江”和「云吞面」出现。", ("珠江", "云吞面")),
        ("Columns 'Main Point' and 'Evidence'.", ("Main Point", "Evidence")),
        ("Use 'it's fine' once.", ("it's fine",)),
        ("The writers' and the reader's own.", ()),
        ("Don't say it isn't.", ()),
        ('Empty "" and " ".', ()),
    ],
)
def test_quoted(text: str, strings: tuple[str, ...]) -> None:
    assert quoted(text) == strings


def test_unquoted_keeps_the_place() -> None:
    assert unquoted('End with "at least 5 words".') == 'End with "".'
