"""`transformers/FOLDER_OR_HUB_ID`: a chat model in this process, on a GPU or, for small ones, the CPU.

What the chat template writes around the turns cannot be written by a text in them (see weval.textmodels.local.chat).
Weights are read from safetensors only, and no code of a repository runs.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from weval.textmodels.local.model import Local
from weval.types import Prompt, Reply

if TYPE_CHECKING:
    from weval.repository import Repository
    from weval.textmodels.local.generation import Generator


class Transformers(Local):
    """A language model by transformers. Temperature 0 takes the likeliest tokens, prompts in batches, longest first.

    Otherwise each prompt is answered alone, its draws seeded by its id and `sampling_seed`: its reply depends on no
    other. Without a temperature the model's generation_config.json decides. `probabilities` are exact.
    """

    holds: ClassVar[str] = "_generator"

    def let_go(self) -> None:
        """As for all, and what torch keeps of a GPU for itself is given back."""
        super().let_go()
        if (torch := sys.modules.get("torch")) and torch.cuda.is_available():
            torch.cuda.empty_cache()

    @property
    def tells(self) -> frozenset[Literal["probabilities", "schema"]]:
        """Probabilities of the first token."""
        return frozenset({"probabilities"})

    def _identity(self) -> Mapping[str, Any]:
        return {"backend": "transformers", "version": self._checkpoint.version}

    def _answered(self, prompts: Sequence[Prompt]) -> Iterator[Reply]:
        yield from self._generator.answered(prompts)

    @cached_property
    def _checkpoint(self) -> Repository:
        from weval.repository import located
        from weval.textmodels.local.transformers_library import require_libraries

        require_libraries(f"Asking {self.model}")
        return located(self.model, self.options.revision)

    @cached_property
    def _generator(self) -> Generator:
        from weval.textmodels.local.chat import Chat
        from weval.textmodels.local.checkpoint import load_model, load_tokenizer
        from weval.textmodels.local.generation import Generator

        chat = Chat(load_tokenizer(self._checkpoint), self.model)  # first: a model without a template is not loaded
        model = load_model(self._checkpoint, self.options.dtype, self.options.device)
        return Generator(self.model, model, chat, self.options)
