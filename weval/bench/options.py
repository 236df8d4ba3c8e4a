"""The settings of a benchmark: those that all take, under which each has its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field

from weval.bench.items import Mode
from weval.metrics import RESAMPLES
from weval.types import Id, Record, Text


class Computed(Record):
    """How figures are computed of what is there: what may change without anything being asked again."""

    resamples: int | None


class BenchOptions(Record):
    """What --set takes for every benchmark."""

    neutral: ClassVar[frozenset[str]] = frozenset({"resamples"})
    """Settings that change no question and no reply."""

    mode: Mode = Field(
        default="repaired", description="original: the published arithmetic, its faults too; repaired: without them"
    )
    set: Id | None = Field(default=None, description="which of the benchmark's sets of files; by default its first")
    tries: int = Field(default=3, ge=1, le=20, description="replies of a judge to a question until one can be read")
    prompt: Text | None = Field(default=None, description="judge folder in the place of the benchmark's own")
    wording: Literal["own", "official"] = Field(
        default="own", description="official: the judge's prompt as it was published (weval fetch PROMPT brings it)"
    )
    resamples: int | None = Field(default=None, ge=100, le=1_000_000, description=RESAMPLES)

    def computed(self) -> Computed:
        """How figures are computed."""
        return Computed(resamples=self.resamples)

    def lasting(self) -> Mapping[str, Any]:
        """What must be the same when a run is continued, as JSON."""
        return self.model_dump(mode="json", exclude=set(self.neutral))
