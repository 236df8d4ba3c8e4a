"""LongBench v2 as its own code computes it, and what the repairs change on the same input."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from weval.bench.longbench_v2 import HEADER, Answered, parse_choice, result, result_line
from weval.errors import OriginalError

CHANGED = {
    "The correct answer is Apple": None,
    "The correct answer is Denmark": None,
    "The correct answer is: (B)": "B",
    "The correct answer is\n(A)": "A",
    "The correct answer is [A]": "A",
    "The correct answer is  (A)": "A",
    "The correct answer is (A). No wait, The correct answer is (B)": None,
    "The correct answer is C then The correct answer is (D)": None,
    "<think>The correct answer is (A)</think>The correct answer is (B)": "B",
}


@pytest.fixture
def cases(shared: Path) -> Any:
    return json.loads((shared / "conformance" / "i_longbench_v2.json").read_text(encoding="utf-8"))


def rows(case: Any) -> list[Answered]:
    return [Answered(difficulty, length, right) for right, difficulty, length in case["input"]]


def test_choices(cases: Any) -> None:
    for case in cases["extract_answer"]:
        assert parse_choice(case["input"], mode="original") == case["expected"], case
        assert parse_choice(case["input"]) == CHANGED.get(case["input"], case["expected"]), case


def test_the_table(cases: Any) -> None:
    case = cases["result"][0]
    line = result_line("m.1", result(rows(case), mode="original"))
    assert f"{HEADER}\n{line}" == case["expected"]
    assert result_line("m.1", result(rows(case))) == line


def test_a_class_without_questions(cases: Any) -> None:
    case = cases["result"][1]
    assert case["expected"].startswith("ZeroDivisionError")
    with pytest.raises(OriginalError, match="divides by zero"):
        result(rows(case), mode="original")
    assert result(rows(case))["Medium"] is None
