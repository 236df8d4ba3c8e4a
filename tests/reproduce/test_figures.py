from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from tests.bench.benches import made, verdict, write_lines
from weval.errors import ResultError
from weval.reproduce.figures import BenchFigures, Counts, RunFigures, counts_of
from weval.reproduce.reading import bench_figures, run_figures
from weval.results import Estimate
from weval.run import RunSpec, run

RESAMPLES = {"resamples": "100"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs of two baselines on the same items, one on fewer, and two of a benchmark."""
    root = tmp_path_factory.mktemp("runs")
    for name, model, limit in (("rules", "rules", 10), ("length", "length", 10), ("few", "length", 5)):
        run(RunSpec(model, task="weval-mini", limit=limit, out=root / name, settings=RESAMPLES))
    made(root / "good", marks=(5, 4, 3, 4, 5, 5))
    made(root / "poor", written=(100, 150, 600, 1000, 4000, 30), marks=(3, 4, 1, None, 1, 2))
    return root


def runs(folder: Path, *names: str) -> list[RunFigures]:
    return [run_figures(folder / name) for name in names]


def benches(folder: Path, *names: str) -> list[BenchFigures]:
    return [bench_figures(folder / name) for name in names]


def test_a_run_has_the_figures_of_its_result_and_an_interval_of_the_released_ones(folder: Path) -> None:
    result = run(
        RunSpec("rules", task="weval-mini", limit=10, out=folder / "rules", settings=RESAMPLES)
    ).result  # made again, from what is there
    (found,) = runs(folder, "rules")
    for name in ("correlation", "il", "pl"):
        figure = found.figure(name)
        assert figure.headline == result.metrics[name]
        assert figure.released is not None and result.released is not None
        assert figure.released.value == result.released[name]
        low, high = figure.released.ci or (math.inf, -math.inf)
        assert low <= figure.released.value <= high
        assert figure.released.n == 10
    assert found.figure("spearman").released is None
    assert found.figure("reading").headline == result.metrics["reading"]
    assert found.figure("il").remarks == ("only the first 10 items were judged",)


def test_a_gain_is_the_mean_of_the_differences_of_items(folder: Path) -> None:
    one, other = runs(folder, "rules", "length")
    gain = one.gain("correlation", other)
    ours, theirs = one.figure("correlation"), other.figure("correlation")
    assert gain.headline and ours.headline and theirs.headline
    assert gain.headline.value == pytest.approx(ours.headline.value - theirs.headline.value)
    assert gain.released and ours.released and theirs.released
    assert gain.released.value == pytest.approx(ours.released.value - theirs.released.value)
    differences = one.items.figures["released_correlation"] - other.items.figures["released_correlation"]
    assert gain.released.value == pytest.approx(float(np.mean(differences)))
    low, high = gain.released.ci or (math.nan, math.nan)
    assert low < gain.released.value < high
    assert one.gain("correlation", one).headline == Estimate(value=0.0, ci=(0.0, 0.0), n=10)


def test_what_cannot_be_subtracted_is_told(folder: Path) -> None:
    one, few = runs(folder, "rules", "few")
    (bench,) = benches(folder, "good")
    with pytest.raises(ResultError, match="not on the same items"):
        one.gain("correlation", few)
    with pytest.raises(ResultError, match="not on the same items"):
        one.gain("correlation", bench)
    with pytest.raises(ResultError, match="not on the same benchmark"):
        bench.gain("s_q", one)


def test_names_that_are_no_figures_are_told_with_those_that_are(folder: Path) -> None:
    (one,), (bench,) = runs(folder, "rules"), benches(folder, "good")
    with pytest.raises(ResultError, match=r"no figure 's_q'.*correlation"):
        one.figure("s_q")
    with pytest.raises(ResultError, match=r"longbench-write has no figure 'il'.*s_bar"):
        bench.figure("il")
    with pytest.raises(ResultError, match=r"no item is of language/fr.*language/en"):
        bench.figure("language/fr")


def test_a_benchmark_has_its_headline_and_the_published_arithmetic_on_the_same_replies(folder: Path) -> None:
    (good, poor) = benches(folder, "good", "poor")
    for found in (good, poor):
        result = found.outcome.result
        for name in result.stamps:
            figure = found.figure(name)
            assert figure.headline == result.figures[name].estimate
            assert (figure.released.value if figure.released else None) == (result.original or {})[name]
    whole = good.figure("s_q").released
    assert whole and whole.ci and whole.ci[0] < whole.value < whole.ci[1]
    # S-bar was printed as the mean of two means, here over different texts: no mean over texts, so without an interval.
    figure = poor.figure("s_bar")
    assert poor.outcome.result.n_missing == 1
    assert figure.released is not None
    assert figure.released.ci is None
    assert any("16.7% of the items have no score (1)" in said for said in figure.remarks)


def test_a_figure_for_a_group_of_items(folder: Path) -> None:
    (good,) = benches(folder, "good")
    found = good.figure("language/zh")
    assert found.headline == good.outcome.result.by["language"]["zh"]["s_bar"]
    assert found.released and found.released.n == 3


def test_a_gain_of_writers_is_over_the_items_that_both_have(folder: Path) -> None:
    good, poor = benches(folder, "good", "poor")
    gain = good.gain("s_q", poor)
    assert gain.headline and gain.headline.n == 5
    # Of the five texts that both have marks for: 5 4 3 5 5 less 3 4 1 1 2, a mark being 25 points.
    assert gain.headline.value == pytest.approx(25 * (22 - 11) / 5)
    printed = [(found.outcome.result.original or {})["s_q"] or 0.0 for found in (good, poor)]
    assert gain.released and gain.released.value == pytest.approx(printed[0] - printed[1])


def test_where_the_published_script_stops_there_is_no_figure_by_it(tmp_path: Path) -> None:
    said = [{"item": f"{at}", "text": "5" if at == 2 else verdict(3)} for at in range(1, 7)]
    made(tmp_path / "stops", replies=write_lines(tmp_path / "said.jsonl", said))
    found = bench_figures(tmp_path / "stops").figure("s_q")
    assert found.released is None
    assert found.headline and found.headline.n == 5
    assert any(
        remark.startswith("the published script would stop on these replies: item 2") for remark in found.remarks
    )


def test_a_count_is_no_sample() -> None:
    found = counts_of([(5, 3), (4, 5)])
    assert found.counts == {
        "instructions": 2,
        "candidates_per_instruction": 4.5,
        "responses": 9,
        "requirement_judgements": 35,
    }
    figure = found.figure("responses")
    assert figure.headline == figure.released
    assert figure.headline and figure.headline.ci == (9, 9)
    with pytest.raises(ResultError, match=r"no 'il'; counted are instructions"):
        found.figure("il")
    with pytest.raises(ResultError, match="not subtracted"):
        found.gain("responses", Counts({}, 0))
    assert counts_of([]).counts["candidates_per_instruction"] == 0
