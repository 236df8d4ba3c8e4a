"""The records that flow from a task to a result: frozen pydantic on disk, slotted dataclasses in memory."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal, Protocol, Self, get_args, runtime_checkable

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator

from weval.errors import AdapterError

Unit = Literal["response", "requirement", "pair", "list"]
"""What one request asks about: a response; a response and a requirement; two responses in order; all of an item."""

Status = Literal["ok", "unparsed", "refused", "truncated", "failed", "not_applicable"]
"""`ok` has values; every other status has none and says why."""

RequirementType = Literal["length", "format", "style", "content"]

MAX_RESPONSE_CHARS = 1_000_000  # a longer candidate is a broken generation, not a text

Id = Annotated[str, Field(min_length=1, max_length=200)]
Text = Annotated[str, Field(min_length=1, max_length=MAX_RESPONSE_CHARS)]
Count = Annotated[int, Field(ge=0)]


class Record(BaseModel):
    """A frozen record on disk: unknown keys and silent conversions are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


# --- checks: what a requirement asks where a program can see it (weval/checks.py decides) ----------------------


class _Range(Record):
    min: Count | None = None
    max: Count | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.min is None and self.max is None:
            raise ValueError("needs `min` or `max`")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"`min` {self.min} is above `max` {self.max}")
        return self


class CountCheck(_Range):
    """A number of things within [min, max]; an end that is null is open."""

    kind: Literal[
        "word_count", "sentence_count", "paragraph_count", "char_count", "bullet_count", "numbered_count",
        "heading_count", "bold_count", "question_count", "quoted_count",
    ]  # fmt: skip


class SeparatorCountCheck(_Range):
    """Lines that consist of `text` alone, counted within [min, max]."""

    kind: Literal["separator_count"]
    text: Text


class MaxSentenceWordsCheck(Record):
    """No sentence has more than `max` words."""

    kind: Literal["max_sentence_words"]
    max: int = Field(ge=1)


class ContainsCheck(Record):
    """Case-insensitive. `min_times` holds for each string of `all`, and for the total of `any`."""

    kind: Literal["contains"]
    any: tuple[Text, ...] | None = None
    all: tuple[Text, ...] | None = None
    min_times: int = Field(default=1, ge=1)

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.any and not self.all:
            raise ValueError("needs `any` or `all`")
        return self


class NotContainsCheck(Record):
    """Case-insensitive: none of the strings occurs."""

    kind: Literal["not_contains"]
    any: tuple[Text, ...] = Field(min_length=1)


class EdgeCheck(Record):
    """The response starts or ends with `text`."""

    kind: Literal["starts_with", "ends_with"]
    text: Text


class PlainCheck(Record):
    """A property without parameters: holds a table; has no upper-case letter."""

    kind: Literal["table", "all_lowercase"]


Check = Annotated[
    CountCheck
    | SeparatorCountCheck
    | MaxSentenceWordsCheck
    | ContainsCheck
    | NotContainsCheck
    | EdgeCheck
    | PlainCheck,
    Field(discriminator="kind"),
]


# --- items -----------------------------------------------------------------------------------------------------


class Requirement(Record):
    """One atomic requirement of an instruction. `type` and `check` are null where nobody recorded them."""

    id: Id
    type: RequirementType | None = None
    text: Text
    check: Check | None = None


def _kept_kind(kept: object) -> str:
    return "number" if isinstance(kept, int | float) else "ids"


Kept = Annotated[Annotated[tuple[Id, ...], Tag("ids")] | Annotated[Count, Tag("number")], Discriminator(_kept_kind)]


class Candidate(Record):
    """One response and the requirements it was written to.

    `kept` lists their ids, or is only their number where a source does not say which (then `reading` and everything
    else that needs the set is undefined for the item).
    """

    id: Id
    kept: Kept
    response: Annotated[str, Field(max_length=MAX_RESPONSE_CHARS)]

    @property
    def gold(self) -> int:
        """How many requirements the response was written to; higher is better."""
        return self.kept if isinstance(self.kept, int) else len(self.kept)


class Item(Record):
    """An instruction, its requirements, and candidates written to subsets of them."""

    id: Id
    category: Id | None = None
    language: Id | None = None
    instruction: Text
    requirements: tuple[Requirement, ...] = Field(min_length=1)
    candidates: tuple[Candidate, ...] = Field(min_length=2)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if problems := tuple(_contradictions(self)):
            raise ValueError(*problems)  # each a line of its own (weval/invalid.py)
        return self

    def query(self, kept: Iterable[str]) -> str:
        """The instruction followed by the kept requirements in order, joined by a space (by nothing in zh and ja)."""
        chosen = set(kept)
        joint = "" if self.language in ("zh", "ja") else " "
        return joint.join([self.instruction, *(r.text for r in self.requirements if r.id in chosen)])

    @property
    def full_query(self) -> str:
        """The query with every requirement: what all candidates are judged against."""
        return self.query(r.id for r in self.requirements)


def _contradictions(item: Item) -> Iterator[str]:
    """What does not fit together in an item, each with its field."""
    ids = [r.id for r in item.requirements]
    yield from _repeats("requirements", ids)
    yield from _repeats("candidates", [c.id for c in item.candidates])
    for index, candidate in enumerate(item.candidates):
        where = f"candidates[{index}].kept"
        if not isinstance(candidate.kept, int):
            yield from _repeats(where, candidate.kept)
            for stranger in sorted({*candidate.kept} - {*ids}):
                yield f"{where}: {stranger!r} is not the id of a requirement"
        elif candidate.kept > len(ids):
            yield f"{where}: is {candidate.kept}, but there are {len(ids)} requirements"


def _repeats(where: str, names: Iterable[str]) -> Iterator[str]:
    return (f"{where}: {name!r} appears {times} times" for name, times in Counter(names).items() if times > 1)


# --- requests and scores ---------------------------------------------------------------------------------------


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


@dataclass(frozen=True, slots=True)
class Score:
    """An adapter's answer to one request: finite values exactly when the status is ok, else a reason.

    One value for units response and requirement (higher is better) and pair (points of the first response: 1 win,
    0.5 tie, 0 loss); one value per response, in the request's order, for unit list.
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

    def __post_init__(self) -> None:
        if self.status not in get_args(Status):
            raise AdapterError(f"a score of status {self.status!r}; known are {', '.join(get_args(Status))}")
        try:
            values = tuple(self.values)
            unusable = [value for value in values if not math.isfinite(value)]
        except (TypeError, ValueError, OverflowError):
            raise AdapterError(f"the values of a score must be numbers, not {repr(self.values)[:80]}") from None
        if (self.status == "ok") != bool(values):
            raise AdapterError(f"a score of status {self.status!r} came with {len(values)} values")
        if self.status != "ok" and not self.reason:
            raise AdapterError(f"a score of status {self.status!r} must say why")
        if unusable:
            raise AdapterError(f"the model gave {unusable[0]} as a score; only finite numbers rank anything")
        object.__setattr__(self, "values", tuple(map(float, values)))

    @classmethod
    def ok(cls, request: Request, *values: float) -> Score:
        """The answer to a request."""
        return cls(request.id, "ok", values)

    @classmethod
    def missing(cls, request: Request, status: Status, reason: str) -> Score:
        """No answer, and why."""
        return cls(request.id, status, reason=reason)


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
