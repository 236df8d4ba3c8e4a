"""Runs of LongBench-Write for the tests of reports: one that has everything, one in which every text is hostile."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.bench.benches import LENGTHS, made, verdict, write_lines
from tests.report.conftest import HOSTILE, HOSTILE_TEXT
from weval.bench.finish import BenchOutcome
from weval.bench.run import BenchRun, run_bench


def full(folder: Path) -> BenchOutcome:
    """Texts that are too short, reasoned and right; verdicts high, low and unreadable."""
    return made(folder, written=(100, 150, 600, 1000, 4000, 30), marks=(5, 4, 3, 2, None, 1))


def hostile(folder: Path, name: str = HOSTILE) -> BenchOutcome:
    """The worst of texts in every place for one: requests, kinds, texts, verdicts, reasons, names."""
    files = folder.parent / f"files-of-{folder.name}"
    n = 14
    requests = [
        {"prompt": f"{at} " + HOSTILE_TEXT * (9_000 if at < 3 else 99), "type": HOSTILE + "x" * at, "length": 100 * at}
        for at in range(1, n + 1)
    ]
    texts: list[dict[str, Any]] = [
        {"item": f"{at}", "text": HOSTILE_TEXT * (9_000 if at < 3 else 400)} for at in range(1, n)
    ]
    texts.append({"item": f"{n}", "status": "failed", "reason": HOSTILE_TEXT * 1_000})
    said: list[dict[str, Any]] = [
        {
            "item": f"{at}",
            "text": json.dumps({"Analysis": HOSTILE_TEXT * (9_000 if at < 3 else 99), **json.loads(verdict(3))}),
        }
        for at in range(1, n - 1)
    ]
    said.append({"item": f"{n - 1}", "status": "refused", "reason": HOSTILE_TEXT * 1_000})
    return run_bench(
        BenchRun(
            "longbench-write",
            model=name,
            judge=HOSTILE,
            data=write_lines(files / "requests.jsonl", requests),
            responses=write_lines(files / "texts.jsonl", texts),
            replies=write_lines(files / "verdicts.jsonl", said),
            settings={"resamples": "100"},
            out=folder,
        )
    )


def ruler(folder: Path) -> BenchOutcome:
    """The other benchmark, which has no judge."""
    given: dict[str, Any] = {"benchmark": "longwrite-ruler", "replies": None, "judge": None}
    return made(folder, written=(*LENGTHS[:4], 0, None), **given)
