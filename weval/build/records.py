"""One record per file of a build: what each step writes, a JSON object per line."""

from __future__ import annotations

from collections import Counter
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from weval.randomness import digest
from weval.types import Count, Id, Item, Record, Requirement, RequirementType, Text


class Seed(Record):
    """The first turn of somebody's conversation. `id` is a hash of the text without case and white space."""

    id: Id
    text: Text
    language: Id | None = None
    source: Id
    source_id: Text | None = None


class Chosen(Seed):
    """A seed that was chosen for a category; `similarity` is its cosine to the category's centroid, -1 to 1.

    Both are null where nothing was compared (filter.how: none).
    """

    category: Id | None = None
    similarity: float | None = None


class Draft(Record):
    """An instruction with its requirements, and no answer yet."""

    id: Id
    category: Id | None = None
    language: Id | None = None
    instruction: Text
    requirements: tuple[Requirement, ...] = Field(min_length=1)
    source: Id | None = None

    @model_validator(mode="after")
    def _names_each_requirement_once(self) -> Self:
        for name, times in Counter(one.id for one in self.requirements).items():
            if times > 1:
                raise ValueError(f"requirements: {name!r} appears {times} times")
        return self


class Query(Record):
    """One version of an instruction: the requirements that it kept, and the text that a teacher is sent."""

    item_id: Id
    candidate_id: Id
    kept: tuple[Id, ...]
    query: Text


class Answered(Record):
    """A teacher's answer to one version."""

    item_id: Id
    candidate_id: Id
    response: Text
    model: Text | None = None
    tokens_in: Count | None = None
    tokens_out: Count | None = None
    cost_usd: float | None = None


class Verdict(Record):
    """Whether a response meets a requirement, and who says so; `kept` is whether it was written to it.

    `about` is a hash of the two texts (`about`): of texts that were edited since, nothing is said. Null: of any.
    """

    item_id: Id
    candidate_id: Id
    requirement_id: Id
    kept: bool
    met: bool
    by: Literal["check", "judge"]
    about: str | None = None


def about(response: str, requirement: str) -> str:
    """What a verdict is known to be about: a hash of both texts."""
    return digest(response, requirement).hex()


class LeftOut(Record):
    """Something that a step did not take into its file: what, why in one word, and what was wrong with it.

    A detail repeats foreign text only shortened, on one line.
    """

    id: Id
    reason: Id
    detail: str = ""


class Spent(Record):
    """What a step asked for and paid. Tokens and costs are those that were told; null where none was."""

    replies: Count = 0
    tokens_in: Count | None = None
    tokens_out: Count | None = None
    cost_usd: float | None = None


def _inside(name: str) -> str:
    """A record may come from somebody else; what it names is replaced, and removed when it is made no more."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or not path.parts or "\\" in name or ":" in name:
        raise ValueError(f"{name!r} is no file of the step's folder")
    return name


FileName = Annotated[str, AfterValidator(_inside)]


class StepRecord(Record):
    """step.json: what a step was made of and what came out.

    `settings` are the recipe's for this step, `inputs` and `files` hold a sha256 each. Files whose hash is another now
    were edited since.
    """

    schema_: Literal[1] = Field(default=1, alias="schema")
    step: Id
    settings: dict[str, Any]
    inputs: dict[str, str]
    files: dict[FileName, str]
    n_rows: Count
    left_out: dict[str, Count] = Field(default_factory=dict)
    spent: Spent = Spent()
    models: dict[str, Any] = Field(default_factory=dict)
    told: dict[str, Any] = Field(default_factory=dict)
    version: Text
    created: Text
    seconds: float


class Message(Record):
    """One turn of a chat, as chat templates take it."""

    role: Literal["system", "user", "assistant"]
    content: Text


class TrainingPrompt(Record):
    """What a policy is trained on: `prompt` is a chat of one turn, the rest is there for whoever rewards.

    `requirements` are those that the prompt states; each may have a mechanical check.
    """

    id: Id
    prompt: tuple[Message, ...] = Field(min_length=1)
    instruction: Text
    requirements: tuple[Requirement, ...] = Field(min_length=1)
    language: Id | None = None
    category: Id | None = None
    source: Id | None = None

    @classmethod
    def of_item(cls, item: Item) -> Self:
        """An item's full query as a prompt."""
        return cls(
            id=item.id,
            prompt=(Message(role="user", content=item.query(item.requirement_ids)),),
            instruction=item.instruction,
            requirements=item.requirements,
            language=item.language,
            category=item.category,
        )


class Reference(Record):
    """A response to compare with: who wrote it, and its grade; higher is better, on the grader's own scale."""

    writer: Id
    response: Text
    grade: float
    model: Text | None = None


class Laddered(TrainingPrompt):
    """A training prompt with its references, the worst first, each better than the one before."""

    references: tuple[Reference, ...] = Field(min_length=2)


class Pair(Record):
    """One preference: `chosen` kept requirements that `rejected` dropped, and nothing else is said of the two.

    `margin` is by how many more, in what is judged: 1.0 where that is one requirement. The `requirement_` lists are
    those that chosen kept and rejected dropped, empty where the source does not say which. `_chars` are lengths without
    white space at the ends. `id` is a hash of the names.
    """

    id: Id
    prompt: Text
    chosen: Text
    rejected: Text
    margin: float = Field(gt=0)
    item_id: Id
    chosen_id: Id
    rejected_id: Id
    requirement_ids: tuple[Id, ...]
    requirement_types: tuple[RequirementType | None, ...]
    requirement_texts: tuple[Text, ...]
    category: Id | None = None
    language: Id | None = None
    chosen_chars: Count
    rejected_chars: Count


class Quadruple(Record):
    """Two requirements and two responses of an item: `first` kept a and dropped b, `second` the other way round.

    What a response is like otherwise, and how easy a requirement is, cancel in
    r(prompt_a, first) - r(prompt_b, first) - r(prompt_a, second) + r(prompt_b, second), which should be positive.
    """

    id: Id
    prompt_a: Text
    prompt_b: Text
    first: Text
    second: Text
    split: Literal["train", "test"]
    item_id: Id
    first_id: Id
    second_id: Id
    requirement_a: Id
    requirement_b: Id
