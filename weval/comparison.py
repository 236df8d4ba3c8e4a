"""A comparison as a record: fractions, not percent; undefined is null."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from weval.disagreement import Disagreements
from weval.results import Estimate, Interval, TaskStamp
from weval.types import Record, Unit


class RunStamp(Record):
    """One of the runs, under a name that tells it from the others, and its figures on the items that all scored."""

    name: str
    folder: str
    unit: Unit
    n_scored: int
    metrics: dict[str, Estimate | None]


class Difference(Record):
    """How much higher the first run's figure is than the second's, over the `n` items where both have it.

    On `n_differ` of them the two are not equal; below 15 or so, an interval is too narrow, and p is still valid.
    `p` is the paired sign-flip permutation test's, two-sided; `p_holm` is adjusted for all pairs of runs compared;
    `wilcoxon` and `t` are other tests of the same. `effect_size` is Cohen's d of paired differences. `items_needed`: to
    find a difference like this four times in five at the 5 % level; `detectable`: the difference that these items find
    so. Null where undefined.
    """

    value: float
    ci: Interval
    n: int
    n_differ: int
    p: float
    p_holm: float
    wilcoxon: float | None
    t: float | None
    effect_size: float | None
    items_needed: int | None
    detectable: float | None


class ItemApart(Record):
    """An item and the correlation that each of the two has on it."""

    id: str
    category: str | None
    first: float
    second: float


class Duel(Record):
    """Two of the runs. `concordance` says how alike they rank (-1 to 1), `most_apart` on which items they do not."""

    first: str
    second: str
    metrics: dict[str, Difference | None]
    concordance: Estimate | None
    disagreement: Disagreements
    most_apart: dict[Literal["first", "second"], tuple[ItemApart, ...]]


class Comparison(Record):
    """Several runs on the same items; every figure is over the `n_compared` items that all of them scored."""

    schema_: Literal[1] = Field(default=1, alias="schema")
    task: TaskStamp
    n_items: int
    n_compared: int
    runs: tuple[RunStamp, ...]
    duels: tuple[Duel, ...]
    resamples: int
    notices: tuple[str, ...]
    versions: dict[str, str]
