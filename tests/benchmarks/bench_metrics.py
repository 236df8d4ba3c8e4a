"""How long the figures of a run, their intervals and the whole result with its diagnosis take on one core.

OMP_NUM_THREADS=1 python tests/benchmarks/bench_metrics.py
"""

import resource
import time

import numpy as np

from weval import metrics
from weval.evaluate import EvaluateOptions, evaluate, per_item
from weval.joined import STATUSES, Block, Joined
from weval.metrics import LIMITS, METRICS, UNCHECKED
from weval.results import Cost, ModelStamp, TaskStamp

TYPES, GAPS = 4, (1, 2, 3, 4)


def made_up_run(m, seed=0):
    rng = np.random.default_rng(seed)
    gold = np.tile([5, 4, 3, 2, 1], (m, 1))
    order = np.argsort(rng.random((m, 5, 5)), axis=2)
    kept = order < gold[:, :, None]
    values = np.round(0.3 * kept + rng.random((m, 5, 5)), 1)
    return {
        "gold": gold,
        "kept": kept,
        "values": values,
        "scores": np.round(values.mean(axis=2), 2),
        "lengths": rng.integers(50, 400, (m, 5)),
        "types": rng.integers(0, TYPES, (m, 5)),
        "category": rng.integers(0, 5, m),
        "language": rng.integers(0, 2, m),
    }


def columns(run):
    """Numerators, denominators and limits of every figure of the run, one column each."""
    gold, scores = run["gold"], run["scores"]
    means = [metric(gold, scores) for metric in METRICS.values()]
    means.append(metrics.reading(run["values"], run["kept"], np.ones_like(run["kept"]))[0])
    means.append(metrics.length_bias(gold, scores, run["lengths"]))
    num = np.nan_to_num(np.stack(means, axis=1))
    den = (~np.isnan(np.stack(means, axis=1))).astype(float)
    gaps = [metrics.gap_points(gold, scores, gap) for gap in GAPS]
    points, pairs = metrics.type_points(scores, run["kept"], run["types"], TYPES)
    num = np.hstack([num, np.stack([p for p, _ in gaps], axis=1), points])
    den = np.hstack([den, np.stack([n for _, n in gaps], axis=1), pairs])
    limits = [*LIMITS.values(), (np.nan, np.nan), *[(0.0, 1.0)] * (len(GAPS) + TYPES)]
    return num, den, np.array(limits)


def seconds(m):
    run = made_up_run(m)
    started = time.perf_counter()
    num, den, limits = columns(run)
    figures = time.perf_counter()
    metrics.bootstrap(num, den, seed=1, limits=limits)
    whole = time.perf_counter()
    for name in ("category", "language"):
        for group in np.unique(run[name]):
            chosen = run[name] == group
            metrics.bootstrap(num[chosen], den[chosen], seed=1, limits=limits)
    return {"figures": figures - started, "intervals": whole - figures, "of subgroups": time.perf_counter() - whole}


def joined(run):
    """The run as `evaluate` takes it: unit requirement, half of the requirements checked."""
    m = len(run["gold"])
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
    cost = Cost(requests=m * 25, tokens_in=None, tokens_out=None, usd=None, seconds=None)
    labels = [[str(label) for label in run[name]] for name in ("category", "language")]
    return Joined(
        [block], [str(i) for i in range(m)], *labels, statuses={"ok": m * 25}, reasons={}, cost=cost, unit="requirement"
    )


def seconds_of_result(m):
    whole = joined(made_up_run(m))
    task = TaskStamp(name="made up", version="1", sha256="")
    model = ModelStamp(name="made up", unit="requirement", fingerprint={}, reads_ids=False)
    started = time.perf_counter()
    options = EvaluateOptions(drift=0.01)
    result = evaluate(per_item(whole, options), task, model, options)
    taken = time.perf_counter() - started
    assert len(result.diagnosis.requirement_effect) == TYPES
    assert result.diagnosis.noise_ceiling is not None
    return taken


def peak():
    return f"peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB"


if __name__ == "__main__":
    for m in (550, 5_000, 20_000, 100_000):
        print(f"{m:>7} x 5, whole result with diagnosis: {seconds_of_result(m):.2f} s; {peak()}")
    for m in (550, 100_000):
        taken = seconds(m)
        parts = ", ".join(f"{name} {value:.2f} s" for name, value in taken.items())
        n_resamples, total = metrics.default_resamples(m), sum(taken.values())
        print(f"{m:>7} x 5, {n_resamples} resamples: {total:.2f} s ({parts}); {peak()}")
