"""What a writer is asked about a question, in words of our own; and texts of which the middle is left out."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from string import Template
from typing import Literal

from weval.bench.longbench_v2.choice import Choice

Wording = Literal["answer", "reasoning"]

_QUARTERS = 4
"""A character of Latin script is a quarter of a token, another one whole: as `tokens_about` of judges counts."""

_LATIN = "\u0250"
"""Characters below this are."""


def asked(name: Wording, context: str, question: str, choices: Mapping[Choice, str]) -> str:
    """A question about a context. All places are filled in one pass, so that none of the texts can hold a place.

    >>> asked("answer", "Tea is $question.", "What is tea?", dict.fromkeys("ABCD", "Tea"))[110:142]
    '<text>\\nTea is $question.\\n</text>'
    """
    places = {f"choice_{letter.lower()}": text.strip() for letter, text in choices.items()}
    return Template(_words(name)).substitute(places, context=context.strip(), question=question.strip())


def conclusion() -> str:
    """What follows the reasoning."""
    return _words("conclusion")


def without_middle(text: str, n_tokens: int | None) -> str:
    """The text, or its first and last half of about so many tokens, and between them how much is left out.

    >>> without_middle("One two three four five six seven", 4)
    'One two \\n\\n[17 characters are left out here]\\n\\nix seven'
    """
    if n_tokens is None or len(text) <= n_tokens:
        return text
    start = _reach(text, n_tokens, 1)
    end = len(text) - _reach(text, n_tokens, -1)
    if start >= end:
        return text
    return f"{text[:start]}\n\n[{end - start:,} characters are left out here]\n\n{text[end:]}"


def _reach(text: str, n_tokens: int, step: Literal[1, -1]) -> int:
    """How many characters at the start, or the end, are half of the tokens."""
    left, n = n_tokens * _QUARTERS // 2, 0
    for character in text if step == 1 else reversed(text):
        left -= 1 if character < _LATIN else _QUARTERS
        if left < 0:
            break
        n += 1
    return n


@cache
def _words(name: str) -> str:
    return Path(__file__).with_name(f"{name}.txt").read_text(encoding="utf-8").strip()
