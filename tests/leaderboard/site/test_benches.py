"""Tables of writers: who was judged the same way, in order, with bands; published figures apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.leaderboard.site.conftest import quiet
from tests.leaderboard.writing import N_ITEMS, NAME, Writers
from weval.leaderboard.site.benches import Bench, benches
from weval.leaderboard.site.cache import Cache
from weval.leaderboard.site.writers import measure_writers
from weval.leaderboard.tree import entries
from weval.published import read_published

RESULTS = Path(__file__).parents[3] / "results"


@pytest.fixture
def bench(writers: Writers, tmp_path: Path) -> Bench:
    """LongBench-Write, with the submissions of the tests."""
    cache = Cache(tmp_path / "site-cache")
    measured = measure_writers(entries(writers.results / "writers"), cache, quiet).measured
    (found,) = benches(measured, [], cache)
    assert benches(measured, [], cache) == [found]
    return found


def test_each_way_of_judging_is_a_table(bench: Bench) -> None:
    assert bench.name == NAME
    assert [way.judge for way in bench.ways] == ["server/judge", "server/second"]
    assert [[row.writer for row in way.rows] for way in bench.ways] == [["good", "filed", "poor"], ["good"]]
    first = bench.ways[0]
    assert (first.set, first.n_items, first.headline) == ("all", N_ITEMS, "s_bar")
    assert [*first.stamps][:3] == ["s_bar", "s_l", "s_q"]
    assert first.prompts[0].startswith("writing-quality-6 ")
    assert first.settings == ()
    assert not first.is_given


def test_ranks_are_bands_of_those_whose_texts_can_be_asked_for_again(bench: Bench) -> None:
    rows = {row.writer: row for row in bench.ways[0].rows}
    assert (rows["good"].band, rows["poor"].band, rows["filed"].band) == ("1", "2", "–")
    assert bench.ways[0].n_ranked == 2
    assert (rows["good"].badge, rows["filed"].badge) == ("recomputed", "self-reported")
    assert rows["good"].original == pytest.approx(rows["good"].headline.estimate.value)


def test_published_tables_make_a_tab_without_any_submission(tmp_path: Path) -> None:
    found = {one.name: one for one in benches([], read_published(RESULTS), Cache(tmp_path))}
    assert [*found] == sorted(found)
    assert {*found} == {
        "arena-write", "creative-writing", "finder", "longbench-v2", "longbench-write", "race", "rewardbench",
        "writingbench",
    }  # fmt: skip
    assert all(not one.ways for one in found.values())
    assert [table.id for table in found["writingbench"].reported] == [
        "weval-table2", "weval-table5", "writing-rl-main", "writing-rl-sft-saturation", "writingbench-table3",
        "writingbench-table8", "writingbench-table9",
    ]  # fmt: skip
    assert found["longbench-write"].card.startswith("# LongBench-Write")
