from __future__ import annotations

import pytest

from weval.checks.match import ends_with, is_lowercase, occurrences, starts_with


@pytest.mark.parametrize(
    ("response", "text", "n"),
    [
        ("Red, RED and red.", "red", 3),
        ("A blossom.", "loss", 0),
        ("The brandy.", "brand", 1),
        ("It launched.", "launch", 1),
        ("Sample of 212.", "212", 1),
        ("Sample of 1212 or 2123.", "212", 0),
        ("about 14% of", "14%", 1),
        ("**Key** idea: x", "Key idea:", 1),
        ("[Verse 1]\nla", "[Verse 1]", 1),
        ("It’s here", "it's", 1),
        ("third\u00a0Mainland\nBridge", "Third Mainland Bridge", 1),
        ("用apple和pear", "apple", 1),
        ("珠江边的珠江", "珠江", 2),
        ("STRASSE", "straße", 1),
        ("cafe\u0301", "café", 1),
        ("a → b → c", "→", 2),
        ("A) x\nB) y", "B)", 1),
        ("wait — no", "—", 1),
        ("well-known", "—", 0),
        ("anything", " ", 0),
    ],
)
def test_occurrences(response: str, text: str, n: int) -> None:
    assert occurrences(response, text) == n


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        ("Dear you, hello.", True),
        ("\n\n  **Dear you**, hello.", True),
        ("# Dear you,", True),
        ("“Dear you”", True),
        ("dear you", False),
        ("My Dear you", False),
    ],
)
def test_starts_with(response: str, expected: bool) -> None:
    assert starts_with(response, "Dear you") is expected


@pytest.mark.parametrize(
    ("response", "text", "expected"),
    [
        ("Then it rained.", "The", False),
        ("**Then** it rained.", "The", False),
        ("The rain.", "The", True),
        ("**The** rain.", "The", True),
        ("The", "The", True),
        ("I'm here.", "I", True),
        ("The_end", "The", True),
        ("Élan", "É", False),
        ("2024 was dry.", "20", False),
        ("20% of it", "20", True),
        ("(a)b", "(a)", True),
        ("珠江边", "珠", True),
        ("apple和pear", "apple", True),
        ("한국어", "한국", True),
    ],
)
def test_a_beginning_ends_where_a_word_ends(response: str, text: str, expected: bool) -> None:
    assert starts_with(response, text) is expected


@pytest.mark.parametrize(
    ("response", "text", "expected"),
    [
        ("So. Let it be.", "Let it be.", True),
        ("So.\n\n**Let it be.**\n", "Let it be.", True),
        ("So. “Let it be.”", "Let it be.", True),
        ("So. *[Cut]*", "[Cut]", True),
        ("Let it be. Or not.", "Let it be.", False),
        ("So. Let it be", "Let it be.", False),
        ("So. LET IT BE.", "Let it be.", False),
        ("好。欢迎带上爸妈来！", "欢迎带上爸妈来！", True),
        ("So smart", "art", False),
        ("So **smart**", "art", False),
        ("So s**mart**", "art", False),
        ("Fine art", "art", True),
        ("Fine **art**", "art", True),
        ("art", "art", True),
        ("state-of-the-art", "art", True),
        ("In 2024", "24", False),
        ("smart?", "?", True),
        ("在珠江边", "江边", True),
        ("我吃apple", "apple", True),
        ("用pineapple", "apple", False),
    ],
)
def test_ends_with(response: str, text: str, expected: bool) -> None:
    assert ends_with(response, text) is expected


@pytest.mark.parametrize(
    ("response", "expected"),
    [("all low, 123 é", True), ("one Capital", False), ("É", False), ("全部中文", True), ("", True), ("\u01c5", False)],
)
def test_is_lowercase(response: str, expected: bool) -> None:
    assert is_lowercase(response) is expected
