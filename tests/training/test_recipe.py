"""Recipes are read by name or folder, and settings land where their dotted names say."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.training.made import make_recipe
from weval.errors import ConfigError, DataError
from weval.training import read_training
from weval.training.recipe import training_lines, training_names


def test_settings_land_where_their_names_say(tmp_path: Path) -> None:
    recipe, _ = read_training(str(make_recipe(tmp_path / "recipe")))
    said = {
        "optimisation.max_steps": "3",
        "model.lora.rank": "4",
        "data.allow": "weval, weval-mini",
        "reward_head.margin": "dropped",
        "optimisation.schedule": "",
    }
    profile = recipe.profile("tiny", said)
    assert profile.optimisation.max_steps == 3
    assert profile.model.lora is not None and profile.model.lora.rank == 4
    assert profile.data.allow == ("weval", "weval-mini")
    assert profile.reward_head is not None and profile.reward_head.margin == "dropped"
    assert profile.optimisation.schedule == "constant"  # an empty setting is the default
    assert recipe.profile("tiny").optimisation.max_steps == 10


@pytest.mark.parametrize("seed", ["-1", "4294967296"])
def test_a_seed_is_one_that_all_libraries_take(tmp_path: Path, seed: str) -> None:
    recipe, _ = read_training(str(make_recipe(tmp_path / "recipe")))
    with pytest.raises(ConfigError, match="--set seed: "):
        recipe.profile("tiny", {"seed": seed})


@pytest.mark.parametrize("name", ["x", "optimisation.x", "optimisation.max_steps.x", "model.lora.x", ""])
def test_settings_that_there_are_not_are_refused(tmp_path: Path, name: str) -> None:
    recipe, _ = read_training(str(make_recipe(tmp_path / "recipe")))
    with pytest.raises(ConfigError, match="--set"):
        recipe.profile("tiny", {name: "1"})


def test_unknown_recipes_and_broken_files_are_one_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="unknown training recipe 'cooking'"):
        read_training("cooking")
    with pytest.raises(ConfigError, match=r"is no recipe: there is no recipe\.yaml in it"):
        read_training(str(tmp_path))
    folder = make_recipe(tmp_path / "recipe")
    (folder / "recipe.yaml").write_text("name: x\nkind: poem\n")
    with pytest.raises(DataError, match=r"recipe\.yaml:2: kind"):
        read_training(str(folder))


@pytest.mark.parametrize("name", ["../x", "a b", "x\\n#SBATCH --wrap=x", "-x"])
def test_a_name_is_one_word(tmp_path: Path, name: str) -> None:
    folder = make_recipe(tmp_path / "recipe")
    text = (folder / "recipe.yaml").read_text()
    (folder / "recipe.yaml").write_text(text.replace("name: likes-cats", f'name: "{name}"'))
    with pytest.raises(DataError, match=r"recipe\.yaml:\d+: name"):
        read_training(str(folder))


def test_every_recipe_is_listed_with_its_title() -> None:
    assert tuple(training_lines()) == training_names()
    assert all(training_lines().values())
