"""Pairs known by rules: requirements that people or models wrote, over answers of any item, met or not as a program
can tell, whatever the answers were written to.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from weval.training.deriving import Trait, conditions, share_met
from weval.training.pairs.records import TextPair, asked
from weval.types import Item

_TRIES = 50
"""So many draws to find a side that fits, before another requirement or response is taken."""

_OVER_RESPONSES = 0.6
"""The share of pairs with one requirement and two responses; the others have one response and two requirements."""


def rule_checked(items: Sequence[Item], seed: int) -> Iterator[TextPair]:
    """Pairs without end; none where no requirement has conditions.

    A requirement is drawn by the kind of its conditions, the rare ones more often than they are. All of its conditions
    hold on the chosen side, none on the rejected one.
    """
    draw = random.Random(f"{seed} ruled")
    responses = [(item, candidate.response) for item in items for candidate in item.candidates]
    kinds = _by_kind(items)
    weights = [len(texts) ** 0.5 for texts in kinds.values()]

    def requirement() -> str:
        return draw.choice(draw.choices([*kinds.values()], weights)[0])

    while kinds:
        if draw.random() < _OVER_RESPONSES:
            text = requirement()
            options = ((item, response, text) for item, response in (draw.choice(responses) for _ in range(_TRIES)))
        else:
            item, response = draw.choice(responses)
            options = ((item, response, requirement()) for _ in range(_TRIES))
        if pair := _first_pair(options):
            yield pair


def _by_kind(items: Sequence[Item]) -> dict[tuple[str, ...], list[str]]:
    """The requirements that have conditions, by what these are about."""
    found: dict[tuple[str, ...], list[str]] = {}
    for text in dict.fromkeys(requirement.text for item in items for requirement in item.requirements):
        if each := conditions(text):
            kinds = tuple(sorted(one.says if isinstance(one, Trait) else one.kind for one in each))
            found.setdefault(kinds, []).append(text)
    return found


def _first_pair(options: Iterator[tuple[Item, str, str]]) -> TextPair | None:
    """The first that meets all over the first that meets nothing."""
    sides: dict[float, tuple[Item, str, str]] = {}
    for item, response, text in options:
        share = share_met(text, response, item.language)
        if share in (0, 1):
            sides.setdefault(share, (item, response, text))
        if len(sides) == 2:
            return TextPair(asked(*sides[1]), asked(*sides[0]), "ruled")
    return None
