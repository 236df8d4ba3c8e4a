"""What the settings and a model's own generation_config say together about how its tokens are chosen."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from weval.textmodels.options import TextModelOptions

MAX_TOKENS = 4096
"""Length of a reply where neither the settings nor the model's generation_config.json say one."""


@dataclass(frozen=True, slots=True)
class Sampling:
    """How tokens are chosen. `sent` are the parameters by our names, as they are used."""

    config: Any
    is_random: bool
    max_tokens: int
    sent: Mapping[str, Any]

    @classmethod
    def of(cls, options: TextModelOptions, own: Any) -> Sampling:  # noqa: ANN401 - transformers' GenerationConfig
        """The settings on top of the model's own generation_config.

        What it does not say is off: transformers itself would keep only the 50 likeliest tokens, and 20 new ones.
        """
        temperature, top_p, top_k = options.temperature, None, None
        if temperature is None:
            temperature = (own.temperature or 1.0) if own.do_sample else 0.0
        config = copy.deepcopy(own)
        config.update(do_sample=temperature > 0, num_beams=1, num_return_sequences=1, max_length=None)
        if temperature > 0:
            top_p, top_k = options.top_p or own.top_p or 1.0, own.top_k or 0
            config.update(temperature=temperature, top_p=top_p, top_k=top_k)
        max_tokens = options.max_tokens or own.max_new_tokens or MAX_TOKENS
        used = {"temperature": temperature, "top_p": top_p, "top_k": top_k or None, "stop": options.stop}
        used["repetition_penalty"] = own.repetition_penalty if own.repetition_penalty != 1 else None
        used["sampling_seed"] = options.sampling_seed if temperature > 0 else None
        refused = {name: None for name in options.sampling()}  # a seed, where nothing is drawn
        sent = refused | {name: value for name, value in used.items() if value is not None}
        return cls(config, temperature > 0, max_tokens, sent)

    @property
    def minds_padding(self) -> bool:
        """Whether what stands before a prompt changes its reply: penalties are for all that was read, padding too."""
        config = self.config
        return any((getattr(config, name, None) or off) != off for name, off in _PENALTIES.items())


_PENALTIES = {"repetition_penalty": 1.0, "encoder_repetition_penalty": 1.0, "no_repeat_ngram_size": 0}


def own_generation_config(folder: Path, config: Any) -> Any:  # noqa: ANN401 - transformers' configurations
    """A checkpoint's generation_config.json; where it has none, what its configuration says."""
    from transformers import GenerationConfig

    if (folder / "generation_config.json").is_file():
        return GenerationConfig.from_pretrained(folder)
    return GenerationConfig.from_model_config(config)
