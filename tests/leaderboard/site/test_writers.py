"""Writers measured: what is kept of a submission, once, and what is left out."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.leaderboard.factories import put
from tests.leaderboard.site.conftest import quiet
from tests.leaderboard.writing import N_ITEMS, Writers, entry_of, lines_of, put_lines, result_of, settle
from weval.bench.items import Figure, Row
from weval.leaderboard.site.cache import Cache
from weval.leaderboard.site.writers import item_values, measure_writers
from weval.leaderboard.tree import entries
from weval.store import RUN


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "site-cache")


def test_a_writer_is_measured_once(writers: Writers, cache: Cache) -> None:
    there = entries(writers.results / "writers")
    told: list[str] = []
    first = measure_writers(there, cache, told.append)
    again = measure_writers(there, cache, told.append)
    assert (first.n_new, again.n_new, len(told)) == (4, 0, 4)
    assert first.measured == again.measured
    good = next(one for _, one in first.measured if one.writer == "good" and one.identity.judge.name == "server/judge")
    assert good.result == result_of(entry_of(writers.results, "good"))
    assert len(good.values) == N_ITEMS
    assert np.mean(good.values) == pytest.approx(good.result.figures["s_bar"].estimate.value)
    assert {one.writer: one.is_given for _, one in first.measured} == {"filed": True, "good": False, "poor": False}


def test_what_cannot_be_shown_is_left_out_and_named(
    writers: Writers, cache: Cache, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    there = entries(writers.results / "writers")
    poor = entry_of(writers.results, "poor")
    put_lines(poor, lines_of(poor, "replies")[2:], "replies")
    settle(poor)
    put(entry_of(writers.results, "filed").folder / RUN, {"identity.limit": 2})
    found = measure_writers(there, cache, quiet)
    assert {refused.entry.model: refused.problems[0] for refused in found.refused} == {
        "filed": "run.json: only the first 2 items were asked (--limit)",
        "poor": f"{poor}: is not publishable: 14.3% of the items have no score (2); at most 2% may be missing",
    }
    assert len(found.measured) == 2
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "nothing"))
    gone = measure_writers(there, cache, quiet)
    assert gone.measured == []
    assert {refused.problems[0] for refused in gone.refused} == {
        "longbench-write: its public files are not here; bring them: weval fetch longbench-write"
    }


def test_a_link_is_no_submission(writers: Writers, cache: Cache) -> None:
    entry = entry_of(writers.results, "poor")
    entry.folder.rename(entry.folder.with_name("elsewhere"))
    entry.folder.symlink_to(entry.folder.with_name("elsewhere"))
    found = measure_writers([entry], cache, quiet)
    assert found.refused[0].problems == [f"{entry}: is a link to another folder; a submission is made of files"]


@dataclass
class _Result:
    headline: str = "x"


@dataclass
class _Benchmark:
    figures: tuple[Figure, ...]


@dataclass
class _Outcome:
    """As much of an outcome as values of items are made of."""

    rows: Any
    benchmark: Any
    result: Any = field(default_factory=_Result)


@pytest.mark.parametrize("higher", [True, False])
def test_values_of_items_have_the_figure_as_their_mean_whatever_they_weigh(higher: bool) -> None:
    shares: list[tuple[float, float] | None] = [(3.0, 4.0), (0.0, 1.0), None, (5.0, 5.0)]
    rows = [Row(str(at), {"x": share}) for at, share in enumerate(shares)]
    figure = Figure("x", "X", 0, 1, "share", higher=higher)
    values = item_values(_Outcome([*rows, Row("9", {})], _Benchmark((figure,))))
    assert values[2] is values[4] is None
    known = [value for value in values if value is not None]
    assert np.mean(known) == pytest.approx(0.8 if higher else -0.8)


def test_equal_weights_leave_values_as_they_are() -> None:
    rows = [Row(str(at), {"x": (value, 1.0)}) for at, value in enumerate((10.0, 30.0, 50.0))]
    values = item_values(_Outcome(rows, _Benchmark((Figure("x", "X", 0, 100, "x"),))))
    assert values == (10.0, 30.0, 50.0)
