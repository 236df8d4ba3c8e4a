"""A run of a benchmark becomes a submission: replies packed, figures made again, written whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from weval.bench.finish import BenchOutcome
from weval.bench.items import Step
from weval.bench.options import BenchOptions
from weval.bench.readback import read_bench_run
from weval.bench.result import BenchResult
from weval.bench.run import opened
from weval.errors import DataError, ResultError
from weval.files import is_file, write_json
from weval.leaderboard.card import Card
from weval.leaderboard.check import Verdict, check
from weval.leaderboard.checked import faultless
from weval.leaderboard.replacing import begin, replace, staging
from weval.leaderboard.tree import WRITERS, Entry
from weval.leaderboard.writers.checked import read_writer_run
from weval.leaderboard.writers.identity import WriterIdentity, bench_command, bench_identity
from weval.leaderboard.writers.packed import in_order, pack, packed_name
from weval.store import RESULT, RUN, RunRecord, read_run


def submit_writer(run: Path, card: Card, entry: Entry) -> tuple[Verdict, BenchResult]:
    """Writes a finished run of a benchmark to its place; what a check of it found, and its figures.

    Raises WevalError for what would be refused, and nothing has changed then.
    """
    record = read_run(run)
    identity = bench_identity(record, run)
    if not is_file(run / RESULT):
        raise ResultError(f"{run}: has no {RESULT} yet; the run's command continues it, or: weval bench report {run}")
    outcome = read_bench_run(run)
    if not outcome.result.publishable:
        raise ResultError(f"{run}: is not publishable: {'; '.join(outcome.result.unpublishable_because)}")
    with staging(entry.root) as scratch:
        made = Entry(scratch / WRITERS, entry.model, entry.task)
        begin(entry, made, card)
        _write_run(run, record, identity, outcome, made.folder)
        result = faultless(read_writer_run(made.folder)).result
        write_json(made.folder / RESULT, result)
        verdict = next(verdict for verdict in check([made.folder], against=entry.root))
        if verdict.problems:
            raise DataError([f"{run}: {problem.replace(f'{made.root}/', '')}" for problem in verdict.problems])
        # Only what lies right there goes back to its place if this is killed.
        ready = made.model_folder.rename(scratch / entry.model)
        replace(ready, entry.model_folder)
    return verdict, result


def writer_entry(run: Path, root: Path, slug: str) -> Entry:
    """Where a run of a benchmark goes below a folder `results`. Raises WevalError."""
    return Entry(root.absolute() / WRITERS, slug, bench_identity(read_run(run), run).folder)


def _write_run(run: Path, record: RunRecord, identity: WriterIdentity, outcome: BenchOutcome, to: Path) -> None:
    """Writes run.json and the packed replies; nothing of the submitter's machine is in them."""
    settings = _public(record.settings or {})
    published = record.model_copy(
        update={"evaluate": {}, "settings": settings, "command": bench_command(identity, settings)}
    )
    write_json(to / RUN, published)
    steps: tuple[Step, ...] = identity.asked()
    with opened(run, outcome.benchmark, steps, only_reads=True) as (_, told):
        for step in steps:
            pack(in_order(step, outcome.benchmark, told), to / packed_name(step.name))


def _public(settings: Mapping[str, str]) -> dict[str, str]:
    """The settings that could change a reply."""
    return {key: value for key, value in settings.items() if key not in BenchOptions.neutral}
