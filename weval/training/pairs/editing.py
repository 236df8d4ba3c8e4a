"""Other forms of a real text: shorter, regrouped, as a list, in lower case. Its words stay as they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

from weval.adapters.views import pieces
from weval.training.pairs.wordings import CLOSING_QUESTIONS

_AS_IT_IS = 0.45
"""The share of texts that are left alone."""

_MOST_SECTIONS = 8


def edited(draw: Random, text: str) -> str:
    """The text, in another form more often than not."""
    return text if draw.random() < _AS_IT_IS else draw.choices(_EDITS, _WEIGHTS)[0](draw, text)


def _shortened(draw: Random, text: str) -> str:
    parts = pieces(text)
    if len(parts) < 5:
        return text
    n = draw.randint(3, len(parts))
    start = draw.randint(0, len(parts) - n)
    return _grouped(draw, parts[start : start + n])


def _regrouped(draw: Random, text: str) -> str:
    return _grouped(draw, pieces(text))


def _grouped(draw: Random, parts: Sequence[str]) -> str:
    """Paragraphs of one to six sentences, all of one number."""
    n = draw.choice([1, 2, 3, 4, 6])
    return "\n\n".join(" ".join(parts[start : start + n]) for start in range(0, len(parts), n))


def _lower(draw: Random, text: str) -> str:
    return text.lower()


def _emphasised(draw: Random, text: str) -> str:
    words = sorted({word for word in text.split() if len(word) >= 5 and word.isalpha()})
    for word in draw.sample(words, min(3, len(words), len(text) // 200 + 1)):
        text = text.replace(word, f"**{word}**", 1)
    return text


def _asking(draw: Random, text: str) -> str:
    return f"{text.rstrip()}\n\n{draw.choice(CLOSING_QUESTIONS)}"


def _bulleted(draw: Random, text: str) -> str:
    return "\n".join(f"- {part}" for part in pieces(text))


def _numbered(draw: Random, text: str) -> str:
    return "\n".join(f"{n}. {part}" for n, part in enumerate(pieces(text), 1))


def _headed(draw: Random, text: str) -> str:
    titled = [(" ".join(part.split()[:4]).rstrip(".,:;"), part) for part in pieces(text)[:_MOST_SECTIONS]]
    return "\n\n".join(f"## {title}\n\n{part}" for title, part in titled)


_EDITS: tuple[Callable[[Random, str], str], ...] = (
    _shortened, _regrouped, _lower, _emphasised, _asking, _bulleted, _numbered, _headed,
)  # fmt: skip
_WEIGHTS = (17, 10, 5, 5, 5, 4, 4, 5)
