"""The ratings file: what annotators said of items, as rankings of the candidates and categories of the instruction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Self

from pydantic import Discriminator, Field, Tag, model_validator

from weval.files import Problems, read_jsonl
from weval.types import Id, Record


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
