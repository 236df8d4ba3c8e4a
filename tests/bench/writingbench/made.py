"""Stand-ins for WritingBench's files, in their layout: a handful of queries, and subsets cut from real ones."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.bench.scripted import write_rows

FOLDER = "X-PLUG/WritingBench/benchmark_query"

LEVELS = ("1-2", "3-4", "5-6", "7-8", "9-10")


def criterion(name: str) -> dict[str, str]:
    return {"name": name, "criteria_description": f"Is its {name} good?", **{level: f"{level}!" for level in LEVELS}}


def query(index: int, names: Sequence[str] = ("tone", "form", "size", "plot", "wit"), **more: Any) -> dict[str, Any]:
    said = {"index": index, "domain1": "Education", "domain2": "Quiz", "query": f"Write text {index}."}
    return {**said, **more, "checklist": [criterion(name) for name in names]}


def about(row: Mapping[str, Any], *names: str, key: str = "checklist") -> dict[str, Any]:
    """A line of a C file."""
    return {**row, key: [one for one in row["checklist"] if one["name"] in names]}


def seven_files(
    folder: Path, rows: Sequence[Mapping[str, Any]], requirements: Mapping[str, Mapping[int, Sequence[str]]]
) -> Path:
    """A folder of the layout of the published repository: all queries, and R and C of every requirement."""
    place = folder / FOLDER
    by_index = {row["index"]: row for row in rows}
    for name, own in requirements.items():
        (place / "requirement" / name).mkdir(parents=True, exist_ok=True)
        subset = [by_index[index] for index in own]
        write_rows(place / "requirement" / name / f"{name}_subset.jsonl", subset)
        narrow = [about(by_index[index], *names) for index, names in own.items()]
        write_rows(place / "requirement" / name / f"{name}_subset_C.jsonl", narrow)
    place.mkdir(parents=True, exist_ok=True)
    write_rows(place / "benchmark_all.jsonl", rows)
    return folder


def score(value: Any, reason: Any = "Fine.") -> str:
    """What the judge says."""
    return json.dumps({"reason": reason, "score": value})


def scores_line(index: int, scores: Mapping[str, Sequence[Any]]) -> dict[str, Any]:
    """A line of a published score file."""
    given = {name: [{"score": one, "reason": "Fine."} for one in values] for name, values in scores.items()}
    return {"index": index, "scores": given}
