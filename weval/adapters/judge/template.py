"""Prompts built from templates and foreign texts, so that no text can pass for a part of the template.

Templates are filled in one pass: braces in a foreign text are never places. Each foreign text stands between tags that
carry a mark, as in <response-1f3a9c07> … </response-1f3a9c07>. The mark is a hash of the texts, and one that occurs in
any of them, however spelled, is replaced by another: a text cannot contain the tag that ends it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import get_args

from weval.adapters.judge.spec import Place
from weval.randomness import digest
from weval.types import Request

PLACES: tuple[Place, ...] = get_args(Place)
OWN_PLACES = ("answer", "n", "mark")
"""Places of a template that are no foreign texts: how to answer, the number of responses, the mark of the tags."""

_PLACE = re.compile(r"\{([a-z_]+)\}")
_BETWEEN = re.compile(r"[\W_]+")
_MARK_BYTES = 4


def places_in(template: str) -> Iterator[tuple[int, str]]:
    """The places of a template, known or not, each with its line. Other braces are no places.

    >>> list(places_in('Look:\\n{response} {"score": 7}'))
    [(2, 'response')]
    """
    for found in _PLACE.finditer(template):
        yield template.count("\n", 0, found.start()) + 1, found[1]


def foreign(place: Place, request: Request) -> tuple[str, ...]:
    """The texts that a place stands for."""
    if place == "response_a":
        return request.responses[:1]
    if place == "response_b":
        return request.responses[1:2]
    if place == "response" or place == "responses":
        return request.responses
    if place == "requirements":
        return tuple(requirement.text for requirement in request.requirements)
    if place == "requirement":
        return (request.requirement.text,) if request.requirement else ()
    return (request.query if place == "query" else request.instruction,)


def filled(template: str, answer: str, request: Request) -> str:
    """The template with the answer's wording, then all places filled in one pass."""
    template = template.replace("{answer}", answer)
    shown = [place for place in PLACES if f"{{{place}}}" in template]
    mark = mark_of({place: foreign(place, request) for place in shown})
    own = {"n": str(len(request.responses)), "mark": mark}

    def part(found: re.Match[str]) -> str:
        name = found[1]
        known = next((place for place in shown if place == name), None)
        return own.get(name, found[0]) if known is None else fenced(known, foreign(known, request), mark)

    return _PLACE.sub(part, template)


def fenced(place: Place, texts: Sequence[str], mark: str) -> str:
    """The texts of a place, each between tags of its own.

    >>> fenced("responses", ("One", "Two"), "ab12")
    '<response-1-ab12>\\nOne\\n</response-1-ab12>\\n\\n<response-2-ab12>\\nTwo\\n</response-2-ab12>'
    """
    names = list(tag_names(place, len(texts)))
    return "\n\n".join(f"<{name}-{mark}>\n{text}\n</{name}-{mark}>" for name, text in zip(names, texts, strict=True))


def tag_names(place: Place, n: int) -> Iterator[str]:
    """What the tags of a place are called, without the mark: response-1, response-A, requirement …"""
    if place in ("responses", "requirements"):
        yield from (f"{place.removesuffix('s')}-{number}" for number in range(1, n + 1))
    elif place in ("response_a", "response_b"):
        yield f"response-{place[-1].upper()}"
    else:
        yield place


def mark_of(texts: dict[Place, tuple[str, ...]]) -> str:
    """Eight hex digits that occur in none of the texts: not in capitals, not in other letters, not with gaps.

    The requirement asked about has no part in the choice as long as the mark is not in it, so that prompts about one
    response begin alike, and a server computes their beginning once.
    """
    everything = [text for group in texts.values() for text in group]
    shared = [text for place, group in texts.items() if place != "requirement" for text in group]
    plain = [_plain(text) for text in everything]
    return next(mark for mark in _marks(shared) if not any(mark in text for text in plain))


def _marks(texts: Iterable[str]) -> Iterator[str]:
    number, about = 0, tuple(texts)
    while True:
        yield digest("mark", str(number), *about, size=_MARK_BYTES).hex()
        number += 1


def _plain(text: str) -> str:
    """The letters and digits of a text alone, as alike as Unicode makes them."""
    return _BETWEEN.sub("", unicodedata.normalize("NFKC", text)).casefold()
