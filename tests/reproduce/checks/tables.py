"""Published tables of a test's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

SOURCE = {"paper": "On Tea", "arxiv": "2601.00001"}
TABLE_4 = {"A": (80.0, 90.0, 50.0), "Our-RM-7B": (90.0, 95.0, 60.0)}

Values = Sequence[float | None]


def size(n_items: int = 550, n_candidates: int = 5) -> dict[str, Any]:
    """The table that says how large the set is."""
    return {
        "id": "t1",
        "title": "Size",
        "source": {**SOURCE, "table": "Table 1"},
        "scale": "count",
        "columns": ["instructions", "candidates_per_instruction"],
        "rows": [{"name": "Set", "values": [n_items, n_candidates]}],
    }


def ranked(name: str, rows: Mapping[str, Values]) -> dict[str, Any]:
    """A table about a set of WEval; a row called Human is of people."""
    listed = [
        {"name": row, "family": "human" if row == "Human" else "judge", "values": list(values)}
        for row, values in rows.items()
    ]
    return {
        "id": name.lower().replace(" ", ""),
        "title": name,
        "source": {**SOURCE, "table": name},
        "task": "weval",
        "scale": "percent",
        "columns": ["correlation", "il", "pl"],
        "rows": listed,
    }


def results(folder: Path, *tables: dict[str, Any]) -> Path:
    """A folder of results with one file of published tables."""
    (folder / "paper").mkdir()
    (folder / "paper" / "tea.yaml").write_text(yaml.safe_dump({"tables": list(tables)}), encoding="utf-8")
    return folder
