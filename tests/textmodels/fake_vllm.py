"""A stand-in for the part of vLLM 0.33 that text models use, which computes with transformers on the CPU.

Names, defaults and refusals are those of the documented interface: sampling parameters are keywords, max_tokens is 16
where nobody says more, temperature 1.0; a stop token is in the tokens and not in the text; asked for the probabilities
of given tokens it tells those and the token that was drawn. It shows that weval asks rightly, not that vLLM answers so.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, GenerationConfig

from tests.vllm_stand_in import Fake, put

ENGINE_ARGUMENTS = {"max_num_seqs", "gpu_memory_utilization", "enforce_eager"}


@dataclass
class StructuredOutputsParams:
    """Exactly one of them."""

    json: str | dict[str, Any] | None = None
    regex: str | None = None
    choice: list[str] | None = None


@dataclass
class SamplingParams:
    """As vLLM's, as far as it is used."""

    temperature: float = 1.0
    top_p: float = 1.0
    top_k: int = 0
    repetition_penalty: float = 1.0
    seed: int | None = None
    stop: str | list[str] | None = None
    stop_token_ids: list[int] | None = None
    max_tokens: int | None = 16
    logprobs: int | None = None
    logprob_token_ids: list[int] | None = None
    structured_outputs: StructuredOutputsParams | None = None

    def __post_init__(self) -> None:
        if not 0 < self.top_p <= 1 or not 0 <= self.temperature <= 2 or self.repetition_penalty <= 0:
            raise ValueError("out of range")
        if self.max_tokens is not None and self.max_tokens < 1:
            raise ValueError(f"max_tokens must be at least 1, got {self.max_tokens}.")
        if len(self.logprob_token_ids or ()) > 128:
            raise ValueError("too many logprob_token_ids")


@dataclass
class Logprob:
    """Of one token."""

    logprob: float
    rank: int | None = None
    decoded_token: str | None = None


@dataclass
class CompletionOutput:
    """One reply."""

    index: int
    text: str
    token_ids: Sequence[int]
    cumulative_logprob: float | None
    logprobs: list[dict[int, Logprob]] | None
    finish_reason: str | None = None
    stop_reason: int | str | None = None


@dataclass
class RequestOutput:
    """What comes back for one prompt."""

    request_id: str
    prompt_token_ids: list[int]
    outputs: list[CompletionOutput]
    finished: bool = True


class LLM:
    """`vllm.LLM` as far as language models need it."""

    def __init__(
        self,
        model: str,
        *,
        tokenizer: str | None = None,
        trust_remote_code: bool = False,
        tensor_parallel_size: int = 1,
        dtype: str = "auto",
        revision: str | None = None,
        seed: int = 0,
        max_model_len: int | None = None,
        enable_prefix_caching: bool | None = None,
        **engine: Any,
    ) -> None:
        if strange := engine.keys() - ENGINE_ARGUMENTS:
            raise TypeError(f"EngineArgs.__init__() got an unexpected keyword argument {sorted(strange)[0]!r}")
        if tensor_parallel_size > 1:
            raise ValueError(f"World size ({tensor_parallel_size}) is larger than the number of available GPUs (1)")
        self.arguments = {"model": model, "dtype": dtype, "max_model_len": max_model_len, **engine}
        self.model: Any = AutoModelForCausalLM.from_pretrained(model, dtype=getattr(torch, dtype)).eval()
        self.tokenizer = AutoTokenizer.from_pretrained(model)
        self.own = GenerationConfig.from_pretrained(model)
        self.asked: list[tuple[list[int], SamplingParams]] = []

    def generate(
        self,
        prompts: Sequence[Any],
        sampling_params: SamplingParams | Sequence[SamplingParams] | None = None,
        *,
        use_tqdm: bool = True,
        lora_request: Any = None,
    ) -> list[RequestOutput]:
        """Replies in the order of the prompts."""
        assert not use_tqdm
        assert isinstance(sampling_params, list)
        assert len(sampling_params) == len(prompts)
        found = []
        for n, (prompt, params) in enumerate(zip(prompts, sampling_params, strict=True)):
            assert prompt.keys() == {"prompt_token_ids"}, "tokens: a text would be tokenized again"
            ids = prompt["prompt_token_ids"]
            limit = self.arguments["max_model_len"] or self.model.config.max_position_embeddings
            if len(ids) + 1 > limit:
                raise ValueError(f"The decoder prompt (length {len(ids)}) is longer than the maximum model length")
            self.asked.append((ids, params))
            found.append(RequestOutput(str(n), ids, [self._written(list(ids), params)]))
        return found

    def _written(self, ids: list[int], params: SamplingParams) -> CompletionOutput:
        start, told = len(ids), list[dict[int, Logprob]]()
        ends = {self.own.eos_token_id, *(params.stop_token_ids or ())}
        draws = torch.Generator().manual_seed(params.seed or 0)
        reason: str | None = "length"
        for _ in range(params.max_tokens or 16):
            with torch.inference_mode():
                logits = self.model(input_ids=torch.tensor([ids])).logits[0, -1].float()
            token = int(logits.argmax())
            if params.temperature > 0:
                token = int(torch.multinomial((logits / params.temperature).softmax(-1), 1, generator=draws))
            told.append(self._told(logits.log_softmax(-1), token, params))
            ids.append(token)
            text = self.tokenizer.decode(ids[start:], skip_special_tokens=True)
            if token in ends or any(stop in text for stop in params.stop or ()):
                reason = "stop"
                break
        return CompletionOutput(0, text, tuple(ids[start:]), None, told if told[0] else None, reason)

    def _told(self, shares: torch.Tensor, token: int, params: SamplingParams) -> dict[int, Logprob]:
        if params.logprob_token_ids is None and params.logprobs is None:
            return {}
        wanted = params.logprob_token_ids or shares.topk(params.logprobs or 0).indices.tolist()
        return {n: Logprob(float(shares[n])) for n in dict.fromkeys([token, *wanted])}


def install(monkeypatch: pytest.MonkeyPatch) -> Fake:
    """Puts the stand-in where `import vllm` finds it."""
    fake = put(monkeypatch, LLM, {"SamplingParams": SamplingParams})
    inner = ModuleType("vllm.sampling_params")
    inner.StructuredOutputsParams = StructuredOutputsParams
    monkeypatch.setitem(sys.modules, "vllm.sampling_params", inner)
    return fake
