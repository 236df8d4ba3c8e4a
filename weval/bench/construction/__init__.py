"""How a benchmark like WritingBench is made: queries, criteria for each of them, and whether people agree with them."""

from weval.bench.construction.criteria import CriteriaSpec, write_criteria
from weval.bench.construction.preferences import PreferencesSpec, judge_preferences
from weval.bench.construction.queries import QueriesSpec, write_queries

__all__ = [
    "CriteriaSpec",
    "PreferencesSpec",
    "QueriesSpec",
    "judge_preferences",
    "write_criteria",
    "write_queries",
]
