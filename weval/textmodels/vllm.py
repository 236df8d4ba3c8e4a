"""`vllm/FOLDER_OR_HUB_ID`: a chat model by vLLM in this process, for many prompts. Needs an NVIDIA GPU.

Written against the documented interface of vLLM 0.33, and tried against a stand-in with that interface which computes
by transformers. It has not run on a GPU yet: compare with `transformers/` before you rely on it.

Prompts are handed over in tokens, not as chats: so no text in them can end its turn (see weval.textmodels.local.chat),
and both backends ask a model in the same words.
"""

from __future__ import annotations

import importlib
import math
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from weval.errors import AdapterError, ConfigError
from weval.files import one_line
from weval.randomness import digest
from weval.textmodels.local.model import Local, told
from weval.textmodels.local.sampling import MAX_TOKENS
from weval.textmodels.local.vllm_library import explained, library
from weval.textmodels.options import TextModelOptions
from weval.types import Prompt, Reply

if TYPE_CHECKING:
    from weval.repository import Repository
    from weval.textmodels.local.vllm_library import explained, library
from weval.textmodels.local.tasks import Task, Tasks

WINDOW = 2048
"""Prompts that are put to vLLM together; it finds its own order, and what begins alike is computed once."""

WINDOW_TOKENS = 2**21
"""So many tokens may be written for them together: what a window has written is kept when all of it is there. Of
texts of 32,768 tokens a window has 64."""

MAX_LABEL_TOKENS = 128
"""So many tokens vLLM tells the probabilities of, of those that are asked for."""

LIKELIEST = 20
"""So many of the most likely it tells, where no tokens are asked for."""


class Vllm(Local):
    """A language model by vLLM. Draws are seeded for each prompt, by its id and `sampling_seed`.

    A schema is kept; `probabilities` are those of the labels' tokens before any temperature.
    """

    holds: ClassVar[str] = "_llm"

    def __init__(self, model: str, options: TextModelOptions) -> None:
        super().__init__(model, options)
        self.window = max(1, min(WINDOW, WINDOW_TOKENS // (options.max_tokens or MAX_TOKENS)))

    @property
    def tells(self) -> frozenset[Literal["probabilities", "schema"]]:
        """Both."""
        return frozenset({"probabilities", "schema"})

    def let_go(self) -> None:
        """Ends the engine: it takes nine tenths of a GPU, whatever the size of the model."""
        engine = getattr(self.__dict__.get(self.holds), "llm_engine", None)
        if end := getattr(getattr(engine, "engine_core", None), "shutdown", None):
            end()
        super().let_go()

    def _identity(self) -> Mapping[str, Any]:
        return {"backend": "vllm", "version": self._checkpoint.version}

    def _answered(self, prompts: Sequence[Prompt]) -> Iterator[Reply]:
        llm = self._llm
        tasks, replies = self._tasks.of(prompts)
        yield from replies
        if not tasks:
            return
        began = time.perf_counter()
        with explained(self.model, "failed"):
            asked = [{"prompt_token_ids": task.ids} for task in tasks]
            outputs = llm.generate(asked, [self._parameters(task) for task in tasks], use_tqdm=False)
        if len(outputs) != len(tasks):
            raise AdapterError(f"{self.model}: vLLM gave {len(outputs)} replies to {len(tasks)} prompts")
        seconds = (time.perf_counter() - began) / len(tasks)
        for task, output in zip(tasks, outputs, strict=True):
            yield self._reply(task, output.outputs[0], seconds)

    def _reply(self, task: Task, written: Any, seconds: float) -> Reply:  # noqa: ANN401 - vllm's CompletionOutput
        if written.finish_reason not in ("stop", "length"):
            reason = f"vLLM ended the reply with {one_line(repr(written.finish_reason), 60)}"
            return Reply(task.prompt.id, "failed", reason=reason, tokens_in=len(task.ids), seconds=seconds)
        first = written.logprobs[0] if task.prompt.labels and written.logprobs else {}
        texts = self._tasks.token_texts
        shares = [(texts[token], min(1.0, math.exp(one.logprob))) for token, one in first.items() if token in texts]
        ids, probabilities = self._tasks.until_end(written.token_ids), told(shares, task.prompt.labels)
        return self._tasks.reply(task, ids, probabilities, seconds, keeps_schema=True)

    def _parameters(self, task: Task) -> Any:  # noqa: ANN401 - vllm.SamplingParams
        vllm, sampling = library(self.model, f"Asking vllm/{self.model}"), self._tasks.sampling
        config, options = sampling.config, self.options
        said: dict[str, Any] = {"temperature": 0.0, "max_tokens": task.limit}
        if sampling.is_random:
            said |= {"temperature": config.temperature, "top_p": config.top_p, "top_k": config.top_k}
            words = (task.prompt.id, str(options.sampling_seed or 0))
            said["seed"] = int.from_bytes(digest(*words, size=7))
        said["repetition_penalty"] = config.repetition_penalty or 1.0
        said["stop"] = [options.stop] if options.stop and not self._tasks.is_stop_a_token else None
        said["stop_token_ids"] = sorted(self._tasks.ends)
        if task.prompt.schema is not None:
            held = importlib.import_module("vllm.sampling_params").StructuredOutputsParams
            said["structured_outputs"] = held(json=dict(task.prompt.schema))
        return vllm.SamplingParams(**said, **self._told(task.prompt))

    def _told(self, prompt: Prompt) -> dict[str, Any]:
        """What asks for probabilities: of the labels' tokens and no others, where they are few enough."""
        if not prompt.labels:
            return {}
        tokens = self._tasks.labels(prompt)
        return {"logprob_token_ids": tokens} if 0 < len(tokens) <= MAX_LABEL_TOKENS else {"logprobs": LIKELIEST}

    @cached_property
    def _checkpoint(self) -> Repository:
        from weval.repository import located

        library(self.model, f"Asking vllm/{self.model}")
        found = located(self.model, self.options.revision)
        if (found.folder / "adapter_config.json").is_file():
            raise ConfigError(f"{self.model}: is a LoRA checkpoint; merge it into its base (PEFT's merge_and_unload)")
        return found

    @cached_property
    def _config(self) -> Any:  # noqa: ANN401 - transformers' configuration
        from weval.textmodels.local.checkpoint import load_config

        return load_config(self._checkpoint)

    @cached_property
    def _tasks(self) -> Tasks:
        from weval.textmodels.local.chat import Chat
        from weval.textmodels.local.checkpoint import load_tokenizer
        from weval.textmodels.local.sampling import Sampling, own_generation_config
        from weval.textmodels.local.tasks import Tasks

        chat = Chat(load_tokenizer(self._checkpoint), self.model)
        own = own_generation_config(self._checkpoint.folder, self._config)
        return Tasks(chat, Sampling.of(self.options, own), self._limit, own.eos_token_id, self.options.stop)

    @property
    def _limit(self) -> int | None:
        from weval.textmodels.local.transformers_library import context_of

        return self.options.max_length or context_of(self._config)

    @cached_property
    def _llm(self) -> Any:  # noqa: ANN401 - vllm.LLM
        vllm, options = library(self.model, f"Asking vllm/{self.model}"), self.options
        dtype, stored = options.dtype, getattr(self._config, "dtype", None)
        if dtype == "auto" and stored is not None:  # vLLM's own auto makes float16 of float32
            dtype = str(stored).removeprefix("torch.")  # type: ignore[assignment]
        said: dict[str, Any] = {
            "model": str(self._checkpoint.folder),
            "dtype": dtype,
            "max_model_len": self._limit,
            "tensor_parallel_size": options.tensor_parallel_size,
            "enable_prefix_caching": True,
            "trust_remote_code": False,
            "max_num_seqs": options.batch_size if "batch_size" in options.model_fields_set else None,
        }
        _ = self._tasks  # first: a model without a template is not loaded
        with explained(self.model, "cannot load it"):
            return vllm.LLM(**{name: value for name, value in said.items() if value is not None})
