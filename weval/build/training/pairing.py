"""Which answers of an item are set against each other, and the rows that come of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import permutations
from typing import Literal

from weval.build.records import Pair, Quadruple
from weval.build.sections import Pairs
from weval.randomness import digest
from weval.types import Candidate, Item


@dataclass(frozen=True, slots=True)
class Contrast:
    """Two answers of an item by their names, the better one first, judged on one requirement or (None) all.

    The lengths are in characters; of the texts nothing is kept.
    """

    item: str
    chosen: str
    rejected: str
    requirement: str | None
    chosen_chars: int
    rejected_chars: int

    @property
    def id(self) -> str:
        """A hash of the names."""
        return digest(self.item, self.chosen, self.rejected, self.requirement or "").hex()

    def told(self) -> str:
        """In words, for what is left out."""
        return f"{self.chosen} over {self.rejected}" + (f", {self.requirement}" if self.requirement else "")


def contrasts(item: Item, section: Pairs) -> Iterator[Contrast]:
    """All pairs that the recipe asks for, in the order of requirements and candidates.

    On the query: of two answers the one that kept more is chosen, or (best) only an answer that kept all. On a
    requirement: one that kept it over one that dropped it, whatever else they kept. Where an answer says only how many
    it kept, nothing is told of its requirements, unless these are all or none.
    """
    n = len(item.requirements)
    pairs = [(c, r) for c, r in permutations(item.candidates, 2) if section.against == "all" or c.gold == n]
    if section.judged_on == "query":
        for chosen, rejected in pairs:
            if chosen.gold > rejected.gold:
                yield _contrast(item, chosen, rejected, None)
        return
    kept = {candidate.id: kept_by(item, candidate) for candidate in item.candidates}
    for requirement in item.requirement_ids:
        for chosen, rejected in pairs:
            first, second = kept[chosen.id], kept[rejected.id]
            if first is not None and second is not None and requirement in first - second:
                yield _contrast(item, chosen, rejected, requirement)


def kept_by(item: Item, candidate: Candidate) -> frozenset[str] | None:
    """The requirements that an answer was written to; None where it says only how many, neither all nor none."""
    if not isinstance(candidate.kept, int):
        return frozenset(candidate.kept)
    ends = {0: frozenset[str](), len(item.requirements): frozenset(item.requirement_ids)}
    return ends.get(candidate.kept)


def pair_of(item: Item, contrast: Contrast) -> Pair:
    """A contrast with its texts."""
    chosen, rejected = _named(item, contrast.chosen), _named(item, contrast.rejected)
    if contrast.requirement is None:
        prompt, margin = item.query(item.requirement_ids), chosen.gold - rejected.gold
        apart = (kept_by(item, chosen) or frozenset()) - (kept_by(item, rejected) or frozenset(item.requirement_ids))
    else:
        prompt, margin, apart = asked_alone(item, contrast.requirement), 1, frozenset([contrast.requirement])
    requirements = [requirement for requirement in item.requirements if requirement.id in apart]
    return Pair(
        id=contrast.id,
        prompt=prompt,
        chosen=chosen.response,
        rejected=rejected.response,
        margin=float(margin),
        item_id=item.id,
        chosen_id=chosen.id,
        rejected_id=rejected.id,
        requirement_ids=tuple(requirement.id for requirement in requirements),
        requirement_types=tuple(requirement.type for requirement in requirements),
        requirement_texts=tuple(requirement.text for requirement in requirements),
        category=item.category,
        language=item.language,
        chosen_chars=contrast.chosen_chars,
        rejected_chars=contrast.rejected_chars,
    )


def crossed(item: Item) -> Iterator[tuple[Contrast, Contrast]]:
    """Two answers and two requirements of which each kept one and dropped the other: over each other, once each way.

    Only independent dropout has any. Each two answers stand in it once, the earlier candidate first.
    """
    for i, first in enumerate(item.candidates):
        for second in item.candidates[i + 1 :]:
            mine, theirs = kept_by(item, first), kept_by(item, second)
            if mine is None or theirs is None:
                continue
            for a in (name for name in item.requirement_ids if name in mine - theirs):
                for b in (name for name in item.requirement_ids if name in theirs - mine):
                    yield _contrast(item, first, second, a), _contrast(item, second, first, b)


def quadruple_of(item: Item, over: Contrast, under: Contrast, split: Literal["train", "test"]) -> Quadruple:
    """Two crossed contrasts with their texts."""
    a, b = str(over.requirement), str(under.requirement)
    return Quadruple(
        id=digest(item.id, over.chosen, over.rejected, a, b).hex(),
        prompt_a=asked_alone(item, a),
        prompt_b=asked_alone(item, b),
        first=_named(item, over.chosen).response,
        second=_named(item, over.rejected).response,
        split=split,
        item_id=item.id,
        first_id=over.chosen,
        second_id=over.rejected,
        requirement_a=a,
        requirement_b=b,
    )


def asked_alone(item: Item, requirement: str) -> str:
    """The instruction and one requirement: what a model of unit requirement is asked about."""
    return item.query([requirement])


def _named(item: Item, name: str) -> Candidate:
    return next(candidate for candidate in item.candidates if candidate.id == name)


def _contrast(item: Item, chosen: Candidate, rejected: Candidate, requirement: str | None) -> Contrast:
    return Contrast(
        item.id, chosen.id, rejected.id, requirement, len(chosen.response.strip()), len(rejected.response.strip())
    )
