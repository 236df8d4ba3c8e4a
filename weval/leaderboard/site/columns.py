"""The columns of a table: what each is called, what it says, and its cell for a model."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from weval.joined import TYPES
from weval.leaderboard.site.board import Board, Row
from weval.plan import Probe
from weval.report.wording import LABELS, MEANINGS
from weval.results import AnswerShare, Estimate, PairEstimate, Result
from weval.wording import DASH, number

GROUPS = {
    "main": "",
    "released": "released script",
    "ranking": "more on ranking",
    "types": "by requirement type",
    "categories": "by category",
    "health": "health and bias",
    "cost": "cost and speed",
    "card": "the model",
}
"""Groups of columns by name; all but the first can be shown and hidden."""


class Cell(NamedTuple):
    """What stands in a table. `value` is what it is sorted by, None for nothing; `estimate` is drawn beside it."""

    text: str
    value: float | str | None
    estimate: Estimate | PairEstimate | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `about` says what it is. Where an interval is `drawn`, `low` and `high` are the ends."""

    id: str
    group: str
    title: str
    about: str
    cell: Callable[[Row], Cell]
    low: float = 0.0
    high: float = 1.0
    drawn: bool = False


def columns(board: Board) -> list[Column]:
    """All columns for a task, in order."""
    return [*_main(board), *_released(), *_ranking(), *_types(), *_categories(board), *_health(), *_cost(), *_card()]


def _main(board: Board) -> Iterator[Column]:
    for name in ("correlation", "reading"):
        yield Column(name, "main", LABELS[name], MEANINGS[name], _figure(name), low=_lowest(board, name), drawn=True)
    yield Column(
        "swapped",
        "main",
        "swapped",
        "correlation when another item's requirements are asked about: what is left of it is won without reading them",
        lambda row: _of(_probed(row, "swapped")),
    )
    for name in ("il", "pl"):
        yield Column(name, "main", LABELS[name], MEANINGS[name], _plain(name))


def _lowest(board: Board, name: str) -> float:
    """Where the bars of a table begin: at 0, or as many quarters below as its lowest interval reaches."""
    found = [one for row in board.rows if (one := row.measured.result.metrics.get(name))]
    ends = [one.ci[0] if one.ci else one.value for one in found]
    return max(-1.0, math.floor(4 * min([0.0, *ends])) / 4)


def _released() -> Iterator[Column]:
    for name in ("correlation", "il", "pl"):
        about = "as the paper's released script has it, which puts tied scores in gold order"
        yield Column(f"released-{name}", "released", f"released {LABELS[name]}", about, _of_released(name))


def _ranking() -> Iterator[Column]:
    for name in ("tie_rate", "pairwise_accuracy", "top1", "spearman"):
        yield Column(name.replace("_", "-"), "ranking", LABELS[name], MEANINGS[name], _plain(name))
    yield Column(
        "scored", "ranking", "items scored", "items with a score, of all", lambda row: _scored(row.measured.result)
    )


def _types() -> Iterator[Column]:
    for name in TYPES:
        about = f"accuracy on pairs that differ in kept requirements of type {name} alone; guessing gets 0.5"
        yield Column(f"type-{name}", "types", f"type: {name}", about, _of_type(name))


def _categories(board: Board) -> Iterator[Column]:
    for at, name in enumerate(board.categories):
        yield Column(f"category-{at}", "categories", name, f"correlation on items of category {name}", _of_part(name))


def _health() -> Iterator[Column]:
    yield Column(
        "length-bias",
        "health",
        "length bias",
        "how much more the score follows length than gold does",
        lambda row: _of(row.measured.result.diagnosis.length_bias),
    )
    yield Column(
        "position-bias",
        "health",
        "position bias",
        "how much more often the text shown first wins than by chance",
        lambda row: _of(row.measured.result.diagnosis.position_bias),
    )
    yield Column(
        "unusable",
        "health",
        "no verdict",
        "share of the answers that were unparsed, refused, truncated or failed",
        lambda row: _unusable(row.measured.result),
    )


def _cost() -> Iterator[Column]:
    yield Column("usd", "cost", "$ per 1,000", "dollars for 1,000 requests, as far as the run recorded them", _usd)
    yield Column("seconds", "cost", "s per 1,000", "seconds of computing for 1,000 requests, summed", _seconds)
    yield Column("tokens", "cost", "tokens read", "tokens read per request", _tokens)


def _card() -> Iterator[Column]:
    yield Column("parameters", "card", "parameters", "of the model", lambda row: _size(row.measured.card.parameters))
    yield Column(
        "organisation", "card", "organisation", "who made it", lambda row: _text(row.measured.card.organisation)
    )
    yield Column("licence", "card", "licence", "of its weights", lambda row: _text(row.measured.card.licence))
    yield Column(
        "trained",
        "card",
        "trained on WEval",
        "whether it was trained on data made as WEval's is",
        lambda row: _text("yes" if row.measured.card.trained_on_weval else "no"),
    )
    yield Column("unit", "card", "asked about", "what one request asks about", lambda row: _text(_unit(row)))
    yield Column("date", "card", "date", "when the run was begun", lambda row: _text(row.date))


def _figure(name: str) -> Callable[[Row], Cell]:
    def cell(row: Row) -> Cell:
        found = row.measured.result.metrics.get(name)
        return Cell(number(found.value if found else None), found.value if found else None, found)

    return cell


def _plain(name: str) -> Callable[[Row], Cell]:
    return lambda row: _of(row.measured.result.metrics.get(name))


def _of(found: Estimate | PairEstimate | None) -> Cell:
    return _number(found.value if found else None)


def _number(value: float | None) -> Cell:
    return Cell(number(value), value)


def _probed(row: Row, probe: Probe) -> Estimate | None:
    result = row.measured.probes.get(probe)
    return result.metrics["correlation"] if result else None


def _of_released(name: str) -> Callable[[Row], Cell]:
    return lambda row: _number((row.measured.result.released or {}).get(name))


def _of_type(name: str) -> Callable[[Row], Cell]:
    return lambda row: _of(row.measured.result.by.requirement_type.get(name))


def _of_part(name: str) -> Callable[[Row], Cell]:
    return lambda row: _of(row.measured.result.by.category.get(name, {}).get("correlation"))


def _scored(result: Result) -> Cell:
    return Cell(f"{result.n_scored}/{result.n_items}", result.n_scored)


def _unusable(result: Result) -> Cell:
    if result.health is None or result.model.reads_ids:
        return Cell(DASH, None)
    lost: list[AnswerShare] = [share for status, share in result.health.answers.items() if status != "ok"]
    value = sum(share.value for share in lost)
    return Cell(f"{value:.1%}", value)


def _usd(row: Row) -> Cell:
    cost = row.measured.result.cost
    return _rate(cost.usd, cost.requests)


def _seconds(row: Row) -> Cell:
    cost = row.measured.result.cost
    return _rate(cost.seconds, cost.requests)


def per_thousand(amount: float | None, requests: int) -> float | None:
    """What 1,000 requests take of what so many took; None where nobody recorded it, or nothing was asked."""
    return None if amount is None or not requests else 1_000 * amount / requests


def _rate(amount: float | None, requests: int) -> Cell:
    value = per_thousand(amount, requests)
    if value is None:
        return Cell(DASH, None)
    return Cell(f"{value:,.2f}" if value >= 0.1 else f"{value:.2g}", value)


def _tokens(row: Row) -> Cell:
    cost = row.measured.result.cost
    if cost.tokens_in is None or not cost.requests:
        return Cell(DASH, None)
    return Cell(f"{cost.tokens_in / cost.requests:,.0f}", cost.tokens_in / cost.requests)


def _size(parameters: int | None) -> Cell:
    """A number of parameters as people write it."""
    if parameters is None:
        return Cell(DASH, None)
    for power, letter in ((12, "T"), (9, "B"), (6, "M"), (3, "K")):
        if parameters >= 10**power:
            return Cell(f"{parameters / 10**power:.3g}{letter}", float(parameters))
    return Cell(str(parameters), float(parameters))


def _text(text: str) -> Cell:
    return Cell(text, text.casefold())


def _unit(row: Row) -> str:
    return row.measured.result.model.unit
