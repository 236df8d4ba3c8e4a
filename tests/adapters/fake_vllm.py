"""A stand-in for the part of vLLM 0.33 that weval uses, which computes with transformers on the CPU.

Names, defaults and refusals are those of the documented interface: `runner=`, no `task=`; keyword-only arguments of
`classify`; a sigmoid (one label) or softmax unless `use_activation=False`; float16 where `dtype="auto"` meets float32;
the last token pooled, whatever it is; the head in float32. It shows that weval asks rightly, not that vLLM answers so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoConfig, AutoModelForSequenceClassification

from tests.adapters.classifier.asking import values as by_request
from tests.vllm_stand_in import Fake, put
from weval.adapters.vllm import Vllm
from weval.errors import WevalError
from weval.types import Request

ENGINE_ARGUMENTS = {"max_model_len", "enable_prefix_caching", "max_num_seqs", "max_num_batched_tokens"}
"""Of the many that `LLM` hands on to the engine, those that a test may need."""


@dataclass
class PoolingParams:
    """How outputs are made. None: the model's default, which is to apply an activation."""

    use_activation: bool | None = None
    dimensions: int | None = None


@dataclass
class ClassificationOutput:
    """`probs` is the name whatever is in it."""

    probs: list[float]


@dataclass
class ClassificationRequestOutput:
    """What comes back for one prompt."""

    request_id: str
    outputs: ClassificationOutput
    prompt_token_ids: list[int]
    num_cached_tokens: int = 0
    finished: bool = True


class LLM:
    """`vllm.LLM` as far as pooling models need it."""

    def __init__(
        self,
        model: str,
        *,
        runner: str = "auto",
        convert: str = "auto",
        tokenizer: str | None = None,
        trust_remote_code: bool = False,
        tensor_parallel_size: int = 1,
        dtype: str = "auto",
        revision: str | None = None,
        seed: int = 0,
        gpu_memory_utilization: float = 0.9,
        enforce_eager: bool = False,
        hf_overrides: Mapping[str, Any] | None = None,
        **engine: Any,
    ) -> None:
        if strange := engine.keys() - ENGINE_ARGUMENTS:
            raise TypeError(f"EngineArgs.__init__() got an unexpected keyword argument {sorted(strange)[0]!r}")
        if runner != "pooling":
            raise ValueError("LLM.classify() is only supported for pooling models. Try passing `--runner pooling`")
        if tensor_parallel_size > 1:
            raise ValueError(f"World size ({tensor_parallel_size}) is larger than the number of available GPUs (1)")
        config = AutoConfig.from_pretrained(model)
        config.update(dict(hf_overrides or {}))
        own = config.max_position_embeddings
        self.max_model_len = engine.get("max_model_len") or own
        if self.max_model_len > own:
            raise ValueError(f"User-specified max_model_len ({self.max_model_len}) is greater than the derived {own}")
        stored = str(config.dtype).removeprefix("torch.")
        self.dtype = {"auto": "float16" if stored == "float32" else stored}.get(dtype, dtype)
        self.model: Any = AutoModelForSequenceClassification.from_pretrained(
            model, config=config, dtype=getattr(torch, self.dtype)
        ).eval()
        self.arguments = {"model": model, "dtype": dtype, "hf_overrides": hf_overrides, **engine}
        self.arguments |= {"enforce_eager": enforce_eager, "gpu_memory_utilization": gpu_memory_utilization}
        self.arguments |= {"tensor_parallel_size": tensor_parallel_size, "trust_remote_code": trust_remote_code}
        self.calls: list[list[list[int]]] = []

    def classify(
        self,
        prompts: Sequence[Any],
        *,
        pooling_params: PoolingParams | Sequence[PoolingParams] | None = None,
        use_tqdm: bool | Callable[..., Any] = True,
        lora_request: Any = None,
        tokenization_kwargs: dict[str, Any] | None = None,
    ) -> list[ClassificationRequestOutput]:
        """The outputs in the order of the prompts."""
        assert isinstance(prompts, list)
        assert not use_tqdm
        params = pooling_params if isinstance(pooling_params, PoolingParams) else PoolingParams()
        texts = [self._ids(prompt) for prompt in prompts]
        self.calls.append(texts)
        rows = [self._activated(self._raw(ids), params).tolist() for ids in texts]
        return [
            ClassificationRequestOutput(str(n), ClassificationOutput(row), ids)
            for n, (ids, row) in enumerate(zip(texts, rows, strict=True))
        ]

    def _ids(self, prompt: Any) -> list[int]:
        assert prompt.keys() == {"prompt_token_ids"}, "only tokens: text would be tokenized again, with another BOS"
        ids = prompt["prompt_token_ids"]
        assert ids
        assert {*map(type, ids)} == {int}
        if len(ids) > self.max_model_len:
            raise ValueError(f"The decoder prompt (length {len(ids)}) is longer than the maximum model length")
        return list(ids)

    def _raw(self, ids: list[int]) -> torch.Tensor:
        with torch.inference_mode():
            states = self.model.get_decoder()(input_ids=torch.tensor([ids])).last_hidden_state[0, -1]
            return torch.nn.functional.linear(states.float(), self.model.score.weight.float())

    def _activated(self, raw: torch.Tensor, params: PoolingParams) -> torch.Tensor:
        if params.use_activation is False:
            return raw
        return raw.sigmoid() if len(raw) < 2 else raw.softmax(-1)


def install(monkeypatch: pytest.MonkeyPatch) -> Fake:
    """Puts the stand-in where `import vllm` finds it."""
    return put(monkeypatch, LLM, {"PoolingParams": PoolingParams})


def answering(monkeypatch: pytest.MonkeyPatch, answer: Callable[[int, int], Any]) -> None:
    """Lets vLLM give other outputs: `answer(call, prompt)` are the numbers for one, None where it forgets it."""
    calls = []

    def classify(self: Any, prompts: list[Any], **_: Any) -> list[ClassificationRequestOutput]:
        calls.append(prompts)
        rows = [answer(len(calls), n) for n in range(len(prompts))]
        return [ClassificationRequestOutput("", ClassificationOutput(row), []) for row in rows if row is not None]

    monkeypatch.setattr(LLM, "classify", classify)


def values(folder: Path, requests: Sequence[Request], **settings: str) -> dict[str, float]:
    """What vLLM gives requests; all must have a score."""
    return by_request(Vllm(str(folder), **settings).score(requests))


def refused(folder: Path, kind: type[WevalError], requests: Sequence[Request] | None = None, **settings: str) -> str:
    """The one line that comes instead of a certificate, or of scores for requests."""
    with pytest.raises(kind) as caught:
        adapter = Vllm(str(folder), **settings)
        adapter.certify() if requests is None else list(adapter.score(requests))
    assert str(caught.value).isprintable()
    return str(caught.value)
