"""A small base model made on the spot: a random Qwen2, and a byte-level BPE tokenizer trained on the recipe's texts."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from weval.errors import ConfigError
from weval.files import part_of
from weval.training.sections import SmallModel

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

CHAT = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
"""The chat template: ChatML, as the models have it that it stands for."""

PAD, START, END = "<|endoftext|>", "<|im_start|>", "<|im_end|>"

CONTEXT = 4096
"""Tokens that it can read."""


def make_small(
    folder: Path,
    size: SmallModel,
    texts: Iterable[str],
    task: Literal["lm", "classifier"],
    *,
    seed: int,
    labels: int = 1,
) -> None:
    """Writes a random model and its tokenizer into a folder, whole or not at all. Equal seeds and texts, equal models.
    A classifier has so many labels.

    Raises ConfigError for a size that makes no sense.
    """
    import torch
    from transformers import Qwen2Config, Qwen2ForCausalLM, Qwen2ForSequenceClassification

    if size.hidden % size.heads or (size.hidden // size.heads) % 2:
        raise ConfigError(f"model.small: hidden={size.hidden} is not an even multiple of heads={size.heads}")
    tokenizer = make_tokenizer(texts, size.vocabulary)
    config_type: Any = Qwen2Config
    config = config_type(
        vocab_size=len(tokenizer),
        hidden_size=size.hidden,
        intermediate_size=4 * size.hidden,
        num_hidden_layers=size.layers,
        num_attention_heads=size.heads,
        num_key_value_heads=size.heads,
        max_position_embeddings=CONTEXT,
        tie_word_embeddings=True,
        pad_token_id=tokenizer.pad_token_id,
        eos_token_id=tokenizer.eos_token_id,
        bos_token_id=None,
        initializer_range=0.02 if size.hidden >= 512 else 0.05,  # narrow layers need larger weights to say anything
        num_labels=labels,
    )
    kind = Qwen2ForCausalLM if task == "lm" else Qwen2ForSequenceClassification
    part = part_of(folder)
    shutil.rmtree(part, ignore_errors=True)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        kind(config).save_pretrained(part)
    tokenizer.save_pretrained(part)
    part.replace(folder)


def make_tokenizer(texts: Iterable[str], vocabulary: int) -> PreTrainedTokenizerFast:
    """A byte-level BPE tokenizer with a chat template. Texts end in <|im_end|>, and are padded with <|endoftext|>."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    found = Tokenizer(models.BPE())
    found.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    found.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=[PAD, START, END],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    found.train_from_iterator(texts, trainer)
    fast: Any = PreTrainedTokenizerFast
    tokenizer: PreTrainedTokenizerFast = fast(
        tokenizer_object=found,
        pad_token=PAD,
        eos_token=END,
        additional_special_tokens=[START],
        model_max_length=CONTEXT,
    )
    tokenizer.chat_template = CHAT
    return tokenizer
