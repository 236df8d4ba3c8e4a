"""vLLM's offline interface: starting it, raw outputs for texts given as tokens, and what its scores are tried on."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from weval.adapters.certifying import (
    check_finite,
    check_plausible,
    check_read,
    check_repeated,
    drift_between,
    fixed_requests,
    rounding,
)
from weval.adapters.classifier.heads import Choice
from weval.adapters.classifier.options import HeadOptions
from weval.adapters.classifier.reading import Read, Reader
from weval.adapters.classifier.sharing import Ids
from weval.errors import AdapterError
from weval.textmodels.local.vllm_library import explained
from weval.types import Certificate, Request, Score


@dataclass(slots=True)
class Engine:
    """A loaded model. `raw` are the pooling parameters that ask for outputs as they are, `pad` its pad token."""

    name: str
    llm: Any
    raw: Any
    reader: Reader
    options: HeadOptions
    pad: int | None
    window: int
    choice: Choice | None = None

    def score(self, requests: Iterable[Request]) -> Iterator[Score]:
        """One score per request, a window of them at a time."""
        stream = iter(requests)
        while window := list(islice(stream, self.window)):
            reads: dict[bytes, list[Read]] = {}
            for found in self.reader.read(window):
                if isinstance(found, Score):
                    yield found
                else:
                    reads.setdefault(found.ids.astype(">i4").tobytes(), []).append(found)
            if reads:
                yield from self._score([reads[text] for text in sorted(reads)])

    def _score(self, alike: Sequence[Sequence[Read]]) -> Iterator[Score]:
        """Scores of texts in order, so that what begins alike is computed together; the same text once."""
        began = time.perf_counter()
        values = self.values([reads[0].ids for reads in alike])
        took = time.perf_counter() - began
        total = sum(len(read.ids) for reads in alike for read in reads)
        for reads, value in zip(alike, values, strict=True):
            for read in reads:
                n = len(read.ids)
                yield Score(read.request.id, "ok", (value,), raw=read.cut, tokens_in=n, seconds=took * n / total)

    def values(self, texts: Sequence[Ids]) -> list[float]:
        """The scores of texts. Raises AdapterError for anything but a finite number for each."""
        import torch

        rows = self.rows(texts)
        if self.choice is None:
            self.choice = Choice.of(self.options, self.reader.tokenizer, len(rows[0]), self.name)
        values: list[float] = self.choice(torch.tensor(rows)).double().tolist()
        for ids, value in zip(texts, values, strict=True):
            check_finite(self.name, value, len(ids))
        return values

    def rows(self, texts: Sequence[Ids]) -> list[list[float]]:
        """The raw outputs for texts, all labels of each."""
        prompts = [{"prompt_token_ids": ids.tolist()} for ids in texts]
        with explained(self.name, "failed"):
            outputs = self.llm.classify(prompts, pooling_params=self.raw, use_tqdm=False)
            rows = [[float(number) for number in output.outputs.probs] for output in outputs]
        if len(rows) != len(texts) or len({*map(len, rows)}) != 1 or not rows[0]:
            raise AdapterError(f"{self.name}: vLLM gave {len(rows)} rows of outputs for {len(texts)} texts")
        return rows


def certified(engine: Engine, computed: dict[str, str | int | float | bool | None]) -> Certificate:
    """Compares scores of the fixed texts. Raises AdapterError where they cannot come from a working model."""
    asked = fixed_requests(engine.options.unit)
    reads = [found for found in engine.reader.read(asked) if isinstance(found, Read)]
    requests, texts = [read.request for read in reads], [read.ids for read in reads]
    check_read(engine.name, asked, {request.id for request in requests}, engine.reader.limit)
    alone, again = ([engine.values([text])[0] for text in texts] for _ in range(2))
    if _are_shares(engine.rows(texts)):
        raise AdapterError(f"{engine.name}: vLLM gives probabilities where raw outputs were asked for")
    values = dict(zip([request.id for request in requests], alone, strict=True))
    check_plausible(engine.name, values, bounded=engine.options.is_bounded)
    limit = rounding(str(computed["dtype"]), alone)
    drift = {"repeated": drift_between(requests, alone, again)}
    check_repeated(engine.name, drift["repeated"], limit)
    drift["batched"] = drift_between(requests, alone, engine.values(texts))
    remarks = [*engine.reader.remarks()]
    if drift["batched"].largest > limit:
        remarks.append("together with others, texts got other scores than alone, by more than rounding explains")
    if engine.pad is not None and any(ids[-1] == engine.pad for ids in texts):
        remarks.append("texts end in the pad token: vLLM reads the score there, transformers at the token before it")
    easy = (alone[0], alone[1])
    return Certificate(n_texts=len(texts), easy=easy, drift=drift, computed=computed, remarks=tuple(remarks))


def _are_shares(rows: Sequence[Sequence[float]]) -> bool:
    """Whether every row is of several numbers that add up to one: a softmax was taken."""
    return all(len(row) > 1 and min(row) >= 0 and abs(sum(row) - 1) < 1e-3 for row in rows)
