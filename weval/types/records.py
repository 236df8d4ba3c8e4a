"""What all records on disk share."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

MAX_RESPONSE_CHARS = 1_000_000  # a longer candidate is a broken generation, not a text

Id = Annotated[str, Field(min_length=1, max_length=200)]
Text = Annotated[str, Field(min_length=1, max_length=MAX_RESPONSE_CHARS)]
Count = Annotated[int, Field(ge=0)]


class Record(BaseModel):
    """A frozen record on disk: unknown keys, silent conversions, NaN and infinity are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)
