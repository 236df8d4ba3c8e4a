"""A task: a folder `tasks/<name>/` with `task.yaml`, a card, and items or the pin of a public file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from weval.errors import ConfigError, DataError, unknown
from weval.files import is_file, is_folder, read_yaml
from weval.pins import Progress, fetch_from, located
from weval.rooms import room
from weval.settings import updated
from weval.tasks.reading import checked, items_in, layout_of, shape_of
from weval.tasks.released import DataOptions, convert
from weval.tasks.remote import cached, fetched, is_here
from weval.tasks.shards import Shards, is_pattern, is_url, local, shards_of
from weval.tasks.sources import BundledSource, PinnedSource, Source, UnreleasedSource
from weval.tasks.tables import ShardProblems
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

    `path` is the file of its items, or where its shards lie. `shapes` says how many items have so many candidates and
    requirements. `data_notices` follow from the items alone, so whoever
    measures them again is told the same.
    """

    name: str
    version: str
    path: Path
    shards: Shards
    sha256: str
    options: DataOptions
    n_items: int
    shapes: Mapping[tuple[int, int], int]
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
        problems = ShardProblems(self.shards)
        for _, item in items_in(self.shards, problems):
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


def load_data(
    data: Path | str,
    settings: Mapping[str, str] | None = None,
    progress: Progress | None = None,
    *,
    reach: bool = True,
) -> Task:
    """Anyone's own items as a task: files in our layout or the released one, told apart by the keys of the first
    record; or the folder of a task with its items in it, as `weval build export` makes it.

    `data` names a file, a folder of shards, a pattern, or an address that fsspec knows, whose files are fetched first;
    without `reach` nobody is asked for them, and they have to be here already. Files go by the name of the first part
    that is theirs alone, and have no version; a task's folder has the name, version and options of its task.yaml.
    Raises DataError where such a folder's items are others than task.yaml says, or it has none; WevalError where an
    address cannot be read.
    """
    if isinstance(data, str) and is_url(data):
        own = updated(DataOptions(), settings or {})
        shards = fetched(data, progress) if reach else cached(data)
        return _load(shards, shards.name, OWN_DATA, own)
    path = local(data)
    described = path / TASK
    if not (is_folder(path) and is_file(described)):
        if path.name == TASK and is_file(path):
            raise DataError(f"{path}: describes a task; name its folder")
        own, shards = updated(DataOptions(), settings or {}), shards_of(path)
        return _load(shards, shards.name, OWN_DATA, own)
    spec = read_yaml(described, TaskSpec)
    if not isinstance(spec.source, BundledSource):
        raise DataError(f"{described}: source: no items lie beside it (kind {spec.source.kind})")
    return _bundled(path, spec, spec.source, updated(spec.options, settings or {}))


def fetch_data(url: str, progress: Progress | None = None) -> tuple[Path, ...]:
    """Brings the files of an address here, those that are new or changed, and returns where they lie."""
    return fetched(url, progress).files


def is_data(data: str) -> bool:
    """Whether a text names items that could be read here and now: files, a pattern that some fit, a fetched address."""
    if is_url(data):
        return is_here(data)
    path = local(data)
    return is_file(path) or is_folder(path) or (is_pattern(data) and bool(shards_of(path).files))


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
    return replace(_load(shards_of(path), spec.name, spec.version, options), superseded_by=spec.superseded_by)


def _load(shards: Shards, name: str, version: str, options: DataOptions) -> Task:
    if layout_of(shards, options) == "released":
        converted = convert(shards, options)
        shapes, notices, items = Counter(map(shape_of, converted.items)), converted.notices, converted.items
    else:
        (shapes, notices), items = checked(shards, options.gold), None
    whole, sha256 = shards.whole, shards.sha256()
    return Task(name, version, whole, shards, sha256, options, shapes.total(), shapes, notices, _converted=items)
