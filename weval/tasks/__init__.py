"""Where items come from: task folders, foreign layouts, pinned downloads."""

from weval.tasks.fetch import fetch, fetch_from
from weval.tasks.released import DataOptions
from weval.tasks.spec import OWN_DATA, PinnedSource, Task, TaskSpec, load_data, load_task, read_spec, task_names

__all__ = [
    "OWN_DATA",
    "DataOptions",
    "PinnedSource",
    "Task",
    "TaskSpec",
    "fetch",
    "fetch_from",
    "load_data",
    "load_task",
    "read_spec",
    "task_names",
]
