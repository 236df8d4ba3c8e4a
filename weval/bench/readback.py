"""A run of a benchmark read back from its folder: its items and replies, and its result made again. Nothing is asked.

What is asked of a judge folder or of a model is not needed for that, so neither need be here any more.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from weval.appending import is_cut_off
from weval.bench.benchmark import Benchmark
from weval.bench.catalogue import CLASSES, benchmark_class
from weval.bench.data import BenchData
from weval.bench.finish import BenchOutcome, finish, outcome_of
from weval.bench.identity import BenchIdentity, identity_in
from weval.bench.items import Step
from weval.bench.ready import makers_of
from weval.bench.run import held, opened
from weval.bench.spec import read_bench
from weval.errors import ConfigError, DataError, ResultError
from weval.files import is_file, os_message
from weval.invalid import complaints, field_name
from weval.store import RUN, RunRecord, check_kind, is_bench_run, read_run


def bench_folders(folder: Path) -> list[Path]:
    """The folder itself if a run is in it, else the folders below it that hold runs of benchmarks, by name.

    Raises ResultError where there are none, or the folder's own run is of another kind.
    """
    if is_file(folder / RUN):
        _read_identity(folder)
        return [folder]
    try:
        found = [path.parent for path in sorted(folder.rglob(RUN)) if is_bench_run(path.parent)]
    except OSError as error:
        raise ResultError(f"{folder}: {os_message(error)}") from error
    if not found:
        raise ResultError(f"{folder}: {'holds no run of weval bench' if folder.exists() else 'no such folder'}")
    return found


def read_bench_run(folder: Path) -> BenchOutcome:
    """The run in a folder, as it stands: finished or not. Nothing is written.

    Raises ResultError where it is no run of a benchmark, its data have changed, not one item has a score or its last
    reply was cut off; DataError where it is broken or its data are gone.
    """
    benchmark, steps, identity = _benchmark(folder)
    for step in steps:
        if is_cut_off(folder / f"{step.name}.jsonl"):
            raise ResultError(
                f"{folder}: the last of its {step.name} was cut off when it was killed; the run's command continues "
                f"it, and this mends it: weval bench report {folder}"
            )
    makers = makers_of(identity, steps)
    with opened(folder, benchmark, steps, only_reads=True) as (replies, _):
        return outcome_of(folder, benchmark, replies, makers)


def rescore_bench(folder: Path) -> BenchOutcome:
    """As read_bench_run; a last reply that was cut off is taken out, and result.json is written.

    Raises ResultError also where the run is going on at this moment.
    """
    benchmark, steps, identity = _benchmark(folder)
    makers = makers_of(identity, steps)
    with held(folder, steps), opened(folder, benchmark, steps) as (replies, _):
        return finish(folder, benchmark, replies, makers)


def _benchmark(folder: Path) -> tuple[Benchmark[Any], tuple[Step, ...], BenchIdentity]:
    """The benchmark of a run, on the very data that it was made on."""
    record, identity = _read_identity(folder)
    name, version = identity.benchmark.name, identity.benchmark.version
    if name not in CLASSES:
        raise ResultError(f"{folder}: is a run of {name!r}, a benchmark that this weval does not have")
    about, kind = read_bench(name), benchmark_class(name)
    if about.version != version:
        raise ResultError(f"{folder}: was made on {name} {version}; this weval has {about.version}")
    said = json.dumps({**identity.options, **record.evaluate})
    try:
        options = kind.options_type.model_validate_json(said)
        data = BenchData(about, identity.benchmark.set, Path(record.data) if record.data else None)
        _check_files(folder, data, identity.files)
        benchmark = kind(data, options, {})  # without voices, as nothing is asked
        benchmark.limit = identity.limit
    except ValidationError as error:
        raise _broken(folder, error, "identity.options.") from error
    except (ConfigError, DataError) as error:
        raise type(error)(f"{folder}: its data cannot be read: {str(error).splitlines()[0]}") from error
    if data.used != identity.files:
        changed = sorted(data.used.keys() ^ identity.files.keys())
        raise ResultError(f"{folder}: was made on other files than there are now ({', '.join(changed)})")
    steps = kind.steps(options)
    if missing := [step.name for step in steps if step.name not in identity.steps]:
        raise DataError(f"{folder / RUN}: identity.steps.{missing[0]}: is missing")
    return benchmark, steps, identity


def _check_files(folder: Path, data: BenchData, files: Mapping[str, str]) -> None:
    """Raises ResultError where a file is not the one that the run was made on."""
    for part, sha256 in files.items():
        if part not in data.parts:
            raise ResultError(f"{folder}: was made on a file ({part}) that the benchmark no longer has")
        path = data.path(part)
        if data.used[part] != sha256:
            raise ResultError(f"{folder}: was made on another file (sha256 {sha256[:12]}…) than {path} is now")


def _read_identity(folder: Path) -> tuple[RunRecord, BenchIdentity]:
    record = read_run(folder)
    check_kind(record, folder, "benchmark")
    return record, identity_in(record, folder, BenchIdentity)


def _broken(folder: Path, error: ValidationError, within: str) -> DataError:
    where = folder / RUN
    return DataError([f"{where}: {within}{field_name(loc)}: {message}" for loc, message in complaints(error, None)])
