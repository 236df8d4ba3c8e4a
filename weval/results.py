"""result.json as a record: fractions, not percent; every value with its interval and count; undefined is null."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from weval.types import Record, Unit

Interval = tuple[float, float] | None


class Estimate(Record):
    """A mean over items, its 95 % interval (null where fewer than two items tell), and over how many items."""

    value: float
    ci: Interval
    n: int


class PairEstimate(Record):
    """An accuracy over pairs of candidates, its interval over items, and how many pairs."""

    value: float
    ci: Interval
    n_pairs: int


class TaskStamp(Record):
    """Which items were judged."""

    name: str
    version: str
    sha256: str


class ModelStamp(Record):
    """Who judged them."""

    name: str
    unit: Unit
    fingerprint: dict[str, Any]
    reads_ids: bool


class Breakdown(Record):
    """The same figures for parts: of the items by category and language, of the pairs by what sets them apart."""

    category: dict[str, dict[str, Estimate | None]]
    language: dict[str, dict[str, Estimate | None]]
    dropped: dict[str, PairEstimate]
    requirement_type: dict[str, PairEstimate]


class Diagnosis(Record):
    """What a scorer goes by. `length_bias`: how much more its score follows length than gold does (-2 to 2)."""

    length_bias: Estimate | None


class Cost(Record):
    """What the answers took, as far as the adapter said; null is unknown. `seconds` is the only field that varies."""

    requests: int
    tokens_in: int | None
    tokens_out: int | None
    usd: float | None
    seconds: float | None


class Result(Record):
    """What a run says about a model on a task."""

    schema_: Literal[1] = Field(default=1, alias="schema")
    task: TaskStamp
    model: ModelStamp
    n_items: int
    n_scored: int
    n_missing: int
    n_not_applicable: int
    coverage: float | None
    statuses: dict[str, int]
    reasons: dict[str, str]
    publishable: bool
    unpublishable_because: tuple[str, ...]
    metrics: dict[str, Estimate | None]
    released: dict[str, float] | None
    released_failures: Literal["missing", "zero"]
    pessimistic: dict[str, float | None]
    by: Breakdown
    diagnosis: Diagnosis
    resamples: int
    notices: tuple[str, ...]
    cost: Cost
    versions: dict[str, str]
