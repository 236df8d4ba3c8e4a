"""Which language a text is in, by py3langid: one detector for all sources, on this machine.

What a data set says of itself is not taken over: the columns of LMSYS-Chat-1M and WildChat are about whole
conversations, in words of their own. Of the 623 prompts of WritingBench, LongBench-Write and weval-mini it was tried on
it found no wrong one; it is unsure of texts of two or three words.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import Any

from weval.errors import ConfigError, missing_extra

READ_CHARS = 1000
"""More of a text tells nothing new of its language."""

LEAST = 0.3
"""Share of the probability that the likeliest language must have; below it the language is unknown."""

WRITTEN_AS = {"wuu": "zh", "yue": "zh"}
"""Short texts in Chinese are often taken for one of its spoken forms."""

NO_LANGUAGE = "zxx"


def language_of(text: str) -> str | None:
    """The code of the likeliest language (ISO 639, as `en`); None where that is a guess, or the text has none.

    Raises ConfigError where py3langid is not installed.

    >>> language_of("Write a short story about a lighthouse keeper who is afraid of the dark."), language_of("1 2 3 4")
    ('en', None)
    """
    found: dict[str, float] = {}
    for label, share in _identifier().rank(text[:READ_CHARS]):
        label = WRITTEN_AS.get(label, label)
        found[label] = found.get(label, 0.0) + share
    likeliest = max(found, key=lambda label: found[label])
    return likeliest if found[likeliest] >= LEAST and likeliest != NO_LANGUAGE else None


def check_languages(codes: Iterable[str]) -> None:
    """Raises ConfigError for a code that is never found."""
    known = {WRITTEN_AS.get(label, label) for label in _identifier().labels} - {NO_LANGUAGE}
    for code in codes:
        if code not in known:
            raise ConfigError(
                f"seeds.languages: no text is ever found to be {code!r}; codes are those of ISO 639, as en"
            )


@functools.cache
def _identifier() -> Any:  # noqa: ANN401
    try:
        from py3langid.langid import MODEL_FILE, LanguageIdentifier
    except ImportError as error:
        raise missing_extra("py3langid", "build", "Telling the language of a seed") from error
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
