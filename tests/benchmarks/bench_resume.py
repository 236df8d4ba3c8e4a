"""Continuing a run: one that stopped half-way and one that is finished, beside the whole run."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.benchmarks.made_up import write
from tests.benchmarks.records import Measured, Series
from tests.benchmarks.timing import alone, growing, in_turn

WAYS = ("fresh", "half", "finished")


def measure(quick: bool) -> Measured:
    """`length` on items of five: what is asked costs next to nothing, so that these are weval's own costs."""
    import weval.run  # noqa: F401 - loaded before the processes part

    n, rounds = (20, 1) if quick else (300, 2)
    with TemporaryDirectory() as name:
        folder = Path(name)
        for size in (n, 2 * n, 4 * n):
            prepare(folder, size)
        series = [series_of_way(folder, way, [n, 2 * n, 4 * n], rounds) for way in WAYS]
        largest = {way: lambda way=way: alone(lambda: continuing(folder, 4 * n, way)) for way in WAYS}
        ratios = [
            in_turn((f"a {way} run continued", largest[way]), ("the whole run", largest["fresh"]), rounds, warm=False)
            for way in ("half", "finished")
        ]
    return Measured(series=tuple(series), ratios=tuple(ratios))


def series_of_way(folder: Path, way: str, numbers: list[int], rounds: int) -> Series:
    """One of the three ways, by items."""
    names = {"fresh": "the whole run", "half": "the second half of a run", "finished": "a finished run again"}
    return growing(names[way], "items", numbers, lambda n: continuing(folder, n, way), rounds)


def prepare(folder: Path, n: int) -> None:
    """A data file, its finished run, and one that was killed half-way."""
    from weval.run import RunSpec, run

    data = write(folder / f"{n}.jsonl", n)
    run(RunSpec("length", data=data, out=folder / f"finished-{n}"))
    half = Path(shutil.copytree(folder / f"finished-{n}", folder / f"half-{n}"))
    (half / "result.json").unlink()
    rows = (half / "scores.jsonl").read_bytes().splitlines(keepends=True)
    (half / "scores.jsonl").write_bytes(b"".join(rows[: len(rows) // 2]) + rows[len(rows) // 2][:20])


def continuing(folder: Path, n: int, way: str) -> Callable[[], None]:
    """A job that runs on a copy of what is there of the run, which later rounds need again."""
    from weval.run import RunSpec, run

    copy = Path(folder / f"copy-{way}-{n}")
    shutil.rmtree(copy, ignore_errors=True)
    if way != "fresh":
        shutil.copytree(folder / f"{way}-{n}", copy)

    def job() -> None:
        result = run(RunSpec("length", data=folder / f"{n}.jsonl", out=copy)).result
        assert result.statuses == {"ok": 5 * n}

    return job
