"""Every setting of a text model, whoever computes it; each backend says which of them it has a use for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field

from weval.types import Record, Text

Effort = Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"]


class TextModelOptions(Record):
    """What --set takes for a text model. None leaves a sampling parameter to the model's own default."""

    neutral: ClassVar[frozenset[str]] = frozenset(
        {"key_env", "concurrency", "timeout_s", "attempts", "give_up_after_s", "batch", "batch_size"}
    )
    """Settings that change no reply: with others of these a run may be continued."""

    temperature: float | None = Field(default=None, ge=0, le=2, description="0 always takes the likeliest token")
    top_p: float | None = Field(default=None, gt=0, le=1, description="sample from so much of the probability")
    max_tokens: int | None = Field(default=None, ge=1, description="length of a reply, with its reasoning")
    stop: Text | None = Field(default=None, description="text at which a reply ends")
    sampling_seed: int | None = Field(default=None, description="seed of the model's own sampling, where it takes one")
    effort: Effort | None = Field(default=None, description="how much a reasoning model reasons")

    base_url: str | None = Field(default=None, min_length=1, description="address of the API, up to /v1")
    key_env: str | None = Field(default=None, min_length=1, description="environment variable that holds the key")
    concurrency: int = Field(default=16, ge=1, le=1024, description="requests on their way at once")
    timeout_s: float = Field(default=180.0, gt=0, le=86400, description="seconds for one attempt")
    attempts: int = Field(default=6, ge=1, le=100, description="attempts for one request")
    give_up_after_s: float = Field(default=900.0, gt=0, le=86400, description="seconds for all attempts of a request")
    batch: Literal["off", "leave", "wait"] = Field(
        default="off", description="half price, within a day: leave, and collect by the same command later; or wait"
    )

    revision: str | None = Field(default=None, min_length=1, description="commit, branch or tag of a repository")
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = Field(default="auto", description="of the weights")
    device: str = Field(default="auto", min_length=1, description="auto, cpu, cuda, cuda:1, mps")
    batch_size: int = Field(default=16, ge=1, description="prompts that are computed together")
    max_length: int | None = Field(default=None, ge=1, description="tokens of prompt and reply (vllm)")
    tensor_parallel_size: int = Field(default=1, ge=1, description="GPUs that share the weights (vllm)")
    model_args: str | None = Field(
        default=None, min_length=1, description="arguments of the backend, name=value,… (lm-eval)"
    )

    def sampling(self) -> dict[str, Any]:
        """The sampling parameters that were given a value, by our names."""
        names = ("temperature", "top_p", "max_tokens", "stop", "sampling_seed", "effort")
        return {name: value for name in names if (value := getattr(self, name)) is not None}

    def fingerprint(self) -> Mapping[str, Any]:
        """What could change a reply, as JSON; what was left at its default is left out."""
        return self.model_dump(mode="json", exclude_defaults=True, exclude=set(self.neutral))
