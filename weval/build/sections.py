"""The sections of a recipe, one per step: everything a build can be told, with its default."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from weval.errors import ConfigError
from weval.textmodels import TextModelOptions, backend_of
from weval.types import Count, Id, Record, Text

# In each section, `neutral` are the settings that change nothing of what comes out: with others a step still stands.

Share = Annotated[float, Field(ge=0, le=1)]


def _known_backend(reference: str) -> str:
    try:
        backend_of(reference)
    except ConfigError as error:
        raise ValueError(str(error)) from error
    return reference


Reference = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(_known_backend)]
"""A text model as BACKEND/MODEL."""


def _asks_as_it_is(settings: dict[str, str]) -> dict[str, str]:
    if "probe" in settings:
        raise ValueError("probe: a probe does not ask what the items ask")
    return settings


JudgeSettings = Annotated[dict[str, str], AfterValidator(_asks_as_it_is)]
"""What --set takes for a judge in `weval run`."""


class Writer(Record):
    """A model that writes, with its settings; `usual_tokens` is what --estimate takes a reply to have."""

    neutral: ClassVar[frozenset[str]] = frozenset({"usual_tokens"})

    model: Reference | None = Field(default=None, description="BACKEND/MODEL, as openai/gpt-4o")
    settings: TextModelOptions = Field(default=TextModelOptions(), description="what --set takes for a text model")
    usual_tokens: int = Field(default=1000, ge=1, description="tokens of a reply, for --estimate")


class SeedSet(Record):
    """Where seeds come from: a data set of conversations, or a file of JSON Lines."""

    source: Literal["lmsys-chat-1m", "wildchat-1m", "prism", "file"]
    path: Text | None = Field(default=None, description="the file, or a local copy of the data set")
    field: Text = Field(default="prompt", description="file: the key of the text or the turns; dots lead deeper, a.0.b")
    revision: Text | None = Field(default=None, description="commit of the data set; without it, one that weval knows")
    licence: Text | None = Field(default=None, description="file: its licence, for the card")
    limit: Count | None = Field(default=None, description="at most so many rows are read")

    @model_validator(mode="after")
    def _file_has_path(self) -> Self:
        if self.source == "file" and not self.path:
            raise ValueError("source: file needs `path`")
        return self


class Seeds(Record):
    """First turns of users, deduplicated, with their languages."""

    sets: tuple[SeedSet, ...] = ()
    languages: tuple[Id, ...] = Field(default=(), description="keep these only; empty: all")
    min_chars: Count = 20
    max_chars: Count = 4000


class Filter(Record):
    """The seeds nearest to each category's prototypes, so many of each."""

    neutral: ClassVar[frozenset[str]] = frozenset({"batch_size", "device"})

    how: Literal["centroid", "none"] = Field(
        default="centroid",
        description="centroid: by cosine to the mean of the prototypes; none: every seed, no category",
    )
    embedding: Text | None = Field(default=None, description="a sentence-transformers model: folder or Hub id")
    revision: Text | None = Field(default=None, description="commit of that model")
    prototypes: Text = Field(default="weval-mini", description="a task, or a file of JSON Lines with category and text")
    per_category: int = Field(default=110, ge=1, description="seeds of each category")
    min_similarity: Annotated[float, Field(ge=-1, le=1)] = Field(default=0.0, description="cosine; below it none is")
    near_duplicate: Annotated[float, Field(ge=0, le=1)] = Field(
        default=0.95, description="cosine from which two seeds say the same; the second is left out"
    )
    batch_size: int = Field(default=64, ge=1)
    device: Text = "cpu"


class Requirements(Writer):
    """The requirements: written by a model, found in the seed by a model, or those of a task."""

    how: Literal["write", "extract", "task"] = Field(
        default="write", description="write: added to the seed; extract: found in it; task: a task's own"
    )
    task: Text | None = Field(default=None, description="how=task: its name, or a file of items")
    n: int = Field(default=5, ge=1, le=20, description="write: exactly so many; extract: at most")
    min_types: int = Field(default=2, ge=1, le=4, description="write: so many types at least")
    attempts: int = Field(default=3, ge=1, le=10, description="replies asked for until one is sound")
    usual_tokens: int = 400

    @model_validator(mode="after")
    def _enough_for_types(self) -> Self:
        if self.how == "write" and self.min_types > self.n:
            raise ValueError(f"`min_types` {self.min_types} is above `n` {self.n}: there are not so many requirements")
        return self


class Dropout(Record):
    """Which requirements each version of a query keeps."""

    how: Literal["independent", "nested", "task"] = Field(
        default="independent", description="independent draws; nested: each drops one more; task: the task's own"
    )
    seed: int = 0


class Answer(Writer):
    """The teacher, who answers each version by itself."""

    usual_tokens: int = 1200
    failed: Literal["stop", "leave_out"] = Field(
        default="stop", description="when replies did not come: stop, and ask again later; or go on without their items"
    )


class Verify(Record):
    """What is asked of the answers before they are gold."""

    checks: bool = Field(default=True, description="mechanical checks of the requirements that have one")
    judge: Text | None = Field(default=None, description="a judge by requirement, as judge:openai/gpt-4o")
    reader: Text | None = Field(default=None, description="a judge of fluency and coherence, as judge:openai/gpt-4o")
    judge_settings: JudgeSettings = Field(default={}, description="what --set takes for these judges")
    keep: Literal["all", "kept_met", "valid"] = Field(
        default="all",
        description="all items; those whose kept requirements are met where known; or also: dropped ones unmet",
    )

    @model_validator(mode="after")
    def _somebody_looks(self) -> Self:
        if self.keep != "all" and not (self.checks or self.judge):
            raise ValueError(f"`keep` {self.keep} needs somebody who looks: `checks`, or a `judge`")
        return self


class Prompts(Record):
    """Training prompts: sound ones that are no task's items."""

    min_requirements: int = Field(default=1, ge=1)
    overlap: Share = Field(default=0.5, description="share of word 8-grams in common from which two texts are one")
    also: tuple[Text, ...] = Field(default=(), description="tasks or files of items that they must not hold either")


class Grader(Record):
    """A judge of whole responses."""

    model: Text | None = Field(default=None, description="a model as weval run takes it, as judge:openai/gpt-4o")
    settings: JudgeSettings = Field(default_factory=dict, description="what --set takes for that model")


class References(Record):
    """References of rising quality for Writing-RL: several writers, graded by a judge."""

    writers: tuple[Writer, ...] = ()
    grader: Grader = Grader()
    least_gain: Annotated[float, Field(ge=0)] = Field(default=0.0, description="a reference must be better by more")


class Pairs(Record):
    """Preference pairs for a Bradley-Terry reward model."""

    source: Text | None = Field(default=None, description="a task or a file of items; without it this build's own")
    judged_on: Literal["query", "requirement"] = Field(
        default="query", description="the whole query; or each dropped requirement alone"
    )
    against: Literal["best", "all"] = Field(
        default="best",
        description="chosen: the answer with all kept; or every answer that kept more (requirement: that kept it)",
    )
    length_matched: bool = Field(default=False, description="as many chosen are the longer ones as the shorter ones")
    validated: bool = Field(default=False, description="only where kept ones are verified met, dropped ones unmet")
    quadruples: bool = Field(
        default=False, description="also quadruples.jsonl: two answers that each kept what the other dropped"
    )
    overlap: Share = Field(default=0.5, description="share of word 8-grams in common with a task's item: left out")
    also: tuple[Text, ...] = Field(default=(), description="tasks or files of items that they must not hold either")
    allow: tuple[Id, ...] = Field(
        default=(), description="tasks whose items may be trained on; no figure of them holds"
    )
    holdout: float = Field(default=0.1, ge=0, lt=1, description="share of the queries that go to the test file")
    seed: int = 0
