"""The texts: N ordinary runs of a benchmark, one after the other, each with its own folder and its own seed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from weval.bench.best_of.checking import seeds_of
from weval.bench.best_of.given import sample_file
from weval.bench.finish import BenchOutcome
from weval.bench.ready import BenchRun
from weval.bench.run import run_bench
from weval.errors import Pending
from weval.run import Watcher

SAMPLE = "sample-"
"""How the folders of the samples begin."""


def sample_folders(root: Path, n: int) -> Iterator[Path]:
    """Where the runs of the first n texts lie.

    >>> [path.name for path in sample_folders(Path("root"), 2)]
    ['sample-1', 'sample-2']
    """
    yield from (root / f"{SAMPLE}{sample}" for sample in range(1, n + 1))


def run_samples(run: BenchRun, settings: Mapping[str, str], n: int, root: Path, watcher: Watcher) -> list[BenchOutcome]:
    """The runs. Where batches are left to be answered, those of all texts are left before that is said.

    Raises WevalError; what was replied before stays.
    """
    found, waiting, quiet = list[BenchOutcome](), list[Pending](), _Once(watcher)
    seeds = seeds_of(run, settings, n)
    for sample, (folder, seed) in enumerate(zip(sample_folders(root, n), seeds, strict=True), start=1):
        given = sample_file(root, sample) if run.responses else None
        asked = replace(run, responses=given, settings={**settings, **seed}, out=folder)
        try:
            found.append(run_bench(asked, quiet))
        except Pending as pending:
            waiting.append(pending)
    if waiting:
        raise waiting[0]
    return found


class _Once(Watcher):
    """Passes on what it is told, but no notice twice: the runs have the same to say."""

    def __init__(self, watcher: Watcher) -> None:
        self._watcher = watcher
        self._said: set[str] = set()

    def download(self, done: int, total: int | None) -> None:
        self._watcher.download(done, total)

    def counts(self, doing: str, past: str) -> None:
        self._watcher.counts(doing, past)

    def started(self, total: int, done: int) -> None:
        self._watcher.started(total, done)

    def scored(self) -> None:
        self._watcher.scored()

    def notice(self, text: str) -> None:
        if text not in self._said:
            self._said.add(text)
            self._watcher.notice(text)
