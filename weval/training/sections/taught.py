"""How something is learnt from texts as they are: by a writer, or by a critic."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from weval.training.sections.essentials import Positive, Setting
from weval.types import Record, Text


class Supervision(Record):
    """Texts that are learnt as they are."""

    over_long: Literal["cut", "leave-out"] = Field(
        default="cut", description="texts above optimisation.max_tokens: cut, so that they have no end, or left out"
    )


class Critic(Record):
    """A judge that learns the scores of another: asked by a judge folder for one criterion at a time, a number back."""

    prompt: Text = "critic-10"
    wording: Literal["own", "official"] = "own"
    settings: dict[str, Setting] = Field(default_factory=dict, description="of `judge:`, for the preset: max_tokens …")


class Filtering(Record):
    """Texts that a judge found good enough to be learnt from (WritingBench's writer)."""

    judge: Text | None = Field(
        default=None, description="any model of `weval run --model` that grades a text by itself; None: the source's"
    )
    settings: dict[str, Setting] = Field(default_factory=dict)
    keep: Positive | None = Field(default=None, description="how many stay, the best first")
    least: float | None = Field(default=None, description="the lowest grade that stays")
