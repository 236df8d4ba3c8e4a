"""The page of a comparison: differences with their tests, where two runs disagree, and the items they differ on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from weval.compare import Compared
from weval.comparison import Duel, ItemApart
from weval.files import write_text
from weval.readback import ScoredRun
from weval.report.beside import Line, Place, SideBySide, place_text, score_text, side_by_side
from weval.report.compared import TESTS, compared_counts, letters_of, verdict
from weval.report.compared_panels import compared_panels
from weval.report.page import draw, environment, how_to_draw
from weval.report.svg import can_draw
from weval.report.wording import label_of
from weval.wording import number


def write_comparison(compared: Compared, path: Path) -> None:
    """Writes the page, through links to where they lead. Raises ResultError where it cannot be written."""
    write_text(path.resolve(), comparison_page(compared))


def comparison_page(compared: Compared) -> str:
    """The page as HTML: the same for the same runs, under 1.5 MB whatever the texts are."""
    comparison = compared.comparison
    letters = letters_of(comparison)
    panels = compared_panels(comparison)
    duel = comparison.duels[0]
    return (
        environment()
        .get_template("comparison.html.j2")
        .render(
            comparison=comparison,
            letters=letters,
            counts=compared_counts(comparison),
            columns={name: label_of(name) for name in comparison.runs[0].metrics if name != "correlation"},
            verdicts=[sentence for duel in comparison.duels[:1] for sentence in verdict(duel, letters)],
            tests=TESTS,
            panels=list(zip(panels, draw(panels), strict=True)),
            no_charts=None if can_draw() else how_to_draw("weval compare"),
            apart=_apart(duel, compared.runs[0], compared.runs[1]),
        )
    )


def _apart(duel: Duel, first: ScoredRun, second: ScoredRun) -> dict[str, list[SideBySide]]:
    """The items on which each of two runs is most ahead of the other, with their texts."""
    wanted = {item.id: item for items in duel.most_apart.values() for item in items}
    scores = [[block.candidate_scores() for block in run.joined.blocks] for run in (first, second)]
    found: dict[str, SideBySide] = {}
    for position, item in enumerate(first.items()):
        if item.id in wanted:
            at, row = _where(first, position)
            ours = Place(first.joined.blocks[at], row)
            lines = list(_lines(ours, [every[at][row].tolist() for every in scores]))
            found[item.id] = side_by_side(item, ours, _note(wanted[item.id]), lines, [second.joined.blocks[at]])
    return {side: [found[item.id] for item in items] for side, items in duel.most_apart.items()}


def _where(run: ScoredRun, position: int) -> tuple[int, int]:
    """Block and row of the item at a position; the same in all runs on the same items."""
    found = (np.flatnonzero(block.positions == position) for block in run.joined.blocks)
    return next((at, int(rows[0])) for at, rows in enumerate(found) if len(rows))


def _note(item: ItemApart) -> str:
    return f"correlation of A {number(item.first)}, of B {number(item.second)}"


def _lines(place: Place, scores: Sequence[list[float]]) -> Iterator[Line]:
    """How many requirements each candidate kept, and the place and score that each run gives it."""
    order, r = place.best_first, place.block.kept.shape[2]
    gold = place.block.gold[place.row].tolist()
    yield Line("kept", tuple(f"{gold[index]} of {r}" for index in order))
    for letter, given in zip("AB", scores, strict=True):
        yield Line(f"place by {letter}", tuple(place_text(given, index) for index in order))
        yield Line(f"score by {letter}", tuple(score_text(given[index]) for index in order))
