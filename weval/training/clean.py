"""What is trained on must be no item of a task that models are judged on: those are left out, counted and named."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from weval.build.training.contamination import held_against, not_here
from weval.errors import DataError, unknown
from weval.randomness import digest
from weval.run import Watcher
from weval.tasks import task_names
from weval.types import Item
from weval.wording import counted

T = TypeVar("T")


def texts_of(given: Item | str) -> tuple[str, ...]:
    """The texts that tell what an item is: its instruction, and its query with all requirements; a text is itself."""
    return (given,) if isinstance(given, str) else (given.instruction, given.query(given.requirement_ids))


def clean(
    given: Iterable[T],
    allow: Sequence[str],
    overlap: float,
    *,
    texts: Callable[[T], Sequence[str]] = texts_of,  # type: ignore[assignment]
    watcher: Watcher | None = None,
) -> tuple[list[T], dict[str, int]]:
    """What may be trained on, in its order, and of what was left out how much is an item of which task.

    Held against the instructions and queries of every task that is on this machine, but for those in `allow`; from a
    share `overlap` of common runs of eight words on, two texts are one. `texts` gives those of something else than
    items. All is told in notices: tasks that are not here, as they could not be looked at, too.
    Raises ConfigError for a task that there is not, DataError where nothing is left.
    """
    for name in allow:
        if name not in task_names():
            raise unknown("task", name, task_names())
    known, checked = held_against(overlap, (), allow, Path())
    kept, left_out = list[T](), Counter[str]()
    for one in given:
        if found := known.find(*texts(one)):
            left_out[found.item.partition("/")[0]] += 1
        else:
            kept.append(one)
    if watcher:
        for line in told(left_out, checked, not_here(allow), allow):
            watcher.notice(line)
    if left_out and not kept:
        raise DataError(f"nothing is left to train on: all are items of {', '.join(sorted(left_out))}; see data.allow")
    return kept, dict(left_out)


def kept_hash(names: Iterable[str]) -> dict[str, str]:
    """What is left to train on, by the names of all texts, for `Training.claim`: a run does not go on where a task has
    come to the machine meanwhile that takes some of them away.

    >>> kept_hash(["p1", "p2"]) == kept_hash(["p1", "p2"]), kept_hash(["p1", "p2"]) == kept_hash(["p1"])
    (True, False)
    """
    return {"without items of tasks": digest(*names).hex()}


def told(left_out: Mapping[str, int], checked: Iterable[str], absent: Sequence[str], allow: Sequence[str]) -> list[str]:
    """A contamination check in words, a line each.

    >>> told({"weval": 2}, ["weval 1.0"], [], ["dropout-real"])[0]
    'left out of training, as they are items of tasks: 2 of weval'
    """
    lines = []
    if left_out:
        said = ", ".join(f"{n:,} of {task}" for task, n in sorted(left_out.items()))
        lines.append(f"left out of training, as they are items of tasks: {said}")
    if allow:
        lines.append(f"trained on as allowed: {', '.join(allow)}; figures on what was trained on say nothing")
    lines.append(f"held against {counted(len(list(checked)), 'task')}")
    if absent:
        lines.append(f"not checked for contamination, as it is not on this machine: {', '.join(absent)}")
    return lines
