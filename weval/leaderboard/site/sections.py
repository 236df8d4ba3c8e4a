"""What a model's page says of one task: tables, numbers for its charts, its hardest items."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from weval.joined import TYPES
from weval.leaderboard.site.board import FLOOR, Board, Row
from weval.leaderboard.site.columns import per_thousand
from weval.peritem import BOUNDED
from weval.plan import Probe
from weval.report.beside import score_text
from weval.report.certified import certificate_lines
from weval.report.excerpts import excerpt
from weval.report.page import FINGERPRINT_BYTES
from weval.report.wording import LABELS, cost_text
from weval.results import Estimate, PairEstimate, Result

N_WORST = 10
"""Items listed as the hardest."""

N_PARTS = 30
"""Categories drawn in a chart, those of the most items."""

Cells = tuple[str | float | None, ...]


class Chart(NamedTuple):
    """A chart and the numbers it is drawn from: `kind` says how, `options` what to label."""

    kind: str
    title: str
    about: str
    headers: tuple[str, ...]
    rows: Sequence[Cells]
    options: Mapping[str, str | float] = {}


class Hard(NamedTuple):
    """An item that a model ranked badly; `page` is where its texts are, None where they may not be shown."""

    id: str
    category: str | None
    correlation: float
    scores: str
    page: str | None


@dataclass(frozen=True)
class Section:
    """A model on one task, as its page has it."""

    board: Board
    row: Row
    peers: str
    probes: Mapping[Probe, Result]
    charts: list[Chart]
    worst: list[Hard]
    texts: bool
    cost: str
    environment: str
    fingerprint: str
    certificate: list[tuple[str, str]]


def section(board: Board, row: Row, pages: Mapping[str, str]) -> Section:
    """What is said of a model on a task. `pages` tells where the texts of items are."""
    result, record = row.measured.result, row.measured.record
    environment = ", ".join(f"{name} {value}" for name, value in record.environment.items() if name != "cpus")
    return Section(
        board=board,
        row=row,
        peers=",".join([row.model, *peers(board, row)]),
        probes=row.measured.probes,
        charts=list(_charts(row)),
        worst=_worst(board, row, pages),
        texts=bool(board.spec and board.spec.show_texts),
        cost=cost_text(result.cost),
        environment=_cut(environment),
        fingerprint=_cut(json.dumps(result.model.fingerprint, ensure_ascii=False)),
        certificate=certificate_lines(record.certificate) if record.certificate else [],
    )


def board_charts(board: Board) -> list[Chart]:
    """Charts of all models on a task."""
    ties = [(row.name, *_ties(row.measured.result, "correlation")) for row in board.rows]
    types = [
        (row.name, *(_value(row.measured.result.by.requirement_type.get(name)) for name in TYPES)) for row in board.rows
    ]
    costs = [
        (
            row.name,
            _value(row.correlation),
            per_thousand(cost.usd, cost.requests),
            per_thousand(cost.seconds, cost.requests),
        )
        for row in board.rows
        for cost in [row.measured.result.cost]
    ]
    return [
        Chart(
            "ties",
            "Correlation, by what is done with ties",
            "From tied scores put against gold to tied scores put in gold order, as the released script does. The dot "
            "is ours: the expectation over all orders.",
            ("model", "against gold", "expectation", "in gold order", "released"),
            ties,
            {"what": "correlation"},
        ),
        Chart(
            "multiples",
            "What each model notices",
            "Accuracy on pairs of answers that differ in requirements of one type alone. Guessing gets 0.5.",
            ("model", *TYPES),
            types,
            {"reference": 0.5},
        ),
        _scatter(
            "Correlation against cost",
            "Dollars for 1,000 requests, as far as runs recorded them.",
            "$",
            [cost[:3] for cost in costs],
        ),
        _scatter(
            "Correlation against time",
            "Seconds of computing for 1,000 requests, summed over whatever ran at once, on the submitters' machines.",
            "seconds",
            [(*cost[:2], cost[3]) for cost in costs],
        ),
    ]


def _scatter(title: str, about: str, unit: str, rows: Sequence[Cells]) -> Chart:
    if all(row[2] is None for row in rows):
        about = f"Nothing to draw: no run has recorded its {'cost' if unit == '$' else unit}."
    return Chart(
        "scatter", title, about, ("model", "correlation", f"{unit} per 1,000 requests"), rows, {"x": 2, "y": 1}
    )


def peers(board: Board, row: Row) -> Iterator[str]:
    """Whom a link to the comparison brings along: the best of the others, and a floor."""
    others = [other for other in board.rows if other.model != row.model]
    yield from [other.model for other in others if other.measured.card.family not in FLOOR][:1]
    yield from [other.model for other in others if other.measured.card.family in FLOOR][:1]


def _charts(row: Row) -> Iterator[Chart]:
    result = row.measured.result
    spread = row.measured.spread
    yield Chart(
        "boxes",
        "Scores, by how many requirements were kept",
        "Each score less its item's mean, in standard deviations over all items: 5, 25, 50, 75 and 95 % of the "
        "candidates are below. A scorer that notices requirements climbs.",
        ("kept", "5 %", "25 %", "median", "75 %", "95 %"),
        [(kept, *quantiles) for kept, quantiles in spread.items()],
        {"x": "requirements kept", "y": "score (standardised)"},
    )
    types = result.by.requirement_type
    if types:
        yield Chart(
            "intervals",
            "By type of requirement",
            "Accuracy on pairs that differ in kept requirements of one type alone. Guessing gets 0.5.",
            ("type", "accuracy", "low", "high", "pairs"),
            [(name, *_ends(types[name]), f"{types[name].n_pairs:,}") for name in TYPES if name in types],
            {"reference": 0.5, "low": 0, "high": 1},
        )
    gaps = result.by.dropped
    yield Chart(
        "intervals",
        "By how many requirements apart",
        "Accuracy on pairs of answers. Guessing gets 0.5.",
        ("apart", "accuracy", "low", "high", "pairs"),
        [(name, *_ends(found), f"{found.n_pairs:,}") for name, found in gaps.items()],
        {"reference": 0.5, "low": 0, "high": 1},
    )
    yield from _by_category(result)
    if result.diagnosis.resolution.tied:
        yield Chart(
            "ties",
            "What the rule for ties decides",
            f"{result.diagnosis.resolution.tied:.1%} of the pairs are tied.",
            ("figure", "against gold", "expectation", "in gold order", "released"),
            [(LABELS[name], *_ties(result, name)) for name in BOUNDED],
        )


def _by_category(result: Result) -> Iterator[Chart]:
    """Correlation by category, where there are several."""
    categories = {name: found for name, parts in result.by.category.items() if (found := parts.get("correlation"))}
    if len(categories) > 1:
        largest = sorted(categories, key=lambda name: -categories[name].n)[:N_PARTS]
        left_out = f" Only the {N_PARTS} largest are drawn." if len(categories) > N_PARTS else ""
        overall = result.metrics["correlation"]
        yield Chart(
            "intervals",
            "By category",
            "Correlation on the items of a category; the dashed line is that of all. Of few items even the interval is "
            f"unsure.{left_out}",
            ("category", "correlation", "low", "high", "items"),
            [(name, *_ends(categories[name]), f"{categories[name].n:,}") for name in sorted(largest)],
            {"reference": overall.value if overall else 0, "low": -1, "high": 1},
        )


def _ends(found: Estimate | PairEstimate) -> tuple[float, float | None, float | None]:
    low, high = found.ci or (None, None)
    return found.value, low, high


def _ties(result: Result, name: str) -> tuple[float | None, ...]:
    """Against gold, the expectation, in gold order, and as the released script has it."""
    rules = result.diagnosis.tie_rules
    released = (result.released or {}).get(name)
    return rules["adverse"][name], _value(result.metrics[name]), rules["favourable"][name], released


def _value(found: Estimate | PairEstimate | None) -> float | None:
    return found.value if found else None


def _worst(board: Board, row: Row, pages: Mapping[str, str]) -> list[Hard]:
    """The scored items with the lowest correlation, none that is ranked without a fault."""
    figures = row.measured.figures["correlation"]
    wrong = sorted((value, at) for at, value in enumerate(figures) if value is not None and value < 1)
    items = board.index.items if board.index else ()
    found = []
    for value, at in wrong[:N_WORST]:
        item = items[at]
        order = sorted(range(len(item.counts)), key=lambda index: -item.counts[index])
        scores = [score for index in order if (score := row.measured.scores[at][index]) is not None]
        found.append(Hard(item.id, item.category, value, "  ".join(map(score_text, scores)), pages.get(item.id)))
    return found


def _cut(text: str) -> str:
    found = excerpt(text, FINGERPRINT_BYTES)
    return found.text + ("…" if found.left_out else "")
