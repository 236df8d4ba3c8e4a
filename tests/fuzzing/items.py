"""Entry point `items`: a file or folder of items, in every layout that --data takes, and a run on what came through."""

from __future__ import annotations

import hashlib
import json
import tempfile
from dataclasses import replace
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any, get_args

import yaml

from tests.fuzzing.bounds import mended
from tests.fuzzing.source import Raw, Source, lines, mutated, overwritten
from weval.plan import PlanOptions, asked_items, plan
from weval.rooms import room
from weval.run import RunSpec, run
from weval.tasks import Task, load_data
from weval.types import Item, Unit

WORDS = ("distinct", "partial", "released", "items", "en", "zh", "c1", "a1", "word_count", "starts_with", "table")

_SETTINGS = (
    {}, {"gold": "partial"}, {"layout": "released"}, {"layout": "items"}, {"group_size": "2"},
    {"group_size": "3", "shuffle_requirements": "true"}, {"max_response_chars": "10", "gold": "partial"},
    {"language": "zh"},
)  # fmt: skip


@cache
def item_rows() -> list[dict[str, Any]]:
    """Three items with all that an item can have."""
    with (room("tasks") / "weval-mini" / "items.jsonl").open(encoding="utf-8") as file:
        rows = [json.loads(line) for line in islice(file, 3)]
    for row in rows:
        row["instruction"] = row["instruction"][:60]
        for candidate in row["candidates"]:
            candidate["response"] = candidate["response"][:80]
    return rows


@cache
def released_rows() -> list[dict[str, Any]]:
    """Two queries of three rows each in the released layout."""
    said = ["Use ten words.", "Ask a question."]
    return [
        {
            "prompt": f"Write about {topic}. {' '.join(said[:kept])}".strip(),
            "chosen": f"{topic}! " * (kept + 1),
            "constraint": said,
            "instruction_id_list": ["length:a", "punctuation:b"][:kept],
        }
        for topic in ("tea", "rain")
        for kept in (2, 1, 0)
    ]


def fuzz(data: bytes) -> None:
    """Reads one broken data set, asks about its items, and at times runs the whole way to a result."""
    source = Source(data)
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        how = source.below(8)
        settings = source.pick(_SETTINGS)
        path = _written(source, folder, how)
        if path is not None:
            with mended():
                _asked(load_data(path, settings), source, RunSpec("", data=path, settings=settings, out=folder / "out"))


def _written(source: Source, folder: Path, how: int) -> Path | str | None:
    path = folder / source.pick(["items.jsonl", "rows.parquet", "x", "rows.arrow"])
    if how == 0:
        path.write_bytes(source.rest())
    elif how <= 2:
        path.write_bytes(lines(source, item_rows(), WORDS))
    elif how == 3:
        path.write_bytes(lines(source, released_rows(), WORDS))
    elif how <= 5:
        rows = released_rows() if how == 4 else _in_columns(source.below(3))
        # Of a column that is one thing here and another there no table can be made: often there is one row only.
        rows = [mutated(source, row, WORDS) for row in rows[: source.pick([1, 1, 2, 3, 6])]]
        content = table_file(rows, source.pick(["parquet", "arrow", "stream"]))
        if content is None:
            return None
        path.write_bytes(overwritten(source, content))
    elif how == 6:
        return _shards(source, folder)
    else:
        return _task_folder(source, folder)
    return path


def _in_columns(checks: int) -> list[dict[str, Any]]:
    """The items as columns hold them: with their checks as text, as structs of the keys of all kinds, or without."""
    rows = [json.loads(json.dumps(row)) for row in item_rows()]
    for requirement in (one for row in rows for one in row["requirements"]):
        check = requirement["check"]
        requirement["check"] = json.dumps(check) if check and checks == 0 else check if checks == 1 else None
    return rows


def _shards(source: Source, folder: Path) -> Path | str:
    """Items in several files: a folder of them, or a pattern."""
    rows = item_rows()
    for n, row in enumerate(rows):
        name = source.pick([f"{n}.jsonl", f"{n}.jsonl", f"{n}.parquet", ".hidden", "0.jsonl"])
        (folder / name).write_bytes(lines(source, [row, *rows[: source.below(2)]], WORDS))
    return source.pick([folder, f"{folder}/*.jsonl", f"{folder}/[0-9].jsonl", f"file://{folder}/?.*", f"{folder}/**/*"])


def table_file(rows: list[Any], kind: str) -> bytes | None:
    """The rows as a table in a file; None where none can be made of them, which is not weval's doing."""
    import pyarrow
    import pyarrow.ipc
    import pyarrow.parquet

    sink = pyarrow.BufferOutputStream()
    try:
        table = pyarrow.Table.from_pylist([row for row in rows if isinstance(row, dict)])
        if kind == "parquet":
            pyarrow.parquet.write_table(table, sink)
        else:
            make = pyarrow.ipc.new_stream if kind == "stream" else pyarrow.ipc.new_file
            with make(sink, table.schema) as writer:
                writer.write_table(table)
    except (pyarrow.ArrowException, ValueError, TypeError, OverflowError):
        return None
    return bytes(sink.getvalue().to_pybytes())


def _task_folder(source: Source, folder: Path) -> Path:
    """The folder of a task, its items broken or its description."""
    content = lines(source, item_rows(), WORDS)
    (folder / "items.jsonl").write_bytes(content)
    spec = {
        "name": "tea", "version": "1.0", "title": "Tea", "description": "About tea.", "licence": "MIT",
        "languages": ["en"], "options": {"gold": "partial"},
        "source": {"kind": "bundled", "path": "items.jsonl", "sha256": hashlib.sha256(content).hexdigest()},
    }  # fmt: skip
    tree = mutated(source, spec, WORDS)
    (folder / "task.yaml").write_text(yaml.safe_dump(_without_raw(tree), allow_unicode=True), "utf-8", "replace")
    return folder


def _without_raw(tree: Any) -> Any:
    if isinstance(tree, dict):
        return {str(key): _without_raw(value) for key, value in tree.items()}
    if isinstance(tree, list):
        return [_without_raw(value) for value in tree]
    return tree.text[:50] if isinstance(tree, Raw) else tree


def _asked(task: Task, source: Source, spec: RunSpec) -> None:
    """What is done with items that were taken: every question about them, and once in eight times a run."""
    items: list[Item] = list(task.items())
    assert len(items) == task.n_items
    options = PlanOptions(probe=source.pick([None, "swapped", "response_only", "echoed", "injected"]))
    for unit in get_args(Unit):
        for item in asked_items(items, options):
            assert len({request.id for request, _ in plan(item, unit, options)}) >= 1
    if source.below(8) == 0:
        model = source.pick(["length", "rules", "keywords", "random", "first"])
        run(replace(spec, model=model))
