"""A training run in a terminal: where its curve began and ended, what was measured, and where it all lies."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from weval.report.tables import table, wrapped
from weval.training.outcome import TrainingResult
from weval.wording import counted, interval_of, value_of

SHOWN = ("loss", "reward", "eval_loss", "eval_reward", "accuracy", "eval_accuracy", "mean_token_accuracy")
"""What is shown of the curve; everything else is in its file."""


def trained_text(result: TrainingResult, out: Path) -> str:
    """Steps and time, a table of the curve's ends, one of the figures, and paths. 80 columns."""
    return "\n\n".join(_parts(result, out))


def _parts(result: TrainingResult, out: Path) -> Iterator[str]:
    minutes = result.seconds / 60
    took = f"{minutes / 60:.1f} hours" if minutes > 90 else f"{minutes:.1f} minutes"
    yield f"{result.recipe}, profile {result.profile}: {counted(result.steps, 'step')} in {took}"
    ends = [(name, f"{result.begin[name]:.4g}", f"{result.end[name]:.4g}") for name in SHOWN if name in result.begin]
    if ends:
        yield table(("means over a tenth of the curve", "first", "last"), ends)
    rows = [
        (f"{Path(one.name).name}: {name}", value_of(found), interval_of(found), f"{found.n:,}" if found else "0")
        for one in result.measured
        for name, found in one.figures.items()
    ]
    if rows:
        yield table(("measured", "value", "95 % interval", "items"), rows)
    for reason in result.not_measured.values():
        yield wrapped(f"not measured: {reason}")
    made = [("model", result.model), ("card", result.card), *([("preset", result.preset)] if result.preset else [])]
    yield "\n".join(f"{what}: {out / name}" for what, name in made)
