"""What is trained on and what is held out: as many as asked for, and none that says the same as one held out."""

from __future__ import annotations

import pytest

from weval.errors import ConfigError
from weval.training.sections import Data
from weval.training.supervised.lessons import Lesson, divided

FOUND = [f"Write number {n} about the {n} sheep of {n} farms near the town of {n} hills" for n in range(20)]


def test_so_many_are_trained_on_and_held_out_by_the_seed_alone() -> None:
    first = divided(FOUND, Data(source="s", train=12, holdout=5), str)
    assert (len(first.train), len(first.held), first.alike) == (12, 5, [])
    assert not {*first.train} & {*first.held}
    assert first == divided(FOUND, Data(source="s", train=12, holdout=5), str)
    assert first != divided(FOUND, Data(source="s", train=12, holdout=5, shuffle_seed=2), str)
    assert sorted(divided(FOUND, Data(source="s"), str).train) == sorted(FOUND)


def test_who_says_the_same_as_what_is_held_out_is_on_neither_side() -> None:
    twins = [(side, text) for text in FOUND for side in "ab"]
    parts = divided(twins, Data(source="s", holdout=8), lambda each: each[1])
    assert len(parts.held) == 8 and parts.alike and len(parts.train) + len(parts.alike) == 32
    assert not {text for _, text in parts.train} & {text for _, text in parts.held}


@pytest.mark.parametrize("data", [Data(source="s", train=18, holdout=3), Data(source="s", holdout=20)])
def test_too_few_are_said(data: Data) -> None:
    with pytest.raises(ConfigError, match="s has 20 prompts that may be used, which is not enough"):
        divided(FOUND, data, str)


def test_a_lesson_has_all_its_texts() -> None:
    assert Lesson((("system", "s"), ("user", "u")), "a").texts == ("s", "u", "a")
