from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from weval.bench.race import DIMENSIONS, means, read_results, result_text
from weval.errors import DataError


def row(number: int, value: float, **other: object) -> dict[str, Any]:
    return {"id": number, "prompt": "P", **dict.fromkeys(DIMENSIONS, value), "overall_score": value / 2, **other}


def written(folder: Path, *rows: object) -> Path:
    path = folder / "raw_results.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_means_are_over_the_tasks_without_an_error(tmp_path: Path) -> None:
    failed = {"id": 3, "prompt": "P", "error": "Failed after 10 retries", "model_output": "no"}
    rows = read_results(written(tmp_path, row(1, 0.25), row(2, 0.5), failed))
    assert len(rows) == 3
    assert means(rows) == {**dict.fromkeys(DIMENSIONS, 0.375), "overall_score": 0.1875}
    assert result_text(rows) == (
        "Comprehensiveness: 0.3750\nInsight: 0.3750\nInstruction Following: 0.3750\nReadability: 0.3750\n"
        "Overall Score: 0.1875\n"
    )


def test_without_scores_there_are_no_means(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no task has scores"):
        result_text(read_results(written(tmp_path, {"id": 1, "error": "x"})))


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        ({"id": 2, "insight": 0.5}, "has no comprehensiveness"),
        (row(2, 0.5, insight="0.5"), "insight"),
        (row(2, float("nan")), "comprehensiveness"),
        ([], "object"),
    ],
)
def test_a_broken_row_is_named_by_its_line(tmp_path: Path, broken: object, why: str) -> None:
    with pytest.raises(DataError, match=rf"raw_results\.jsonl:2: .*{why}"):
        read_results(written(tmp_path, row(1, 0.5), broken))
