"""`vllm:FOLDER_OR_HUB_ID`: a reward model in vLLM, for large models and many texts. Needs an NVIDIA GPU.

Written against the documented interface of vLLM 0.33, and tried against a stand-in with that interface which computes
by transformers. It has not run on a GPU yet: compare with `classifier:` before you rely on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from weval.adapters.classifier.options import HeadOptions, Positive
from weval.errors import AdapterError, ConfigError
from weval.repository import Repository, located
from weval.settings import updated
from weval.types import Certificate, Request, Score, Unit

if TYPE_CHECKING:
    from weval.adapters.vllm_engine import Engine


class VllmOptions(HeadOptions):
    """What --set takes for `vllm:`; a preset sets the same."""

    neutral = frozenset({"bounded", "window", "sharing", "gpu_memory_utilization"})

    remote_code: bool = Field(default=False, description="run code of the repository; needs a pinned revision")
    tensor_parallel_size: Positive = Field(default=1, description="GPUs that the model is spread over")
    gpu_memory_utilization: float = Field(
        default=0.9, gt=0, le=1, description="share of each GPU's memory that is taken"
    )
    enforce_eager: bool = Field(default=False, description="no CUDA graphs: starts sooner, runs slower")
    sharing: bool = Field(default=True, description="a common beginning of texts is computed once (prefix caching)")
    window: Positive = Field(default=2048, description="requests that are put to vLLM together")

    def check(self, reference: str) -> None:
        if self.head not in ("logit", "class", "logit_difference"):
            raise ConfigError(
                f"--set head={self.head}: vLLM gives what a classification head gives, nothing else; "
                f"use --model classifier:{reference}"
            )
        super().check(reference)


class Vllm:
    """A reward model by vLLM. `revision` counts changes of what it computes."""

    reads_ids: ClassVar[bool] = False
    revision: ClassVar[int] = 1

    def __init__(self, reference: str, /, **settings: str) -> None:
        self.reference = reference
        self.options = updated(VllmOptions(), settings)
        self.options.check(reference)
        self.unit: Unit = self.options.unit

    @cached_property
    def fingerprint(self) -> Mapping[str, Any]:
        """The files by commit or digest, and the settings that change scores. Downloads the model if need be."""
        from weval.textmodels.local.vllm_library import library

        library(self.reference, f"Scoring with {self.reference}")
        return {
            "adapter": "Vllm",
            "revision": self.revision,
            "version": self._repository.version,
            "settings": self.options.fingerprint(),
        }

    def score(self, requests: Iterable[Request]) -> Iterator[Score]:
        """One score per request, those that begin alike one after another. The first request loads the model."""
        stream = iter(requests)
        first = next(stream, None)
        if first is not None:
            yield from self._engine.score(chain([first], stream))

    def certify(self) -> Certificate:
        """Scores fixed texts alone, once more, and all together; see weval.types.Certificate."""
        from weval.adapters.vllm_engine import certified

        return certified(self._engine, self._computed)

    @cached_property
    def _repository(self) -> Repository:
        found = located(self.reference, self.options.revision, remote_code=self.options.remote_code)
        if (found.folder / "adapter_config.json").is_file():
            raise ConfigError(
                f"{self.reference}: is a LoRA checkpoint; merge it into its base (PEFT's merge_and_unload), or use "
                f"--model classifier:{self.reference}"
            )
        return found

    @cached_property
    def _engine(self) -> Engine:
        from weval.adapters.classifier.loading import load_tokenizer, token_limit
        from weval.adapters.classifier.reading import Reader
        from weval.adapters.vllm_engine import Engine
        from weval.textmodels.local.vllm_library import explained, library

        vllm, config = library(self.reference, f"Scoring with {self.reference}"), self._config
        tokenizer = load_tokenizer(self._repository, self.options)
        limit = token_limit(tokenizer, config, self.options)
        reader = Reader(tokenizer, self.options, limit, self.reference)
        arguments = self._arguments(limit)
        with explained(self.reference, "cannot load it"):
            # without this, a sigmoid (one label) or softmax is on what its outputs call `probs`
            raw = vllm.PoolingParams(use_activation=False)
            llm = vllm.LLM(model=str(self._repository.folder), **arguments)
        pad = getattr(config.get_text_config(), "pad_token_id", None)
        return Engine(self.reference, llm, raw, reader, self.options, pad, self.options.window)

    def _arguments(self, limit: int | None) -> dict[str, Any]:
        """How vLLM is started. Raises AdapterError for a language model, whose head would be random."""
        from weval.adapters.classifier.loading import labels_in

        labels = labels_in(self._repository)
        named = self._repository.json("config.json").get("architectures") or [""]
        if labels is None and str(named[0]).endswith("ForCausalLM"):
            raise AdapterError(f"{self.reference}: the checkpoint has no trained head. Is it a reward model?")
        said = {
            "runner": "pooling",
            "dtype": self._dtype,
            "max_model_len": limit,
            "tensor_parallel_size": self.options.tensor_parallel_size,
            "gpu_memory_utilization": self.options.gpu_memory_utilization,
            "enforce_eager": self.options.enforce_eager,
            "trust_remote_code": self.options.remote_code,
            "enable_prefix_caching": None if self.options.sharing else False,  # None: where the model can
            "hf_overrides": {"num_labels": labels} if labels not in (None, self._config.num_labels) else None,
        }
        return {name: value for name, value in said.items() if value is not None}

    @cached_property
    def _config(self) -> Any:  # noqa: ANN401 - transformers' configuration
        from weval.adapters.classifier.loading import explained
        from weval.textmodels.local.transformers_library import require_libraries

        require_libraries(f"Scoring with {self.reference}")
        from transformers import AutoConfig

        folder = self._repository.folder
        with explained(self.reference):
            return AutoConfig.from_pretrained(folder, trust_remote_code=self.options.remote_code)

    @property
    def _dtype(self) -> str:
        """The precision asked for; auto: the checkpoint's own, where vLLM's auto makes float16 of float32."""
        if self.options.dtype != "auto":
            return self.options.dtype
        own = str(getattr(self._config.get_text_config(), "dtype", None)).removeprefix("torch.")
        return own if own in ("float32", "bfloat16", "float16") else "auto"

    @property
    def _computed(self) -> dict[str, str | int | float | bool | None]:
        import torch

        from weval.textmodels.local.vllm_library import library

        return {
            "dtype": self._dtype,
            "device": "cuda",
            "hardware": torch.cuda.get_device_name() if torch.cuda.is_available() else None,
            "max_length": self._engine.reader.limit,
            "truncation": self.options.truncation,
            "runner": "vLLM",
            "prefix_caching": self.options.sharing,
            "tensor_parallel_size": self.options.tensor_parallel_size,
            "torch": torch.__version__,
            "vllm": str(library(self.reference, f"Scoring with {self.reference}").__version__),
        }
