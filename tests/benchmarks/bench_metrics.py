"""A run's figures, their intervals, and the whole result with its diagnosis: seconds by items and by candidates."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.benchmarks.records import Measured
from tests.benchmarks.timing import growing

TYPES, GAPS = 4, (1, 2, 3, 4)
Arrays = dict[str, Any]


def measure(quick: bool) -> Measured:
    """Made-up runs of unit requirement with five typed requirements, half of the answers checked by rules.

    Three lines of growth: up to 3,000 items, 10,000 resamples are drawn once for all figures; up to 10,000 items they
    are drawn for each figure, as they would take too much memory; above, there are 1,000 (`metrics.default_resamples`).
    """
    import weval.evaluate  # noqa: F401 - loaded before the processes part

    few, more, many, rounds = [500, 1_000, 2_000, 3_000], [4_000, 6_000, 8_000], [12_000, 24_000, 48_000], 2
    if quick:
        few, more, many, rounds = [50, 100, 200], [3_100, 3_200, 3_300], [11_000, 12_000, 13_000], 1
    m = few[0]
    return Measured(
        series=(
            growing("whole result, 10,000 resamples drawn once", "items", few, lambda m: resulting(m, 5), rounds),
            growing("whole result, 10,000 for each figure", "items", more, lambda m: resulting(m, 5), 1),
            growing("whole result, 1,000 resamples", "items", many, lambda m: resulting(m, 5), rounds),
            growing(f"whole result, {m} items", "candidates", [3, 5, 10, 20], lambda n: resulting(m, n), rounds),
            growing("figures alone, 5 candidates", "items", few, figuring, rounds),
            growing("intervals of all items together", "items", few, resampling, rounds),
        )
    )


def made_up_run(m: int, n: int = 5, seed: int = 0) -> Arrays:
    """Answers that follow what was kept, with noise; m items, n candidates."""
    rng = np.random.default_rng(seed)
    gold = np.tile(np.arange(n, 0, -1) * 5 // n, (m, 1))
    order = np.argsort(rng.random((m, n, 5)), axis=2)
    kept = order < gold[:, :, None]
    values = np.round(0.3 * kept + rng.random((m, n, 5)), 1)
    return {
        "gold": gold,
        "kept": kept,
        "values": values,
        "scores": np.round(values.mean(axis=2), 2),
        "lengths": rng.integers(50, 400, (m, n)),
        "types": rng.integers(0, TYPES, (m, 5)),
        "category": rng.integers(0, 5, m),
        "language": rng.integers(0, 2, m),
    }


def columns(run: Arrays) -> tuple[Any, Any, Any]:
    """Numerators, denominators and limits of every figure of the run, one column each."""
    from weval import metrics

    gold, scores = run["gold"], run["scores"]
    means = [metric(gold, scores) for metric in metrics.METRICS.values()]
    means.append(metrics.reading(run["values"], run["kept"], np.ones_like(run["kept"]))[0])
    means.append(metrics.length_bias(gold, scores, run["lengths"]))
    num = np.nan_to_num(np.stack(means, axis=1))
    den = (~np.isnan(np.stack(means, axis=1))).astype(float)
    gaps = [metrics.gap_points(gold, scores, gap) for gap in GAPS]
    points, pairs = metrics.type_points(scores, run["kept"], run["types"], TYPES)
    num = np.hstack([num, np.stack([p for p, _ in gaps], axis=1), points])
    den = np.hstack([den, np.stack([n for _, n in gaps], axis=1), pairs])
    limits = [*metrics.LIMITS.values(), (np.nan, np.nan), *[(0.0, 1.0)] * (len(GAPS) + TYPES)]
    return num, den, np.array(limits)


def figuring(m: int) -> Callable[[], object]:
    """A job that computes the figures of each item."""
    run = made_up_run(m)
    return lambda: columns(run)


def resampling(m: int) -> Callable[[], object]:
    """A job that computes the intervals of all items together."""
    from weval import metrics

    num, den, limits = columns(made_up_run(m))
    return lambda: metrics.bootstrap(num, den, seed=1, limits=limits)


def joined(run: Arrays) -> Any:
    """The run as `evaluate` takes it: unit requirement, half of the requirements checked."""
    from weval.joined import STATUSES, Block, Joined
    from weval.metrics import UNCHECKED
    from weval.results import Cost

    m, n = run["gold"].shape
    rng = np.random.default_rng(1)
    met = np.where(rng.random(run["kept"].shape) < 0.9, run["kept"], ~run["kept"]).astype(np.int8)
    met[np.broadcast_to(rng.random((m, 1, 5)) < 0.5, met.shape)] = UNCHECKED
    block = Block(
        unit="requirement",
        positions=np.arange(m),
        gold=run["gold"],
        kept=run["kept"],
        kept_known=np.ones(m, dtype=bool),
        types=run["types"],
        met=met,
        lengths=run["lengths"],
        answers=run["values"],
        codes=np.full(run["kept"].shape, 2 + STATUSES.index("ok"), dtype=np.uint8),
    )
    cost = Cost(requests=m * n * 5, tokens_in=None, tokens_out=None, usd=None, seconds=None)
    labels = [[str(label) for label in run[name]] for name in ("category", "language")]
    return Joined(
        [block],
        [str(i) for i in range(m)],
        *labels,
        statuses={"ok": m * n * 5},
        reasons={},
        cost=cost,
        unit="requirement",
    )


def resulting(m: int, n: int) -> Callable[[], None]:
    """A job from answers to the whole result."""
    from weval.evaluate import EvaluateOptions, evaluate, per_item
    from weval.results import ModelStamp, TaskStamp

    whole = joined(made_up_run(m, n))
    task = TaskStamp(name="made up", version="1", sha256="")
    model = ModelStamp(name="made up", unit="requirement", fingerprint={}, reads_ids=False)

    def job() -> None:
        options = EvaluateOptions(drift=0.01)
        result = evaluate(per_item(whole, options), task, model, options)
        assert len(result.diagnosis.requirement_effect) == TYPES
        assert result.diagnosis.noise_ceiling is not None

    return job
