"""The whole way of a benchmark: data, models, steps, result. What was replied before is not asked again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from weval.bench.asking import Asking
from weval.bench.benchmark import Benchmark
from weval.bench.finish import BenchOutcome, finish
from weval.bench.given import given_rows
from weval.bench.items import Step
from weval.bench.ready import BenchRun, Ready, default_folder, makers_of, prepare
from weval.bench.replies import StepReplies
from weval.bench.spreading import at_work
from weval.bench.told import Told
from weval.engine.options import without_engine
from weval.engine.spread import Engine
from weval.identity import record_of
from weval.run import Watcher
from weval.store import RunFolder
from weval.textmodels.batches.record import BATCHES, left_open
from weval.textmodels.journal import REPLIES

__all__ = ["BenchRun", "Ready", "default_folder", "forget", "held", "opened", "prepare", "run_bench"]


def run_bench(spec: BenchRun, watcher: Watcher | None = None) -> BenchOutcome:
    """Runs or continues a benchmark and writes its result. Raises WevalError; what was replied before stays."""
    watcher = watcher or Watcher()
    ready = prepare(spec, watcher)
    with at_work(ready, Engine(ready.engine, watcher.notice)) as ready:
        return _run(ready, watcher)


def _run(ready: Ready, watcher: Watcher) -> BenchOutcome:
    spec, identity, options = ready.spec, ready.identity(), ready.benchmark.options
    with held(spec.out or default_folder(ready), ready.steps) as folder:
        if spec.fresh:
            forget(folder, ready.steps, watcher)
        folder.begin(record_of(identity, options.computed(), without_engine(spec.settings), spec.command, spec.data))
        with opened(folder.path, ready.benchmark, ready.steps) as (replies, told):
            for step in ready.steps:
                _fill(step, ready, replies[step.name])
                _ask(step, ready, replies[step.name], told, folder.path, watcher)
                _let_go(step, ready)
            return finish(folder.path, ready.benchmark, replies, makers_of(identity, ready.steps))


def held(path: Path, steps: Sequence[Step]) -> RunFolder:
    """The run's folder, with the files of its steps."""
    kept = [f"{step.name}/{name}" for step in steps for name in (REPLIES, BATCHES)]
    return RunFolder(path, [f"{step.name}.jsonl" for step in steps], kept, kind="benchmark")


@contextmanager
def opened(
    folder: Path, benchmark: Benchmark[Any], steps: Sequence[Step], *, only_reads: bool = False
) -> Iterator[tuple[dict[str, StepReplies], Told]]:
    """The files of all steps. Raises DataError for a broken one."""
    with ExitStack() as stack:
        replies = {}
        for step in steps:
            path, is_read = folder / f"{step.name}.jsonl", partial(benchmark.is_read, step)
            found = StepReplies(path, is_read, only_reads=only_reads)
            replies[step.name] = stack.enter_context(found)
        yield replies, Told(replies)


def forget(folder: RunFolder, steps: Sequence[Step], watcher: Watcher) -> None:
    """Removes an earlier run. What was paid for and never came is told: nobody will collect it."""
    for step in steps:
        for batch, n in left_open(folder.path / step.name).items():
            watcher.notice(f"{batch} was never collected; its {n:,} replies are paid for unless you cancel it there")
    folder.clear()


def _fill(step: Step, ready: Ready, replies: StepReplies) -> None:
    """Takes over what a file of the user has and the run has not yet."""
    path = ready.spec.file_of(step)
    if path is None or not step.fills:
        return
    wanted = {item.id for item in ready.items}
    for row in given_rows(path, step.fills, ready.benchmark):
        known = [seen.row.attempt for seen in replies.attempts(row.item, row.part)]
        if row.item in wanted and row.attempt not in known:
            replies.add(row)


def _ask(step: Step, ready: Ready, replies: StepReplies, told: Told, folder: Path, watcher: Watcher) -> None:
    model = ready.cast.steps[step.name]
    if model is None:
        return
    if keep_in := getattr(model, "keep_in", None):
        (folder / step.name).mkdir(exist_ok=True)
        keep_in(folder / step.name)
    tries = step.tries or ready.benchmark.options.tries
    Asking(step, ready.benchmark, ready.items, replies, told, tries, watcher).ask(model)


def _let_go(step: Step, ready: Ready) -> None:
    """Frees a model that no later step asks: writer and judge need not fit beside each other."""
    model = ready.cast.steps[step.name]
    later = ready.steps[ready.steps.index(step) + 1 :]
    if (let_go := getattr(model, "let_go", None)) and not any(ready.cast.steps[one.name] is model for one in later):
        let_go()
