"""Answers that are in a file already: somebody's scores, or the rankings of annotators."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

from weval.errors import AdapterError
from weval.files import Problems, read_jsonl
from weval.hashes import sha256_of
from weval.ratings import is_shown_id, read_ratings, shown_id, shown_ids
from weval.types import Id, Item, Record, Request, Score, Source, Unit

Name = tuple[str, str, str | None]
"""Item, candidate and, where an answer is about one, requirement."""


OTHER_PAGE = "it was made on a page of other items, or of other versions of them"
"""What there is to say of a candidate's name that a page gave and that none of these texts has."""


class ScoreLine(Record):
    """One line of a scores file. A null score is a failure that was recorded as one."""

    item_id: Id
    candidate_id: Id
    requirement_id: Id | None = None
    score: float | None


def strangers(file: str, named: Iterable[Name], items: Iterable[Item]) -> Iterator[str]:
    """Says how many of the names in a file are no item's, with an example; nothing where all are.

    Those that a page of `weval annotate` gave, of items or texts that are not these, are told apart from misspelt ones.
    """
    left = set(named)
    n_named = len(left)
    of_pages = {item for item, candidate, _ in left if is_shown_id(candidate)}
    for item in items:
        names = [*item.candidate_ids, *(shown_ids(item).values() if item.id in of_pages else ())]
        for name in names:
            left.discard((item.id, name, None))
            left.difference_update((item.id, name, requirement.id) for requirement in item.requirements)
    if left:
        example = " ".join(min((item, candidate, requirement or "") for item, candidate, requirement in left)).rstrip()
        why = f"; {OTHER_PAGE}" if any(is_shown_id(candidate) for _, candidate, _ in left) else ""
        yield f"{file}: {len(left):,} of {n_named:,} answers are for no text of this task, as {example}{why}"


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
            value = self._value(request, request.source)
            if value is None:
                asked = "/".join(filter(None, [*request.source.candidates, request.source.requirement]))
                yield Score.missing(request, "failed", f"{self.path.name} has no value for {asked}")
            else:
                yield Score.ok(request, value)

    def remarks(self, items: Iterable[Item]) -> Iterator[str]:
        """Says how many of the names in the file are no item's, with an example."""
        return strangers(self.path.name, self._named(), items)

    @abstractmethod
    def _read(self) -> None:
        """Reads the file and sets the unit."""

    @abstractmethod
    def _named(self) -> Iterable[Name]:
        """Item, candidate and requirement of everything that the file speaks of."""

    @abstractmethod
    def _value(self, request: Request, source: Source) -> float | None:
        """What the file says, None where it says nothing."""


class ScoresFile(_Recorded):
    """JSON Lines of item_id, candidate_id and score; with requirement_id in every line, one per requirement."""

    def _read(self) -> None:
        self._scores: dict[Name, float | None] = {}
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

    def _named(self) -> Iterable[Name]:
        return self._scores

    def _value(self, request: Request, source: Source) -> float | None:
        return self._scores.get((source.item, source.candidates[0], source.requirement))


class HumanFile(_Recorded):
    """JSON Lines of item_id, annotator and ranking. A pair goes to the side that more annotators put higher."""

    unit: Unit = "pair"

    def _read(self) -> None:
        self._ratings = read_ratings(self.path, self.problems)
        if not self._ratings.rankings and not self.problems.lines:
            self.problems.add(None, "ranking", "is in no line")

    def _named(self) -> Iterable[Name]:
        return ((item, candidate, None) for item, candidate in self._ratings.ranked())

    def _value(self, request: Request, source: Source) -> float | None:
        rankings = self._ratings.rankings.get(source.item, {}).values()
        if not rankings:
            return None
        shown = _shown(request, source)
        votes = []
        for places in rankings:
            first, second = (
                places.get(own, places.get(other)) for own, other in zip(source.candidates, shown, strict=True)
            )
            if first is not None and second is not None:
                votes.append(second - first)
        margin = sum((vote > 0) - (vote < 0) for vote in votes)
        return (margin > 0) + 0.5 * (margin == 0) if votes else None


def _shown(request: Request, source: Source) -> list[str]:
    """The names that a page gave the candidates of a pair, whose request has all that is judged by."""
    texts = [requirement.text for requirement in request.requirements]
    return [
        shown_id(source.item, name, request.instruction, texts, response)
        for name, response in zip(source.candidates, request.responses, strict=True)
    ]
