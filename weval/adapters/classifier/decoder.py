"""A causal model run for the states it ends in: common beginnings once, the rest in batches, on any padding side.

Nothing here looks at a token to tell padding from text: lengths are known. Padding stands on the right and, as the
model is causal, is not seen by what stands before it; no mask is needed, and the fastest attention is used.
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from weval.adapters.classifier.sharing import Batching, Cluster, Ids, Row, batches, rows_of

if TYPE_CHECKING:
    import torch
    from torch import Tensor


@dataclass(slots=True)
class Effort:
    """What was computed: tokens as they were asked for, those that padding added, those that sharing saved."""

    asked: int = 0
    computed: int = 0
    padding: int = 0

    def count(self, ids: Tensor, texts: Sequence[Ids]) -> None:
        """Adds one computation of texts that were padded to one tensor."""
        self.computed += ids.numel()
        self.padding += ids.numel() - sum(map(len, texts))

    @property
    def saved(self) -> int:
        """Tokens that did not have to be computed again."""
        return self.asked - (self.computed - self.padding)


@dataclass(frozen=True, slots=True)
class _Prefixes:
    """Beginnings that have been computed: their keys and values, and how many tokens each has."""

    cache: Any
    lengths: Tensor


@dataclass(slots=True)
class Decoder:
    """The layers of a causal model without its head.

    `layers` gives `last_hidden_state`. No run needs padding on the left; the certificate tries it.
    """

    layers: Any
    device: torch.device
    effort: Effort = field(default_factory=Effort)

    def can_share(self) -> bool:
        """Whether keys and values of a beginning can be kept: full attention in every layer, and nothing recurrent."""
        from transformers import DynamicCache

        try:
            kept = DynamicCache(config=self.layers.config)
        except (AttributeError, KeyError, TypeError, ValueError):
            return False
        plain = all(type(layer).__name__ == "DynamicLayer" for layer in kept.layers)
        return plain and self._cache_name() is not None

    def states(self, group: Sequence[Cluster], batching: Batching) -> dict[int, Tensor]:
        """The states of every text of a group from its `first` position on, by key; shape (positions, hidden size)."""
        prefixes = self._computed([cluster.prefix for cluster in group]) if group[0].shared else None
        # Short texts after a long beginning may be padded more: it is little beside the beginning itself.
        slack = min(cluster.shared // (10 * len(cluster.texts)) for cluster in group)
        found: dict[int, Tensor] = {}
        for rows in batches(rows_of(group), batching, slack):
            hidden = self._after(prefixes, rows, batching.left)
            for n, row in enumerate(rows):
                start = row.text.first - row.start + (hidden.shape[1] - len(row) if batching.left else 0)
                end = start + len(row.text.ids) - row.text.first
                found[row.text.key] = hidden[n, start:end]
        self.effort.asked += sum(len(text.ids) for cluster in group for text in cluster.texts)
        return found

    def _computed(self, prefixes: list[Ids]) -> _Prefixes:
        import torch
        from transformers import DynamicCache

        cache = DynamicCache(config=self.layers.config)
        lengths = torch.tensor([len(prefix) for prefix in prefixes], device=self.device)
        ids = self._padded(prefixes)
        self.layers(input_ids=ids, use_cache=True, **{self._cache_name() or "": cache})
        return _Prefixes(cache, lengths)

    def _after(self, prefixes: _Prefixes | None, rows: Sequence[Row], left: bool) -> Tensor:
        """The last states of rows, each after its prefix."""
        import torch

        ids = self._padded([row.text.ids[row.start :] for row in rows], left)
        before = torch.tensor([row.start for row in rows], device=self.device)
        said: dict[str, Any] = {"input_ids": ids, "use_cache": False}
        holes = left
        if prefixes is not None:
            chosen = torch.tensor([row.prefix for row in rows], device=self.device)
            said |= {self._cache_name() or "": _selected(prefixes.cache, chosen), "use_cache": True}
            longest = int(prefixes.lengths.max())
            holes = holes or bool((before < longest).any())
        if prefixes is not None or left:
            lengths = torch.tensor([len(row) for row in rows], device=self.device)
            places = torch.arange(ids.shape[1], device=self.device).expand(len(rows), -1)
            if left:
                places = places - (ids.shape[1] - lengths)[:, None]
            said["position_ids"] = (places + before[:, None]).clamp(min=0)
            if holes:
                real = (places >= 0) & (places < lengths[:, None])
                if prefixes is not None:
                    earlier = torch.arange(longest, device=self.device) < before[:, None]
                    real = torch.cat([earlier, real], dim=1)
                said["attention_mask"] = real.long()
        hidden: Tensor = self.layers(**said).last_hidden_state
        return hidden

    def _padded(self, texts: Sequence[Ids], left: bool = False) -> Tensor:
        """The texts as one tensor, with any token as padding: nobody looks at it."""
        ids = padded(texts, left=left)
        self.effort.count(ids, texts)
        return ids.to(self.device)

    def _cache_name(self) -> str | None:
        """What the layers call kept keys and values: `cache` since transformers 5.24, `past_key_values` before."""
        known = inspect.signature(self.layers.forward).parameters
        return next((name for name in ("cache", "past_key_values") if name in known), None)


def padded(texts: Sequence[Ids], *, left: bool, pad: int = 0) -> Tensor:
    """Texts as one tensor of shape (texts, longest), filled with `pad` on one side."""
    import torch

    longest = max(map(len, texts))
    ids = torch.full((len(texts), longest), pad, dtype=torch.long)
    for n, text in enumerate(texts):
        place = slice(longest - len(text), None) if left else slice(len(text))
        ids[n, place] = torch.from_numpy(text.astype("int64"))
    return ids


def _selected(cache: Any, chosen: Tensor) -> Any:  # noqa: ANN401 - transformers' Cache
    """A cache of the chosen rows, which the model may add to; the other stays as it is."""
    selected = copy.copy(cache)
    selected.layers = [copy.copy(layer) for layer in cache.layers]
    selected.batch_select_indices(chosen)
    return selected
