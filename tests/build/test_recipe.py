from __future__ import annotations

from pathlib import Path

import pytest

from weval.build.recipe import Recipe, read_recipe, recipe_lines
from weval.errors import ConfigError, DataError

RECIPE = """\
name: own
title: Own
description: A test.
seeds:
  sets:
    - {source: file, path: a.jsonl}
    - {source: prism}
answer:
  model: server/m
references:
  writers:
    - {model: server/one}
    - {model: server/two}
"""


def written(folder: Path, text: str = RECIPE) -> str:
    path = folder / "recipe.yaml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def read(folder: Path, **settings: str) -> Recipe:
    return read_recipe(written(folder), {name.replace("__", "."): value for name, value in settings.items()})[0]


def test_what_a_recipe_does_not_say_has_its_default(tmp_path: Path) -> None:
    recipe, path = read_recipe(written(tmp_path))
    assert path == tmp_path / "recipe.yaml"
    assert (recipe.version, recipe.requirements.n, recipe.dropout.how) == ("1.0", 5, "independent")


def test_settings_reach_every_field(tmp_path: Path) -> None:
    recipe = read(
        tmp_path,
        version="2",
        answer__model="openai/gpt-4o",
        answer__settings__temperature="0.5",
        answer__settings__max_tokens="4000",
        requirements__n="3",
        filter__min_similarity="0.25",
        verify__checks="false",
        seeds__languages="en,zh",
        seeds__sets__1__limit="10",
        references__writers__1__model="server/three",
        verify__judge_settings__prompt="rubric-10",
        references__grader__settings__base_url="http://h:1/v1",
    )
    assert recipe.version == "2"
    assert recipe.answer.model == "openai/gpt-4o"
    assert recipe.answer.settings.sampling() == {"temperature": 0.5, "max_tokens": 4000}
    assert recipe.requirements.n == 3
    assert recipe.filter.min_similarity == 0.25
    assert recipe.verify.checks is False
    assert recipe.seeds.languages == ("en", "zh")
    assert [one.limit for one in recipe.seeds.sets] == [None, 10]
    assert [one.model for one in recipe.references.writers] == ["server/one", "server/three"]
    assert recipe.verify.judge_settings == {"prompt": "rubric-10"}
    assert recipe.references.grader.settings == {"base_url": "http://h:1/v1"}


def test_nothing_after_the_sign_takes_a_field_back(tmp_path: Path) -> None:
    assert read(tmp_path, answer__model="").answer.model is None
    assert read(tmp_path, answer__model="server/x=y").answer.model == "server/x=y"
    taken = read(tmp_path, answer__failed="", requirements__n="", seeds__sets="", verify__judge_settings__prompt="")
    assert (taken.answer.failed, taken.requirements.n, taken.seeds.sets, taken.verify.judge_settings) == (
        "stop", 5, (), {},
    )  # fmt: skip
    with pytest.raises(ConfigError, match=r"^--set title: is missing"):
        read(tmp_path, title="")


def test_parts_of_a_list_may_stand_apart(tmp_path: Path) -> None:
    assert read(tmp_path, seeds__languages="en, zh").seeds.languages == ("en", "zh")


@pytest.mark.parametrize(
    "name",
    [
        "anwser.model", "answer.modle", "model", "answer.settings.temp", "answer.model.name", "answer.", ".model",
        "answer..model", "seeds.sets.2.limit", "seeds.sets.x.limit", "seeds.sets.-1.limit", "verify.judge_settings.a.b",
    ],
)  # fmt: skip
def test_a_setting_that_leads_nowhere_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match=rf"^--set {name}: a recipe has no such field"):
        read_recipe(written(tmp_path), {name: "1"})


@pytest.mark.parametrize(
    "settings, said",
    [
        ({"requirements__n": "many"}, "--set requirements.n: must be a whole number, not 'many'"),
        ({"requirements__n": "0"}, "--set requirements.n: must be at least 1, not '0'"),
        ({"answer__model": "gpt-4o"}, "--set answer.model: gpt-4o: a text model is written BACKEND/MODEL"),
        ({"answer__model": "gpt-4o/m"}, "--set answer.model: unknown backend 'gpt-4o'"),
        ({"answer": "server/m"}, "--set answer: must be an object"),
        ({"seeds__sets": "a,b"}, "--set seeds.sets.0: must be an object"),
        ({"dropout__how": "task"}, "--set dropout.how: task needs requirements.how: task"),
        ({"requirements__how": "task"}, "--set requirements.task: is missing"),
        ({"name": "../up"}, "--set name: "),
    ],
)
def test_a_value_that_does_not_fit_is_named(tmp_path: Path, settings: dict[str, str], said: str) -> None:
    with pytest.raises(ConfigError) as error:
        read(tmp_path, **settings)
    assert str(error.value).startswith(said)
    assert "\n" not in str(error.value)


def test_all_wrong_settings_are_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"requirements\.n: .*; --set dropout\.seed: "):
        read(tmp_path, requirements__n="x", dropout__seed="y")


@pytest.mark.parametrize(
    "text, said",
    [
        ("name: own\ntitle: T\ndescription: D\nanswers: {}\n", "recipe.yaml:4: answers: is not a known key"),
        (
            "name: own\ntitle: T\ndescription: D\nanswer:\n  modle: x\n",
            "recipe.yaml:5: answer.modle: is not a known key",
        ),
        ("name: own\ntitle: T\ndescription: D\nrequirements: {n: five}\n", "requirements.n: must be a whole number"),
        (
            "name: own\ntitle: T\ndescription: D\nanswer: {settings: {temp: 1}}\n",
            "answer.settings.temp: is not a known",
        ),
        ("name: own\ntitle: T\ndescription: D\nversion: 1.0\n", "recipe.yaml:4: version: must be a string"),
        ("name: own/er\ntitle: T\ndescription: D\n", "recipe.yaml:1: name: 'own/er' does not match"),
        ("name: own\ntitle: T\n", "description: is missing"),
        ("name: own\ntitle: T\ndescription: D\nrequirements: {how: task}\n", "requirements.task: is missing"),
        ("name: [", "recipe.yaml:1: "),
        ("", "is empty"),
    ],
)
def test_a_bad_recipe_names_line_and_field(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(DataError) as error:
        read_recipe(written(tmp_path, text))
    assert len(error.value.problems) == 1
    assert said in error.value.problems[0]
    assert "recipe.yaml" in error.value.problems[0]


def test_what_is_no_recipe_is_told_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="nosuch: is neither a YAML file nor a recipe that weval brings"):
        read_recipe("nosuch")
    with pytest.raises(ConfigError, match="is neither a YAML file nor"):
        read_recipe(str(tmp_path))


def test_a_folder_stands_for_the_recipe_in_it(tmp_path: Path) -> None:
    (tmp_path / "build.yaml").write_text(RECIPE, encoding="utf-8")
    assert read_recipe(str(tmp_path))[1] == tmp_path / "build.yaml"


@pytest.mark.parametrize("name", recipe_lines())
def test_the_recipes_that_weval_brings_are_sound(name: str) -> None:
    recipe, path = read_recipe(name)
    assert path.parent.name == name
    assert recipe.licence != "not stated"
