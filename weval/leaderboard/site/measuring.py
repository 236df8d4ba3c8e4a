"""Every submission measured, but for those that an earlier build measured: nothing unchanged is computed twice."""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from weval.errors import ConfigError, DataError, WevalError
from weval.estimates import means_of_each
from weval.leaderboard.bundle import MAX_BYTES, SCORES_GZ
from weval.leaderboard.card import CARD
from weval.leaderboard.gold import gold_index
from weval.leaderboard.recompute import Questions
from weval.leaderboard.site.cache import Cache, key_of
from weval.leaderboard.site.measured import HEADLINE, Fresh, Measured, measure
from weval.leaderboard.tree import Entry
from weval.metrics import default_resamples
from weval.plan import PROBES
from weval.store import RUN

TOGETHER = 40
"""So many submissions get their headline's intervals at a time: sums over the same resamples are one product."""


class Refused(NamedTuple):
    """A submission that is not shown, and why."""

    entry: Entry
    problems: list[str]


class Found(NamedTuple):
    """What was measured, by submission, with the key that its content has; and what was not."""

    measured: dict[Entry, tuple[str, Measured]]
    tasks: dict[str, Questions]
    refused: list[Refused]
    n_new: int


def measure_all(entries: Iterable[Entry], cache: Cache, watch: Callable[[str], None]) -> Found:
    """Measures these submissions. Those that cannot be shown are left out, each with its reasons."""
    tasks: dict[str, Questions] = {}
    found: dict[Entry, tuple[str, Measured]] = {}
    waiting: list[tuple[Entry, str, Fresh]] = []
    refused = []
    n_new = 0
    for entry in entries:
        try:
            if entry.task not in tasks:
                tasks[entry.task] = _questions(entry.task)
            key = key_of(tasks[entry.task].digest, entry.model, entry.task, *_content(entry))
            if kept := cache.get(key, Measured):
                found[entry] = (key, kept)
                continue
            watch(str(entry))
            waiting.append((entry, key, measure(entry, tasks[entry.task])))
            n_new += 1
        except (WevalError, OSError) as error:
            refused.append(Refused(entry, str(error).splitlines()))
        if len(waiting) == TOGETHER:
            found |= _finished(waiting, cache)
            waiting = []
    found |= _finished(waiting, cache)
    return Found({entry: found[entry] for entry in sorted(found)}, tasks, refused, n_new)


def _questions(task: str) -> Questions:
    try:
        return Questions(gold_index(task))
    except ConfigError as error:
        raise DataError(str(error)) from error


def _content(entry: Entry) -> list[bytes]:
    """All that a submission is measured from. Raises OSError, or DataError for what no submission can have."""
    folders = [entry.folder, *(entry.folder / probe for probe in PROBES if (entry.folder / probe / RUN).is_file())]
    files = [folder / name for folder in folders for name in (RUN, SCORES_GZ)]
    return [part for file in [entry.model_folder / CARD, *files] for part in (_name(file, entry), _bytes(file))]


def _bytes(file: Path) -> bytes:
    found = file.lstat()
    if not stat.S_ISREG(found.st_mode) or found.st_size > MAX_BYTES[file.name]:  # it may have no end
        raise DataError(f"{file}: is not a regular file of at most {MAX_BYTES[file.name]:,} bytes")
    return file.read_bytes()


def _name(file: Path, entry: Entry) -> bytes:
    return file.relative_to(entry.root).as_posix().encode()


def _finished(waiting: Sequence[tuple[Entry, str, Fresh]], cache: Cache) -> dict[Entry, tuple[str, Measured]]:
    """The same with the intervals of the headline figures, from as many resamples as a run has."""
    groups: dict[bytes, list[tuple[Entry, str, Fresh]]] = {}
    for one in waiting:
        scored = one[2].scored
        groups.setdefault(scored.tobytes() + str(len(scored)).encode(), []).append(one)
    found = {}
    for group in groups.values():
        scored = group[0][2].scored
        n = default_resamples(len(scored))
        every = means_of_each(HEADLINE, [fresh.headline[scored] for _, _, fresh in group], n)
        for (entry, key, fresh), metrics in zip(group, every, strict=True):
            result = fresh.measured.result.model_copy(update={"metrics": metrics, "resamples": n})
            measured = fresh.measured.model_copy(update={"result": result})
            cache.put(key, measured)
            found[entry] = (key, measured)
    return found
