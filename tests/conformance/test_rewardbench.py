"""RewardBench's sections as its own code computes them, and what the repairs change on the same input."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from weval.bench.rewardbench import EXAMPLE_COUNTS, SUBSETS, absent, average, section_scores


@pytest.fixture
def cases(shared: Path) -> Any:
    return json.loads((shared / "conformance" / "i_rewardbench_sections.json").read_text(encoding="utf-8"))


def test_what_subsets_weigh(cases: Any) -> None:
    assert cases["example_counts"] == EXAMPLE_COUNTS
    assert cases["subset_mapping"] == {section: list(names) for section, names in SUBSETS.items()}


def test_sections(cases: Any) -> None:
    for case in cases["cases"]:
        found = section_scores(case["input"], mode="original")
        assert found == pytest.approx(case["expected"], abs=1e-9)
        assert average(found, mode="original") == pytest.approx(case["mean_of_sections"], abs=1e-9)


def test_repaired_an_absent_section_is_missing(cases: Any) -> None:
    for case in cases["cases"]:
        found, missing = section_scores(case["input"]), absent(case["input"])
        expected = {section: None if section in missing else value for section, value in case["expected"].items()}
        assert found == pytest.approx(expected, abs=1e-9)
        assert (average(found) is None) == bool(missing)
