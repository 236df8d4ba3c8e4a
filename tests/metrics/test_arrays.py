import numpy as np
import pytest

from weval.metrics.arrays import numbers, pair_signs, ratio, rows, same_rows


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([["0.9", "0.10"]], "expected numbers"),
        ([[None, 1.0]], "expected numbers"),
        ([[1.0, float("nan")]], "finite"),
        ([[1.0, float("inf")]], "finite"),
        ([1.0, 2.0], "dimensions"),
        ([[1.0], [2.0]], "at least 2 candidates"),
    ],
)
def test_what_is_no_row_of_numbers_is_refused(values, said):
    with pytest.raises(ValueError, match=said):
        rows("scores", values)


def test_no_items_are_fine():
    assert rows("scores", np.empty((0, 5))).shape == (0, 5)


def test_shapes_must_agree():
    with pytest.raises(ValueError, match="gold has shape"):
        same_rows([[2, 1]], [[0.1, 0.2, 0.3]])


def test_input_is_not_copied_or_changed_when_it_is_float_already():
    values = np.array([[1.0, 2.0]])
    assert numbers("values", values, 2) is values


def test_signs_survive_differences_that_overflow_or_vanish():
    big, tiny = np.finfo(float).max, np.nextafter(0, 1)
    assert pair_signs(np.array([[big, -big], [tiny, 0.0]]))[:, 0, 1].tolist() == [1, 1]


def test_ratio_is_undefined_over_zero_without_a_warning():
    assert np.isnan(ratio(np.array([0.0, 1.0]), np.array([0.0, 0.0]))).all()
