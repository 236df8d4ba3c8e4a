from __future__ import annotations

import pytest

from weval.adapters.judge.labels import check_labels, mirrored, swapped
from weval.errors import ConfigError

FIVE = {"A>>B": 1.0, "A>B": 1.0, "A=B": 0.5, "B>A": 0.0, "B>>A": 0.0}


@pytest.mark.parametrize("label", FIVE)
def test_swapping_the_responses_swaps_the_value(label: str) -> None:
    assert FIVE[swapped(label)] == 1 - FIVE[label]
    assert swapped(swapped(label)) == label


@pytest.mark.parametrize(
    ("label", "other"), [("A", "B"), ("B", "A"), ("C", "C"), ("tie", "tie"), ("A<B", "B<A"), ("B=A", "B=A")]
)
def test_other_labels_swap_too_or_stay(label: str, other: str) -> None:
    assert swapped(label) == other


@pytest.mark.parametrize("label", ["", "AB", "Both bad", "A>C", "A is better", "A>=B"])
def test_what_is_no_comparison_of_two_stays(label: str) -> None:
    assert swapped(label) == label


def test_a_comparison_from_the_other_side() -> None:
    assert [mirrored("A", sign, "B") for sign in (">", ">>", "<", "<<", "=")] == ["B<A", "B<<A", "B>A", "B>>A", "B=A"]


def test_labels_that_can_be_told_apart() -> None:
    check_labels(FIVE)
    check_labels("0123456789")
    check_labels(["Yes", "No", "是", "否"])
    check_labels([])


@pytest.mark.parametrize("labels", [["1", "10"], ["10", "2", "1"], ["A", "B", "AB"], ["No", "Not"]])
def test_a_label_that_begins_with_another(labels: list[str]) -> None:
    with pytest.raises(ConfigError, match="begins with the label"):
        check_labels(labels)


@pytest.mark.parametrize("label", ["", " ", " 7", "7\n"])
def test_a_label_that_is_never_read(label: str) -> None:
    with pytest.raises(ConfigError, match="blanks"):
        check_labels(["8", label])
