"""Every setting of a reward model that runs in this process, or in vLLM's."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from weval.adapters.texts import LabelOptions
from weval.errors import ConfigError

HeadKind = Literal["logit", "class", "logit_difference", "vocab_logit", "dpo", "remote_method", "remote_output"]
"""How a score is read from a model; see docs/reward-models.md."""

Positive = Annotated[int, Field(gt=0)]

_DEVICE = re.compile(r"auto|spread|cpu|mps|cuda(:\d{1,3})?")


def _device(name: str) -> str:
    if not _DEVICE.fullmatch(name):
        raise ValueError(f"{name!r} is unknown; one of auto, cpu, mps, cuda, cuda:N, spread")
    return name


Device = Annotated[str, AfterValidator(_device)]


_ONLY_WITH: Mapping[str, HeadKind] = {
    "token": "vocab_logit",
    "other_token": "vocab_logit",
    "reference_model": "dpo",
    "reference_revision": "dpo",
    "beta": "dpo",
    "method": "remote_method",
    "output": "remote_output",
}
"""Settings that one head alone looks at."""


class HeadOptions(LabelOptions):
    """How the text is put, and how a score is read from the model."""

    head: HeadKind = Field(
        default="logit",
        description="logit (one label), class (probability of a label), logit_difference (a label less another), "
        "vocab_logit (a token, after the text), dpo (log-probability against a reference), remote_method or "
        "remote_output (the model's own code)",
    )
    token: str | None = Field(default=None, description="vocab_logit: the token as text, instead of its id")
    other_token: str | None = Field(default=None, description="vocab_logit: the token that is subtracted, as text")
    bounded: bool = Field(default=False, description="scores are meant to lie in 0 to 1")
    append_eos: bool = Field(default=False, description="the text ends in the end-of-sequence token")
    generation_prompt: bool = Field(default=False, description="the chat ends where the model would speak next")
    max_length: Positive | None = Field(default=None, description="tokens; default: what the model was made for")
    truncation: Literal["none", "right", "left", "middle"] = Field(
        default="none", description="of longer texts: none leaves them without a score"
    )
    revision: str | None = Field(default=None, description="commit, branch or tag of the repository")
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = Field(
        default="auto", description="precision; auto: the checkpoint's own"
    )

    @property
    def is_bounded(self) -> bool:
        """Whether scores within 0 to 1 only are what they should be."""
        return self.bounded or self.head == "class"

    def check(self, reference: str) -> None:
        """Raises ConfigError for settings that make no sense together."""
        self.check_labels(self.head)
        self.check_text()
        self._check_idle()
        if self.head == "vocab_logit" and (self.label is None) == (self.token is None):
            raise ConfigError("--set head=vocab_logit: needs a token, by --set token=TEXT or --set label=ID")
        if self.other_label is not None and self.other_token is not None:
            raise ConfigError("--set other_label and other_token: give one of them")
        if self.head == "dpo" and self.truncation != "none":
            raise ConfigError("--set head=dpo: needs the response whole; --set truncation=none")

    def _check_idle(self) -> None:
        """Raises ConfigError for settings of another head: they would do nothing."""
        given = self.model_dump(exclude_defaults=True)
        for name, head in _ONLY_WITH.items():
            if name in given and self.head != head:
                raise ConfigError(f"--set {name}: is for head={head}, and has no effect with head={self.head}")


class ClassifierOptions(HeadOptions):
    """What --set takes for `classifier:`; a preset sets the same."""

    # `bounded` is only a remark; that the others change no score is what the certificate measures.
    neutral = frozenset({"bounded", "batch_tokens", "sharing", "window", "padding_side"})

    method: str = Field(default="get_score", pattern=r"^[A-Za-z]\w*$", description="remote_method: its name")
    output: str = Field(default="score", pattern=r"^(\w+)$", description="remote_output: a name or a number")
    remote_code: bool = Field(default=False, description="run code of the repository; needs a pinned revision")
    reference_model: str | None = Field(
        default=None, description="dpo: folder or repository of the reference; a LoRA policy has its own"
    )
    reference_revision: str | None = Field(default=None, description="dpo: commit, branch or tag of the reference")
    base_revision: str | None = Field(default=None, description="commit, branch or tag of a LoRA checkpoint's base")
    beta: float = Field(default=1.0, gt=0, description="dpo: scale of the log-probability ratio")
    attention: Literal["auto", "eager", "sdpa", "flash_attention_2"] = Field(default="auto", description="its kernel")
    device: Device = Field(default="auto", description="cpu, mps, cuda, cuda:N, or spread: over all GPUs and memory")
    batch_tokens: Positive | None = Field(default=None, description="tokens computed at once, padding included")
    sharing: bool = Field(default=True, description="a common beginning of texts is computed once")
    padding_side: Literal["right", "left"] = Field(default="right", description="scores do not depend on it")
    window: Positive = Field(default=2048, description="requests that are sorted by length together")

    def check(self, reference: str) -> None:
        super().check(reference)
        if self.head.startswith("remote_") and not self.remote_code:
            raise ConfigError(f"--set head={self.head}: runs code of {reference}; allow it by --set remote_code=true")
