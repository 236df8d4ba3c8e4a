"""Requests through a runner: read, each text once, longest first, in batches that shrink where memory runs out."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

from weval.adapters.certifying import check_finite
from weval.adapters.classifier.reading import Read, Reader
from weval.adapters.classifier.sharing import Batching, Cluster, Sequenced, batches, clusters, groups, rows_of
from weval.errors import AdapterError
from weval.files import one_line
from weval.types import Request, Score

if TYPE_CHECKING:
    from weval.adapters.classifier.runners import Runner

FOREIGN = (TypeError, ValueError, LookupError, AttributeError, NotImplementedError)
"""What the code of a model raises for texts that it cannot read: no end token, too many positions, unknown tokens."""

NO_MEMORY = ("out of memory", "can't allocate memory", "not enough memory")
"""What torch says where memory runs out, beside its own error: the CPU has none of its own."""


@dataclass(slots=True)
class Engine:
    """Scores requests. Running out of memory halves what is computed at once, for good.

    Texts of `alone_from` tokens or more are computed by themselves: the model's positions depend on the longest text of
    a batch from there on (longrope, dynamic NTK), and some models keep what they found for the texts that follow.
    """

    name: str
    reader: Reader
    runner: Runner
    batching: Batching
    window: int
    sharing: bool = True
    find_response: bool = False
    alone_from: int | None = None

    def score(self, requests: Iterable[Request]) -> Iterator[Score]:
        """One score per request, in the order in which they are computed, some thousands drawn at a time."""
        stream = iter(requests)
        while window := list(islice(stream, self.window)):
            reads = []
            for found in self.reader.read(window, find_response=self.find_response):
                if isinstance(found, Score):
                    yield found
                else:
                    reads.append(found)
            yield from self._score(reads)

    def _score(self, reads: Sequence[Read]) -> Iterator[Score]:
        """Scores of what has been read. The same text is computed once, whoever asks."""
        same: dict[tuple[bytes, int | None], list[Read]] = {}
        for read in reads:
            same.setdefault((read.ids.tobytes(), read.start), []).append(read)
        alike = list(same.values())
        texts = [Sequenced(n, some[0].ids, self.runner.first(some[0])) for n, some in enumerate(alike)]
        for group in self._groups(texts):
            began = time.perf_counter()
            found = self._computed(group)
            took = time.perf_counter() - began
            total = sum(len(text.ids) * len(alike[text.key]) for cluster in group for text in cluster.texts)
            for key, value in found.items():
                for read in alike[key]:
                    yield self._answer(read, value, took * len(read.ids) / total)

    def _groups(self, texts: Sequence[Sequenced]) -> Iterator[list[Cluster]]:
        """What is computed together, longest first: what does not fit shows at once."""
        far = [text for text in texts if self._is_far(text)]
        yield from ([Cluster(0, (text,))] for text in sorted(far, key=lambda text: -len(text.ids)))
        near = [text for text in texts if not self._is_far(text)]
        found = clusters(near, sharing=self.sharing and self.runner.shares)
        yield from groups(found, self.batching.budget)
        singles = [cluster for cluster in found if not cluster.shared]
        for rows in batches(rows_of(singles), self.batching):
            yield [Cluster(0, (row.text,)) for row in rows]

    def _is_far(self, text: Sequenced) -> bool:
        return self.alone_from is not None and len(text.ids) >= self.alone_from

    def _computed(self, group: Sequence[Cluster]) -> dict[int, float | None]:
        """The scores of a group; None for a text that does not fit into memory even alone."""
        try:
            return self._at_once(group)
        except FOREIGN as error:
            raise AdapterError(self._unreadable(group, error)) from error
        except RuntimeError as error:
            if not is_memory(error):
                raise
        _release()
        texts = [text for cluster in group for text in cluster.texts]
        if len(texts) == 1:  # nothing was computed beside it, so a smaller budget would not help
            return {texts[0].key: None}
        self.batching = replace(self.batching, budget=max(1, self.batching.budget // 2))
        parts: list[list[Cluster]] = [[Cluster(0, (text,))] for text in texts]
        if len(group) > 1:
            parts = [list(group[: len(group) // 2]), list(group[len(group) // 2 :])]
        return {key: value for part in parts for key, value in self._computed(part).items()}

    def _at_once(self, group: Sequence[Cluster]) -> dict[int, float | None]:
        """The scores of a group. Who takes them one by one, as a training loop may, is not left in inference mode."""
        import torch

        with torch.inference_mode():
            if self._is_far(group[0].texts[0]):  # after a short text, the model has forgotten the last long one
                ids = group[0].texts[0].ids[:1]
                self.runner.scores([Cluster(0, (Sequenced(-1, ids, 0),))], self.batching)
            return dict(self.runner.scores(group, self.batching))

    def _unreadable(self, group: Sequence[Cluster], error: Exception) -> str:
        lengths = sorted(len(text.ids) for cluster in group for text in cluster.texts)
        texts = "one text" if len(lengths) == 1 else f"{len(lengths)} texts"
        said = one_line(f"{type(error).__name__}: {' '.join(str(error).split())}", 160)
        return (
            f"{self.name}: its code failed on {texts} of up to {lengths[-1]:,} tokens ({said}). Does it read so many "
            "(max_length) and know every token of its tokenizer, and must a text end in a special one (append_eos)?"
        )

    def _answer(self, read: Read, value: float | None, seconds: float) -> Score:
        n_tokens = len(read.ids)
        if value is None:
            return Score.missing(read.request, "failed", f"out of memory on a text of {n_tokens:,} tokens alone")
        check_finite(self.name, value, n_tokens)
        return Score(read.request.id, "ok", (value,), raw=read.cut, tokens_in=n_tokens, seconds=seconds)


def is_memory(error: RuntimeError) -> bool:
    """Whether torch says that memory ran out."""
    import torch

    return isinstance(error, torch.OutOfMemoryError) or any(said in str(error) for said in NO_MEMORY)


def _release() -> None:
    import gc

    import torch

    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
