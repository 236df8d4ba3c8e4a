"""What the site has for machines and papers: JSON, CSV, BibTeX, and data as scripts, as a page may load from a file."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from weval.leaderboard.gold import GoldIndex
from weval.leaderboard.site.board import Board, Row
from weval.leaderboard.site.columns import Column
from weval.leaderboard.site.measured import PART_RESAMPLES
from weval.report.escaping import DIGITS, bib_text, csv_cell
from weval.report.excerpts import shown

UNMEASURED = {"diagnosis": {"requirement_effect"}}
"""Of a result what is not computed for the pages; result.json has it."""


def board_json(board: Board) -> str:
    """All figures of all models on a task, a model a line."""
    rows = (
        {
            "model": row.model,
            "card": row.measured.card.model_dump(mode="json", by_alias=True),
            "rank": [row.best, row.worst] if row.best else None,
            "badge": row.badge,
            "run": {"date": row.date, "command": row.measured.command, "scores_sha256": row.measured.digest},
            "result": row.measured.result.model_dump(mode="json", by_alias=True, exclude=UNMEASURED),
            "probes": {name: found.metrics for name, found in row.measured.probes.items()},
        }
        for row in board.rows
    )
    reported = [
        {"name": row.name, "family": row.family, "released": dict(row.figures), "source": row.source}
        for row in board.reported
    ]
    head = {"schema": 1, "task": board.task, "resamples_of_parts": PART_RESAMPLES, "reported_not_verified": reported}
    return json_by_line(head, "models", rows)


def json_by_line(head: Mapping[str, Any], name: str, rows: Iterable[Mapping[str, Any]]) -> str:
    """A JSON object of the fields of `head` and, last, the rows under a name, a row a line."""
    lines = ",\n".join(json.dumps(_plain(row), ensure_ascii=False, sort_keys=True) for row in rows)
    return f'{json.dumps(_plain(head), ensure_ascii=False)[:-1]}, "{name}": [\n{lines}\n]}}\n'


def board_csv(board: Board, columns: Sequence[Column]) -> str:
    """The table with all its columns; intervals as columns of their own, nothing where there is nothing.

    Safe to open in a spreadsheet.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    drawn = [column for column in columns if column.id in ("correlation", "reading")]
    ends = [f"{column.title} {end}" for column in drawn for end in ("low", "high")]
    writer.writerow(
        ["model", "name", "family", "rank_best", "rank_worst", "verified", *(csv_cell(c.title) for c in columns), *ends]
    )
    for row in board.rows:
        cells = [column.cell(row) for column in columns]
        found = [row.measured.result.metrics.get(column.id) for column in drawn]
        limits = [end for one in found for end in ((one.ci if one else None) or (None, None))]
        values = [cell.text if isinstance(cell.value, str) else cell.value for cell in cells]
        ranks = (row.best, row.worst) if row.best else ("", "")
        known = ["" if value is None else value for value in [*values, *limits]]
        writer.writerow(
            [csv_cell(value) for value in (row.model, row.name, row.measured.card.family, *ranks, row.badge, *known)]
        )
    return out.getvalue()


def board_bib(board: Board) -> str:
    """An entry for the table, and one for every model in it."""
    version = f", version {board.index.task.version}" if board.index else ""
    entries = [
        _entry(
            f"weval-{board.task}",
            f"{board.title}{version}: leaderboard",
            "The weval authors",
            max((row.date for row in board.rows), default=""),
            "",
        )
    ]
    for row in board.rows:
        found = row.correlation
        figure = f"correlation {found.value:.3f}" if found else "no correlation"
        if found and found.ci:
            figure += f" [{found.ci[0]:.3f}, {found.ci[1]:.3f}]"
        entries.append(
            _entry(
                f"weval-{board.task}-{row.model}",
                f"{row.name} on {board.title}",
                row.measured.card.organisation,
                row.date,
                f"{figure}, rank {row.band.replace('–', '--')}, {row.badge}",
            )
        )
    return "\n".join(entries)


def _entry(key: str, title: str, author: str, date: str, note: str) -> str:
    fields = {
        "title": f"{{{bib_text(title)}}}",
        "author": f"{{{bib_text(author)}}}",
        "year": bib_text(date[:4]),
        "note": bib_text(note),
    }
    lines = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items() if value)
    return f"@misc{{{re.sub(r'[^A-Za-z0-9:_-]', '-', key)},\n{lines}\n}}\n"


def models_js(boards: Iterable[Board]) -> str:
    """Which models there are on which tasks, for choosing."""
    tasks = [
        {
            "task": board.task,
            "title": board.title,
            "items": len(board.index.items),
            "pages": board.shows_texts,
            "models": [
                {"model": row.model, "name": shown(row.name), "family": row.measured.card.family} for row in board.rows
            ],
        }
        for board in boards
        if board.rows and board.index
    ]
    return _script("models", tasks)


def items_js(task: str, index: GoldIndex, pages: dict[str, str]) -> str:
    """What is known of the items of a task without their texts; `pages` says where their texts are."""
    items = [
        {
            "id": shown(item.id),
            "category": item.category and shown(item.category),
            "gold": item.counts,
            "page": pages.get(item.id),
        }
        for item in index.items
    ]
    return _script(f"{task}/_items", items)


def row_js(row: Row, task: str) -> str:
    """A model's figures item by item, and its scores."""
    found = row.measured
    return _script(f"{task}/{row.model}", {"figures": found.figures, "scores": found.scores})


def _script(name: str, content: Any) -> str:  # noqa: ANN401 - any JSON
    """Data as a script, as pages from a file may load no other kind: it keeps JSON under a name, all of it ASCII."""
    text = json.dumps(content, ensure_ascii=True, separators=(",", ":"))
    return f"(window.wevalData ??= {{}})[{json.dumps(name)}] = {text.replace('</', '<' + chr(92) + '/')};\n"


def _plain(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """The value with numbers cut to what can be relied on."""
    if isinstance(value, float):
        return round(value, DIGITS)
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return _plain(value.model_dump(mode="json")) if hasattr(value, "model_dump") else value
