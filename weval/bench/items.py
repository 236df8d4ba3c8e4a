"""What a benchmark is made of: items, what a model is asked about one, and what is made of the replies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from weval.types import Request, Role

Mode = Literal["original", "repaired"]
"""`original` repeats the published arithmetic, its faults too; `repaired` mends them."""


def is_original(mode: str) -> bool:
    """Whether a mode is `original`. Raises ValueError for what is no mode: it would act as one of the two.

    >>> is_original("original"), is_original("repaired")
    (True, False)
    """
    if mode not in get_args(Mode):
        raise ValueError(f"unknown mode {mode!r}: it is one of {', '.join(get_args(Mode))}")
    return mode == "original"


Fills = Literal["responses", "replies"]
"""What a file of the user can stand for: texts of a writer, or replies of a judge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchItem:
    """One task of a benchmark, as `prompt` puts it to the writer. `groups` are the labels by which figures are broken
    down, as `{"language": "en"}`. Benchmarks add what they need.
    """

    id: str
    prompt: str
    language: str | None = None
    groups: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Call:
    """One thing that a model is asked about an item. `part` tells the calls of an item apart within a step.

    Of raters, which score texts themselves, `request` is what they are asked.
    """

    part: str
    messages: tuple[tuple[Role, str], ...] = ()
    schema: Mapping[str, Any] | None = None
    request: Request | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """A round of calls. `name` is that of its file and its progress, `prompt` the judge folder that it asks by.

    A reply that cannot be read is asked for again, so that there are up to `tries` of them (None: as many as the run's
    settings say). Steps with `fills` can be filled from a file: `responses` by --responses, `replies` by --replies.
    `sampling` is how the sources have the writer of this step sampled otherwise than bench.yaml says.
    """

    name: str
    role: Literal["writer", "judge", "rater"]
    prompt: str | None = None
    tries: int | None = None
    fills: Fills | None = None
    sampling: Mapping[str, int | float | str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of a benchmark: its name in files, how it is shown, the ends of its range, what it is.

    `higher` says whether more is better; what is missing counts the worse end in the pessimistic figure.
    """

    name: str
    label: str
    low: float
    high: float
    about: str
    higher: bool = True
    decimals: int = 1

    @property
    def worst(self) -> float:
        """What a missing item counts at worst."""
        return self.low if self.higher else self.high


Share = tuple[float, float]
"""What an item adds to a figure: a sum and its weight; the figure is the sum of sums over the sum of weights."""


@dataclass(frozen=True, slots=True)
class Row:
    """What an item comes to. `shares` has a figure only if it applies to the item, with None where it is missing.

    `why` says why something is missing. `repairs` names those that make a difference here. `detail` is the benchmark's
    own: numbers for charts and tables. `weights` are those that missing shares would have, at most; where they are not
    told, it is the mean of the others.
    """

    item: str
    shares: Mapping[str, Share | None]
    why: str | None = None
    repairs: frozenset[str] = frozenset()
    detail: Any = None
    weights: Mapping[str, float] = field(default_factory=dict)
