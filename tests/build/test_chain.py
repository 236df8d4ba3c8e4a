from __future__ import annotations

import pytest

from weval.build.chain import STEPS, reads, steps_of
from weval.build.perform import module_of
from weval.build.recipe import Recipe
from weval.build.standing import HEAD
from weval.build.step import Step


def names(steps: list[Step]) -> list[str]:
    return [step.name for step in steps]


def recipe(**sections: object) -> Recipe:
    return Recipe.model_validate({"name": "n", "title": "t", "description": "d", **sections}, strict=False)


def test_a_recipe_of_seeds_goes_from_them_to_a_task() -> None:
    assert names(steps_of(recipe())) == [
        "seeds", "filter", "requirements", "dropout", "answer", "verify", "card", "export",
    ]  # fmt: skip


def test_a_tasks_own_requirements_need_no_seeds() -> None:
    given = recipe(requirements={"how": "task", "task": "weval-mini"})
    assert names(steps_of(given)) == ["requirements", "dropout", "answer", "verify", "card", "export"]
    assert reads(STEPS["requirements"], given) == []
    assert names(reads(STEPS["requirements"], recipe())) == ["filter"]


def test_extracted_requirements_are_for_training() -> None:
    extract = recipe(requirements={"how": "extract"})
    assert names(steps_of(extract)) == ["seeds", "filter", "requirements", "prompts"]
    writers = recipe(requirements={"how": "extract"}, references={"writers": [{"model": "server/m"}]})
    assert names(steps_of(writers))[-2:] == ["prompts", "references"]


def test_pairs_of_given_items_need_no_build() -> None:
    assert reads(STEPS["pairs"], recipe(pairs={"source": "items.jsonl"})) == []
    assert names(reads(STEPS["pairs"], recipe())) == ["verify"]


@pytest.mark.parametrize("step", STEPS.values(), ids=lambda step: step.name)
def test_a_step_stands_after_those_that_it_reads_and_knows_its_part_of_the_recipe(step: Step) -> None:
    order = list(STEPS)
    assert all(order.index(name) < order.index(step.name) for name in step.needs)
    assert set(step.sections) <= {"head", *Recipe.model_fields}
    assert set(HEAD) <= Recipe.model_fields.keys()


@pytest.mark.parametrize("step", STEPS.values(), ids=lambda step: step.name)
def test_what_makes_a_step_is_there(step: Step) -> None:
    assert callable(module_of(step).make)


def test_every_field_of_a_recipe_decides_something() -> None:
    """A field that belongs to no step would be changed, and nothing would be made again."""
    known = {
        name
        for step in STEPS.values()
        for section in step.sections
        for name in (HEAD if section == "head" else [section])
    }
    assert known == Recipe.model_fields.keys()
