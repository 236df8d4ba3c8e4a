"""The ratings file: what annotators said of items, as rankings of the candidates and categories of the instruction."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Self

from pydantic import Discriminator, Field, Tag, model_validator

from weval.files import Problems, read_jsonl
from weval.randomness import digest
from weval.types import Id, Item, Record

SHOWN_ID = re.compile(r"shown-[0-9a-f]{24}")
"""What a candidate is called on a page of `weval annotate`, whose source is not to tell what it kept."""


def shown_id(item: str, candidate: str, instruction: str, requirements: Iterable[str], response: str) -> str:
    """The name under which a page shows a candidate: a hash of who it is and of all that is read to judge it.

    So a ranking of other texts is never taken for one of these. `requirements` are the texts of the item's, in order.

    >>> shown_id("tea", "a1", "Write about tea.", ["Ask a question."], "Tea?")
    'shown-ff1d64ea63320b79bf2cd173'
    """
    return f"shown-{digest(item, candidate, instruction, *requirements, response, size=12).hex()}"


def shown_ids(item: Item) -> dict[str, str]:
    """The names of an item's candidates on a page, by their own, in order."""
    texts = [requirement.text for requirement in item.requirements]
    return {c.id: shown_id(item.id, c.id, item.instruction, texts, c.response) for c in item.candidates}


def is_shown_id(name: str) -> bool:
    """Whether a candidate's name is one that a page gave it."""
    return SHOWN_ID.fullmatch(name) is not None


def _tier_kind(tier: object) -> str:
    return "tied" if isinstance(tier, list | tuple) else "one"


Tier = Annotated[
    Annotated[Id, Tag("one")] | Annotated[tuple[Id, ...], Field(min_length=1), Tag("tied")],
    Discriminator(_tier_kind),
]


class RatingLine(Record):
    """What one annotator said of one item: a ranking of its candidates, a category of its instruction, or both.

    A ranking is best first; candidates in one inner list are tied, absent ones unjudged.
    """

    item_id: Id
    annotator: Id
    ranking: Annotated[tuple[Tier, ...], Field(min_length=1)] | None = None
    category: Id | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.ranking is None and self.category is None:
            raise ValueError("ranking: is missing, and category, too; a line needs one of them")
        return self


@dataclass(frozen=True, slots=True)
class Ratings:
    """All that annotators said: item -> annotator -> candidate -> place from above, and item -> annotator -> label."""

    path: Path
    rankings: Mapping[str, Mapping[str, Mapping[str, int]]]
    categories: Mapping[str, Mapping[str, str]]

    def of(self, item: Item) -> Mapping[str, Mapping[str, int]]:
        """annotator -> candidate -> place of one item, under the candidates' own names where a page gave them others.

        Names that are no candidate's are left out. Where a candidate has a place under both names, its own counts.
        """
        given = self.rankings.get(item.id, {})
        if not given:
            return {}
        own = {shown: name for name, shown in shown_ids(item).items()} | {name: name for name in item.candidate_ids}
        found: dict[str, dict[str, int]] = {}
        for who, places in given.items():
            by_own = sorted(places.items(), key=lambda place: place[0] in item.candidate_ids)
            found[who] = {own[name]: place for name, place in by_own if name in own}
        return found

    def ranked(self) -> Iterator[tuple[str, str]]:
        """Item and candidate of every place that was given."""
        for item, annotators in self.rankings.items():
            yield from ((item, candidate) for places in annotators.values() for candidate in places)


def read_ratings(path: Path, problems: Problems) -> Ratings:
    """The ratings of a JSON Lines file. What is wrong goes to `problems`, which the caller checks.

    An annotator ranks an item once, and gives it one category; the two may stand in lines of their own.
    """
    rankings: dict[str, dict[str, dict[str, int]]] = {}
    categories: dict[str, dict[str, str]] = {}
    for number, line in read_jsonl(path, RatingLine, problems):
        if line.ranking is not None:
            annotators = rankings.setdefault(line.item_id, {})
            if line.annotator in annotators:
                problems.add(number, "annotator", f"{line.annotator!r} has ranked {line.item_id!r} before")
            tiers = [(tier,) if isinstance(tier, str) else tier for tier in line.ranking]
            places = {name: place for place, tier in enumerate(tiers) for name in tier}
            if len(places) < sum(map(len, tiers)):
                problems.add(number, "ranking", "names a candidate twice")
            annotators[line.annotator] = places
        if line.category is not None:
            labels = categories.setdefault(line.item_id, {})
            if line.annotator in labels:
                problems.add(number, "annotator", f"{line.annotator!r} has given {line.item_id!r} a category before")
            labels[line.annotator] = line.category
    return Ratings(path, rankings, categories)
