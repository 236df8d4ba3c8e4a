"""Where items come from: task folders, foreign layouts, pinned downloads."""

from weval.tasks.released import DataOptions
from weval.tasks.sources import BundledSource, PinnedSource, UnreleasedSource
from weval.tasks.spec import (
    Task,
    TaskSpec,
    fetch_task,
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
    "fetch_task",
    "load_data",
    "load_task",
    "read_spec",
    "task_lines",
    "task_names",
]
