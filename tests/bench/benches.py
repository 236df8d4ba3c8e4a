"""Runs of LongBench-Write on requests of our own, of texts and verdicts that are here already: no model is asked."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from weval.bench.finish import BenchOutcome
from weval.bench.longbench_write import DIMENSIONS
from weval.bench.run import BenchRun, run_bench

LENGTHS = (100, 200, 600, 3000, 5000, 100)
"""Words that the requests ask for."""


def write_lines(path: Path, rows: Iterable[Mapping[str, Any]]) -> Path:
    """A JSON Lines file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def write_requests(path: Path, lengths: Sequence[int] = LENGTHS, kind: str = "News") -> Path:
    """Requests in the published layout, every second one in Chinese."""
    said = ("Write about tea", "请写一篇关于茶的文章")
    return write_lines(
        path,
        [
            {"prompt": f"{said[at % 2]}: {length} words ({at}).", "type": kind, "length": length}
            for at, length in enumerate(lengths)
        ],
    )


def verdict(mark: int | None) -> str:
    """What a judge says that gives every dimension this mark; None says nothing that can be read."""
    return "It is good." if mark is None else json.dumps(dict.fromkeys(DIMENSIONS, mark))


def made(
    folder: Path,
    written: Sequence[int | None] = LENGTHS,
    marks: Sequence[int | None] = (3, 3, 3, 3, 3, 3),
    **asked: Any,
) -> BenchOutcome:
    """A finished run in `folder`, whose texts have so many words (None: no text at all) and verdicts such marks."""
    files = folder.parent / "files"
    texts = [{"item": f"{at}", "text": "tea " * n} for at, n in enumerate(written, start=1) if n is not None]
    said = [{"item": f"{at}", "text": verdict(mark)} for at, mark in enumerate(marks, start=1)]
    given: dict[str, Any] = {
        "benchmark": "longbench-write",
        "model": folder.name,
        "judge": "referee",
        "data": files / "requests.jsonl",
        "responses": write_lines(files / f"{folder.name}-texts.jsonl", texts),
        "replies": write_lines(files / f"{folder.name}-verdicts.jsonl", said),
        "settings": {"resamples": "100"},
        "out": folder,
    }
    if not (files / "requests.jsonl").exists():
        write_requests(files / "requests.jsonl")
    return run_bench(BenchRun(**(given | asked)))
