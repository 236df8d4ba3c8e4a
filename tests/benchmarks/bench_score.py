"""Whole runs of `length` and of a small random classifier: seconds by items and by candidates."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.benchmarks.made_up import write
from tests.benchmarks.records import Figure, Measured, Series
from tests.benchmarks.timing import alone, grown


def measure(quick: bool) -> Measured:
    """From the data file to result.json. The classifier takes texts of 20 to 60 words, else its own work is all."""
    n, m, rounds = (20, 4, 1) if quick else (500, 20, 2)
    few = n // 5
    with TemporaryDirectory() as name:
        folder = Path(name)
        series = [
            runs(folder, "length", [(k, k, 5) for k in (n, 2 * n, 4 * n)], ("length, 5 candidates", "items"), rounds),
            runs(folder, "length", [(k, few, k) for k in (5, 10, 20)], (f"length, {few} items", "candidates"), rounds),
        ]
        model = f"classifier:{small_model(folder)}"  # it loads torch, whose memory all later processes have
        series += [
            runs(folder, model, [(k, k, 5) for k in (m, 2 * m, 4 * m)], ("classifier, 5 candidates", "items"), rounds),
            runs(folder, model, [(k, m, k) for k in (5, 10, 20)], (f"classifier, {m} items", "candidates"), rounds),
        ]
    rates = [
        Figure(name=f"{one.name.partition(',')[0]}, each score", value=5 / one.growth.each, unit="scores/s")
        for one in (series[0], series[2])
        if one.growth
    ]
    return Measured(series=tuple(series), figures=tuple(rates))


def small_model(folder: Path) -> Path:
    """A Qwen2 of three layers, of the size that the tests use."""
    from tests.small_models import make_rm

    return make_rm(folder / "model")


def runs(folder: Path, model: str, sizes: list[tuple[int, int, int]], called: tuple[str, str], rounds: int) -> Series:
    """Whole runs, for each size (what it is plotted by, items, candidates)."""
    import weval.evaluate
    import weval.run

    assert weval.run and weval.evaluate  # loaded before the processes part
    files = {
        at: write(folder / f"{items}-{candidates}.jsonl", items, candidates, (20, 60))
        for at, items, candidates in sizes
    }

    def job(at: int) -> Callable[[], None]:
        return lambda: run_once(model, files[at])

    return grown(*called, {at: lambda at=at: alone(lambda: job(at)) for at in files}, rounds)


def run_once(model: str, data: Path) -> None:
    """`weval run`, into a folder that is thrown away."""
    from weval.run import RunSpec, run

    with TemporaryDirectory() as out:
        # From the seventh candidate on they kept nothing, and tie.
        result = run(RunSpec(model, data=data, settings={"gold": "partial"}, out=Path(out) / "run")).result
    assert set(result.statuses) == {"ok"}, result.statuses
