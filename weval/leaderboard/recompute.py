"""What a submission's raw scores say: its figures made again, and how they differ from those that it states."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from weval.errors import DataError
from weval.evaluate import EvaluateOptions, per_item
from weval.files import Problems
from weval.join import Join, Joined
from weval.leaderboard.bundle import SCORES_GZ, Bundle
from weval.leaderboard.gold import GoldIndex
from weval.plan import PlanOptions, asked
from weval.readback import result_of
from weval.results import Result
from weval.types import Source, Unit

TOLERANCE = 1e-6
"""Two machines may differ in the last digits of a sum, and in nothing else."""

UNCOMPARED = ("versions",)
"""Fields of a result that say where it was computed, not what."""

ABSENT = "(not there)"

_Key = tuple[Unit, str]


@dataclass
class Questions:
    """A task's gold, and what is asked about it: prepared once for all submissions that were asked the same."""

    index: GoldIndex
    _asked: dict[_Key, list[tuple[str, Source]]] = field(default_factory=dict)
    _joins: dict[_Key, Join] = field(default_factory=dict)

    @cached_property
    def digest(self) -> str:
        """A hash of the gold."""
        return hashlib.sha256(self.index.model_dump_json().encode()).hexdigest()

    def asked(self, unit: Unit, plan: PlanOptions) -> list[tuple[str, Source]]:
        """Every question with its request's id, in the order in which they are asked."""
        key = (unit, plan.model_dump_json())
        if key not in self._asked:
            self._asked[key] = [one for item in self.index.items for one in asked(item, unit, plan)]
        return self._asked[key]

    def join(self, unit: Unit, plan: PlanOptions) -> Join:
        """The task's items, ready to take answers."""
        key = (unit, plan.model_dump_json())
        if key not in self._joins:
            self._joins[key] = Join(unit, plan)
            for item in self.index.items:
                self._joins[key].add(item)
        return self._joins[key]


def joined_of(bundle: Bundle, questions: Questions) -> Joined:
    """Gold and the submitted answers side by side. Raises DataError for other answers, or those in another order."""
    unit, plan = bundle.identity.model.unit, bundle.identity.plan
    for line, (row, (request_id, source)) in enumerate(zip(bundle.rows, questions.asked(unit, plan), strict=True), 1):
        if (row.id, row.item, row.candidates, row.requirement) != (request_id, *_place(source)):
            expected = "/".join(filter(None, (source.item, *source.candidates, source.requirement)))
            raise DataError(f"{bundle.folder / SCORES_GZ}:{line}: is not the answer about {expected}, as it should be")
    return questions.join(unit, plan).answers(enumerate(bundle.rows, start=1), Problems(bundle.folder / SCORES_GZ))


def _place(source: Source) -> tuple[str, tuple[str, ...], str | None]:
    return source.item, source.candidates, source.requirement


def recomputed(bundle: Bundle, joined: Joined, index: GoldIndex, resamples: int | None = None) -> Result:
    """The result that the answers have. Raises ResultError where nothing was scored."""
    options = EvaluateOptions(drift=noise_of(bundle), resamples=resamples)
    items = per_item(joined, options)
    return result_of(bundle.identity, items, options, n_task_items=len(index.items), notices=index.notices)


def noise_of(bundle: Bundle) -> float | None:
    """How far a score moves by itself, as it was measured before the run; None where it was not."""
    return bundle.record.certificate.noise if bundle.record.certificate else None


def differences(stated: Result, found: Result) -> Iterator[str]:
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
