"""Models in this process that say what they are told to, and a small benchmark to ask them about."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from weval.bench.data import BenchData
from weval.bench.longbench_write.benchmark import REPLIES, LongBenchWrite
from weval.bench.options import BenchOptions
from weval.bench.spec import read_bench
from weval.bench.voice import Voice
from weval.types import Prompt, Reply


@dataclass
class FakeModel:
    """Replies as it is told to, to each prompt in turn, or not at all where it is told None."""

    says: Callable[[Prompt], Reply | str | None]
    asked: list[Prompt] = field(default_factory=list)
    drawn: list[str] = field(default_factory=list)
    told: frozenset[Literal["probabilities", "schema"]] = frozenset()
    usd: float | None = None

    @property
    def fingerprint(self) -> Mapping[str, Any]:
        return {"model": "fake"}

    @property
    def tells(self) -> frozenset[Literal["probabilities", "schema"]]:
        return self.told

    def usd_of(self, tokens_in: int, tokens_out: int) -> float | None:
        return self.usd

    @property
    def price_told(self) -> str | None:
        return None

    def keep_in(self, folder: Path) -> None:
        """Keeps nothing."""

    def replies(self, prompts: Iterable[Prompt]) -> Iterator[Reply]:
        for prompt in prompts:
            self.asked.append(prompt)
            said = self.says(prompt)
            if said is not None:
                yield said if isinstance(said, Reply) else Reply(prompt.id, "ok", said)


def longbench_write(data: Path, **options: Any) -> LongBenchWrite:
    """The benchmark on a file of one's own."""
    chosen = BenchOptions.model_validate({"resamples": 100, **options})
    voices = {REPLIES.name: Voice.of("writing-quality-6")}
    return LongBenchWrite(BenchData(read_bench("longbench-write"), chosen.set, data), chosen, voices)
