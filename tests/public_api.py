"""The public interface as text, one fact a line: `python -m tests.public_api` writes tests/public_api.txt anew.

What is in it is promised by docs/versioning.md; tests/test_public_api.py holds that it does not change unnoticed.
"""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import pkgutil
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_args, get_type_hints

import typer
from pydantic import BaseModel

import weval
from weval import adapters, ownmetrics
from weval.adapters import ADAPTERS, family_settings
from weval.adapters.judge.folder import judge_lines
from weval.adapters.judge.spec import JudgeSpec
from weval.bench.catalogue import CLASSES, benchmark_class
from weval.cli.main import MENDABLE, STOPPED, app
from weval.compare import CompareOptions
from weval.presets import Preset, preset_names
from weval.run import Settings
from weval.store import ScoreRow
from weval.tasks import TaskSpec, task_names
from weval.types import Item

FILE = Path(__file__).with_suffix(".txt")

METRICS = ("METRICS", "LIMITS", "released", "reading", "bootstrap", "wilson")
"""What of weval.metrics is public beside the functions in METRICS."""

FORMATS: tuple[type[BaseModel], ...] = (Item, ScoreRow, Preset, JudgeSpec, TaskSpec)
"""Files without a schema number of their own; those with one are found."""


def text() -> str:
    """The whole of it, in sections."""
    sections: dict[str, Callable[[], Iterator[str]]] = {
        "names": names,
        "commands": commands,
        "exit codes": exit_codes,
        "choices": choices,
        "settings": settings,
        "entry points": entry_points,
        "files": files,
    }
    return "\n".join(line for title, lines in sections.items() for line in (f"# {title}", *lines(), ""))


def names() -> Iterator[str]:
    """What can be imported from weval, with signatures, fields and methods."""
    for name in sorted(weval.__all__):
        found = getattr(weval, name)
        if name == "metrics":
            for inside in sorted({*METRICS, *found.METRICS}):
                yield f"metrics.{inside}{signature(getattr(found, inside))}"
        elif isinstance(found, type):
            yield f"{name}({', '.join(base.__name__ for base in found.__bases__)})"
            yield from (f"{name}.{line}" for line in sorted(members(found)))
        else:
            yield f"{name}{signature(found)}"


class _AsWritten(str):
    """An annotation that is shown without quotes."""

    __slots__ = ()
    __repr__ = str.__str__


def signature(found: object) -> str:
    """Of a function; nothing of a constant."""
    if not callable(found):
        return ""
    read = inspect.signature(found)
    given = [each.replace(annotation=_shown(each.annotation)) for each in read.parameters.values()]
    return str(read.replace(parameters=given, return_annotation=_shown(read.return_annotation)))


def _shown(annotation: Any) -> Any:
    return _AsWritten(annotation) if isinstance(annotation, str) else annotation


def members(found: type) -> Iterator[str]:
    """Fields and methods of a class that are its own."""
    if issubclass(found, BaseModel):
        yield from fields(found)
    elif dataclasses.is_dataclass(found):
        for field in (field for field in dataclasses.fields(found) if not field.name.startswith("_")):
            bare = field.default is field.default_factory is dataclasses.MISSING
            yield f"{field.name}: {field.type}{'' if bare else ' = …'}"
    elif getattr(found, "_is_protocol", False):
        yield from (f"{name}: {said}" for name, said in inspect.get_annotations(found).items())
    for name, value in vars(found).items():
        value = getattr(value, "__func__", value)
        if name.startswith("_"):
            continue
        if inspect.isfunction(value):
            yield f"{name}{signature(value)}"
        elif isinstance(value, property):
            yield f"{name}: {value.fget.__annotations__.get('return') if value.fget else None}"


def fields(record: type[BaseModel]) -> Iterator[str]:
    """Those of a record on disk, as files have them."""
    said: dict[str, str] = {}
    for base in reversed(record.__mro__):
        said |= inspect.get_annotations(base)
    for name, field in record.model_fields.items():
        default = "" if field.is_required() else " = …" if field.default_factory else f" = {field.default!r}"
        yield f"{field.alias or name}: {said[name]}{default}"


def commands() -> Iterator[str]:
    """Every command with its arguments and options."""
    yield from _commands(typer.main.get_command(app), "weval")


def _commands(command: Any, path: str) -> Iterator[str]:  # of a click inside typer, which has no public types
    for param in sorted(command.params, key=lambda param: [*param.opts]):
        notes = ["flag"] if getattr(param, "is_flag", False) else []
        notes += ["many"] if getattr(param, "multiple", False) or param.nargs != 1 else []
        notes += ["required"] if param.required else []
        given = "/".join((*param.opts, *param.secondary_opts))
        yield " ".join([path, given, *([f"({', '.join(notes)})"] if notes else [])])
    for name, inside in sorted(getattr(command, "commands", {}).items()):
        yield from _commands(inside, f"{path} {name}")


def exit_codes() -> Iterator[str]:
    """With which the command line ends."""
    yield from ("0 fine", "1 a fault of weval", f"{MENDABLE} the user can mend it", f"{STOPPED} stopped by Ctrl-C")


def choices() -> Iterator[str]:
    """What --model, --task, --set prompt and `weval bench` can be given."""
    known = {"model": [*ADAPTERS, *preset_names()], "task": task_names(), "prompt": judge_lines(), "benchmark": CLASSES}
    yield from (f"{what} {name}" for what, found in known.items() for name in sorted(found))


def settings() -> Iterator[str]:
    """Keys of --set: of every run, of comparisons, of families of adapters, of benchmarks."""
    yield from (f"weval run: {line}" for line in sorted(fields(Settings)))
    yield from (f"weval compare: {line}" for line in sorted(fields(CompareOptions)))
    for name in sorted(ADAPTERS):
        if keys := sorted(family_settings(name)):
            yield f"{name}: {', '.join(keys)}"
    for name in sorted(CLASSES):
        yield f"bench {name}: {', '.join(sorted(benchmark_class(name).options_type.model_fields))}"


def entry_points() -> Iterator[str]:
    """Groups in which other packages offer something."""
    yield from (adapters.ENTRY_POINTS, ownmetrics.ENTRY_POINTS)


def files() -> Iterator[str]:
    """The records that lie in files: schema numbers, fields, and the records within them."""
    known: set[type[BaseModel]] = set()
    waiting = [*FORMATS, *_numbered()]
    while waiting:
        record = waiting.pop()
        if record not in known:
            known.add(record)
            waiting += [part for hint in get_type_hints(record).values() for part in _records(hint)]
    times = Counter(record.__name__ for record in known)
    # Where a record's module lies is nobody's business, unless another record has its name.
    named = {f"{each.__module__}." * (times[each.__name__] > 1) + each.__name__: each for each in known}
    for name in sorted(named):
        yield from (f"{name}.{line}" for line in fields(named[name]))


def _numbered() -> Iterator[type[BaseModel]]:
    """Every record with a schema number."""
    for found in pkgutil.walk_packages(weval.__path__, "weval."):
        if not found.name.endswith("__main__"):
            module = importlib.import_module(found.name)
            own = (value for value in vars(module).values() if getattr(value, "__module__", "") == found.name)
            yield from (value for value in own if "schema_" in getattr(value, "model_fields", {}))


def _records(hint: Any) -> Iterator[type[BaseModel]]:
    """The records that a type is made of."""
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        yield hint
    for part in get_args(hint):
        yield from _records(part)


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
    sys.stdout.write(f"{FILE}\n")
