"""How large a model is, from its config: parameters, and what a token takes in the cache. Weights are not looked at."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from weval.errors import ConfigError
from weval.training.bases import SMALL, where
from weval.training.sections import Lora, Model

CONFIG = "config.json"


@dataclass(frozen=True, slots=True)
class Shape:
    """What of a model's config decides its size. `kv` are the heads of keys and values, `head` is the size of one.

    `has_bias` is of queries, keys and values (Qwen2), `has_norms` of queries and keys (Qwen3). An encoder is BERT's
    kind: two matrices in its feed-forward layer, and so many positions.
    """

    hidden: int
    layers: int
    heads: int
    kv: int
    head: int
    inner: int
    vocabulary: int
    is_tied: bool = False
    has_bias: bool = False
    has_norms: bool = False
    positions: int | None = None

    @property
    def is_encoder(self) -> bool:
        """Whether it reads only."""
        return self.positions is not None

    @property
    def attended(self) -> int:
        """The width of all queries of a token together."""
        return self.heads * self.head

    @property
    def parameters(self) -> int:
        """All weights; of a decoder with its language model's head where that is not the embedding again.

        >>> round(SHAPES["Qwen/Qwen2.5-7B-Instruct"].parameters / 1e9, 2)
        7.62
        """
        if self.is_encoder:
            assert self.positions is not None
            embedded = (self.vocabulary + self.positions + 2 + 2) * self.hidden
            layer = sum(i * o + o for i, o in self.linear) + 4 * self.hidden
            return embedded + self.layers * layer + self.hidden**2 + self.hidden
        embedded = self.vocabulary * self.hidden * (1 if self.is_tied else 2)
        bias = self.attended + 2 * self.kv * self.head if self.has_bias else 0
        norms = 2 * self.hidden + (2 * self.head if self.has_norms else 0)
        return embedded + self.layers * (sum(i * o for i, o in self.linear) + bias + norms) + self.hidden

    @property
    def linear(self) -> tuple[tuple[int, int], ...]:
        """The matrices of one layer: how wide what goes in is, and what comes out."""
        keys = self.kv * self.head
        attention = (
            (self.hidden, self.attended),
            (self.hidden, keys),
            (self.hidden, keys),
            (self.attended, self.hidden),
        )
        inner = ((self.hidden, self.inner), (self.inner, self.hidden))
        return attention + (inner if self.is_encoder else (inner[0], *inner))

    @property
    def cache_bytes(self) -> int:
        """Of one token: its keys and values in all layers, in two bytes each."""
        return 2 * self.layers * self.kv * self.head * 2

    def lora_parameters(self, lora: Lora) -> int:
        """Of an adapter on all linear layers, whatever fewer `targets` may say.

        >>> SHAPES["Qwen/Qwen2.5-7B-Instruct"].lora_parameters(Lora(rank=16)) // 10**6
        40
        """
        return self.layers * sum(lora.rank * (i + o) for i, o in self.linear)


def _qwen2(hidden: int, layers: int, heads: int, kv: int, inner: int, *, tied: bool = False) -> Shape:
    vocabulary = 151_936 if tied else 152_064
    return Shape(hidden, layers, heads, kv, 64 if hidden == 896 else 128, inner, vocabulary, tied, has_bias=True)


def _qwen3(hidden: int, layers: int, heads: int, inner: int, *, tied: bool = False) -> Shape:
    return Shape(hidden, layers, heads, 8, 128, inner, 151_936, tied, has_norms=True)


_QWEN2 = {
    "0.5B": _qwen2(896, 24, 14, 2, 4864, tied=True),
    "1.5B": _qwen2(1536, 28, 12, 2, 8960, tied=True),
    "3B": _qwen2(2048, 36, 16, 2, 11_008, tied=True),
    "7B": _qwen2(3584, 28, 28, 4, 18_944),
    "14B": _qwen2(5120, 48, 40, 8, 13_824),
    "32B": _qwen2(5120, 64, 40, 8, 27_648),
}
_QWEN3 = {
    "0.6B": _qwen3(1024, 28, 16, 3072, tied=True),
    "1.7B": _qwen3(2048, 28, 16, 6144, tied=True),
    "4B": _qwen3(2560, 36, 32, 9728, tied=True),
    "8B": _qwen3(4096, 36, 32, 12_288),
    "14B": _qwen3(5120, 40, 40, 17_408),
    "32B": _qwen3(5120, 64, 64, 25_600),
}

SHAPES: dict[str, Shape] = {
    **{f"Qwen/Qwen2.5-{size}{end}": one for size, one in _QWEN2.items() for end in ("", "-Instruct")},
    **{f"Qwen/Qwen3-{size}{end}": one for size, one in _QWEN3.items() for end in ("", "-Base")},
    "meta-llama/Llama-3.1-8B": (llama := Shape(4096, 32, 32, 8, 128, 14_336, 128_256)),
    "meta-llama/Llama-3.1-8B-Instruct": llama,
    "deepseek-ai/DeepSeek-R1-Distill-Qwen-14B": _QWEN2["14B"],
    "sentence-transformers/all-MiniLM-L6-v2": Shape(384, 6, 12, 12, 32, 1536, 30_522, positions=512),
}
"""From the config.json of each repository, for machines that cannot look it up."""


def shape_of(model: Model, made: Path) -> Shape | None:
    """The shape of a base: by its config.json where that is here, else by the table; None where nobody knows.

    `made` is where a small base lies, or would.
    """
    if model.base == SMALL:
        small = model.small
        head = small.hidden // small.heads
        return Shape(small.hidden, small.layers, small.heads, small.heads, head, 4 * small.hidden, small.vocabulary,
                     is_tied=True, has_bias=True)  # fmt: skip
    for folder in _folders(model.base, made):
        if (folder / CONFIG).is_file():
            return _read(folder / CONFIG)
    return SHAPES.get(model.base)


def _folders(base: str, made: Path) -> Iterator[Path]:
    try:
        yield Path(where(base, made)).expanduser()
    except (ConfigError, RuntimeError):  # a package that is not installed; ~ of nobody
        return


def _read(path: Path) -> Shape | None:
    """A config of the kinds that the table has; None for other kinds."""
    try:
        content = json.loads(path.read_text("utf-8"))
        return _shape(content) if isinstance(content, dict) else None
    # Whoever opens the model says what is wrong with it.
    except (OSError, ValueError, KeyError, TypeError, ArithmeticError, RecursionError):
        return None


def _shape(content: Mapping[str, Any]) -> Shape:
    kind, hidden, heads = content["model_type"], int(content["hidden_size"]), int(content["num_attention_heads"])
    is_encoder = "max_position_embeddings" in content and kind in ("bert", "roberta", "xlm-roberta")
    return Shape(
        hidden=hidden,
        layers=int(content["num_hidden_layers"]),
        heads=heads,
        kv=int(content.get("num_key_value_heads") or heads),
        head=int(content.get("head_dim") or hidden // heads),
        inner=int(content["intermediate_size"]),
        vocabulary=int(content["vocab_size"]),
        is_tied=bool(content.get("tie_word_embeddings")) and not is_encoder,
        has_bias=kind == "qwen2",
        has_norms=kind == "qwen3",
        positions=int(content["max_position_embeddings"]) if is_encoder else None,
    )
