"""From a check and a response to met or not."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from weval.checks import layout, lists, match, spans, words
from weval.errors import unknown
from weval.types import (
    Check,
    ContainsCheck,
    CountCheck,
    EdgeCheck,
    MaxSentenceWordsCheck,
    NotContainsCheck,
    SeparatorCountCheck,
)

Counter = Callable[[str, str | None], int]
"""From a response and its language (a code such as "en", or None) to a count."""

COUNTERS: Mapping[str, Counter] = {
    "word_count": lambda response, language: words.count_words(response),
    "sentence_count": words.count_sentences,
    "paragraph_count": lambda response, language: layout.count_paragraphs(response),
    "char_count": words.count_characters,
    "max_sentence_words": words.longest_sentence,
    "bullet_count": lambda response, language: lists.count_bullets(response),
    "numbered_count": lambda response, language: lists.count_numbered(response),
    "heading_count": lambda response, language: layout.count_headings(response),
    "bold_count": lambda response, language: spans.count_bold(response),
    "question_count": lambda response, language: spans.count_questions(response),
    "quoted_count": lambda response, language: spans.count_quotations(response),
}
"""The kinds that count, each with its function."""


def count(kind: str, response: str, language: str | None = None) -> int:
    """How many of a kind the response holds. Raises ConfigError for a kind that does not count.

    >>> count("numbered_count", "Why us? 1. Plan. 2. Focus. 3. Rest.")
    3
    """
    if kind not in COUNTERS:
        raise unknown("countable check", kind, COUNTERS)
    return COUNTERS[kind](response, language)


def met(check: Check, response: str, language: str | None = None) -> bool:
    """Whether the response meets the check. An empty response meets what only forbids."""
    if isinstance(check, MaxSentenceWordsCheck):
        return count(check.kind, response, language) <= check.max
    if isinstance(check, CountCheck):
        return _within(check, count(check.kind, response, language))
    if isinstance(check, SeparatorCountCheck):
        return _within(check, layout.count_separators(response, check.text))
    if isinstance(check, ContainsCheck):
        return _contains(check, response)
    if isinstance(check, NotContainsCheck):
        return not any(match.occurrences(response, text) for text in check.any)
    if isinstance(check, EdgeCheck):
        at_edge = match.starts_with if check.kind == "starts_with" else match.ends_with
        return at_edge(response, check.text)
    return layout.has_table(response) if check.kind == "table" else match.is_lowercase(response)


def _within(check: CountCheck | SeparatorCountCheck, n: int) -> bool:
    return (check.min is None or n >= check.min) and (check.max is None or n <= check.max)


def _contains(check: ContainsCheck, response: str) -> bool:
    if check.all and any(match.occurrences(response, text) < check.min_times for text in check.all):
        return False
    return not check.any or sum(match.occurrences(response, text) for text in check.any) >= check.min_times
