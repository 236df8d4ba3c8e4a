from __future__ import annotations

from collections.abc import Callable, Iterator
from xml.etree import ElementTree

import numpy as np
import pytest

from weval.report import charts
from weval.report.charts import MAX_DOTS, Mark, Span
from weval.report.svg import drawing

MARKS = [Mark("1", -0.2, (-0.3, -0.1)), Mark("2", 0.1), Mark("3", 0.4, (0.3, 0.6))]
SPANS = [Span("correlation", 0.1, 0.3, 0.5, 0.5), Span("IL", 0.2, 0.3, 0.4, None)]
DRAWN: dict[str, Callable[[], str]] = {
    "score-by-kept": lambda: charts.score_by_kept(MARKS, "label"),
    "accuracy-by-gap": lambda: charts.accuracy_by_gap(MARKS, "label"),
    "requirement-effects": lambda: charts.requirement_effects(MARKS, "label"),
    "by-category": lambda: charts.by_category(MARKS, 0.2, "label"),
    "apart": lambda: charts.differences(MARKS, "apart", "label"),
    "reading": lambda: charts.reading_and_probes({"correlation": MARKS, "reading": MARKS[1:]}, list("123"), "label"),
    "health": lambda: charts.faults(MARKS, "label"),
    "tie-rules": lambda: charts.tie_rules(SPANS, "label"),
    "group": lambda: charts.by_category(MARKS, 0.2, "label", figure_label="S-bar", name="group"),
    "lengths": lambda: charts.asked_and_written(np.array([100.0, 900.0]), np.array([80.0, 950.0]), (4,), "label"),
    "best-of-0": lambda: charts.best_of_n(MARKS, [0.1, 0.2, 0.5], MARKS[1:], "label", "best-of-0", "S-bar"),
    "length": lambda: charts.length_scatter(
        np.array([-1.0, 0.5]), np.array([1.0, -1.0]), [(-1, 1), (0.5, -1)], "label"
    ),
}


@pytest.fixture(autouse=True)
def _drawing() -> Iterator[None]:
    with drawing():
        yield


@pytest.mark.parametrize("name", DRAWN)
def test_every_chart_is_labelled_and_has_ids_of_its_own(name: str) -> None:
    root = ElementTree.fromstring(DRAWN[name]())
    assert root.attrib["aria-label"] == "label"
    ids = [node.attrib["id"] for node in root.iter() if "id" in node.attrib]
    assert ids
    assert all(found.startswith(f"{name}-") for found in ids)


def texts(svg: str) -> list[str]:
    return [node.text or "" for node in ElementTree.fromstring(svg).iter("text")]


def test_names_stand_beside_their_rows_in_the_order_given() -> None:
    assert texts(charts.requirement_effects([Mark("style", 1.0), Mark("length", 2.0)], ""))[-2:] == ["style", "length"]
    assert texts(charts.by_category([Mark("写作", 0.1), Mark("<b>", 0.0)], 0.05, ""))[-2:] == ["写作", "<b>"]


def test_words_asked_for_and_written_stand_on_scales_of_powers_of_ten() -> None:
    found = texts(charts.asked_and_written(np.array([100.0, 20_000.0]), np.array([90.0, 4_000.0]), (4, 1 / 3), ""))
    across = ["100", "300", "1,000", "3,000", "10,000"]
    assert found == [*across, "words asked for", *across, "words written"]
    wide = texts(charts.asked_and_written(np.array([10.0, 20_000.0]), np.array([1.0, 100_000.0]), (), ""))
    assert wide[wide.index("words asked for") + 1 :] == [
        "1",
        "10",
        "100",
        "1,000",
        "10,000",
        "100,000",
        "words written",
    ]


def test_a_chart_of_groups_names_its_figure() -> None:
    assert "S-bar (dashed: all items)" in texts(charts.by_category(MARKS, 0.1, "", figure_label="S-bar"))


def test_a_chart_of_names_grows_with_them() -> None:
    heights = [
        float(ElementTree.fromstring(charts.by_category(MARKS[:1] * n, 0.1, "")).attrib["viewBox"].split()[3])
        for n in (1, 20)
    ]
    assert heights[1] - heights[0] == pytest.approx(19 * charts.ROW)


def test_many_numbers_below_an_axis_are_thinned_out() -> None:
    shown = texts(charts.accuracy_by_gap([Mark(f"n{i}", 0.5) for i in range(60)], ""))
    assert [text for text in shown if text.startswith("n")] == [f"n{i}" for i in range(0, 60, 5)]


def test_each_way_of_asking_has_a_row_for_the_figures_that_are_defined() -> None:
    both = texts(DRAWN["reading"]())
    assert both[-5:] == ["1", "2", "3", "correlation", "reading"]
    alone = texts(charts.reading_and_probes({"correlation": MARKS[:1]}, ["1"], ""))
    assert alone[-2:] == ["1", "correlation"]


def test_a_cloud_of_many_candidates_becomes_hexagons_and_stays_small() -> None:
    rng = np.random.default_rng(0)
    few, many = (
        charts.length_scatter(*rng.normal(size=(2, n)), [], "") for n in (MAX_DOTS, 100_000)
    )  # fmt: skip
    assert few.count("<use") > MAX_DOTS
    assert many.count("<use") < MAX_DOTS
    assert len(many) < 150_000


@pytest.mark.parametrize("n", [1, 2000])
def test_candidates_in_one_spot_are_drawn_too(n: int) -> None:
    assert "×1<" in charts.length_scatter(np.zeros(n), np.zeros(n), [(0.0, 0.0)], "")


def test_lengths_are_shown_as_round_multiples() -> None:
    def ticks(low: float, high: float) -> list[str]:
        return [t for t in texts(charts.length_scatter(np.array([low, high]), np.zeros(2), [], "")) if "×" in t]

    assert ticks(-1.05, 1.05) == ["×0.5", "×0.7", "×1", "×1.5", "×2"]
    assert ticks(-7, 7) == ["×0.01", "×0.1", "×1", "×10", "×100"]


@pytest.mark.parametrize("size", [0.0, 1e299, 1e-300])
def test_scores_of_any_size_are_drawn(size: float) -> None:
    assert charts.score_by_kept([Mark("1", -size, (-size, size)), Mark("2", size)], "")
