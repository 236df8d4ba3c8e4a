"""Whether a text is one that models are judged on: what training takes must be none of a task's items.

Held against the instructions and the full queries of every task whose items are on this machine, by runs of eight words
(weval/build/training/overlaps.py). A task that is not here cannot be looked at, and is named.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from weval.build.starting import given_task
from weval.build.step import Work
from weval.build.training.overlaps import Overlaps, runs
from weval.pins import Pin, is_whole
from weval.tasks import Task, read_spec, task_names


@dataclass(frozen=True, slots=True)
class Found:
    """An item that a text has much in common with, as task/item, and the share, 0 to 1."""

    item: str
    share: float

    def told(self) -> str:
        """In words, for what is left out."""
        return f"{self.share:.0%} of its runs of words are in {self.item}"


class Evaluated:
    """The items of tasks, to be asked whether a text is one of them."""

    def __init__(self, overlap: float) -> None:
        self.overlap = overlap
        self._texts, self._names = Overlaps(), list[str]()

    def add(self, task: Task) -> None:
        """Takes a task's instructions and full queries."""
        for item in task.items():
            for text in dict.fromkeys((item.instruction, item.query(item.requirement_ids))):
                self._texts.add(runs(text))
                self._names.append(f"{task.name}/{item.id}")

    def find(self, *texts: str) -> Found | None:
        """The item that the texts have most in common with; None below the share from which two texts are one."""
        found = [nearest for text in dict.fromkeys(texts) if (nearest := self._texts.nearest(runs(text)))]
        number, share = max(found, key=lambda each: each[1], default=(0, -1.0))
        return Found(self._names[number], share) if share >= self.overlap else None


def evaluated(work: Work, overlap: float, also: Sequence[str], allow: Sequence[str] = ()) -> Evaluated:
    """Every task that is here, but for those allowed, and what the recipe adds. Says in `told` what was looked at.

    Raises ConfigError for a task or file that there is not, DataError for one that is broken.
    """
    known, checked = held_against(overlap, also, allow, work.home)
    absent = not_here(allow)
    if absent:
        work.watcher.notice(f"not checked for contamination, as it is not on this machine: {', '.join(absent)}")
    told: dict[str, Any] = {"overlap": overlap, "checked": checked, "not_checked": absent}
    work.told["contamination"] = told | ({"allowed": list(allow)} if allow else {})
    return known


def held_against(
    overlap: float, also: Sequence[str], allow: Sequence[str], home: Path
) -> tuple[Evaluated, dict[str, int]]:
    """Every task that is here, but for those allowed, and what is added to them; and how many items each has.

    Raises ConfigError for a task or file that there is not, DataError for one that is broken.
    """
    known, checked = Evaluated(overlap), dict[str, int]()
    for name, task in _tasks(also, allow, home):
        known.add(task)
        checked[name] = task.n_items
    return known, checked


def hashes(also: Sequence[str], allow: Sequence[str], home: Path) -> dict[str, str]:
    """The tasks that are looked at, each with the hash of its file."""
    return {f"held against {name}": task.sha256 for name, task in _tasks(also, allow, home)}


def not_here(allow: Sequence[str] = ()) -> list[str]:
    """The tasks whose items cannot be looked at, each with what brings them."""
    absent = [name for name in task_names() if name not in allow and not _is_here(name)]
    return [f"{name} ({read_spec(name).source.remedy(name)})" for name in absent]


def _tasks(also: Sequence[str], allow: Sequence[str], home: Path) -> Iterator[tuple[str, Task]]:
    """What the recipe adds, which may bring a task here, then the tasks that are here; each under the name that it was
    asked for by, with its version, as files in two folders may have one name.
    """
    here = [name for name in task_names() if name not in allow and name not in also and _is_here(name)]
    for target in (*also, *here):
        task = given_task(target, home)
        yield f"{target} {task.version}", task


def _is_here(name: str) -> bool:
    """Whether a task's items can be read without a download."""
    source = read_spec(name).source
    return source.is_here and (not isinstance(source, Pin) or is_whole(source))
