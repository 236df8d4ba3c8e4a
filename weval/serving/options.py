"""What --set takes for `weval serve`, beside the settings of the model."""

from __future__ import annotations

from pydantic import Field

from weval.types import Record


class ServeOptions(Record):
    """How requests are collected, and how much is taken in. None of these changes a score."""

    max_batch: int = Field(default=256, ge=1, le=65_536, description="requests that are scored in one call, at most")
    max_wait_ms: float = Field(
        default=5.0, ge=0, le=60_000, description="milliseconds that a request waits for others to be scored with"
    )
    max_queue: int = Field(
        default=4096, ge=1, le=1_000_000, description="requests that may wait; what comes then is asked to come later"
    )
    max_body_mb: int = Field(default=32, ge=1, le=1024, description="megabytes that may be posted at once")
    finish_s: int = Field(
        default=30, ge=0, le=3600, description="seconds for requests in work, when the server is stopped"
    )
