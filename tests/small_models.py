"""Small models made on the spot: a tokenizer trained on a few texts, and random Qwen2, GPT-2 and BERT models."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import (
    AutoModelForCausalLM,
    AutoModelForSequenceClassification,
    BertConfig,
    BertForSequenceClassification,
    GPT2Config,
    GPT2ForSequenceClassification,
    LlamaConfig,
    LlamaForSequenceClassification,
    PreTrainedTokenizerFast,
    Qwen2Config,
    Qwen2ForCausalLM,
    Qwen2ForSequenceClassification,
)

CHAT = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
SPECIAL = ("<pad>", "<s>", "</s>", "<|im_start|>", "<|im_end|>")
ROOT = Path(__file__).parents[1]


def some_texts() -> list[str]:
    """Texts of the bundled set to train a tokenizer on."""
    lines = (ROOT / "tasks" / "weval-mini" / "items.jsonl").read_text(encoding="utf-8").splitlines()[:20]
    return [candidate["response"] for line in lines for candidate in json.loads(line)["candidates"]]


def make_tokenizer(
    chat: str | None = CHAT, vocabulary: int = 600, texts: Sequence[str] | None = None, **said: Any
) -> PreTrainedTokenizerFast:
    """A byte-level BPE tokenizer with pad, BOS, EOS and chat tokens. `bos=True`: it puts a BOS before every text."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        show_progress=False, vocab_size=vocabulary, special_tokens=list(SPECIAL), initial_alphabet=alphabet
    )
    tokenizer.train_from_iterator(texts or some_texts(), trainer)
    if said.pop("bos", False):
        tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 1)])
    names = {"pad_token": "<pad>", "bos_token": "<s>", "eos_token": "</s>"} | said
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, additional_special_tokens=["<|im_start|>", "<|im_end|>"], **names
    )
    fast.chat_template = chat
    return fast


SIZES = {"hidden_size": 64, "num_hidden_layers": 3, "num_attention_heads": 4, "num_key_value_heads": 2}


def _config(kind: Any, tokenizer: PreTrainedTokenizerFast, **said: Any) -> Any:
    known: dict[str, Any] = {
        "vocab_size": len(tokenizer),
        "intermediate_size": 128,
        "max_position_embeddings": 4096,
        "pad_token_id": tokenizer.pad_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "bos_token_id": tokenizer.bos_token_id,
        "initializer_range": 0.2,  # so that texts get clearly different scores
        **SIZES,
    }
    return kind(**(known | said))


def save(model: Any, tokenizer: Any, folder: Path) -> Path:
    """Writes a model and its tokenizer into a folder."""
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def make_rm(folder: Path, tokenizer: Any = None, *, labels: int = 1, seed: int = 0, **said: Any) -> Path:
    """A random Qwen2 reward model."""
    torch.manual_seed(seed)
    tokenizer = tokenizer or make_tokenizer()
    model = Qwen2ForSequenceClassification(_config(Qwen2Config, tokenizer, num_labels=labels, **said))
    spread(model.score)
    return save(model, tokenizer, folder)


def make_llama(folder: Path, tokenizer: Any = None, *, seed: int = 0, **said: Any) -> Path:
    """A random Llama reward model with one label."""
    torch.manual_seed(seed)
    tokenizer = tokenizer or make_tokenizer()
    model = LlamaForSequenceClassification(_config(LlamaConfig, tokenizer, num_labels=1, **said))
    spread(model.score)
    return save(model, tokenizer, folder)


def make_lm(folder: Path, tokenizer: Any = None, *, seed: int = 0, **said: Any) -> Path:
    """A random Qwen2 language model."""
    torch.manual_seed(seed)
    tokenizer = tokenizer or make_tokenizer()
    return save(Qwen2ForCausalLM(_config(Qwen2Config, tokenizer, **said)), tokenizer, folder)


def make_gpt2(folder: Path, tokenizer: Any = None, *, seed: int = 0, **said: Any) -> Path:
    """A random GPT-2 reward model: absolute positions."""
    torch.manual_seed(seed)
    tokenizer = tokenizer or make_tokenizer()
    known: dict[str, Any] = {
        "vocab_size": len(tokenizer), "n_embd": 64, "n_layer": 3, "n_head": 4, "n_positions": 2048, "num_labels": 1,
        "pad_token_id": tokenizer.pad_token_id, "initializer_range": 0.2,
    }  # fmt: skip
    model = GPT2ForSequenceClassification(GPT2Config(**(known | said)))
    spread(model.score)
    return save(model, tokenizer, folder)


def make_bert(folder: Path, tokenizer: Any = None, *, labels: int = 1, seed: int = 0, **said: Any) -> Path:
    """A random BERT classifier."""
    torch.manual_seed(seed)
    tokenizer = tokenizer or make_tokenizer(chat=None)
    sizes = {key: value for key, value in SIZES.items() if key != "num_key_value_heads"}
    known = {"vocab_size": len(tokenizer), "intermediate_size": 128, "max_position_embeddings": 2048, **sizes}
    config = BertConfig(**known, num_labels=labels, pad_token_id=0, initializer_range=0.2, **said)
    model = BertForSequenceClassification(config)
    spread(model.classifier)
    return save(model, tokenizer, folder)


def make_any(folder: Path, kinds: tuple[Any, Any], tokenizer: Any = None, *, seed: int = 0, **said: Any) -> Path:
    """A random model of any kind: its classes of configuration and of model."""
    torch.manual_seed(seed)
    tokenizer = tokenizer or make_tokenizer()
    model = kinds[1](_config(kinds[0], tokenizer, **({"num_labels": 1} | said)))
    if isinstance(getattr(model, "score", None), torch.nn.Linear):
        spread(model.score)
    return save(model, tokenizer, folder)


def add_code(folder: Path, code: str, name: str, auto: str = "AutoModelForSequenceClassification") -> Path:
    """Makes a saved model bring code of its own, in which `name` is its class."""
    (folder / "own_code.py").write_text(code, encoding="utf-8")
    return edit_config(folder, auto_map={auto: f"own_code.{name}"})


def edit_config(folder: Path, **said: Any) -> Path:
    """Changes a saved model's config.json."""
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    (folder / "config.json").write_text(json.dumps(config | said), encoding="utf-8")
    return folder


def edit_weights(folder: Path, change: Callable[[dict[str, torch.Tensor]], Any]) -> Path:
    """Changes a saved model's weights in place."""
    weights = load_file(folder / "model.safetensors")
    change(weights)
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    return folder


def spread(head: torch.nn.Linear, size: float = 1.0) -> None:
    """Makes a random head give scores on both sides of 0, some units apart."""
    torch.nn.init.normal_(head.weight, std=size)


def plain_scores(model: Any, texts: Sequence[Sequence[int]]) -> list[float]:
    """The first logit as plain transformers code gives it, one text at a time, unpadded."""
    with torch.inference_mode():
        return [float(model(input_ids=torch.tensor([list(ids)])).logits[0, 0]) for ids in texts]


def make_lora(
    folder: Path, base: Path, *, task: str = "SEQ_CLS", save_head: bool = False, seed: int = 5, **said: Any
) -> Path:
    """A LoRA checkpoint on a base model, its layers random and none of them 0. It brings no tokenizer.

    `task` is PEFT's; SEQ_CLS saves the head with the layers in any case, other tasks if `save_head`.
    """
    from peft import LoraConfig, get_peft_model

    torch.manual_seed(seed)
    kind = AutoModelForCausalLM if task == "CAUSAL_LM" else AutoModelForSequenceClassification
    model = kind.from_pretrained(base, **({} if task == "CAUSAL_LM" else {"num_labels": 1}))
    known = {"r": 4, "target_modules": ["q_proj", "v_proj"], "init_lora_weights": False, "task_type": task}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it would look on the Hub whether the vocabulary has grown
        adapted = get_peft_model(model, LoraConfig(modules_to_save=["score"] if save_head else None, **(known | said)))
        if task != "CAUSAL_LM":
            spread(model.score)
        adapted.save_pretrained(folder)
    return folder


def make_judge(folder: Path, *, seed: int = 0) -> Path:
    """A Qwen2 language model that has learnt one thing: after a user's turn to say [[1]] or [[0]], by a coin.

    A line break ends its reply, as not every server takes the text of a special token off.
    """
    torch.manual_seed(seed)
    tokenizer = make_tokenizer(texts=[*some_texts(), "[[1]] [[0]] " * 500])  # so that brackets are single tokens
    model = Qwen2ForCausalLM(_config(Qwen2Config, tokenizer, initializer_range=0.05))
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-3)
    texts = some_texts()
    for step in range(300):
        for group in optimizer.param_groups:
            group["lr"] = 5e-3 * (1 - step / 300)
        turn = [{"role": "user", "content": texts[step % len(texts)][-200 - 3 * step :]}]
        asked = tokenizer.apply_chat_template(turn, tokenize=False, add_generation_prompt=True)
        said = f"[[{step % 2}]]\n"
        ids, answer = (tokenizer(text, add_special_tokens=False)["input_ids"] for text in (asked, said))
        labels = torch.tensor([[-100] * len(ids) + answer])
        model(input_ids=torch.tensor([ids + answer]), labels=labels).loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    model.generation_config.eos_token_id = tokenizer("\n", add_special_tokens=False)["input_ids"]
    return save(model.eval(), tokenizer, folder)
