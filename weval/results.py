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


class RequirementEffect(Record):
    """What one more kept requirement of a type does to the log-odds of standing above (0: nothing).

    `accuracy` is that on the `n_pairs` pairs which differ in kept requirements of this type alone.
    """

    beta: float
    ci: Interval
    n_pairs: int
    accuracy: float | None


class Resolution(Record):
    """How fine the scores are: shares of the pairs of candidates within items.

    `tied` have equal scores. `near_ties` differ by no more than `drift`, the largest change of a score that was seen
    without any change of what was asked; both are null where nobody measured it.
    """

    n_pairs: int
    tied: float
    near_ties: float | None
    drift: float | None


class NoiseCeiling(Record):
    """The correlation that counting met requirements is expected to have: dropped ones are met anyway now and then.

    `checked` is the share of (candidate, requirement) pairs that a check decided; the others are met as often as
    checked ones of their type.
    """

    correlation: Estimate
    checked: float


class Diagnosis(Record):
    """What a scorer goes by, and how much its figures can tell.

    `length_bias`: how much more its score follows length than gold does (-2 to 2). `score_by_kept`: the mean score of
    candidates that kept so many, the item's mean taken off. `tie_rules`: correlation, IL and PL with tied scores in
    gold order (`favourable`) and in its reverse (`adverse`). `detectable_difference`: between this model and one whose
    items vary as much and go their own way, the difference found four times in five at the 5 % level. `position_bias`:
    how much more often the text shown first wins than if the order did not matter (`Health.first_wins` less its
    chance); null where texts are not shown side by side.
    """

    requirement_effect: dict[str, RequirementEffect]
    length_bias: Estimate | None
    score_by_kept: dict[str, Estimate | None]
    resolution: Resolution
    tie_rules: dict[str, dict[str, float | None]]
    detectable_difference: dict[str, float | None]
    noise_ceiling: NoiseCeiling | None
    position_bias: Estimate | None = None


class AnswerShare(Record):
    """How many of the questions that came to an end ended in one status, with Wilson's 95 % interval."""

    value: float
    ci: Interval
    count: int
    n: int


class Mass(Record):
    """The probability that all answers have together: the mean over questions, the smallest, and of how many."""

    mean: float
    smallest: float
    n: int


class Health(Record):
    """Whether the answers can be relied on, whatever they say; null where there is nothing to be said.

    `answers`: by status, of the questions that came to an end; those not applicable are left out. Unit pair:
    `order_flips`, the share of pairs whose verdict changes with the order shown, and `reversals`, of those in which the
    text shown first wins both times or loses both times. `first_wins`: how often the text shown first wins (pair, a tie
    is half) or is ranked first (list), `first_wins_chance` if the order did not matter; `early_preference` (list): rank
    correlation with having been shown early. `self_agreement`: share of pairs of samples of a question with equal
    verdicts; with it replies per question, and the share of replies without a verdict. `bounds`: each metric with every
    missing item at its worst, and at its best.
    """

    answers: dict[str, AnswerShare]
    order_flips: PairEstimate | None
    reversals: PairEstimate | None
    first_wins: Estimate | None
    first_wins_chance: float | None
    early_preference: Estimate | None
    self_agreement: Estimate | None
    samples_per_question: float | None
    samples_without_verdict: float | None
    mass: Mass | None
    bounds: dict[str, Interval]


class Cost(Record):
    """What the answers took, as far as the adapter said; null is unknown. `seconds` is the only field that varies."""

    requests: int
    tokens_in: int | None
    tokens_out: int | None
    usd: float | None
    seconds: float | None


class Result(Record):
    """What a run says about a model on a task. `health` is null in files of versions that did not look.

    `own` has figures by metrics of the user's own, under the names that they were given by: nobody else can know what
    they say, and no submission has any.
    """

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
    own: dict[str, Estimate | None] = Field(default_factory=dict)
    released: dict[str, float] | None
    released_failures: Literal["missing", "zero"]
    pessimistic: dict[str, float | None]
    health: Health | None = None
    by: Breakdown
    diagnosis: Diagnosis
    resamples: int
    notices: tuple[str, ...]
    cost: Cost
    versions: dict[str, str]
