"""A submission on its way: a pull request on the Hugging Face Hub, and the entry for a model's own page there."""

from __future__ import annotations

from collections.abc import Iterable

from weval.leaderboard.tree import Entry
from weval.results import Result


def push_to_hub(submitted: Iterable[Entry], repository: str) -> str:
    raise NotImplementedError


def eval_results_yaml(results: Iterable[Result], dataset: str) -> str:
    raise NotImplementedError
