"""Where items come from: task folders, foreign layouts, pinned downloads."""

from weval.tasks.released import DataOptions
from weval.tasks.spec import (
    PinnedSource,
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
    "DataOptions",
    "PinnedSource",
    "Task",
    "TaskSpec",
    "fetch_task",
    "load_data",
    "load_task",
    "read_spec",
    "task_lines",
    "task_names",
]
