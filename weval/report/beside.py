"""An item with its candidates side by side: what they were written to, what checks and models say, and the texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from weval.joined import Block
from weval.metrics import UNCHECKED
from weval.report.excerpts import Excerpt, excerpt
from weval.types import Item
from weval.wording import DASH

MAX_CANDIDATES, MAX_REQUIREMENTS = 12, 20
"""Shown of an item."""

ITEM_BYTES = 50_000
"""Of HTML that the responses of one item may take together: ten items fit on a page of 1.5 MB whatever is in them."""

INSTRUCTION_BYTES, REQUIREMENT_BYTES, ID_BYTES = 6_000, 400, 150


class Line(NamedTuple):
    """One row above the requirements: a figure for every candidate shown."""

    label: str
    cells: tuple[str, ...]


class Verdict(NamedTuple):
    """What is known of one candidate and one requirement; None is unknown, not checkable or not asked."""

    kept: bool | None
    met: bool | None
    score: str | None


class Asked(NamedTuple):
    """A requirement, and a verdict for every candidate shown."""

    id: str
    type: str | None
    text: Excerpt
    verdicts: tuple[Verdict, ...]


@dataclass(frozen=True, slots=True)
class SideBySide:
    """All that a page shows of an item. `cut` says what it does not show."""

    id: str
    category: str | None
    note: str
    instruction: Excerpt
    candidates: tuple[str, ...]
    lines: tuple[Line, ...]
    requirements: tuple[Asked, ...]
    responses: tuple[Excerpt, ...]
    cut: str


class Place(NamedTuple):
    """Where an item's answers stand: a row of a block."""

    block: Block
    row: int

    @property
    def best_first(self) -> list[int]:
        """The candidates to be shown, best gold first; equal ones in the order of the file."""
        gold = self.block.gold[self.row].tolist()
        return sorted(range(len(gold)), key=lambda index: -gold[index])[:MAX_CANDIDATES]


def side_by_side(
    item: Item, place: Place, note: str, lines: Sequence[Line], others: Sequence[Block] = ()
) -> SideBySide:
    """The item as a page shows it. `lines` have a cell for each candidate of `place.best_first`, in that order.

    `others` are the same block of other runs on the same items: their scores of a requirement stand behind the run's.
    """
    order, blocks = place.best_first, (place.block, *others)
    candidates = [item.candidates[index] for index in order]
    limit = ITEM_BYTES // len(order)
    return SideBySide(
        id=excerpt(item.id, ID_BYTES).text,
        category=item.category and excerpt(item.category, ID_BYTES).text,
        note=note,
        instruction=excerpt(item.instruction, INSTRUCTION_BYTES),
        candidates=tuple(excerpt(candidate.id, ID_BYTES).text for candidate in candidates),
        lines=tuple(lines),
        requirements=tuple(
            Asked(
                excerpt(requirement.id, ID_BYTES).text,
                requirement.type,
                excerpt(requirement.text, REQUIREMENT_BYTES),
                tuple(_verdict(blocks, (place.row, candidate, index)) for candidate in order),
            )
            for index, requirement in enumerate(item.requirements[:MAX_REQUIREMENTS])
        ),
        responses=tuple(excerpt(candidate.response, limit) for candidate in candidates),
        cut=_cut(item),
    )


def score_text(value: float) -> str:
    """A score in four digits: it may be a share, a reward or a number of characters.

    >>> score_text(0.61437), score_text(-1234.5), score_text(90210.4), score_text(-0.0)
    ('0.6144', '-1234', '90210', '0')
    """
    return f"{value:.0f}" if 9999.5 <= abs(value) < 1e9 else f"{value + 0.0:.4g}"


def place_text(values: Sequence[float], index: int) -> str:
    """The place of one of several values, highest first; equal ones share theirs.

    >>> [place_text([0.5, 0.9, 0.5], index) for index in range(3)]
    ['2–3', '1', '2–3']
    """
    above = sum(value > values[index] for value in values)
    last = above + sum(value == values[index] for value in values)
    return f"{last}" if last == above + 1 else f"{above + 1}–{last}"


def _verdict(blocks: Sequence[Block], at: tuple[int, int, int]) -> Verdict:
    """What gold and checks say, which all runs share, and the scores of those that score requirements."""
    gold = blocks[0]
    met = int(gold.met[at])
    asked = any(block.unit == "requirement" for block in blocks)
    return Verdict(
        kept=bool(gold.kept[at]) if gold.kept_known[at[0]] else None,
        met=None if met == UNCHECKED else bool(met),
        score=" | ".join(_score(block, at) for block in blocks) if asked else None,
    )


def _score(block: Block, at: tuple[int, int, int]) -> str:
    return score_text(float(block.answers[at])) if block.unit == "requirement" and block.applicable[at] else DASH


def _cut(item: Item) -> str:
    more = {
        "candidates": len(item.candidates) - MAX_CANDIDATES,
        "requirements": len(item.requirements) - MAX_REQUIREMENTS,
    }
    parts = [f"{n} more {what}" for what, n in more.items() if n > 0]
    return f"Not shown here: {' and '.join(parts)}." if parts else ""
