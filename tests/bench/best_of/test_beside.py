"""Other writers beside a best of n."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.adapters.servers import Server
from tests.bench.benches import made
from tests.bench.best_of.raters import Seeded
from tests.bench.scripted import spec_for
from weval.bench.best_of import BestOf, beside
from weval.bench.run import run_bench
from weval.errors import ResultError


def test_a_trained_writer_stands_where_its_figure_is(
    done: BestOf, seeded: Seeded, seeded_server: Server, data: Path, tmp_path: Path
) -> None:
    seeded.writes = lambda prompt: " ".join(["word"] * 56) + " " + prompt.partition(": ")[2].removesuffix(".")
    other = run_bench(spec_for(seeded_server, data, tmp_path / "grpo"))
    (found,) = beside(done, [other])
    assert found.name == "server/writer" and found.figure is not None and found.more is not None
    best = done.result.points[-1].figures["s_bar"].estimate
    assert best is not None and found.more.value == pytest.approx(best.value - found.figure.value)
    assert found.more.n == 3
    curve = {point.n: point.figures["s_bar"].estimate for point in done.result.points}
    equal = [n for n, estimate in curve.items() if estimate and estimate.value >= found.figure.value]
    assert found.equals == equal[0] and len(equal) < len(curve)
    with pytest.raises(ResultError, match="was not made in the same way"):
        judged = spec_for(seeded_server, data, tmp_path / "b", settings={"judge.max_tokens": "99"})
        beside(done, [run_bench(judged)])


def test_runs_on_other_benchmarks_do_not_stand_there(done: BestOf, tmp_path: Path) -> None:
    other = made(tmp_path / "ruler", benchmark="longwrite-ruler", replies=None, judge=None)
    assert beside(done, [other]) == []
