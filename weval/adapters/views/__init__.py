"""Views: what a small reward model is shown of a response instead of the whole of it, for the places of a wire format.

An encoder of a few million parameters counts badly and reads slowly. A view measures or looks up, and never judges:
it is a pure function of requirement, response and language, and the model learns what follows from it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from weval.adapters.views.facts import Measured, facts, measured
from weval.adapters.views.mentions import mentions, named, quoted, stem
from weval.adapters.views.numbers import NUMBERS, numbers
from weval.adapters.views.passages import passages, pieces

__all__ = [
    "NUMBERS",
    "VIEWS",
    "Measured",
    "facts",
    "measured",
    "mentions",
    "named",
    "numbers",
    "passages",
    "pieces",
    "quoted",
    "stem",
]

View = Callable[[str, str, str | None], str]
"""From what is required, the response and its language (a code such as "en", or None) to text for the model."""

VIEWS: Mapping[str, View] = {
    "facts": facts,
    "mentions": lambda requirement, response, language: mentions(requirement, response),
    "passages": lambda requirement, response, language: passages(requirement, response),
}
"""The views by the place that each fills."""
