"""Answers that are in a file already: somebody's scores, or the rankings of annotators."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar

from pydantic import Discriminator, Field, Tag

from weval.errors import AdapterError
from weval.files import Problems, read_jsonl, sha256_of
from weval.types import Id, Item, Record, Request, Score, Source, Unit


def _tier_kind(tier: object) -> str:
    return "tied" if isinstance(tier, list | tuple) else "one"


Tier = Annotated[
    Annotated[Id, Tag("one")] | Annotated[tuple[Id, ...], Field(min_length=1), Tag("tied")],
    Discriminator(_tier_kind),
]


class ScoreLine(Record):
    """One line of a scores file. A null score is a failure that was recorded as one."""

    item_id: Id
    candidate_id: Id
    requirement_id: Id | None = None
    score: float | None


class RankingLine(Record):
    """One annotator's ranking of an item, best first; candidates in one inner list are tied, absent ones unjudged."""

    item_id: Id
    annotator: Id
    ranking: Annotated[tuple[Tier, ...], Field(min_length=1)]


class _Recorded(ABC):
    """A look-up in a file that is known by its hash."""

    reads_ids: ClassVar[bool] = True
    unit: Unit

    def __init__(self, path: str) -> None:
        self.path = Path(path)
        self.problems = Problems(self.path)
        self._read()
        self.problems.check()
        self._sha256 = sha256_of(self.path)

    @property
    def fingerprint(self) -> Mapping[str, Any]:
        """The class and the file's hash."""
        return {"adapter": type(self).__name__, "sha256": self._sha256}

    def score(self, requests: Iterable[Request]) -> Iterator[Score]:
        """One score per request, in order; a request the file knows nothing of is failed."""
        for request in requests:
            if request.source is None:
                raise AdapterError(f"{type(self).__name__}: a look-up needs the request's source")
            value = self._value(request.source)
            if value is None:
                asked = "/".join(filter(None, [*request.source.candidates, request.source.requirement]))
                yield Score.missing(request, "failed", f"{self.path.name} has no value for {asked}")
            else:
                yield Score.ok(request, value)

    def remarks(self, items: Iterable[Item]) -> Iterator[str]:
        """Says how many of the names in the file are no item's, with an example."""
        named = set(self._named())
        n_named = len(named)
        for item in items:
            for candidate in item.candidates:
                named.discard((item.id, candidate.id, None))
                named.difference_update((item.id, candidate.id, requirement.id) for requirement in item.requirements)
        if named:
            example = " ".join(min((item, candidate, requirement or "") for item, candidate, requirement in named))
            of = f"{len(named):,} of {n_named:,}"
            yield f"{self.path.name}: {of} answers are for no text of this task, as {example.rstrip()}"

    @abstractmethod
    def _read(self) -> None:
        """Reads the file and sets the unit."""

    @abstractmethod
    def _named(self) -> Iterable[tuple[str, str, str | None]]:
        """Item, candidate and requirement of everything that the file speaks of."""

    @abstractmethod
    def _value(self, source: Source) -> float | None:
        """What the file says, None where it says nothing."""


class ScoresFile(_Recorded):
    """JSON Lines of item_id, candidate_id and score; with requirement_id in every line, one per requirement."""

    def _read(self) -> None:
        self._scores: dict[tuple[str, str, str | None], float | None] = {}
        by_requirement: set[bool] = set()
        for line, row in read_jsonl(self.path, ScoreLine, self.problems):
            key = (row.item_id, row.candidate_id, row.requirement_id)
            if key in self._scores:
                self.problems.add(line, "candidate_id", f"{' '.join(filter(None, key))} has a score already")
            self._scores[key] = row.score
            by_requirement.add(row.requirement_id is not None)
            if len(by_requirement) > 1:
                self.problems.add(line, "requirement_id", "is in some lines and not in others; all need it, or none")
                return
        self.unit = "requirement" if True in by_requirement else "response"

    def _named(self) -> Iterable[tuple[str, str, str | None]]:
        return self._scores

    def _value(self, source: Source) -> float | None:
        return self._scores.get((source.item, source.candidates[0], source.requirement))


class HumanFile(_Recorded):
    """JSON Lines of item_id, annotator and ranking. A pair goes to the side that more annotators put higher."""

    unit: Unit = "pair"

    def _read(self) -> None:
        self._places: dict[str, dict[str, dict[str, int]]] = {}  # item -> annotator -> candidate -> place from above
        for line, row in read_jsonl(self.path, RankingLine, self.problems):
            annotators = self._places.setdefault(row.item_id, {})
            if row.annotator in annotators:
                self.problems.add(line, "annotator", f"{row.annotator!r} has ranked {row.item_id!r} before")
            tiers = [(tier,) if isinstance(tier, str) else tier for tier in row.ranking]
            places = {name: place for place, tier in enumerate(tiers) for name in tier}
            if len(places) < sum(map(len, tiers)):
                self.problems.add(line, "ranking", "names a candidate twice")
            annotators[row.annotator] = places

    def _named(self) -> Iterable[tuple[str, str, str | None]]:
        for item, annotators in self._places.items():
            yield from ((item, name, None) for places in annotators.values() for name in places)

    def _value(self, source: Source) -> float | None:
        first, second = source.candidates
        rankings = self._places.get(source.item, {}).values()
        votes = [places[second] - places[first] for places in rankings if first in places and second in places]
        margin = sum((vote > 0) - (vote < 0) for vote in votes)
        return (margin > 0) + 0.5 * (margin == 0) if votes else None
