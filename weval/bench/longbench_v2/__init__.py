"""LongBench v2: 503 questions about long texts, with four choices each."""

from weval.bench.longbench_v2.choice import CHOICES, parse_choice
from weval.bench.longbench_v2.table import HEADER, Answered, result, result_line

__all__ = ["CHOICES", "HEADER", "Answered", "parse_choice", "result", "result_line"]
