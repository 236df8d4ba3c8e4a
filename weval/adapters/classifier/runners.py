"""Ways to get scores out of a loaded model: its layers with a head of ours, its own forward, or two against each other.

Ours is faster (common beginnings once, the head on one token); whether it computes what the model's own class does is
measured before it is used.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from weval.adapters.classifier.decoder import Decoder, Effort, padded
from weval.adapters.classifier.heads import Choice, Head
from weval.adapters.classifier.reading import Read
from weval.adapters.classifier.sharing import Batching, Cluster, Ids, batches, rows_of
from weval.errors import ConfigError

if TYPE_CHECKING:
    import torch
    from torch import Tensor


class Runner(Protocol):
    """Scores groups of texts. `shares` says whether common beginnings are computed once."""

    shares: bool

    def first(self, read: Read) -> int:
        """The first position whose state is needed: what is shared must end before it."""
        ...

    def scores(self, group: Sequence[Cluster], batching: Batching) -> dict[int, float]:
        """The score of every text of a group, by key."""
        ...

    def efforts(self) -> list[Effort]:
        """What was computed so far."""
        ...


@dataclass(slots=True)
class Layered:
    """A causal model's layers, and a head of ours."""

    decoder: Decoder
    head: Head
    shares: bool = True

    def first(self, read: Read) -> int:
        """Where the head needs states."""
        return self.head.first(read)

    def scores(self, group: Sequence[Cluster], batching: Batching) -> dict[int, float]:
        """States, then the head."""
        states = self.decoder.states(group, batching)
        texts = [text for cluster in group for text in cluster.texts]
        found = self.head.scores([states[text.key] for text in texts], [text.ids for text in texts])
        return dict(zip([text.key for text in texts], found.double().tolist(), strict=True))

    def efforts(self) -> list[Effort]:
        """What was computed so far."""
        return [self.decoder.effort]


@dataclass(slots=True)
class Whole:
    """The model's own forward, for encoders and for code that pools in its own way. Nothing is shared.

    `pad` is None where the model has no pad token: then one text is computed at a time.
    """

    model: Any
    choice: Choice
    pad: int | None
    device: torch.device
    output: str = "logits"
    last: bool = False
    effort: Effort = field(default_factory=Effort)
    shares: bool = False

    def first(self, read: Read) -> int:
        """Nothing is shared, so it does not matter."""
        return len(read.ids) - 1

    def scores(self, group: Sequence[Cluster], batching: Batching) -> dict[int, float]:
        """Batches of similar length."""
        found: dict[int, float] = {}
        for rows in batches(rows_of(group), batching if self.pad is not None else replace(batching, budget=1)):
            values = self.choice(self._raw([row.text.ids for row in rows], batching.left))
            found |= dict(zip([row.text.key for row in rows], values.double().tolist(), strict=True))
        return found

    def _raw(self, texts: Sequence[Ids], left: bool) -> Tensor:
        """The model's raw outputs, shape (texts, outputs)."""
        import torch

        ids = padded(texts, left=left, pad=self.pad or 0)
        mask = padded([np.ones_like(text) for text in texts], left=left)
        self.effort.asked += sum(map(len, texts))
        self.effort.count(ids, texts)
        said = {"input_ids": ids.to(self.device), "attention_mask": mask.to(self.device)}
        raw = _chosen(self.model(**said), self.output)
        if self.last:  # a language model gives one row of outputs per token
            ends = torch.full((len(texts),), ids.shape[1]) if left else mask.sum(dim=1)
            raw = raw[torch.arange(len(texts)), ends - 1]
        return raw.reshape(len(texts), -1)

    def efforts(self) -> list[Effort]:
        """What was computed so far."""
        return [self.effort]


def _chosen(output: Any, name: str) -> Tensor:  # noqa: ANN401 - what a model's forward gives
    """One of a model's outputs, by name or number. Raises ConfigError where it gives no such tensor."""
    import torch

    try:
        if name.isdigit():
            found = output[int(name)]
        else:
            found = output[name] if isinstance(output, Mapping) else getattr(output, name)
    except (AttributeError, LookupError, TypeError):
        found = None
    if not isinstance(found, torch.Tensor):
        given = ", ".join(output.keys()) if isinstance(output, Mapping) else f"{type(output).__name__} without names"
        raise ConfigError(f"--set output={name}: the model gives no such numbers (it gives {given})")
    return found


@dataclass(slots=True)
class Contrast:
    """The log-probability under a policy less that under its reference, times beta: DPO's implicit reward."""

    policy: Layered
    reference: Layered
    beta: float
    as_reference: Any = nullcontext
    shares: bool = True

    def first(self, read: Read) -> int:
        """As for the policy; both read the same tokens."""
        return self.policy.first(read)

    def scores(self, group: Sequence[Cluster], batching: Batching) -> dict[int, float]:
        """Policy, then reference."""
        chosen = self.policy.scores(group, batching)
        with self.as_reference():
            plain = self.reference.scores(group, batching)
        return {key: self.beta * (chosen[key] - plain[key]) for key in chosen}

    def efforts(self) -> list[Effort]:
        """What was computed so far, by both."""
        return [*self.policy.efforts(), *self.reference.efforts()]
