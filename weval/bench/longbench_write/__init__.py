"""LongBench-Write and LongWrite-Ruler: whether a text is as long as was asked for, and how good it is."""

from weval.bench.longbench_write.parsing import DIMENSIONS, judged_original, parse_quality, read_quality
from weval.bench.longbench_write.scoring import (
    BUCKETS,
    bucket,
    count_words,
    dimension_score,
    length_score,
    quality,
    quality_scores,
)

__all__ = [
    "BUCKETS",
    "DIMENSIONS",
    "bucket",
    "count_words",
    "dimension_score",
    "judged_original",
    "length_score",
    "parse_quality",
    "quality",
    "quality_scores",
    "read_quality",
]
