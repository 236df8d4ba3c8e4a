"""All findings that need no model, as one record."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from weval.reproduce.checks.bounds import Bound, bound
from weval.reproduce.checks.counts import Counts, counts
from weval.reproduce.checks.printed import ROUNDING, read_printed
from weval.reproduce.checks.repeats import Repeats, repeats
from weval.reproduce.checks.ties import Ties, ties
from weval.reproduce.checks.uninformative import Judges, judges
from weval.rooms import room
from weval.types import Record


class Checks(Record):
    """What `weval reproduce --checks` finds; figures in percent and differences in points, as the paper prints them.

    The rows are of `n_items` instructions with `n_candidates` each; a printed value is up to `rounding` points off.
    """

    kind: Literal["checks"] = "checks"
    n_items: int
    n_candidates: int
    rounding: float
    bounds: tuple[Bound, ...]
    counts: Counts
    repeats: Repeats
    judges: Judges
    ties: Ties


def checks(folder: Path | None = None) -> Checks:
    """The findings about the published tables in `folder/paper`, those that weval brings without one.

    The same tables give the same findings. Raises DataError where the tables are absent, broken or illegible.
    """
    printed = read_printed(room("results") if folder is None else folder)
    return Checks(
        n_items=printed.n_items,
        n_candidates=printed.n_candidates,
        rounding=ROUNDING,
        bounds=tuple(bound(row, printed.n_candidates) for row in printed.rows),
        counts=counts(printed),
        repeats=repeats(printed.rows),
        judges=judges(printed),
        ties=ties(printed.n_candidates),
    )
