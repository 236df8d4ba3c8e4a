"""Selection by learning potential, and its ablations."""

from __future__ import annotations

from tests.training.comparing.ladders import made
from weval.training.comparing.selection import potential, select

PROMPTS = [
    made("near", "a", "b", grades=[0.2, 0.6]),
    made("far", "a", "b", grades=[0.1, 0.9]),
    made("twin", "a", "b", grades=[0.3, 0.6]),
    made("above", "a", "b", grades=[0.1, 0.2]),
    made("unknown", "a", "b", grades=[0.0, 1.0]),
]
GRADES = {"near": 0.5, "far": 0.4, "twin": 0.5, "above": 0.7}


def names(how: str, keep: int | None = None) -> list[str]:
    return [prompt.id for prompt in select(PROMPTS, GRADES, how, keep).kept]


def test_potential_is_what_the_best_reference_is_above_the_policy() -> None:
    assert potential(PROMPTS[1], 0.4) == 0.5
    assert potential(PROMPTS[3], 0.7) < 0


def test_the_largest_potential_comes_first_and_equals_keep_their_order() -> None:
    assert names("margin") == ["far", "near", "twin", "above"]
    assert names("margin", 2) == ["far", "near"]


def test_difficulty_takes_the_lowest_own_grade_whatever_the_references() -> None:
    assert names("difficulty") == ["far", "near", "twin", "above"]
    assert [each.id for each in select(PROMPTS, {"near": 0.9, "above": 0.1}, "difficulty", 1).kept] == ["above"]


def test_a_prompt_without_a_grade_is_left_out_and_counted() -> None:
    assert select(PROMPTS, GRADES, "margin", 3).left_out == {"no_grade": 1, "not_chosen": 1}
    assert "unknown" not in names("difficulty")


def test_all_needs_no_grades() -> None:
    found = select(PROMPTS, {}, "all", None)
    assert [prompt.id for prompt in found.kept] == [prompt.id for prompt in PROMPTS]
    assert found.left_out == {}
    assert len(select(PROMPTS, {}, "all", 2).kept) == 2
