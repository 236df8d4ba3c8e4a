"""Where items come from: task folders, foreign layouts, pinned downloads, shards on other machines."""

from weval.tasks.released import DataOptions
from weval.tasks.shards import is_pattern, is_url, lasting
from weval.tasks.sources import BundledSource, PinnedSource, UnreleasedSource
from weval.tasks.spec import (
    Task,
    TaskSpec,
    fetch_data,
    fetch_task,
    is_data,
    load_data,
    load_task,
    read_spec,
    task_lines,
    task_names,
)

__all__ = [
    "BundledSource",
    "DataOptions",
    "PinnedSource",
    "Task",
    "TaskSpec",
    "UnreleasedSource",
    "fetch_data",
    "fetch_task",
    "is_data",
    "is_pattern",
    "is_url",
    "lasting",
    "load_data",
    "load_task",
    "read_spec",
    "task_lines",
    "task_names",
]
