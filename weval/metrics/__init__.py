"""Pure functions on arrays: ranking figures per item, the paper's released figures, reading, diagnosis, intervals."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy.typing as npt

from weval.metrics.arrays import BoolArray, FloatArray, IntArray, tied_means
from weval.metrics.diagnosis import length_bias, type_points
from weval.metrics.intervals import Intervals, bootstrap, wilson
from weval.metrics.ranking import (
    correlation,
    gap_points,
    il,
    pairwise_accuracy,
    pl,
    spearman,
    tie_rate,
    top1,
)
from weval.metrics.reading import reading
from weval.metrics.released import Released, released, requirement_means, round_requirement_scores
from weval.metrics.resampling import default_resamples, resample_counts

RankingMetric = Callable[[npt.ArrayLike, npt.ArrayLike], FloatArray]

METRICS: Mapping[str, RankingMetric] = MappingProxyType(
    {
        "correlation": correlation,
        "il": il,
        "pl": pl,
        "spearman": spearman,
        "pairwise_accuracy": pairwise_accuracy,
        "top1": top1,
        "tie_rate": tie_rate,
    }
)
"""The ranking figures of an item, f(gold, scores), in the order in which they are shown."""

LIMITS: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "correlation": (-1.0, 1.0),
        "il": (0.0, 1.0),
        "pl": (0.0, 1.0),
        "spearman": (-1.0, 1.0),
        "pairwise_accuracy": (0.0, 1.0),
        "top1": (0.0, 1.0),
        "tie_rate": (0.0, 1.0),
        "reading": (-1.0, 1.0),
    }
)
"""The two ends of each figure's range; at an end its interval is Wilson's."""

WORST: Mapping[str, float] = MappingProxyType({name: low for name, (low, _) in LIMITS.items()} | {"tie_rate": 1.0})
"""What a pessimistic figure counts for an item that could not be scored."""

__all__ = [
    "LIMITS",
    "METRICS",
    "WORST",
    "BoolArray",
    "FloatArray",
    "IntArray",
    "Intervals",
    "RankingMetric",
    "Released",
    "bootstrap",
    "correlation",
    "default_resamples",
    "gap_points",
    "il",
    "length_bias",
    "pairwise_accuracy",
    "pl",
    "reading",
    "released",
    "requirement_means",
    "resample_counts",
    "round_requirement_scores",
    "spearman",
    "tie_rate",
    "tied_means",
    "top1",
    "type_points",
    "wilson",
]
