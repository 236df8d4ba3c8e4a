from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.reproduce.checks.tables import TABLE_4, ranked, results, size
from weval.errors import DataError
from weval.reproduce.checks.printed import FIGURES, read_printed
from weval.rooms import room


def test_every_row_of_the_papers_tables_is_read_as_printed(shared: Path) -> None:
    facts = yaml.safe_load((shared / "facts" / "paper_tables.yaml").read_text(encoding="utf-8"))["weval"]
    tables = {"Table 4": "table4_deepseek_r1", "Table 6": "table6_gpt4o", "Table 7": "table7_gemini25pro"}
    expected = [(table, name, values) for table, key in tables.items() for name, values in facts[key].items()]
    printed = read_printed(room("results"))
    found = [(row.table, row.name, [getattr(row.figures, name) for name in FIGURES]) for row in printed.rows]
    assert found == expected
    assert len(found) == 15
    assert printed.n_items == facts["table1_dataset"]["instructions"]
    assert printed.n_candidates == facts["table1_dataset"]["candidates_per_instruction"]


def test_tables_about_something_else_are_passed_over(tmp_path: Path) -> None:
    other = ranked("Table 2", {"A": (1.0, 2.0, 3.0)}) | {"columns": ["correlation", "il", "top1"]}
    found = read_printed(results(tmp_path, size(60, 4), other, ranked("Table 4", TABLE_4)))
    assert [row.label for row in found.rows] == ["A (Table 4)", "Our-RM-7B (Table 4)"]
    assert (found.n_items, found.n_candidates) == (60, 4)


@pytest.mark.parametrize(
    "tables, said",
    [
        ([size()], "needs tables with correlation, il, pl, and one with instructions"),
        ([ranked("Table 4", TABLE_4)], "needs tables with"),
        ([size(), size() | {"id": "t2"}, ranked("Table 4", TABLE_4)], "needs tables with"),
        ([size(), ranked("Table 4", {"A": (80.0, None, 50.0)})], "table4: 'A' has no il"),
        ([size(), ranked("Table 4", {"A": (80.0, 90.0, 50.25)})], "'A' has a pl of 50.25; needs one decimal"),
        ([size(), ranked("Table 4", {"A": (80.0, -1.0, 50.0)})], "'A' has a il of -1; needs one decimal, and none"),
        ([size(550, 7), ranked("Table 4", TABLE_4)], "t1: 'Set' has 550 instructions of 7 candidates"),
        ([size(0), ranked("Table 4", TABLE_4)], "t1: 'Set' has 0 instructions"),
    ],
)
def test_what_cannot_be_checked_is_refused(tables: list[dict[str, Any]], said: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=said):
        read_printed(results(tmp_path, *tables))


def test_a_correlation_may_be_negative(tmp_path: Path) -> None:
    found = read_printed(results(tmp_path, size(), ranked("Table 4", {"A": (-10.0, 50.0, 0.0)})))
    assert found.rows[0].figures.correlation == -10.0
