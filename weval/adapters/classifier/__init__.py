"""Scalar reward models in this process: any sequence classifier, and language models read as one."""

from weval.adapters.classifier.adapter import Classifier
from weval.adapters.classifier.options import ClassifierOptions

__all__ = ["Classifier", "ClassifierOptions"]
