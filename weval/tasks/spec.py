"""A task: a folder `tasks/<name>/` with `task.yaml`, a card, and items or the pin of a public file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from weval.errors import ConfigError, DataError, unknown
from weval.files import Problems, is_file, is_folder, read_jsonl, read_lines, read_yaml
from weval.hashes import sha256_of
from weval.pins import Progress, fetch_from, located
from weval.rooms import room
from weval.settings import updated
from weval.tasks.parquet import is_parquet
from weval.tasks.released import DataOptions, Layout, convert, only_counts
from weval.tasks.sources import BundledSource, PinnedSource, Source, UnreleasedSource
from weval.types import Id, Item, Record, Text


class TaskSpec(Record):
    """What `task.yaml` says. `show_texts`: whether its licence lets a leaderboard show the texts of its items.

    `superseded_by` names the task that is to be run instead, where one has taken its place: figures of the two are not
    comparable, and the old one stays as it is for those who need it.
    """

    name: Id
    version: Id
    title: Text
    description: Text
    licence: Text
    languages: tuple[Id, ...]
    show_texts: bool = False
    superseded_by: Id | None = None
    options: DataOptions = DataOptions()
    source: Source


_WITHOUT = "use the bundled set: --task weval-mini"

TASK = "task.yaml"
"""The file that describes a task, in its folder."""

OWN_DATA = "own-data"
"""The version of a task that is somebody's file."""


@dataclass(frozen=True)
class Task:
    """A loaded and checked task. `items()` can be read again and again, one item at a time.

    `data_notices` follow from the items alone, so whoever measures them again is told the same.
    """

    name: str
    version: str
    path: Path
    sha256: str
    options: DataOptions
    n_items: int
    data_notices: tuple[str, ...] = ()
    superseded_by: str | None = None
    _converted: tuple[Item, ...] | None = field(default=None, repr=False)

    @property
    def notices(self) -> tuple[str, ...]:
        """What who uses it should know, of the task and of its data."""
        return (*([_superseded(self.superseded_by)] if self.superseded_by else ()), *self.data_notices)

    def items(self) -> Iterator[Item]:
        """The items in file order."""
        if self._converted is not None:
            yield from self._converted
            return
        problems = Problems(self.path)
        for _, item in read_jsonl(self.path, Item, problems):
            yield item
        problems.check()


def tasks_folder() -> Path:
    """Where the tasks lie: inside an installed package, or at the top of a checkout."""
    return room("tasks")


def task_names() -> list[str]:
    """The names of all tasks that weval brings."""
    return sorted(path.parent.name for path in tasks_folder().glob(f"*/{TASK}"))


def read_spec(name: str) -> TaskSpec:
    """The description of a task. Raises ConfigError for an unknown name, DataError for a bad task.yaml."""
    if name not in task_names():
        raise unknown("task", name, task_names())
    return read_yaml(tasks_folder() / name / TASK, TaskSpec)


def load_task(name: str, settings: Mapping[str, str] | None = None, progress: Progress | None = None) -> Task:
    """A task by name, its file verified. A pinned file that is not here yet is fetched first.

    Raises ConfigError for a task that was never released, saying how it is built.
    """
    spec = read_spec(name)
    options = updated(spec.options, settings or {})
    if isinstance(spec.source, UnreleasedSource):
        raise _unreleased(spec)
    if isinstance(spec.source, PinnedSource):
        return _described(located(spec.source, name, progress, _WITHOUT), spec, options)
    return _bundled(tasks_folder() / name, spec, spec.source, options)


def fetch_task(name: str, source: Path | None = None, progress: Progress | None = None) -> Path:
    """Brings a task's file here, from the network or from a folder, and returns where it lies. Verified either way."""
    spec = read_spec(name)
    if isinstance(spec.source, UnreleasedSource):
        raise _unreleased(spec)
    if isinstance(spec.source, BundledSource):
        return tasks_folder() / name / spec.source.path
    return fetch_from(spec.source, source) if source else located(spec.source, name, progress, _WITHOUT)


def _unreleased(spec: TaskSpec) -> ConfigError:
    return ConfigError(f"{spec.name}: its items were never released; build them: {spec.source.remedy(spec.name)}")


def task_lines() -> dict[str, str]:
    """Name and description of every task, with what is left to do before it runs."""
    lines = {}
    for name in task_names():
        spec = read_spec(name)
        said = [] if spec.source.is_here else [spec.source.remedy(name)]
        said += [_superseded(spec.superseded_by)] if spec.superseded_by else []
        lines[name] = f"{spec.description} ({'; '.join(said)})" if said else spec.description
    return lines


def _superseded(by: str) -> str:
    return f"superseded by {by}, whose figures are not comparable with its own"


def load_data(path: Path, settings: Mapping[str, str] | None = None) -> Task:
    """Anyone's own items as a task: a file in our layout or the released one, told apart by the keys of the first
    record; or the folder of a task with its items in it, as `weval build export` makes it.

    A file is named by its stem and has no version; a folder has the name, version and options of its task.yaml. Raises
    DataError where the folder's items are others than task.yaml says, or where it has none.
    """
    if not is_folder(path):
        if path.name == TASK and is_file(path):
            raise DataError(f"{path}: describes a task; name its folder")
        return _load(path, path.stem, OWN_DATA, updated(DataOptions(), settings or {}))
    described = path / TASK
    if not is_file(described):
        raise DataError(f"{path}: is a folder without {TASK}; name a file of items, or a task's folder")
    spec = read_yaml(described, TaskSpec)
    if not isinstance(spec.source, BundledSource):
        raise DataError(f"{described}: source: no items lie beside it (kind {spec.source.kind})")
    return _bundled(path, spec, spec.source, updated(spec.options, settings or {}))


def _bundled(folder: Path, spec: TaskSpec, source: BundledSource, options: DataOptions) -> Task:
    """A task whose items lie in its folder. Raises DataError where they are not those that task.yaml names."""
    task = _described(folder / source.path, spec, options)
    if task.sha256 != source.sha256:
        raise DataError(
            f"{task.path}: is not the file that task.yaml names "
            f"(sha256 {task.sha256[:12]}…, expected {source.sha256[:12]}…)"
        )
    return task


def _described(path: Path, spec: TaskSpec, options: DataOptions) -> Task:
    return replace(_load(path, spec.name, spec.version, options), superseded_by=spec.superseded_by)


def _load(path: Path, name: str, version: str, options: DataOptions) -> Task:
    if _layout(path, options) == "released":
        converted = convert(path, options)
        n_items, items, notices = len(converted.items), converted.items, converted.notices
    else:
        n_items, notices = _check_items(path, options.gold)
        items = None
    return Task(name, version, path, sha256_of(path), options, n_items, notices, _converted=items)


def _layout(path: Path, options: DataOptions) -> Layout:
    """The layout asked for, or the one that the first record has."""
    if options.layout != "auto":
        return options.layout
    if is_parquet(path):
        return "released"
    first = next((line for _, line in read_lines(path, Problems(path))), b"")
    try:
        keys = json.loads(first)
    except (ValueError, RecursionError):
        return "items"  # whose reader says what is wrong
    return "released" if isinstance(keys, dict) and "prompt" in keys and "candidates" not in keys else "items"


def _check_items(path: Path, gold: str) -> tuple[int, tuple[str, ...]]:
    """Reads every item once, so that nothing is wrong later. Returns how many there are, and notices."""
    problems = Problems(path)
    n_only_counts = 0
    lines: dict[str, int] = {}
    for line, item in read_jsonl(path, Item, problems):
        if (first := lines.setdefault(item.id, line)) != line:
            problems.add(line, "id", f"{item.id!r} is already the id of line {first}")
        kept = [candidate.gold for candidate in item.candidates]
        if gold == "distinct" and len(set(kept)) < len(kept):
            problems.add(line, "candidates", f"kept counts tie ({kept}); --set gold=partial if meant")
        elif len(set(kept)) == 1:
            problems.add(line, "candidates", f"all keep {kept[0]} of the requirements; nothing to rank")
        n_only_counts += sum(isinstance(candidate.kept, int) for candidate in item.candidates)
    problems.check()
    return len(lines), only_counts(n_only_counts)
