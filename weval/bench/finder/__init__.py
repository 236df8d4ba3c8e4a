"""FINDER's checklists: which of a task's requirements a report meets."""

from weval.bench.finder.parsing import judged_original, parse_answer, read_answer
from weval.bench.finder.scoring import Counted, OriginalRun, is_empty_article, original_run, pass_rate

__all__ = [
    "Counted",
    "OriginalRun",
    "is_empty_article",
    "judged_original",
    "original_run",
    "parse_answer",
    "pass_rate",
    "read_answer",
]
