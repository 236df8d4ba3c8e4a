"""What can be found out about the published tables without a model: bounds, counts, repeated values, empty judges."""

from __future__ import annotations

from weval.reproduce.checks.bounds import Bound
from weval.reproduce.checks.checked import Checks, checks
from weval.reproduce.checks.counts import Count, Counts, Step
from weval.reproduce.checks.printed import Figures, Printed, PrintedRow, read_printed
from weval.reproduce.checks.repeats import Across, Beaten, Repeats
from weval.reproduce.checks.ties import JudgeType, Ties
from weval.reproduce.checks.uninformative import Judge, Judges

__all__ = [
    "Across",
    "Beaten",
    "Bound",
    "Checks",
    "Count",
    "Counts",
    "Figures",
    "Judge",
    "JudgeType",
    "Judges",
    "Printed",
    "PrintedRow",
    "Repeats",
    "Step",
    "Ties",
    "checks",
    "read_printed",
]
