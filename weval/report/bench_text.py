"""The result of a benchmark for a terminal: figures with intervals, what is missing, what the repairs changed."""

from __future__ import annotations

from weval.bench.result import BenchResult


def bench_text(result: BenchResult) -> str:
    """The figures of a run as a table."""
    return "\n".join(f"{name} {found.estimate}" for name, found in result.figures.items())
