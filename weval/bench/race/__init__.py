"""DeepResearch Bench RACE: a report beside a reference, criterion by criterion of its task."""

from weval.bench.race.parsing import DIMENSIONS, extract_json, read_output
from weval.bench.race.results import ResultRow, means, read_results, result_text
from weval.bench.race.scoring import both_orders, judged_original, race_score, scored

__all__ = [
    "DIMENSIONS",
    "ResultRow",
    "both_orders",
    "extract_json",
    "judged_original",
    "means",
    "race_score",
    "read_output",
    "read_results",
    "result_text",
    "scored",
]
