"""Where a curve began and ended, and the record that a finished run leaves."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.training.made import CURVE_LENGTH, Cats
from weval.errors import ResultError
from weval.training.outcome import ends_of, read_outcome


def test_the_ends_are_means_over_a_tenth_of_the_lines_that_have_the_field() -> None:
    curve = [{"step": n, "loss": float(n), **({"eval_loss": float(n)} if n % 10 == 0 else {})} for n in range(1, 41)]
    begin, end = ends_of(curve)
    assert begin == {"loss": 2.5, "eval_loss": 10.0}
    assert end == {"loss": 38.5, "eval_loss": 40.0}
    assert ends_of([]) == ({}, {})


def test_a_finished_run_says_what_it_came_to(cats: Cats) -> None:
    result = read_outcome(cats.out)
    assert (result.recipe, result.profile, result.kind, result.steps) == (
        "likes-cats",
        "tiny",
        "reward_model",
        CURVE_LENGTH,
    )
    assert result.end["loss"] < 0.1 * result.begin["loss"]
    assert (cats.out / result.model / "config.json").is_file() and (cats.out / result.card).is_file()


def test_a_run_that_has_not_ended_says_so(tmp_path: Path) -> None:
    with pytest.raises(ResultError, match=r"has no result\.json yet; the same command goes on"):
        read_outcome(tmp_path)
