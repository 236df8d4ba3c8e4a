"""A best of n beside writers that write one text: is training worth more than choosing?"""

from __future__ import annotations

from collections.abc import Sequence

from weval.bench.best_of.curve import gains
from weval.bench.best_of.result import BestOf
from weval.bench.compare import check_comparable
from weval.bench.figures import Sheet
from weval.bench.finish import BenchOutcome
from weval.estimates import means
from weval.results import Estimate
from weval.types import Record


class Beside(Record):
    """A writer's own headline, and how much more the best of N has on the items that both have.

    `equals` is the smallest n of the curve at which the best of n is at least as good; null where none is.
    """

    name: str
    folder: str
    figure: Estimate | None
    more: Estimate | None
    equals: int | None


def beside(best: BestOf, outcomes: Sequence[BenchOutcome]) -> list[Beside]:
    """What stands beside a best of n: the runs on its benchmark and set.

    Raises ResultError for one on other data, or judged otherwise: their figures do not measure the same.
    """
    ours = best.result.benchmark
    found = []
    for outcome in outcomes:
        theirs = outcome.result.benchmark
        if (theirs.name, theirs.set) == (ours.name, ours.set):
            check_comparable(best.samples[0], outcome)
            found.append(_beside(best, outcome))
    return found


def _beside(best: BestOf, outcome: BenchOutcome) -> Beside:
    result, figures = best.result, outcome.benchmark.figures
    k = [figure.name for figure in figures].index(result.headline)
    theirs = Sheet(figures, outcome.rows)
    sign = 1 if figures[k].higher else -1

    def more(n: int) -> Estimate | None:
        added = gains(Sheet(figures, best.rows[n]), theirs, k)
        return means(["more"], added[:, None], result.resamples)["more"] if len(added) else None

    differences = {n: more(n) for n in best.rows}
    return Beside(
        name=outcome.result.writer.name,
        folder=str(outcome.folder),
        figure=outcome.result.figures[result.headline].estimate,
        more=differences[max(differences)],
        equals=next((n for n, found in differences.items() if found and sign * found.value >= 0), None),
    )
