"""weval: can a reward model or an LLM judge for writing be trusted?

The way of the data, left to right, each arrow one function:

    task --load--> Item --plan--> Request --adapter.score--> Score
        --append--> scores.jsonl --evaluate--> result.json

Importing this package opens no socket, reads no environment variable and loads no heavy library. What stands in
`__all__` is public (docs/versioning.md), and is loaded when it is first asked for; all else may change in any version.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

__version__ = "0.1.0.dev0"

if TYPE_CHECKING:
    from weval import metrics
    from weval.adapters import open_adapter
    from weval.compare import Compared, CompareOptions
    from weval.compare import compare as compare_runs
    from weval.errors import AdapterError, ConfigError, DataError, ResultError, WevalError
    from weval.readback import Outcome, ScoredRun, read_back, read_result, rescore
    from weval.results import Estimate, Result
    from weval.run import RunSpec, Volume, Watcher, estimate
    from weval.run import run as run_model
    from weval.tasks import Task, load_data, load_task
    from weval.textmodels import TextModelOptions, open_text_model
    from weval.types import Adapter, Candidate, Item, Prompt, Reply, Request, Requirement, Score, TextModel

_PLACES = {
    "weval.metrics": ("metrics",),
    "weval.adapters": ("open_adapter",),
    "weval.compare": ("Compared", "CompareOptions", "compare_runs"),
    "weval.errors": ("AdapterError", "ConfigError", "DataError", "ResultError", "WevalError"),
    "weval.readback": ("Outcome", "ScoredRun", "read_back", "read_result", "rescore"),
    "weval.results": ("Estimate", "Result"),
    "weval.run": ("RunSpec", "Volume", "Watcher", "estimate", "run_model"),
    "weval.tasks": ("Task", "load_data", "load_task"),
    "weval.textmodels": ("TextModelOptions", "open_text_model"),
    "weval.types": (
        "Adapter",
        "Candidate",
        "Item",
        "Prompt",
        "Reply",
        "Request",
        "Requirement",
        "Score",
        "TextModel",
    ),
}
"""Where each public name is; the block above says the same to type checkers."""

_NAMED_THERE = {"run_model": "run", "compare_runs": "compare"}
"""Public names that are others at their place: `weval.run` and `weval.compare` are modules."""

__all__ = [
    "Adapter",
    "AdapterError",
    "Candidate",
    "CompareOptions",
    "Compared",
    "ConfigError",
    "DataError",
    "Estimate",
    "Item",
    "Outcome",
    "Prompt",
    "Reply",
    "Request",
    "Requirement",
    "Result",
    "ResultError",
    "RunSpec",
    "Score",
    "ScoredRun",
    "Task",
    "TextModel",
    "TextModelOptions",
    "Volume",
    "Watcher",
    "WevalError",
    "compare_runs",
    "estimate",
    "load_data",
    "load_task",
    "metrics",
    "open_adapter",
    "open_text_model",
    "read_back",
    "read_result",
    "rescore",
    "run_model",
]


def __getattr__(name: str) -> object:
    """A public name, loaded now. Raises AttributeError for any other."""
    for place, names in _PLACES.items():
        if name in names:
            module = importlib.import_module(place)
            found: object = module if name == "metrics" else getattr(module, _NAMED_THERE.get(name, name))
            globals()[name] = found
            return found
    raise AttributeError(f"module 'weval' has no attribute {name!r}")


def __dir__() -> list[str]:
    """What is public, whatever else was imported meanwhile."""
    return sorted({*__all__, *(name for name in globals() if name.startswith("__"))})
