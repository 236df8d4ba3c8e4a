"""What a submission's raw scores say: its figures made again, and how they differ from those that it states."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from weval.errors import DataError
from weval.evaluate import EvaluateOptions, per_item
from weval.files import Problems
from weval.join import Join, Places
from weval.joined import Joined
from weval.leaderboard.bundle import SCORES_GZ, Bundle
from weval.leaderboard.gold import GoldIndex
from weval.plan import PlanOptions, asked
from weval.readback import result_of
from weval.results import Result
from weval.store import ScoreRow
from weval.types import Record, Source, Unit

TOLERANCE = 1e-6
"""Two machines may differ in the last digits of a sum, and in nothing else."""

UNCOMPARED = ("versions",)
"""Fields of a result that say where it was computed, not what."""

ABSENT = "(not there)"


@dataclass
class Questions:
    """A task's gold, and what is asked about it: prepared once for all submissions that were asked the same."""

    index: GoldIndex
    _prepared: dict[tuple[Unit, str], _Prepared] = field(default_factory=dict)

    @cached_property
    def digest(self) -> str:
        """A hash of the gold."""
        return hashlib.sha256(self.index.model_dump_json().encode()).hexdigest()

    def asked(self, unit: Unit, plan: PlanOptions) -> list[tuple[str, Source]]:
        """Every question with its request's id, in the order in which they are asked."""
        return self._ready(unit, plan).asked

    def answered(self, rows: Sequence[ScoreRow], unit: Unit, plan: PlanOptions, path: Path) -> Joined:
        """Gold beside answers to all questions in order. Raises DataError for other answers, or another order."""
        ready = self._ready(unit, plan)
        if [(row.id, row.item, row.candidates, row.requirement) for row in rows] != ready.expected:
            raise _unexpected(rows, ready.asked, path)
        if ready.places is None:
            return ready.join.answers(enumerate(rows, start=1), Problems(path))
        try:
            return ready.join.in_order(rows, ready.places)
        except ValueError as error:
            raise DataError(f"{path}: {error}") from error

    def _ready(self, unit: Unit, plan: PlanOptions) -> _Prepared:
        key = (unit, plan.model_dump_json())
        if key not in self._prepared:
            join = Join(unit, plan)
            for item in self.index.items:
                join.add(item)
            questions = [one for item in self.index.items for one in asked(item, unit, plan)]
            places = None if unit == "list" else join.places(source for _, source in questions)
            self._prepared[key] = _Prepared(questions, [*map(_expected, questions)], join, places)
        return self._prepared[key]


_Expected = tuple[str, str, tuple[str, ...], str | None]


class _Prepared(NamedTuple):
    """The questions, what the answers to them begin with, and where these go."""

    asked: list[tuple[str, Source]]
    expected: list[_Expected]
    join: Join
    places: Places | None


def _expected(question: tuple[str, Source]) -> _Expected:
    request_id, source = question
    return request_id, source.item, source.candidates, source.requirement


def _unexpected(rows: Sequence[ScoreRow], questions: Sequence[tuple[str, Source]], path: Path) -> DataError:
    """Which answer is the first that is not to the question that was asked there."""
    for line, (row, question) in enumerate(zip(rows, questions, strict=False), start=1):
        if (row.id, row.item, row.candidates, row.requirement) != _expected(question):
            source = question[1]
            named = "/".join(filter(None, (source.item, *source.candidates, source.requirement)))
            return DataError(f"{path}:{line}: is not the answer about {named}, as it should be")
    return DataError(f"{path}: has {len(rows):,} answers to {len(questions):,} questions")


def joined_of(bundle: Bundle, questions: Questions) -> Joined:
    """Gold and the submitted answers side by side. Raises DataError for other answers, or those in another order."""
    identity = bundle.identity
    return questions.answered(bundle.rows, identity.model.unit, identity.plan, bundle.folder / SCORES_GZ)


def recomputed(bundle: Bundle, joined: Joined, index: GoldIndex, resamples: int | None = None) -> Result:
    """The result that the answers have. Raises ResultError where nothing was scored."""
    options = EvaluateOptions(drift=noise_of(bundle), resamples=resamples)
    items = per_item(joined, options)
    return result_of(bundle.identity, items, options, n_task_items=len(index.items), notices=index.notices)


def noise_of(bundle: Bundle) -> float | None:
    """How far a score moves by itself, as it was measured before the run; None where it was not."""
    return bundle.record.certificate.noise if bundle.record.certificate else None


def differences(stated: Record, found: Record) -> Iterator[str]:
    """What a stated result says otherwise than the recomputed one, field by field."""
    ours, theirs = (result.model_dump(mode="json", by_alias=True, exclude={*UNCOMPARED}) for result in (found, stated))
    yield from _differences(theirs, ours, "")


def _differences(stated: Any, found: Any, name: str) -> Iterator[str]:  # noqa: ANN401 - any JSON
    if isinstance(stated, Mapping) and isinstance(found, Mapping):
        for key in sorted(stated.keys() | found.keys()):
            one, other = stated.get(key, ABSENT), found.get(key, ABSENT)
            yield from _differences(one, other, f"{name}.{key}" if name else str(key))
    elif _is_list(stated) and _is_list(found) and len(stated) == len(found):
        for at, (one, other) in enumerate(zip(stated, found, strict=True)):
            yield from _differences(one, other, f"{name}[{at}]")
    elif not same(stated, found):
        yield f"{name} is {_short(stated)}, recomputed {_short(found)}"


def _is_list(value: object) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def same(stated: object, found: object) -> bool:
    """Whether two values of a result say the same; numbers may differ in their last digits."""
    numbers = [value for value in (stated, found) if isinstance(value, int | float) and not isinstance(value, bool)]
    if len(numbers) == 2 and any(isinstance(number, float) for number in numbers):
        try:
            return math.isclose(*numbers, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
        except OverflowError:  # a whole number of hundreds of digits
            return False
    return type(stated) is type(found) and stated == found


def _short(value: object) -> str:
    text = f"{value:.6g}" if isinstance(value, float) else repr(value)
    return text if len(text) <= 60 else f"{text[:56]}…"
