"""Entry point `rows`: files of rows that people bring. Ratings, scores, texts, verdicts, benchmarks' data, samples of
lm-evaluation-harness, and what steps of a build and of training read.
"""

from __future__ import annotations

import atexit
import json
import shutil
import tempfile
from collections.abc import Callable, Sequence
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from tests.factories import make_item, write_items
from tests.fuzzing.benchdata import WORDS, built, files_of, given_seeds, seeds
from tests.fuzzing.bounds import mended
from tests.fuzzing.source import Source, as_json, lines, mutated, overwritten
from weval.agree import agree
from weval.bench.best_of.given import divide_samples
from weval.bench.catalogue import CLASSES
from weval.bench.construction.records import Preference, Query, read_rows
from weval.bench.given import given_rows, not_given
from weval.bench.race.parsing import DIMENSIONS as FOUR
from weval.bench.race.results import means, read_results, result_text
from weval.build.records import Draft, Laddered, TrainingPrompt
from weval.build.sections import SeedSet
from weval.build.seeding.sources import rows as seed_rows
from weval.build.training.vouched import Verdicts
from weval.build.verifying import assembling
from weval.files import Problems, read_jsonl
from weval.harness.samples import read_samples
from weval.harness.suite import opened_anew
from weval.leaderboard.changes import broken, read_changes
from weval.leaderboard.reruns import read_reruns
from weval.report import agreement_text
from weval.run import RunSpec, run
from weval.tasks import load_data
from weval.training.comparing.grading import read_grades
from weval.training.curve import cut_back, read_curve
from weval.types import Item


class Kind(NamedTuple):
    """Sound rows of a kind of file, and what reads such a file."""

    rows: Sequence[Any]
    read: Callable[[Path], Any]


def ready() -> None:
    """Makes the items that rows are about, and benchmarks on sound files."""
    kinds()
    for name in CLASSES:
        sound(name)


def fuzz(data: bytes) -> None:
    """One file of rows, or the files of one benchmark."""
    source = Source(data)
    with tempfile.TemporaryDirectory() as folder:
        how = source.below(8)
        if how <= 4:
            _kind(source, Path(folder))
        elif how == 5:
            _data_of_benchmark(source, Path(folder))
        else:
            _given(source, source.pick(sorted(CLASSES)), Path(folder))


def _kind(source: Source, folder: Path) -> None:
    kind = source.pick(kinds())
    path = folder / "rows.jsonl"
    path.write_bytes(source.rest() if source.below(8) == 0 else lines(source, kind.rows, WORDS))
    with mended():
        kind.read(path)


@cache
def items() -> Path:
    """A file of items that ratings and scores are about."""
    top = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, top, ignore_errors=True)
    return write_items(top / "items.jsonl", [make_item(f"i{n}", language="en", category="x") for n in range(3)])


def _ratings(path: Path) -> None:
    for task in (load_data(items()), None):
        with mended():
            agreement_text(agree(path, task))
    run(RunSpec(f"human:{path}", data=items(), out=path.parent / "out"))


def _scores(path: Path) -> None:
    run(RunSpec(f"scores:{path}", data=items(), settings={"resamples": "100"}, out=path.parent / "out"))


def _drafts(path: Path) -> None:
    assembling._drafts(path)


def _prompts(path: Path) -> None:
    for record in (Laddered, TrainingPrompt):
        with mended():
            problems = Problems(path)
            list(read_jsonl(path, record, problems))
            problems.check()


def _assembled(path: Path) -> None:
    """Versions and answers of drafts that are sound."""
    item = make_item("i1")
    draft = Draft(id="d1", instruction="Write about tea.", requirements=item.requirements, language="en")
    queries = {}
    with mended():
        queries = assembling._queries(path, {"d1": draft})
    with mended():
        assembling._answers(path, queries)


def _verdicts(path: Path) -> None:
    met = Verdicts(path).of(make_item("i1"))
    met("a1", "c1")


def _seeds(path: Path) -> None:
    for field in ("text", "turns.0.content", "turns"):
        with mended():
            list(seed_rows(SeedSet(source="file", path=path.name, field=field), path.parent))


def _curve(path: Path) -> None:
    read_curve(path)
    cut_back(path, 1)


def _changes(path: Path) -> None:
    path.rename(path.with_name("changes.jsonl"))
    list(broken(read_changes(path.parent)))


def _reruns(path: Path) -> None:
    path.rename(path.with_name("reruns.jsonl"))
    read_reruns(path.parent)


def _race_results(path: Path) -> None:
    rows = read_results(path)
    means(rows)
    result_text(rows)


def _queries(path: Path) -> None:
    for record in (Query, Preference):
        with mended():
            assert all(row.key for row in read_rows(path, record, lambda row: row.key))


@cache
def sample_rows() -> list[dict[str, Any]]:
    """Lines as lm-evaluation-harness logs them, of the bundled task."""
    return [
        {
            "doc": doc,
            "arguments": {
                "gen_args_0": {"arg_0": f"{doc['system']}\n\n{doc['user']}", "arg_1": {"until": [], "temperature": 0.6}}
            },
            "resps": [["It does not.\n\n[[0]]"]],
        }
        for doc in islice(opened_anew("weval-mini").documents(), 2)
    ]


@cache
def kinds() -> tuple[Kind, ...]:
    """All that one file is."""
    item = json.loads(make_item("i1").model_dump_json())
    draft = {"id": "d1", "instruction": "Write about tea.", "requirements": item["requirements"], "language": "en"}
    names = {"item_id": "d1", "candidate_id": "a1"}
    version = {**names, "kept": ["c1"], "query": "Write about tea. Do 1."}
    answer = {**names, "response": "Tea.", "model": "m", "tokens_in": 3}
    prompt = json.loads(TrainingPrompt.of_item(make_item("i1")).model_dump_json())
    ladder = [{"response": text, "writer": "w", "model": "m", "grade": grade} for grade, text in enumerate("ab")]
    scores = {"task": "weval-mini", "scores": "0" * 64}
    change = {**scores, "date": "2026-01-01", "version": "1.0", "why": "first", "before": None, "after": {"il": 0.5}}
    rerun = {**scores, "model": "m", "date": "2026-01-01", "by": "us", "seed": 0, "n": 3, "within": 3}
    rerun |= {"largest": 0.0, "tolerance": 0.1, "confirmed": True, "weval": "1.0"}
    verdict = {"item_id": "i1", "candidate_id": "a1", "requirement_id": "c1", "kept": True, "met": True, "by": "check"}
    return (
        Kind(
            [
                {"item_id": "i1", "annotator": "anna", "ranking": ["a1", ["a2", "a3"]], "category": "x"},
                {"item_id": "i2", "annotator": "anna", "ranking": ["a3", "a2", "a1"]},
                {"item_id": "i1", "annotator": "ben", "ranking": ["a2", "a1"]},
                {"item_id": "i1", "annotator": "cleo", "category": "y"},
            ],
            _ratings,
        ),
        Kind([{"item_id": f"i{n % 3}", "candidate_id": f"a{1 + n // 3}", "score": n / 2} for n in range(9)], _scores),
        Kind([draft, {**draft, "id": "d2"}], _drafts),
        Kind([prompt, {**prompt, "references": ladder}], _prompts),
        Kind([version, answer, version], _assembled),
        Kind([verdict, {**verdict, "by": "judge", "about": "x"}], _verdicts),
        Kind([{"text": "Write about tea.", "turns": [{"role": "user", "content": "Hi"}]}] * 2, _seeds),
        Kind([{"step": n, "loss": 1 / (n + 1)} for n in range(3)], _curve),
        Kind([change, change], _changes),
        Kind([rerun], _reruns),
        Kind([{"id": 1, **dict.fromkeys((*FOUR, "overall_score"), 0.5)}, {"id": "2", "error": "x"}], _race_results),
        Kind(seeds("writingbench")["all"], _queries),
        Kind([{"item": "1", "sample": n, "text": "Tea."} for n in (1, 2)], lambda p: divide_samples(p, p.parent, 2)),
        Kind([{"id": "p1/a", "grade": 0.5}], read_grades),
        Kind(sample_rows(), read_samples),
        Kind([item], lambda path: list(read_jsonl(path, Item, Problems(path)))),
    )


def _data_of_benchmark(source: Source, folder: Path) -> None:
    name = source.pick(sorted(CLASSES))
    for file, rows in files_of(name).items():
        if isinstance(rows, dict) or source.below(4) == 0:  # one JSON value
            content = overwritten(source, as_json(mutated(source, rows, WORDS)))
        else:
            content = lines(source, rows, WORDS)
        (folder / file).write_bytes(content)
    with mended():
        benchmark = built(name, folder)
        for item in benchmark.items:
            assert benchmark.usual_tokens(item) >= 0
        benchmark.remarks()


def _given(source: Source, name: str, folder: Path) -> None:
    """Texts or verdicts in a file, for a benchmark that is sound."""
    benchmark, path = sound(name), folder / "given.jsonl"
    fills = source.pick(["responses", "replies"])
    path.write_bytes(lines(source, given_seeds(name), WORDS))
    with mended():
        for row in given_rows(path, fills, benchmark):
            for step in type(benchmark).steps(benchmark.options):
                benchmark.is_read(step, row)
    with mended():
        not_given(path, benchmark, fills, benchmark.items)


@cache
def sound(name: str) -> Any:
    """A benchmark on a few sound rows."""
    top = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, top, ignore_errors=True)
    for file, rows in files_of(name).items():
        text = json.dumps(rows) if isinstance(rows, dict) else "".join(json.dumps(row) + "\n" for row in rows)
        (top / file).write_text(text, encoding="utf-8")
    return built(name, top)
