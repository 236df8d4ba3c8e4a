"""What `weval agree` finds, as a record: every value with its interval and count; undefined is null."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from weval.metrics import RESAMPLES
from weval.results import Estimate, Interval, PairEstimate, TaskStamp
from weval.types import Record


class AgreeOptions(Record):
    """How agreement is measured."""

    resamples: int | None = Field(default=None, ge=100, le=1_000_000, description=RESAMPLES)


class Coefficient(Record):
    """A coefficient of agreement, and how many items and subjects with two ratings or more it rests on.

    Subjects are pairs of candidates (kappa of rankings), candidates (alpha of rankings) or instructions (labels).
    """

    value: float
    ci: Interval
    n_items: int
    n_subjects: int


class RankingAgreement(Record):
    """How far rankings agree: Fleiss' kappa over pairs, Krippendorff's alpha over places, Kendall's W."""

    kappa: Coefficient | None
    alpha: Coefficient | None
    w: Estimate | None


class Rankings(Record):
    """Agreement on rankings: of all items, by item category, and (kappa) by the type of what sets a pair apart.

    `n_partial` of the `n_rankings` leave candidates out and count in kappa alone. In `n_cycles` items the majority puts
    a above b, b above c and c above a.
    """

    n_items: int
    n_rankings: int
    n_partial: int
    n_cycles: int
    overall: RankingAgreement
    by_category: dict[str, RankingAgreement]
    by_requirement_type: dict[str, Coefficient | None]


class Confusion(Record):
    """How many items of one category the majority gave another."""

    gold: str
    majority: str
    n: int


class Labels(Record):
    """Agreement on categories. `n_undecided` items have no majority: two labels are the most frequent.

    `with_gold` is the share of the others whose majority is the task's category; `confusions` are those of the rest,
    most frequent first. Both need a task.
    """

    n_items: int
    n_labels: int
    n_undecided: int
    kappa: Coefficient | None
    alpha: Coefficient | None
    with_gold: Estimate | None
    confusions: tuple[Confusion, ...]


class Majority(Record):
    """The majority's rankings against gold, by our figures and the released script's.

    `n_left_out` items have a pair of candidates that nobody compared.
    """

    n_left_out: int
    metrics: dict[str, Estimate | None]
    released: dict[str, float] | None


class Annotator(Record):
    """One annotator: agreement with gold on the items ranked in full, and with the majority of the others on pairs."""

    n_rankings: int
    n_labels: int
    with_gold: Estimate | None
    with_others: PairEstimate | None


class Agreement(Record):
    """How well annotators agree with each other and, where a task is given, with its gold."""

    schema_: Literal[1] = Field(default=1, alias="schema")
    ratings: str
    sha256: str
    task: TaskStamp | None
    rankings: Rankings | None
    labels: Labels | None
    majority: Majority | None
    annotators: dict[str, Annotator]
    resamples: int
    notices: tuple[str, ...]
