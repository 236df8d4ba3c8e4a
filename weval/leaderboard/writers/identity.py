"""What a submitted run of a benchmark is, as its run.json has it: which one, on which files, by whom, judged how."""

from __future__ import annotations

import hashlib
import json
import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from weval.bench.benchmark import Benchmark
from weval.bench.catalogue import CLASSES, benchmark_class
from weval.bench.identity import BenchIdentity, identity_in
from weval.bench.items import Step
from weval.errors import DataError
from weval.files import one_line
from weval.invalid import complaints, field_name
from weval.leaderboard.card import slug_of
from weval.store import RUN, RunRecord

MODEL = "model"
"""Under this a step's fingerprint has its model; without, its replies were in a file."""

MAX_JUDGE = 24
"""Characters of a judge's name in that of a folder."""


class WriterIdentity(BenchIdentity):
    """A run of a benchmark, and what tells it from others."""

    @property
    def kind(self) -> type[Benchmark[Any]]:
        """The benchmark's class. Raises DataError for one that this weval does not have."""
        name = self.benchmark.name
        if name not in CLASSES:
            raise DataError(f"{RUN}: is a run of {one_line(repr(name), 60)}, which is no benchmark of this weval")
        return benchmark_class(name)

    def asked(self) -> tuple[Step, ...]:
        """The rounds of calls, as its settings have them. Raises DataError for settings that are none."""
        return self.kind.steps(self.settings())

    def settings(self) -> Any:  # noqa: ANN401 - the options of the benchmark
        """Its settings as a record. Raises DataError."""
        try:
            return self.kind.options_type.model_validate_json(json.dumps(self.options))
        except ValidationError as error:
            said = [f"{RUN}: options.{field_name(loc)}: {text}" for loc, text in complaints(error, self.options)]
            raise DataError(said) from error

    @property
    def is_given(self) -> bool:
        """Whether its texts, or the verdicts on them, were in a file, so that nobody can ask for them again."""
        return self.writer.given or any(MODEL not in self.steps.get(step.name, {}) for step in self.asked())

    def way(self) -> dict[str, Any]:
        """All but the writer: what two writers must have in common for their figures to be comparable."""
        judging = {step.name: self.steps.get(step.name) for step in self.asked() if step.role == "judge"}
        judge = self.judge and {"name": self.judge.name, "given": self.judge.given}
        return {
            "benchmark": self.benchmark.model_dump(mode="json"),
            "options": self.options,
            "judge": judge,
            "steps": judging,
        }

    @property
    def key(self) -> str:
        """A short hash of `way`."""
        return hashlib.sha256(json.dumps(self.way(), sort_keys=True).encode()).hexdigest()[:8]

    @property
    def folder(self) -> str:
        """The name of its folder in the writer's: benchmark, judge, and what tells ways of judging apart."""
        judge = slug_of(self.judge.name.rpartition("/")[2])[:MAX_JUDGE].strip("-") if self.judge else ""
        return ".".join(filter(None, (self.benchmark.name, judge, self.key)))


def bench_identity(record: RunRecord, path: Path) -> WriterIdentity:
    """The identity of a run of a benchmark. Raises DataError where it is none."""
    return identity_in(record, path, WriterIdentity)


def bench_command(identity: WriterIdentity, settings: Mapping[str, str]) -> str:
    """The command that repeats a run, wherever it writes to; files of the submitter's are called FILE."""
    words = ["weval", "bench", identity.benchmark.name, "--model", identity.writer.name]
    words += [word for step in identity.asked() for word in _file(step, identity)]
    words += ["--judge", identity.judge.name] if identity.judge else []
    words += [word for key, value in settings.items() for word in ("--set", f"{key}={value}")]
    return shlex.join(words)


def _file(step: Step, identity: WriterIdentity) -> Sequence[str]:
    """How a step is filled from a file."""
    is_from_file = step.fills and MODEL not in identity.steps.get(step.name, {})
    return [f"--{step.fills}", "FILE"] if is_from_file else []


def unlike_the_benchmark(identity: WriterIdentity, version: str, sets: Sequence[str]) -> Iterator[str]:
    """How a run was not asked as others are; what is only another way of judging has a table of its own."""
    steps, options = identity.asked(), identity.settings()
    bench = identity.benchmark
    if bench.version != version:
        yield f"is a run of {bench.name} {one_line(bench.version, 40)}; now it is {version}: run it again"
    if bench.set not in sets or (options.set or sets[0]) != bench.set:
        yield f"its set is {one_line(bench.set, 40)!r}, which is none of {', '.join(sets)}, or not that of its settings"
    if identity.limit is not None:
        yield f"only the first {identity.limit} items were asked (--limit)"
    if options.mode != "repaired":
        yield "its figures are by the published arithmetic (mode=original), which stands beside ours in every result"
    if identity.options != options.lasting():
        yield "options are not written as weval writes them"
    if {*identity.steps} != {step.name for step in steps}:
        yield f"steps are not {', '.join(step.name for step in steps)}"
    if (identity.judge is None) is any(step.role == "judge" for step in steps):
        yield "names a judge where nobody judges, or none where somebody does"
