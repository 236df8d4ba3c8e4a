"""Pairs from what answers kept: requirement by requirement (fine), in two directions."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from weval.training.deriving import share_met
from weval.training.pairs.records import TextPair, asked
from weval.types import Item


def by_response(items: Sequence[Item], seed: int, *, validated: bool = False) -> Iterator[TextPair]:
    """One requirement, an answer that kept it over one that dropped it; without end, none where no item has such.

    What else the two kept differs too: under nested dropout the form of a text alone tells the two apart.
    `validated`: only where all that can be derived from the requirement holds of the first and nothing of the second.
    """
    draw = random.Random(f"{seed} kept")
    pool = [
        (item, requirement.text, keepers, droppers)
        for item in items
        for requirement in item.requirements
        if (keepers := [c.response for c in item.candidates if _kept(c.kept, requirement.id)])
        and (droppers := [c.response for c in item.candidates if not _kept(c.kept, requirement.id)])
    ]
    if validated:
        pool = [
            (item, text, sound, broken)
            for item, text, keepers, droppers in pool
            if (sound := [r for r in keepers if share_met(text, r, item.language) == 1])
            and (broken := [r for r in droppers if share_met(text, r, item.language) == 0])
        ]
    while pool:
        item, text, keepers, droppers = draw.choice(pool)
        chosen, rejected = asked(item, draw.choice(keepers), text), asked(item, draw.choice(droppers), text)
        yield TextPair(chosen, rejected, "validated" if validated else "kept")


def by_requirement(items: Sequence[Item], seed: int) -> Iterator[TextPair]:
    """One answer, a requirement that it kept over one that it dropped: the form of the text is the same on both sides.

    Without end, and none where every answer kept all or nothing.
    """
    draw = random.Random(f"{seed} row")
    pool = [
        (item, candidate.response, held, lacking)
        for item in items
        for candidate in item.candidates
        if (held := [r.text for r in item.requirements if _kept(candidate.kept, r.id)])
        and (lacking := [r.text for r in item.requirements if not _kept(candidate.kept, r.id)])
    ]
    while pool:
        item, response, held, lacking = draw.choice(pool)
        chosen, rejected = asked(item, response, draw.choice(held)), asked(item, response, draw.choice(lacking))
        yield TextPair(chosen, rejected, "row")


def _kept(kept: tuple[str, ...] | int, requirement: str) -> bool:
    """Only where the ids are known: from a number alone nothing is told of a requirement."""
    return not isinstance(kept, int) and requirement in kept
