"""Entry point `runs`: a folder that somebody gives for one of `weval run` or `weval bench`, every file of it broken."""

from __future__ import annotations

import atexit
import json
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from tests.bench.benches import made
from tests.factories import make_item, write_items
from tests.fuzzing.bounds import mended
from tests.fuzzing.items import table_file
from tests.fuzzing.source import Source, as_json, lines, mutated, overwritten
from weval import scorefiles
from weval.bench.readback import read_bench_run, rescore_bench
from weval.compare import compare
from weval.readback import probes_of, read_back, read_result, rescore, run_folders
from weval.report import compared_text, comparison_text, details_text
from weval.report.bench_page import bench_page
from weval.report.bench_text import bench_text
from weval.report.page import page
from weval.run import RunSpec, run
from weval.store import RESULT, RUN, SCORES
from weval.textmodels.batches.record import BATCHES, Ledger, left_open
from weval.textmodels.journal import REPLIES, Journal
from weval.types import Prompt

WORDS = (
    "ok", "failed", "unparsed", "response", "pair", "list", "requirement", "i1", "a1", "c1", "length", "swapped",
    "s3://bucket/items.jsonl", "/nowhere/*.jsonl", "/**/items.jsonl", "00000.parquet", "../items.jsonl",
)  # fmt: skip

_KEY = "0123456789abcdef"
_PROMPT = Prompt("p1", (("user", "Tea?"),))
_PAID: dict[str, list[dict[str, Any]]] = {
    REPLIES: [
        {"key": Journal({}).key(_PROMPT), "status": "ok", "text": "Tea.", "sent": {"seed": 0}, "tokens_in": 3},
        {"key": "b", "status": "truncated", "text": "", "reason": "long", "probabilities": {"7": 0.5}, "cost_usd": 0.1},
    ],
    BATCHES: [
        {"step": "intended", "intent": _KEY, "model": "m", "at": "2026-01-01T00:00:00Z", "keys": ["a", "b", "c"]},
        {"step": "created", "intent": _KEY, "model": "m", "at": "2026-01-01T00:00:01Z", "batch": "b1"},
        {"step": "collected", "intent": _KEY, "model": "m", "at": "2026-01-02T00:00:00Z", "keys": ["a"],
         "again": {"a": "busy"}, "failed": {"b": "no"}, "dropped": ["seed"]},
        {"step": "void", "intent": _KEY, "model": "m", "at": "2026-01-03T00:00:00Z", "reason": "r", "too_many": True},
    ],
}  # fmt: skip


def fuzz(data: bytes) -> None:
    """One folder, read in every way that the verbs do."""
    source = Source(data)
    how = source.below(8)
    with tempfile.TemporaryDirectory() as made_here:
        folder = Path(made_here) / "run"
        if how <= 4:
            _of_task(source, folder)
        elif how <= 6:
            _of_benchmark(source, folder)
        else:
            _paid(source, folder)


@cache
def templates() -> Path:
    """A folder with runs to be broken: of a task, in three units, and of a benchmark. Made once in a process."""
    top = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, top, ignore_errors=True)
    items = write_items(top / "items.jsonl", [make_item(f"i{n}", language="en", category="x") for n in range(3)])
    for model in ("length", "keywords", "first"):
        run(RunSpec(model, data=items, settings={"resamples": "100"}, out=top / model))
    scorefiles.seal(top / "keywords")
    run(RunSpec("length", data=items, settings={"resamples": "100", "probe": "swapped"}, out=top / "length-swapped"))
    made(top / "bench", (100, 200), (3, 4), data=_requests(top))
    return top


def _requests(top: Path) -> Path:
    from tests.bench.benches import write_requests

    return write_requests(top / "requests.jsonl", (100, 600))


def _copied(source: Source, name: str, folder: Path) -> None:
    """The template with some of its files broken."""
    shutil.copytree(templates() / name, folder)
    for path in sorted((*folder.rglob("*.json*"), *folder.rglob("*.parquet"))):
        how = source.below(4)
        if how == 0:
            continue
        if path.suffix == ".parquet":
            path.write_bytes(_sealed(source, path))
            continue
        if path.suffix == ".json":
            content = as_json(mutated(source, json.loads(path.read_bytes()), WORDS))
            path.write_bytes(overwritten(source, content))
        elif how == 1:
            path.write_bytes(source.take(source.below(300)))
        else:
            path.write_bytes(lines(source, [json.loads(line) for line in path.read_bytes().splitlines()], WORDS))


def _sealed(source: Source, path: Path) -> bytes:
    """Scores in columns, some of them changed, or any bytes where no columns can be made of that."""
    import pyarrow.parquet

    rows = pyarrow.parquet.read_table(path).to_pylist()
    content = table_file([mutated(source, row, WORDS) for row in rows], source.pick(["parquet", "arrow"]))
    return overwritten(source, content or source.take(100))


def _of_task(source: Source, folder: Path) -> None:
    _copied(source, source.pick(["length", "keywords", "first"]), folder)
    if source.below(8) == 0:
        (folder / source.pick([RUN, SCORES, RESULT])).unlink(missing_ok=True)
    with mended():
        run_folders(folder)
    with mended():
        result = read_result(folder)
        details_text(result)
        comparison_text([result, result], ["a", "b"])
    with mended():
        probes_of(read_back(folder))
    with mended():
        outcome = rescore(folder, {"resamples": "100"})
        details_text(outcome.result)
        if source.below(4) == 0:
            page(outcome)
    if source.below(4) == 0:
        with mended():
            compared_text(compare([folder, templates() / "length"]).comparison)
    with mended():
        run(RunSpec("length", data=templates() / "items.jsonl", settings={"resamples": "100"}, out=folder))


def _of_benchmark(source: Source, folder: Path) -> None:
    _copied(source, "bench", folder)
    with mended():
        outcome = read_bench_run(folder)
        bench_text(outcome.result)
    with mended():
        outcome = rescore_bench(folder)
        if source.below(4) == 0:
            bench_page(outcome)


def _paid(source: Source, folder: Path) -> None:
    """What text models keep in a run's folder: replies that were paid for, and batches under way."""
    folder.mkdir()
    for name, rows in _PAID.items():
        (folder / name).write_bytes(lines(source, rows, ("m", _KEY, "intended", "void")))
    left_open(folder)
    with mended():
        ledger = Ledger(folder, "m")
        ledger.under_way()
        ledger.intended("fedcba9876543210", ["z"])
    journal = Journal({})
    with mended():
        journal.keep_in(folder)
        journal.get(_PROMPT)
        assert journal.refused is not None
    journal.close()
