from __future__ import annotations

import numpy as np

from weval.estimates import interval, mean, means, shares_of_pairs
from weval.metrics import wilson


def test_means_are_over_the_items_that_have_a_value() -> None:
    columns = np.array([[1.0, np.nan, 0.2], [1.0, np.nan, np.nan], [1.0, np.nan, 0.4]])
    found = means(["il", "pl", "length_bias"], columns, 200)
    assert found["il"] is not None
    assert (found["il"].value, found["il"].n) == (1.0, 3)
    assert found["il"].ci == wilson(1.0, 3)
    assert found["pl"] is None
    assert found["length_bias"] is not None
    assert (round(found["length_bias"].value, 9), found["length_bias"].n) == (0.3, 2)


def test_a_single_item_has_a_value_and_no_interval() -> None:
    found = means(["il"], np.array([[0.4]]), 200)["il"]
    assert found is not None
    assert (found.value, found.ci, found.n) == (0.4, None, 1)


def test_a_mean_is_over_what_is_defined_as_if_the_rest_were_not_there() -> None:
    values = np.array([0.5, 1.0, -0.25, 0.0, 1.0])
    found = mean("correlation", np.concatenate([values, [np.nan, np.nan]]), 200)
    assert found == mean("correlation", values, 200) == means(["correlation"], values[:, None], 200)["correlation"]
    assert mean("correlation", np.full(3, np.nan)) is None


def test_a_mean_at_the_end_of_its_figures_range_has_wilsons_interval() -> None:
    found, free = mean("il", np.ones(30)), mean("length_bias", np.ones(30))
    assert found is not None
    assert free is not None
    assert found.ci == wilson(1.0, 30)
    assert free.ci == (1.0, 1.0)


def test_shares_are_points_over_pairs_and_groups_without_pairs_are_left_out() -> None:
    points, pairs = np.array([1.0, 0.5, 3.0]), np.array([2, 1, 3])
    found = shares_of_pairs({"a": (points, pairs), "none": (np.zeros(3), np.zeros(3, dtype=np.int64))}, 200)
    assert list(found) == ["a"]
    assert (found["a"].value, found["a"].n_pairs) == (0.75, 6)
    assert found["a"].ci is not None
    assert found["a"].ci[0] <= 0.75 <= found["a"].ci[1]
    assert shares_of_pairs({}, 200) == {}


def test_an_undefined_end_is_no_interval() -> None:
    assert interval(float("nan"), float("nan")) is None
    assert interval(0.1, 0.2) == (0.1, 0.2)
