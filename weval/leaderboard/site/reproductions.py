"""Every reproduction's tables made again from its raw scores, but for those that an earlier build made."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from weval.bench.spec import PinnedFile, bench_names, read_bench
from weval.errors import WevalError
from weval.leaderboard.bundle import regular_file
from weval.leaderboard.checked import faultless
from weval.leaderboard.reproductions import check_reproduction
from weval.leaderboard.site.cache import Cache, key_of
from weval.leaderboard.site.measuring import Refused
from weval.leaderboard.tree import Entry
from weval.reproduce.outcome import Reproduction
from weval.tasks import read_spec, task_names


class Reproduced(NamedTuple):
    """A reproduction that is shown: the name of its folder, the key that its content has, and its tables."""

    name: str
    key: str
    tables: Reproduction


class FoundReproductions(NamedTuple):
    """What was made again; what was not, and why; how many of it anew."""

    shown: list[Reproduced]
    refused: list[Refused]
    n_new: int


def make_again(folders: Iterable[Path], cache: Cache, watch: Callable[[str], None]) -> FoundReproductions:
    """The tables of these reproductions. Those that cannot be shown are left out, each with its reasons."""
    shown, refused, n_new = list[Reproduced](), list[Refused](), 0
    folders = [*folders]
    here = _here() if folders else ""
    for folder in folders:
        entry = Entry(folder.absolute().parent, folder.name, "")
        try:
            key = key_of("reproduction", here, *_content(folder))
            found = cache.get(key, Reproduction)
            if found is None:
                watch(entry.owner)
                found = faultless(check_reproduction(folder))
                cache.put(key, found)
                n_new += 1
            shown.append(Reproduced(folder.name, key, found))
        except (WevalError, OSError) as error:
            refused.append(Refused(entry, str(error).splitlines()))
    return FoundReproductions(shown, refused, n_new)


def _content(folder: Path) -> Iterable[bytes]:
    """All that a reproduction is. Raises OSError, or DataError for what none can have."""
    for place, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = regular_file(Path(place), name)
            yield from (path.relative_to(folder).as_posix().encode(), path.read_bytes())


def _here() -> str:
    """Which data are on this machine: with others, other cells have figures."""
    tasks = [name for name in task_names() if read_spec(name).source.is_here]
    files = [file for name in bench_names() for file in read_bench(name).files.values()]
    return f"{tasks} {[isinstance(file, PinnedFile) and file.is_here for file in files]}"
