"""What `tasks/<benchmark>/bench.yaml` says: which public files it is made of, and how its writers are sampled."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from weval.errors import unknown
from weval.files import read_yaml
from weval.pins import Pin
from weval.rooms import room
from weval.types import Id, Record, Text

BENCH = "bench.yaml"
"""The file that describes a benchmark, in its folder."""

Setting = int | float | str


class PinnedFile(Pin):
    """A public file by commit and git blob hash."""

    kind: Literal["github"]


class OwnFile(Record):
    """A file that is published where it cannot be pinned, or not at all: it is brought by --data. `name` is how it is
    called in a folder, `where` says where it comes from.
    """

    kind: Literal["bring"]
    name: Annotated[str, Field(pattern=r"^\w[\w.-]*$")]
    where: Text


BenchFile = Annotated[PinnedFile | OwnFile, Field(discriminator="kind")]


class BenchSpec(Record):
    """One benchmark. `files` are its files by name; a set of `sets` says which file has which part in it, the first set
    being the one that is taken by default, and the first part of a set the one that a single file of --data stands for.

    `writer` is how the sources have writers sampled, as far as our settings of text models can say it.
    """

    name: Id
    version: Id
    title: Text
    about: Text
    licence: Text
    languages: tuple[Id, ...]
    files: dict[str, BenchFile]
    sets: dict[str, dict[str, str]] = Field(min_length=1)
    writer: dict[str, Setting] = Field(default_factory=dict)

    @property
    def default_set(self) -> str:
        """The set that is taken where none is named."""
        return next(iter(self.sets))


def bench_folder(name: str) -> Path:
    """Where a benchmark's description, card and data lie."""
    return room("tasks") / name


@cache
def bench_names() -> tuple[str, ...]:
    """The names of all benchmarks."""
    return tuple(sorted(path.parent.name for path in room("tasks").glob(f"*/{BENCH}")))


def read_bench(name: str) -> BenchSpec:
    """The description of a benchmark. Raises ConfigError for an unknown name, DataError for a bad bench.yaml."""
    if name not in bench_names():
        raise unknown("benchmark", name, bench_names())
    return read_yaml(bench_folder(name) / BENCH, BenchSpec)


def bench_lines() -> dict[str, str]:
    """Name and description of every benchmark, with what is left to do before it runs."""
    lines = {}
    for name in bench_names():
        spec = read_bench(name)
        needed = [spec.files[file] for file in spec.sets[spec.default_set].values()]
        missing = [file for file in needed if isinstance(file, PinnedFile) and not file.is_here]
        brought = [file.where for file in needed if isinstance(file, OwnFile)]
        left = [f"weval fetch {name}"] if missing else []
        left += [f"--data: {where}" for where in brought]
        lines[name] = f"{spec.about} ({'; '.join(left)})" if left else spec.about
    return lines
