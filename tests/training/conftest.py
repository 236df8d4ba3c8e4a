"""A training run that every test here may look at, and go on with."""

from __future__ import annotations

import pytest

from tests.training.made import Cats, make_recipe
from weval.training.running import TrainSpec, run_training


@pytest.fixture(scope="session")
def cats(tmp_path_factory: pytest.TempPathFactory) -> Cats:
    """A finished run, made by the recipe's own script without a disturbance."""
    folder = tmp_path_factory.mktemp("cats")
    recipe, out = make_recipe(folder / "recipe"), folder / "out"
    return Cats(recipe, out, run_training(TrainSpec(str(recipe), out=out)))
