"""Rows into figures: sums over weights, intervals, bounds for what is missing, parts, and what each repair changed."""

from __future__ import annotations

import math

import numpy as np
import pytest

from weval.bench.figures import Sheet, as_published, headline_of, original_values, repair_effects
from weval.bench.items import BenchItem, Figure, Row, Share

FIGURES = (Figure("good", "Good", 0, 10, "more is better"), Figure("wrong", "Wrong", 0, 1, "less is", higher=False))


def _row(name: str, good: Share | float | None = None, *, absent: bool = False, repairs: tuple[str, ...] = ()) -> Row:
    share = (good, 1.0) if isinstance(good, float) else good
    return Row(name, {} if absent else {"good": share}, repairs=frozenset(repairs))


def test_a_figure_is_the_sum_over_the_weights() -> None:
    rows = [_row("a", (6.0, 2.0)), _row("b", (1.0, 1.0)), _row("c", None), _row("d", absent=True)]
    found = Sheet(FIGURES, rows).estimates(200)
    good = found["good"]
    assert good.estimate is not None and good.estimate.value == pytest.approx(7 / 3)
    assert (good.estimate.n, good.n_missing) == (2, 1)
    assert good.estimate.ci is not None and good.estimate.ci[0] <= 7 / 3 <= good.estimate.ci[1]
    assert good.worst == pytest.approx(7 / 4.5)  # the one that is missing weighs as much as the others do
    assert good.best == pytest.approx((7 + 10 * 1.5) / 4.5)
    assert found["wrong"].estimate is None and found["wrong"].n_missing == 0
    assert (found["wrong"].worst, found["wrong"].best) == (None, None)


def test_the_worst_end_is_the_high_one_where_less_is_better() -> None:
    rows = [Row("a", {"wrong": (0.25, 1.0)}), Row("b", {"wrong": None})]
    found = Sheet(FIGURES, rows).estimates(100)["wrong"]
    assert (found.worst, found.best) == (0.625, 0.125)


def test_what_is_missing_weighs_what_is_told() -> None:
    rows = [Row("a", {"good": (6.0, 2.0)}), Row("b", {"good": None}, weights={"good": 6.0}), Row("c", {"good": None})]
    found = Sheet(FIGURES, rows).estimates(100)["good"]
    assert (found.worst, found.best) == (6 / 10, 86 / 10)  # weights 2, 6 and, as nobody told, 2 again
    rows = [Row("a", {"good": (6.0, 2.0)}), Row("b", {"good": (6.0, 2.0)}, weights={"good": 6.0})]
    assert Sheet(FIGURES, rows).estimates(100)["good"].worst == 3  # told of what is not missing, it does not count


def test_missing_items_do_not_move_the_figure_but_its_bounds() -> None:
    rows = [_row(str(n), float(n)) for n in range(5)]
    alone, with_lost = (Sheet(FIGURES, each).estimates(100)["good"] for each in (rows, [*rows, _row("x", None)]))
    assert alone.estimate is not None and with_lost.estimate is not None
    assert alone.estimate.value == with_lost.estimate.value
    assert alone.worst == alone.best == alone.estimate.value
    assert with_lost.worst is not None and with_lost.best is not None
    assert with_lost.worst < alone.estimate.value < with_lost.best


def test_parts_are_the_figures_of_their_items_in_order() -> None:
    items = [
        BenchItem(id="a", prompt="x", groups={"length": "[4000,9000)", "kind": "b"}),
        BenchItem(id="b", prompt="x", groups={"length": "[500,4000)", "kind": "a"}),
        BenchItem(id="c", prompt="x", groups={"length": "[500,4000)"}),
        BenchItem(id="d", prompt="x", groups={"length": "[0,500)"}),
    ]
    rows = [_row("a", 1.0), _row("b", 2.0), _row("c", 4.0), _row("d", None)]
    found = Sheet(FIGURES, rows).parts(items, 100)
    assert list(found) == ["length", "kind"]
    assert list(found["length"]) == ["[0,500)", "[500,4000)", "[4000,9000)"]
    assert list(found["kind"]) == ["a", "b"]
    values = {label: part["good"] and (part["good"].value, part["good"].n) for label, part in found["length"].items()}
    assert values == {"[0,500)": None, "[500,4000)": (3.0, 2), "[4000,9000)": (1.0, 1)}
    assert Sheet(FIGURES, rows[:1]).parts([BenchItem(id="a", prompt="x")], 100) == {}


@pytest.mark.parametrize("label", ["9" * 5000, "٣", "", "²"])
def test_labels_are_sorted_whatever_is_in_them(label: str) -> None:
    items = [BenchItem(id="a", prompt="x", groups={"g": label}), BenchItem(id="b", prompt="x", groups={"g": "10"})]
    assert set(Sheet(FIGURES, [_row("a", 1.0), _row("b", 2.0)]).parts(items, 100)["g"]) == {label, "10"}


def test_the_headline_is_the_first_figure_that_applies() -> None:
    assert headline_of(FIGURES, [_row("a", None)]).name == "good"
    assert headline_of(FIGURES, [Row("a", {"wrong": (0.0, 1.0)})]).name == "wrong"
    assert headline_of(FIGURES, [Row("a", {})]).name == "good"


def test_what_each_repair_changed() -> None:
    rows = [_row("a", 5.0, repairs=("empty",)), _row("b", None, repairs=("dropped",)), _row("c", 8.0)]
    originals = [_row("a", 1.0), _row("b", 4.0), _row("c", 2.0)]
    about = {"empty": "an empty text", "dropped": "a dropped one", "idle": "nothing here"}
    effects = {effect.name: effect for effect in repair_effects(FIGURES, about, rows, originals)}
    assert [effect.n_items for effect in effects.values()] == [1, 1, 0]
    assert effects["empty"].without == pytest.approx(4.5)
    assert effects["dropped"].without == pytest.approx(17 / 3)
    assert effects["idle"].without == pytest.approx(6.5)
    assert all(effect.without is None for effect in repair_effects(FIGURES, about, rows, None))


def test_what_a_repair_changed_is_told_of_the_headline_that_there_is() -> None:
    rows = [Row("a", {"wrong": (1.0, 1.0)}, repairs=frozenset({"x"})), Row("b", {"wrong": (0.0, 1.0)})]
    originals = [Row("a", {"wrong": (0.5, 1.0)}), Row("b", {"wrong": (0.0, 1.0)})]
    (effect,) = repair_effects(FIGURES, {"x": "x"}, rows, originals)
    assert effect.without == 0.25


def test_published_figures_are_shown_as_they_are() -> None:
    rows = [_row(str(n), float(n)) for n in range(1, 5)]
    found = Sheet(FIGURES, rows).estimates(100)
    same = as_published(found, original_values(FIGURES, rows))
    assert same == found
    moved = as_published(found, {"good": 9.0, "wrong": 0.5})
    assert moved["good"].estimate is not None and moved["wrong"].estimate is not None
    assert (moved["good"].estimate.value, moved["good"].estimate.ci, moved["good"].estimate.n) == (9.0, None, 4)
    assert (moved["wrong"].estimate.value, moved["wrong"].estimate.n) == (0.5, 0)
    assert as_published(found, {})["good"].estimate is None


def test_one_item_has_no_interval_and_nothing_is_no_number() -> None:
    one = Sheet(FIGURES, [_row("a", 3.0)]).estimates(100)["good"].estimate
    assert one is not None and one.ci is None
    found = Sheet(FIGURES, [_row("a", None)]).estimates(100)["good"]
    assert found.estimate is None and found.n_missing == 1
    assert original_values(FIGURES, [_row("a", None)]) == {"good": None, "wrong": None}
    sheet = Sheet(FIGURES, [_row("a", 3.0)])
    assert math.isfinite(float(np.sum(sheet.sums)))
