from __future__ import annotations

from pathlib import Path

from tests.build.started import Started, draft
from weval.build.chain import STEPS
from weval.build.perform import inputs_of, opened_build
from weval.build.recipe import Recipe
from weval.build.standing import Standing, lasting, settings_of, standing
from weval.textmodels import TextModelOptions


def found(started: Started, step: str, **settings: str) -> Standing:
    ready = opened_build(started.spec(step, **settings))
    return standing(STEPS[step], ready.root, ready.recipe, lambda: inputs_of(STEPS[step], ready))


def test_a_step_that_was_made_of_the_same_stands(tmp_path: Path) -> None:
    started = Started(tmp_path).write([draft(1)])
    assert found(started, "dropout") == Standing(None)
    assert not Standing(None).stands
    started.make("dropout")
    here = found(started, "dropout")
    assert here.stands and not here.by_hand and not here.differs


def test_other_settings_and_other_inputs_are_named(tmp_path: Path) -> None:
    started = Started(tmp_path).write([draft(1)])
    started.make("dropout")
    assert found(started, "dropout", dropout__seed="7").differs == ("dropout.seed was 0, is 7",)
    started.write([draft(2)])
    (differs,) = found(started, "dropout").differs
    assert differs.startswith("requirements/drafts.jsonl was ")


def test_a_file_that_somebody_put_there_stands_and_has_no_record_until_it_was_noticed(tmp_path: Path) -> None:
    started = Started(tmp_path).write([draft(1)])
    put = started.root / "dropout" / "queries.jsonl"
    put.parent.mkdir()
    put.write_text("{}\n")
    here = found(started, "dropout", dropout__seed="7")
    assert here.is_brought and here.stands and here.record is None


def test_neutral_settings_are_those_of_the_record_that_names_them() -> None:
    recipe = Recipe(name="n", title="t", description="d")
    content = settings_of(STEPS["requirements"], recipe)["requirements"]
    left = lasting(content, recipe.requirements)
    assert "attempts" in left and "attempts" not in left["settings"]
    assert "usual_tokens" not in left
    assert "device" in left["settings"] and "device" not in lasting({"device": "cpu", "how": "none"}, recipe.filter)


def test_judges_and_lists_of_writers_have_neutral_settings_too() -> None:
    recipe = Recipe.model_validate(
        {"name": "n", "title": "t", "description": "d", "references": {"writers": [{"model": "server/a"}]}},
        strict=False,
    )
    content = recipe.references.model_dump(mode="json")
    content["grader"]["settings"] = {"concurrency": "3", "prompt": "rubric-10"}
    left = lasting(content, recipe.references)
    assert "concurrency" not in left["writers"][0]["settings"]
    assert left["grader"]["settings"] == {"prompt": "rubric-10"}
    longer = {**content, "writers": [*content["writers"], {"model": "server/b"}]}
    assert [each["model"] for each in lasting(longer, recipe.references)["writers"]] == ["server/a", "server/b"]
    assert lasting({"temperature": 0.1, "timeout_s": 3.0}, TextModelOptions()) == {"temperature": 0.1}


def test_the_head_of_a_recipe_decides_the_card() -> None:
    recipe = Recipe(name="n", title="t", description="d")
    assert settings_of(STEPS["card"], recipe)["title"] == "t"
