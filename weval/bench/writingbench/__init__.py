"""WritingBench: five criteria of its own for each query, each scored 1 to 10 by a judge, and means of those scores."""

from weval.bench.writingbench.parsing import judged_response, parse_reply
from weval.bench.writingbench.scoring import (
    DOMAINS,
    REQUIREMENTS,
    Criteria,
    Requirement,
    aggregate,
    column_order,
    criteria_means,
    query_mean,
    to_judge,
)

__all__ = [
    "DOMAINS",
    "REQUIREMENTS",
    "Criteria",
    "Requirement",
    "aggregate",
    "column_order",
    "criteria_means",
    "judged_response",
    "parse_reply",
    "query_mean",
    "to_judge",
]
