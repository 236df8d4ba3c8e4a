"""What is asked of an adapter, what it answers, and what it is."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal, Protocol, get_args, runtime_checkable

from weval.errors import AdapterError
from weval.types.certificate import Certificate
from weval.types.items import Item, Requirement, joined

Unit = Literal["response", "requirement", "pair", "list"]
"""What one request asks about: a response; a response and a requirement; two responses in order; all of an item."""

Status = Literal["ok", "unparsed", "refused", "truncated", "failed", "not_applicable"]
"""`ok` has values; every other status has none and says why."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a request comes from. Only adapters that look answers up in a file (`reads_ids`) are given it."""

    item: str
    candidates: tuple[str, ...]
    requirement: str | None


@dataclass(frozen=True, slots=True)
class Request:
    """What is put to an adapter. Ids are opaque and candidates shuffled, so that gold cannot leak.

    `group` is shared by the requests of one item. `responses` holds one text (units response and requirement), two
    in the order shown (pair) or all of the item (list). `requirement` is set for unit requirement only.
    """

    id: str
    group: str
    query: str
    instruction: str
    language: str | None
    requirements: tuple[Requirement, ...]
    responses: tuple[str, ...]
    requirement: Requirement | None = None
    source: Source | None = None

    @property
    def asked(self) -> str:
        """What a response is judged against: the query, or for unit requirement the instruction and the one asked."""
        if self.requirement is None:
            return self.query
        return joined(self.language, self.instruction, self.requirement.text)


@dataclass(frozen=True, slots=True)
class Score:
    """An adapter's answer to one request: finite values exactly when the status is ok, else a reason.

    One value for units response and requirement (higher is better) and pair (points of the first response: 1 win,
    0.5 tie, 0 loss); one value per response, in the request's order, for unit list.
    Of judges that are asked several times, `samples` holds the values of each reply, None for one without a verdict; of
    those whose score is an expectation over answers, `mass` is the probability that all answers have together.
    Values become plain floats. Raises AdapterError when values and status do not fit, or one is not finite.
    """

    request_id: str
    status: Status
    values: tuple[float, ...] = ()
    reason: str | None = None
    raw: str | None = None
    tokens_in: int | None = None
    tokens_out: int | None = None
    cost_usd: float | None = None
    seconds: float | None = None
    samples: tuple[tuple[float, ...] | None, ...] | None = None
    mass: float | None = None

    def __post_init__(self) -> None:
        if self.status not in get_args(Status):
            raise AdapterError(f"a score of status {self.status!r}; known are {', '.join(get_args(Status))}")
        values = _finite(self.values)
        if (self.status == "ok") != bool(values):
            raise AdapterError(f"a score of status {self.status!r} came with {len(values)} values")
        if self.status != "ok" and not self.reason:
            raise AdapterError(f"a score of status {self.status!r} must say why")
        object.__setattr__(self, "values", values)
        if self.samples is not None:
            object.__setattr__(self, "samples", _samples(self.samples))
        if self.mass is not None:
            object.__setattr__(self, "mass", _finite((self.mass,))[0])

    @classmethod
    def ok(cls, request: Request, *values: float) -> Score:
        """The answer to a request."""
        return cls(request.id, "ok", values)

    @classmethod
    def missing(cls, request: Request, status: Status, reason: str) -> Score:
        """No answer, and why."""
        return cls(request.id, status, reason=reason)


def _samples(samples: Iterable[Iterable[Any] | None]) -> tuple[tuple[float, ...] | None, ...]:
    try:
        return tuple(None if sample is None else _finite(sample) for sample in samples)
    except TypeError:
        raise AdapterError(f"the samples of a score must be values, not {repr(samples)[:80]}") from None


def _finite(values: Iterable[Any]) -> tuple[float, ...]:
    """The numbers as plain floats. Raises AdapterError for what is none, or not finite."""
    try:
        found = tuple(values)
        unusable = [value for value in found if not math.isfinite(value)]
    except (TypeError, ValueError, OverflowError):
        raise AdapterError(f"the values of a score must be numbers, not {repr(values)[:80]}") from None
    if unusable:
        raise AdapterError(f"the model gave {unusable[0]} as a score; only finite numbers rank anything")
    return tuple(map(float, found))


@runtime_checkable
class Adapter(Protocol):
    """Answers requests with numbers: a reward model, a judge, a rule checker, a baseline, a file of annotations.

    `unit` says what one request asks about. `reads_ids` is true only for look-ups in files, and is recorded.
    `fingerprint` holds everything that could change a score, as JSON; a run is continued only while it is unchanged.
    """

    unit: Unit
    reads_ids: ClassVar[bool]

    @property
    def fingerprint(self) -> Mapping[str, Any]:
        """What could change a score."""
        ...

    def score(self, requests: Iterable[Request]) -> Iterator[Score]:
        """One score per request, keyed by request id, in any order: an adapter may sort and batch within a window."""
        ...


@runtime_checkable
class Recorded(Adapter, Protocol):
    """An adapter whose answers are in a file already, and which can compare the file's ids with the task's."""

    def remarks(self, items: Iterable[Item]) -> Iterator[str]:
        """What the user should know about ids in the file that no item has."""
        ...


@runtime_checkable
class Certified(Adapter, Protocol):
    """An adapter that computes, and can measure how far its numbers depend on how they are computed."""

    def certify(self) -> Certificate:
        """Scores fixed texts in several ways. Raises AdapterError for what cannot be right."""
        ...


@runtime_checkable
class Paid(Protocol):
    """What an adapter has besides, whose answers are paid for by the call: they are kept as they come, none paid twice.

    By itself, so that to ask whether an adapter is one does not take its fingerprint, for which a model is looked for.
    """

    def keep_in(self, folder: Path) -> None:
        """Where they are kept from now on, and looked for before anything is asked again."""
        ...

    @property
    def n_replies(self) -> int:
        """How many replies are made to each request."""
        ...

    def expected_usd(self, request: Request) -> float | None:
        """About what a request will cost, before anything is asked; None where no price is known."""
        ...
