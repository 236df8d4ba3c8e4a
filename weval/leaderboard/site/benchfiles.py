"""What the site has of a benchmark for machines: all figures of all writers as JSON and CSV, and no text of anybody."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

from weval.leaderboard.site.benches import Bench, Way, WriterRow
from weval.leaderboard.site.files import json_by_line
from weval.report.escaping import csv_cell

_WITH_TEXTS = {"missing"}
"""Of a result what repeats what models or servers said; so do the reasons of its steps."""


def bench_json(bench: Bench) -> str:
    """All figures of all writers, a writer a line; published tables beside them, as printed."""
    head = {
        "schema": 1,
        "benchmark": bench.name,
        "version": bench.spec.version,
        "reported_not_verified": [table.model_dump(mode="json") for table in bench.reported],
    }
    return json_by_line(head, "writers", (_plain(way, row) for way in bench.ways for row in way.rows))


def bench_csv(bench: Bench) -> str:
    """The tables one below the other; intervals as columns of their own. Safe to open in a spreadsheet.

    Figures are comparable between rows of the same `way` only.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    names = list(dict.fromkeys(name for way in bench.ways for name in way.stamps))
    ends = [f"{name}{end}" for name in names for end in ("", " low", " high")]
    about = ["way", "writer", "name", "organisation", "judge", "set", "rank_best", "rank_worst", "verified", "date"]
    writer.writerow([*about, "items", "missing", "original headline", *map(csv_cell, ends)])
    for way in bench.ways:
        for row in way.rows:
            writer.writerow(["" if value is None else csv_cell(value) for value in _cells(way, row, names)])
    return out.getvalue()


def _plain(way: Way, row: WriterRow) -> dict[str, Any]:
    found = row.measured
    result = found.result.model_dump(mode="json", by_alias=True, exclude=_WITH_TEXTS)
    for step in result["steps"].values():
        del step["reasons"]
    return {
        "way": way.key,
        "writer": row.writer,
        "card": found.card.model_dump(mode="json", by_alias=True),
        "rank": [row.best, row.worst] if row.best else None,
        "badge": row.badge,
        "run": {"date": row.date, "command": found.command, "replies_sha256": found.digest},
        "result": result,
    }


def _cells(way: Way, row: WriterRow, names: list[str]) -> Iterator[object]:
    card, result = row.measured.card, row.measured.result
    yield from (way.key, row.writer, card.name, card.organisation, way.judge, way.set)
    yield from (row.best, row.worst) if row.best else (None, None)
    yield from (row.badge, row.date, result.n_items, result.n_missing, row.original)
    for name in names:
        estimate = result.figures[name].estimate if name in result.figures else None
        yield estimate.value if estimate else None
        yield from (estimate.ci if estimate else None) or (None, None)
