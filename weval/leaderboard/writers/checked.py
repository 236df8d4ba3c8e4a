"""One submitted run of a benchmark: on the public files, asked as a benchmark asks, its figures as its replies have."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from weval.adapters.judge.folder import judge_names, read_judge
from weval.bench.data import BenchData
from weval.bench.finish import BenchOutcome
from weval.bench.items import Step
from weval.bench.readback import read_bench_run
from weval.bench.result import BenchResult
from weval.bench.run import opened
from weval.bench.spec import BenchSpec, OwnFile, PinnedFile, read_bench
from weval.errors import DataError, WevalError
from weval.files import one_line
from weval.leaderboard.bundle import read_once
from weval.leaderboard.checked import Finding, stated_otherwise
from weval.leaderboard.record import unlike_a_name, unlike_a_record
from weval.leaderboard.tree import strays_of_run
from weval.leaderboard.writers.identity import (
    MODEL,
    WriterIdentity,
    bench_command,
    bench_identity,
    unlike_the_benchmark,
)
from weval.leaderboard.writers.packed import Replies, packed_name, read_step, unpacked_run
from weval.pins import is_whole
from weval.randomness import digest
from weval.store import RESULT, RUN, RunRecord

_USER = re.compile(r"://[^/\s@]{1,400}@")
"""An address that names a user, and may name a password."""


@dataclass(frozen=True, slots=True)
class CheckedWriter:
    """A submitted run of a benchmark that could be read, and what its replies come to.

    `digest` is the hash of all replies, `texts` that of what was written, empty where no text was submitted.
    """

    record: RunRecord
    identity: WriterIdentity
    outcome: BenchOutcome
    digest: str
    texts: str

    @property
    def result(self) -> BenchResult:
        """The figures that the replies have."""
        return self.outcome.result


def check_writer_run(folder: Path) -> Finding[CheckedWriter]:
    """What is wrong with a submitted run of a benchmark; in the end what was read. What it states is looked at too."""
    run = yield from read_writer_run(folder)
    found = run.result
    yield from (
        f"{RESULT}: {problem}" for problem in stated_otherwise(lambda: read_once(folder, RESULT, BenchResult), found)
    )
    yield from (f"is not publishable: {reason}" for reason in found.unpublishable_because)
    return run


def read_writer_run(folder: Path) -> Finding[CheckedWriter]:
    """What is wrong with what a run asked and with the replies; in the end all of it, the result made of it."""
    record, identity, steps = read_writer_identity(folder)
    files = (RUN, RESULT, *(packed_name(step.name) for step in steps))
    yield from strays_of_run(folder, files, probes=False)
    if folder.name != identity.folder:
        yield f"{one_line(folder.name, 80)}: the folder of this run is called {identity.folder}"
    spec = read_bench(identity.benchmark.name)
    fatal = [*unlike_the_benchmark(identity, spec.version, [*spec.sets]), *_strange_judge(identity)]
    yield from (f"{RUN}: {problem}" for problem in (*fatal, *_unlike_ours(record, identity)))
    if fatal or record.data is not None or record.evaluate:
        raise DataError(f"{folder.name}: its replies were not looked at, as they answer other questions")
    need_data(identity)
    with unpacked_run(folder, steps) as place:
        try:
            return (yield from _read(place, (record, identity, steps)))
        except WevalError as error:
            raise DataError([_without(line, place) for line in str(error).splitlines()]) from error


def read_writer_identity(folder: Path) -> tuple[RunRecord, WriterIdentity, tuple[Step, ...]]:
    """What a submitted run says it is, and its rounds of calls. Raises DataError."""
    record = read_once(folder, RUN, RunRecord)
    identity = bench_identity(record, folder)
    return record, identity, identity.asked()


def texts_in(folder: Path) -> str:
    """The hash of what a writer wrote in a submission; empty where nothing of it was submitted. Raises WevalError."""
    _, identity, steps = read_writer_identity(folder)
    need_data(identity)
    items = _item_places(identity)
    with unpacked_run(folder, steps) as place:
        found = {step.name: read_step(place, step, items, packed_name(step.name)) for step in steps}
    return _texts(found, steps)


def need_data(identity: WriterIdentity) -> BenchSpec:
    """The description of a benchmark whose public files are on this machine; nothing is downloaded for a check.

    Raises DataError where they are not, and for a run on a file that cannot be pinned.
    """
    spec = read_bench(identity.benchmark.name)
    parts = spec.sets.get(identity.benchmark.set)
    if parts is None:
        raise DataError(f"{spec.name}: has no set {one_line(repr(identity.benchmark.set), 60)}")
    if own := next((part for part in identity.files if isinstance(spec.files.get(parts.get(part, "")), OwnFile)), None):
        raise DataError(f"{spec.name}: its {own} cannot be pinned, so that nobody knows on which file a run was made")
    if any(isinstance(file := spec.files[name], PinnedFile) and not is_whole(file) for name in parts.values()):
        raise DataError(f"{spec.name}: its public files are not here; bring them: weval fetch {spec.name}")
    return spec


def doubts_about(run: CheckedWriter) -> Iterator[str]:
    """What a maintainer should look at before it is published. Nothing of this is proof."""
    if run.identity.is_given:
        yield "texts, or verdicts on them, were in a file: nobody can ask for them again"
    for step in run.identity.asked():
        said = run.identity.steps.get(step.name, {})
        name = said.get("judge")
        if isinstance(name, str) and name in judge_names() and read_judge(name).sha256 != said.get("sha256"):
            yield f"{step.name}: was asked by other words than those that the judge {name} has now"


def _read(place: Path, said: tuple[RunRecord, WriterIdentity, tuple[Step, ...]]) -> Finding[CheckedWriter]:
    record, identity, steps = said
    items = _item_places(identity)
    # Nothing is summed up that could overflow, so all lines are looked at first.
    found = {step.name: read_step(place, step, items, packed_name(step.name)) for step in steps}
    outcome = read_bench_run(place)
    yield from _unasked(place, outcome, identity, steps)
    return CheckedWriter(record, identity, outcome, _digest(found), _texts(found, steps))


def _texts(found: dict[str, Replies], steps: tuple[Step, ...]) -> str:
    written = [found[step.name].answers for step in steps if step.role != "judge"]
    return digest(*written, size=32).hex() if all(written) else ""


def _digest(found: dict[str, Replies]) -> str:
    return digest(*(word for name, replies in found.items() for word in (name, replies.digest)), size=32).hex()


def _item_places(identity: WriterIdentity) -> dict[str, int]:
    """Where in the benchmark each item stands. Raises WevalError where its files cannot be read."""
    data = BenchData(read_bench(identity.benchmark.name), identity.benchmark.set)
    return {item.id: at for at, item in enumerate(identity.kind(data, identity.settings(), {}).items)}


def _unasked(place: Path, outcome: BenchOutcome, identity: WriterIdentity, steps: tuple[Step, ...]) -> Iterator[str]:
    """Replies to questions that the benchmark does not ask."""
    benchmark = outcome.benchmark
    with opened(place, benchmark, steps, only_reads=True) as (_, told):
        for step in steps:
            if MODEL not in identity.steps[step.name]:
                continue  # a file may have more than was to be asked
            for item in benchmark.items:
                if strange := {*told.parts(step.name, item.id)} - {*benchmark.parts(step, item, told)}:
                    part = one_line(repr(min(strange)), 60)
                    yield f"{packed_name(step.name)}: has a reply about {part} of item {item.id}, which is not asked"
                    return


def _strange_judge(identity: WriterIdentity) -> Iterator[str]:
    """Questions in words that only the submitter has."""
    prompt = identity.options.get("prompt")
    if prompt is not None and prompt not in judge_names():
        yield f"its judge is asked by {one_line(repr(prompt), 80)}, which is no judge folder that weval brings"


def _unlike_ours(record: RunRecord, identity: WriterIdentity) -> Iterator[str]:
    yield from unlike_a_record(
        record, identity.writer.name, "bench", lambda settings: bench_command(identity, settings)
    )
    if identity.judge:
        yield from unlike_a_name(identity.judge.name, "judge")
    if _USER.search(record.model_dump_json()):
        yield "holds an address that names a user; whatever is in a submission is public"


def _without(line: str, place: Path) -> str:
    """A complaint without the folder in which the replies were unpacked."""
    return line.replace(f"{place}/", "").replace(f"{place}: ", "")
