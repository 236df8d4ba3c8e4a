"""Pure functions on arrays: ranking figures per item, the paper's released figures, reading, diagnosis, intervals."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy.typing as npt

from weval.metrics.agreement import fleiss_kappa, nominal_alpha, ordinal_alpha
from weval.metrics.arrays import BoolArray, FloatArray, IntArray, pair_signs, ratio, tied_means
from weval.metrics.ceiling import UNCHECKED, MetRates, expected_agreement, met_rates
from weval.metrics.diagnosis import length_bias, pair_types, type_points
from weval.metrics.effects import EffectPairs, effect_pairs, requirement_effects
from weval.metrics.intervals import Intervals, bootstrap, bootstrap_sums, wilson
from weval.metrics.order import OrderCounts, early_preference, first_on_top, order_counts
from weval.metrics.paired import (
    ClassicTests,
    classic_tests,
    detectable_difference,
    effect_size,
    holm,
    items_needed,
    sign_flip,
)
from weval.metrics.ranking import (
    broken_ties,
    correlation,
    gap_points,
    il,
    pairwise_accuracy,
    pl,
    spearman,
    tie_rate,
    top1,
)
from weval.metrics.ranks import RankBands, rank_bands
from weval.metrics.reading import reading
from weval.metrics.released import Released, released, requirement_means, round_requirement_scores
from weval.metrics.resampling import RESAMPLES, default_resamples, resample_counts
from weval.metrics.verdicts import BOTH, NEITHER, NO_PAIR, ONLY_FIRST, ONLY_SECOND, concordance, verdicts
from weval.metrics.votes import (
    has_cycle,
    kendall_w,
    majority_points,
    majority_scores,
    mid_ranks,
    others_points,
    vote_counts,
)

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
    "BOTH",
    "LIMITS",
    "METRICS",
    "NEITHER",
    "NO_PAIR",
    "ONLY_FIRST",
    "ONLY_SECOND",
    "RESAMPLES",
    "UNCHECKED",
    "WORST",
    "BoolArray",
    "ClassicTests",
    "EffectPairs",
    "FloatArray",
    "IntArray",
    "Intervals",
    "MetRates",
    "OrderCounts",
    "RankBands",
    "RankingMetric",
    "Released",
    "bootstrap",
    "bootstrap_sums",
    "broken_ties",
    "classic_tests",
    "concordance",
    "correlation",
    "default_resamples",
    "detectable_difference",
    "early_preference",
    "effect_pairs",
    "effect_size",
    "expected_agreement",
    "first_on_top",
    "fleiss_kappa",
    "gap_points",
    "has_cycle",
    "holm",
    "il",
    "items_needed",
    "kendall_w",
    "length_bias",
    "majority_points",
    "majority_scores",
    "met_rates",
    "mid_ranks",
    "nominal_alpha",
    "order_counts",
    "ordinal_alpha",
    "others_points",
    "pair_signs",
    "pair_types",
    "pairwise_accuracy",
    "pl",
    "rank_bands",
    "ratio",
    "reading",
    "released",
    "requirement_effects",
    "requirement_means",
    "resample_counts",
    "round_requirement_scores",
    "sign_flip",
    "spearman",
    "tie_rate",
    "tied_means",
    "top1",
    "type_points",
    "verdicts",
    "vote_counts",
    "wilson",
]
