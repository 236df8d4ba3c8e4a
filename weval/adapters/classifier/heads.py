"""From a model's states to a score: the last step, in float32 whatever the precision of the layers below.

A head says from which position on it needs states, and makes one number of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from weval.adapters.classifier.options import HeadOptions
from weval.adapters.classifier.reading import Read
from weval.adapters.classifier.sharing import Ids
from weval.errors import ConfigError

if TYPE_CHECKING:
    from torch import Tensor

CHUNK = 512
"""Positions whose log-probabilities over the whole vocabulary are in memory at once."""


class Head(Protocol):
    """Makes scores of states."""

    def first(self, read: Read) -> int:
        """The first position whose state is needed."""
        ...

    def scores(self, states: Sequence[Tensor], texts: Sequence[Ids]) -> Tensor:
        """A float32 score for each text, from its states of shape (positions, hidden size)."""
        ...


@dataclass(frozen=True, slots=True)
class Choice:
    """Which number of a row of raw outputs is the score: one, its probability, or one less another."""

    kind: str
    label: int = 0
    other: int | None = None

    @classmethod
    def of(cls, options: HeadOptions, tokenizer: Any, n_outputs: int, name: str) -> Choice:  # noqa: ANN401
        """What the options ask for. Raises ConfigError where the model has no such output, or several for `logit`."""
        label = _token(tokenizer, options.token, "token", name) if options.token is not None else options.label
        other = options.other_label
        if options.other_token is not None:
            other = _token(tokenizer, options.other_token, "other_token", name)
        if options.head == "logit" and n_outputs != 1:
            raise ConfigError(
                f"{name} has {n_outputs} labels; choose one by --set head=class --set label=1, or "
                "--set head=logit_difference --set label=1 --set other_label=0"
            )
        for asked in (label, other):
            if asked is not None and asked >= n_outputs:
                there = (
                    f"they are 0 to {n_outputs - 1}" if n_outputs > 1 else "it has a single one, as head=logit reads"
                )
                raise ConfigError(f"{name} has no label {asked}: {there}")
        return cls(options.head, label or 0, other)

    def __call__(self, raw: Tensor) -> Tensor:
        """The score of each row of raw outputs, shape (texts, outputs)."""
        raw = raw.float()
        if self.kind == "class":
            return raw.softmax(dim=-1)[:, self.label]
        chosen = raw[:, self.label]
        return chosen if self.other is None else chosen - raw[:, self.other]


def _token(tokenizer: Any, text: str, setting: str, name: str) -> int:  # noqa: ANN401
    ids = tokenizer(text, add_special_tokens=False)["input_ids"]
    if len(ids) != 1:
        raise ConfigError(f"--set {setting}={text}: is {len(ids)} tokens to {name}, not one")
    return int(ids[0])


@dataclass(frozen=True, slots=True)
class PooledHead:
    """A linear layer on the state of one token: as transformers pools, the last that is not the pad token.

    Where pad and end-of-sequence token are the same, that is not the last token of a text that ends in it; the
    certificate says so. `pad` is None where the last token is pooled whatever it is.
    """

    layer: Any
    choice: Choice
    pad: int | None

    def first(self, read: Read) -> int:
        """The pooled position."""
        return pooled(read.ids, self.pad)

    def scores(self, states: Sequence[Tensor], texts: Sequence[Ids]) -> Tensor:
        """The score of each text from its pooled state."""
        import torch

        return self.choice(_linear(self.layer, torch.stack([state[0] for state in states])))


def pooled(ids: Ids, pad: int | None) -> int:
    """The position of the last token that is not `pad`; 0 where all are, as transformers has it.

    >>> import numpy as np
    >>> pooled(np.array([7, 8, 2, 2]), 2), pooled(np.array([7, 8, 2, 2]), None)
    (1, 3)
    """
    if pad is None:
        return len(ids) - 1
    others = (ids != pad).nonzero()[0]
    return int(others[-1]) if len(others) else 0


@dataclass(frozen=True, slots=True)
class TokenHead:
    """The logit of one token of the vocabulary (or of one less another) after the text."""

    layer: Any
    choice: Choice

    def first(self, read: Read) -> int:
        """The last position."""
        return len(read.ids) - 1

    def scores(self, states: Sequence[Tensor], texts: Sequence[Ids]) -> Tensor:
        """The score of each text from its last state."""
        import torch

        return self.choice(_linear(self.layer, torch.stack([state[0] for state in states])))


@dataclass(frozen=True, slots=True)
class LikelihoodHead:
    """The log-probability of the response: the sum over its tokens, in nats."""

    layer: Any

    def first(self, read: Read) -> int:
        """The position before the response: its state predicts the first token."""
        assert read.start is not None
        return read.start - 1

    def scores(self, states: Sequence[Tensor], texts: Sequence[Ids]) -> Tensor:
        """The log-probability of each response."""
        import torch

        return torch.stack([self._sum(state, ids) for state, ids in zip(states, texts, strict=True)])

    def _sum(self, states: Tensor, ids: Ids) -> Tensor:
        import torch

        told = torch.from_numpy(ids[len(ids) - len(states) + 1 :].astype("int64")).to(states.device)
        total = torch.zeros((), dtype=torch.float64)
        for start in range(0, len(told), CHUNK):
            part = told[start : start + CHUNK]
            logs = _linear(self.layer, states[start : start + len(part)]).log_softmax(dim=-1)
            total += logs.gather(1, part[:, None]).double().sum().cpu()
        return total


def _linear(layer: Any, states: Tensor) -> Tensor:  # noqa: ANN401 - a module, or PEFT's wrapper of one
    """A linear layer in float32; a wrapped one in its own precision."""
    import torch

    if type(layer) is not torch.nn.Linear:
        found: Tensor = layer(states).float()
        return found
    bias = None if layer.bias is None else layer.bias.float()
    return torch.nn.functional.linear(states.float().to(layer.weight.device), layer.weight.float(), bias)
