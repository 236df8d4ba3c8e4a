"""Prompts, and what a model replies to them, as tests of several backends ask."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from weval.textmodels import TextModelOptions, open_text_model
from weval.types import Prompt, Reply


def prompts(n: int, **said: Any) -> list[Prompt]:
    """Prompts of different lengths."""
    return [
        Prompt(f"p{k}", (("system", "Judge."), ("user", "Some text. " * k + f"Number {k}")), **said) for k in range(n)
    ]


def asked(reference: str, asked: Sequence[Prompt], **options: Any) -> dict[str, Reply]:
    """The replies by the prompts' ids; there must be one for each."""
    replies = list(open_text_model(reference, TextModelOptions(**options)).replies(iter(asked)))
    assert sorted(reply.prompt_id for reply in replies) == sorted(prompt.id for prompt in asked)
    return {reply.prompt_id: reply for reply in replies}


def copied(model: Path, to: Path) -> Path:
    """A copy of a model's folder, to be changed."""
    return Path(shutil.copytree(model, to))


def plain_ids(model: Path, text: str, n: int) -> list[int]:
    """The likeliest next tokens of a text, by the plainest code there is: one at a time, nothing kept, no padding."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(model)
    network: Any = AutoModelForCausalLM.from_pretrained(model).eval()
    ids = tokenizer(text, add_special_tokens=False)["input_ids"]
    start = len(ids)
    with torch.inference_mode():
        for _ in range(n):
            ids.append(int(network(input_ids=torch.tensor([ids])).logits[0, -1].argmax()))
    return list(ids[start:])


def chat_text(prompt: Prompt) -> str:
    """A prompt by the chat template of the small models."""
    turns = "".join(f"<|im_start|>{role}\n{text}<|im_end|>\n" for role, text in prompt.messages)
    return f"{turns}<|im_start|>assistant\n"
