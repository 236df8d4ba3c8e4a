"""Data sets of dropped requirements, from other people's requests to a task: `weval build STEP RECIPE`."""

from weval.build.chain import STEPS
from weval.build.perform import ALL, BuildSpec, Done, build
from weval.build.recipe import Recipe, read_recipe

__all__ = ["ALL", "STEPS", "BuildSpec", "Done", "Recipe", "build", "read_recipe"]
