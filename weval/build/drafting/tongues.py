"""Whether requirements are in another language than the request that they belong to."""

from __future__ import annotations

from collections.abc import Sequence

from weval.audit.scripts import writing_system
from weval.build.seeding.languages import language_of
from weval.checks.words import base_language

LEAST_CHARS = 60
"""Of shorter texts in one script nothing is said: Norwegian is taken for Danish."""

_ALIKE = (
    {"es", "an", "ast", "gl"}, {"pt", "gl"}, {"ca", "oc"}, {"no", "nb", "nn", "da"}, {"id", "ms"},
    {"hr", "sr", "bs", "sl"}, {"cs", "sk"}, {"zh", "wuu", "yue"}, {"hi", "mr", "ne"},
)  # fmt: skip
"""Languages that a detector confuses."""


def is_foreign(texts: Sequence[str], request: str, language: str | None) -> str | None:
    """The language or the script of texts that are not in a request's; None where they are, or that cannot be told.

    `language` is the request's code, as `en`, where it is known. One text in another script is enough; a language in
    the same script is told from all of them together. Raises ConfigError where py3langid is not installed.

    >>> is_foreign(["写三段。", "用比喻。"], "Write about tea.", "en")
    'Han'
    >>> is_foreign(["Write it.", "Be kind."], "Write about tea.", "en") is None
    True
    """
    own = {writing_system(request), _SCRIPT.get(base_language(language, "")) if language else None} - {None}
    systems = [writing_system(text) for text in texts]
    if own and (other := next((found for found in systems if found and found not in own), None)):
        return other
    together = " ".join(texts)
    if len(together) < LEAST_CHARS:
        return None
    found = language_of(together)
    if not found or (language and _are_alike(found, base_language(language, ""))):
        return None
    expected = language_of(request)
    if not (language or expected) or (expected and _are_alike(found, expected)):
        return None
    return found


def _are_alike(one: str, other: str) -> bool:
    return one == other or any({one, other} <= group for group in _ALIKE)


_SCRIPT = {"en": "Latin", "es": "Latin", "fr": "Latin", "de": "Latin", "zh": "Han", "ja": "Kana", "ru": "Cyrillic",
           "ar": "Arabic", "ko": "Hangul"}  # fmt: skip
