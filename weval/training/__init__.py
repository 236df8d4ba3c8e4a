"""Training: what the recipes of training_recipes/ are made of. Their train.py reads top to bottom; this is the rest."""

from weval.training.recipe import Recipe, read_training, training_names
from weval.training.sections import Profile
from weval.training.start import Training, begin

__all__ = ["Profile", "Recipe", "Training", "begin", "read_training", "training_names"]
