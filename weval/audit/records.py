"""An audit as a record: fractions, not percent; every share with its interval and counts; undefined is null."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from weval.results import Estimate, Interval, NoiseCeiling, TaskStamp
from weval.types import Record


class Share(Record):
    """How many of how many, and the share's 95 % interval over items (null where fewer than two items tell)."""

    value: float
    ci: Interval
    count: int
    n: int


class Met(Record):
    """Of the requirements that were judged: the share met of those kept, and of those dropped. Null without any."""

    kept: Share | None
    dropped: Share | None


class Adherence(Record):
    """How far answers meet what they were written to, and what they were not, where kept sets are known.

    By the requirement's type, by how many requirements the candidate dropped, by the item's language; what has no type
    or language is in no part.
    """

    overall: Met
    by_type: dict[str, Met]
    by_dropped: dict[str, Met]
    by_language: dict[str, Met]


class Order(Record):
    """Does what checks find follow gold? Over the items with a requirement that can be checked.

    `met_by_kept`: the share of the checkable requirements, kept or not, that candidates which kept so many meet.
    `correlation`: of the number met with gold within an item, a tie adds 0. Of the pairs that gold puts in order, the
    shares in which the number met is `rising` with gold, `equal`, and `falling`.
    """

    met_by_kept: dict[str, Share]
    correlation: Estimate | None
    rising: Share | None
    equal: Share | None
    falling: Share | None
    noise_ceiling: NoiseCeiling | None


class Length(Record):
    """Correlation of length in characters with gold within an item, and the mean length by number kept."""

    correlation: Estimate | None
    by_language: dict[str, Estimate]
    chars_by_kept: dict[str, Estimate]


class Foreign(Record):
    """A response in another writing system than its instruction."""

    item: str
    candidate: str
    instruction: str
    response: str


class WritingSystems(Record):
    """How many responses are mainly in another writing system than their instruction, by number kept.

    Texts without letters are left out. `correlation`: of being in another one with gold within an item whose texts all
    have letters, a tie adds 0.
    """

    foreign: Share | None
    by_kept: dict[str, Share]
    correlation: Estimate | None
    examples: tuple[Foreign, ...]


class Place(Record):
    """Where a response stands."""

    item: str
    candidate: str


class NearDuplicate(Record):
    """Two candidates of an item with nearly the same text; the similarity reaches to 1."""

    item: str
    candidates: tuple[str, str]
    similarity: float


class Duplicates(Record):
    """Texts that are there twice, or not at all.

    `near`: pairs of candidates within an item, both with a text, that are nearly the same; `near_by_gap` by how many
    requirements they are apart. `responses` and `instructions`: those that stand in another item too, but for case and
    white space. `empty`: responses without a text.
    """

    near: Share | None
    near_by_gap: dict[str, Share]
    near_examples: tuple[NearDuplicate, ...]
    responses: Share | None
    response_examples: tuple[tuple[Place, Place], ...]
    instructions: Share | None
    instruction_examples: tuple[tuple[str, str], ...]
    empty: Share | None
    empty_examples: tuple[Place, ...]


class Position(Record):
    """How often candidates kept the requirement at a position.

    `excess` is how much more often than if positions told nothing; its interval holds for all positions together.
    """

    kept: Share
    excess: Estimate


class KeptSets(Record):
    """What the kept sets look like: by the position of the requirement, and in how many items each holds the next."""

    positions: dict[str, Position]
    nested: Share


class Judge(Record):
    """A run of a judge on these items. Questions without a value (`n_missing`) and those not applicable are left out.

    `n_items` is how many of the items the run was asked about.
    """

    run: str
    model: str
    n_items: int
    n_answers: int
    n_missing: int
    n_not_applicable: int


class RequirementJudge(Judge):
    """What a judge of single requirements says; met is a value of 0.5 or more."""

    unit: Literal["requirement"] = "requirement"
    adherence: Adherence | None


class ResponseJudge(Judge):
    """What a judge of whole texts says, as of their fluency.

    `difference`: the score of candidates which kept so many requirements fewer than the item's best, minus the best's.
    Items with a score beyond 1e150 are in the correlation, but in no mean.
    """

    unit: Literal["response"] = "response"
    score_by_kept: dict[str, Estimate]
    correlation: Estimate | None
    difference: dict[str, Estimate]


class Audit(Record):
    """What can be said about gold without asking a model, and what judges have said.

    `n_sets_known` counts the items that say which requirements every candidate kept, not only how many. `adherence`
    and `order` are by mechanical checks, null where nothing can be checked; `kept_sets` is null where none is known.
    """

    schema_: Literal[1] = Field(default=1, alias="schema")
    task: TaskStamp
    n_items: int
    n_candidates: int
    n_requirements: int
    n_checked: int
    n_sets_known: int
    adherence: Adherence | None
    order: Order | None
    length: Length
    writing_systems: WritingSystems
    duplicates: Duplicates
    kept_sets: KeptSets | None
    judges: tuple[Annotated[RequirementJudge | ResponseJudge, Field(discriminator="unit")], ...]
    notices: tuple[str, ...]
    remarks: tuple[str, ...]
