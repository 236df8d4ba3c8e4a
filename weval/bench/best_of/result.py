"""result.json of a best of n: the curve, its ceiling, and how well the reward model ranks; undefined is null."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import Field

from weval.bench.finish import BenchOutcome
from weval.bench.identity import BenchId
from weval.bench.items import Row
from weval.bench.result import BenchStamp, FigureStamp, Maker, Scored
from weval.results import Estimate
from weval.types import Record, Unit


class BestOfIdentity(Record):
    """What must be the same when rewards are added to. How many texts there are may grow."""

    benchmark: BenchId
    files: dict[str, str]
    reward: Maker
    unit: Unit


class Computed(Record):
    """How figures are computed of texts, verdicts and rewards: of the first `n_texts` texts of each item."""

    n_texts: int = Field(ge=2)
    resamples: int | None = None


class Texts(Record):
    """What became of the texts: how many there should be, how many of them are not there, are empty, or have no reward;
    and on how many items all of them are the same.
    """

    n: int
    n_unwritten: int
    n_empty: int
    n_unscored: int
    n_items_alike: int


class Point(Record):
    """What is to be expected of the best of n texts drawn at random.

    `gain` is the headline over that of n = 1, paired by items; `ceiling` the headline if the judge itself chose;
    `words` is how long the chosen text is.
    """

    n: int
    figures: dict[str, Scored]
    gain: Estimate | None
    ceiling: Estimate | None
    words: Estimate | None


class BestOfResult(Record):
    """What a reward model's choice is worth to a writer on a benchmark.

    `kendall` and `accuracy` say how the reward model ranks the texts of an item, by the judge's marks: -1 to 1, and the
    share of pairs. `unscored` has reasons why a text has no reward, `missing` why an item has no figure.
    """

    schema_: Literal[1] = Field(default=1, alias="schema")
    kind: Literal["best_of"] = "best_of"
    benchmark: BenchStamp
    headline: str
    stamps: dict[str, FigureStamp]
    writer: Maker
    judge: Maker | None
    reward: Maker
    n_texts: int
    n_items: int
    n_scored: int
    n_missing: int
    texts: Texts
    points: tuple[Point, ...]
    kendall: Estimate | None
    accuracy: Estimate | None
    unscored: dict[str, int]
    missing: dict[str, int]
    resamples: int
    notices: tuple[str, ...]
    versions: dict[str, str]


@dataclass(frozen=True)
class BestOf:
    """A result with what it was made of. `samples` are the runs of the texts, `rows` what each item comes to by n."""

    folder: Path
    result: BestOfResult
    samples: Sequence[BenchOutcome]
    rows: Mapping[int, Sequence[Row]]
