"""Of a reproduction what is published: its record, and the raw scores and replies behind every cell. No weights, no
logs, no items, and nothing of the machine.

What is kept of a step has the folder that it had, so that it can be tabulated again where its data are.
"""

from __future__ import annotations

import gzip
import json
import re
import shlex
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from weval.bench.catalogue import benchmark_class
from weval.bench.identity import BenchIdentity, identity_in
from weval.errors import ConfigError, DataError, ResultError, WevalError
from weval.files import is_file, one_line, os_message, read_json, write_json
from weval.invalid import complaints, field_name
from weval.join import gold_of
from weval.readback import read_back
from weval.reproduce.finished import FINISHED, Finished
from weval.reproduce.graph import MADE
from weval.reproduce.manifest import PLACE, Bench, Doing, Run, Setting, read_profile
from weval.reproduce.outcome import Reproduction
from weval.reproduce.reading import GOLD
from weval.scorefiles import SCORES, ScoreRow, read_rows, row_line
from weval.store import RESULT, RUN, RunRecord, read_run
from weval.tasks import BundledSource, read_spec
from weval.types import Record

RECORD = "reproduction.json"

PACKED = ".gz"
"""How the names of kept scores and replies end."""

MAX_REASON = 300
"""Characters of why an answer is missing."""

_ABSOLUTE = re.compile(r"(?:(?<![\w/.~}-])(?!//)|(?<=\w/)|(?<=file://))/(?:[^/\s'\",;]+/)+")
"""The folders of a path from the root, without its last part; no part of an address."""

_SPACED = re.compile(r"^((?:[\w.-]+[=:])*(?:[\w-]+/)?)(?:/(?!/)(?:(?!: )[^/\n])+)+/")
"""The same of a path that is a value by itself, or after names of settings and models: its folders may have spaces."""

R = TypeVar("R", bound=Record)


def keep(folder: Path, target: Path) -> list[str]:
    """Writes what is published of a reproduction that `weval reproduce` wrote into `folder`; gives the steps kept.

    `target` must not be there yet. Raises WevalError, ResultError also where no step with scores has come to its end.
    """
    record = read_json(folder / RECORD, Reproduction)
    if target.exists():
        raise ConfigError(f"{target}: is there already")
    profile = read_profile(record.profile)
    kept = {step.name: profile.steps[step.name] for step in record.steps if step.state == "done" and step.folder}
    kept = {name: step for name, step in kept.items() if isinstance(step, Run | Bench)}
    if not kept:
        raise ResultError(f"{folder}: no step with scores has come to its end")
    clean = _Cleaning(record, folder)
    try:
        for outcome in record.steps:
            if outcome.name in kept:
                _keep_step(folder / str(outcome.folder), target / str(outcome.folder), kept[outcome.name], clean)
    except OSError as error:
        raise ResultError(f"cannot write {target}: {os_message(error)}") from error
    steps = tuple(one.model_copy(update={"command": clean.command(one.command)}) for one in record.steps)
    write_json(target / RECORD, clean.record(record.model_copy(update={"steps": steps})))
    return [*kept]


def kept_files(step: Doing, made: Path) -> list[str]:
    """The files of scores or replies that a step's folder has, as weval run or weval bench names them.

    Raises WevalError, DataError also for settings that are none of the benchmark's.
    """
    if isinstance(step, Run):
        return [SCORES]
    identity = identity_in(read_run(made), made, BenchIdentity)
    kind = benchmark_class(identity.benchmark.name)
    try:
        options = kind.options_type.model_validate_json(json.dumps(identity.options))
    except ValidationError as error:
        said = [f"{RUN}: options.{field_name(loc)}: {text}" for loc, text in complaints(error, identity.options)]
        raise DataError(said) from error
    return [f"{one.name}.jsonl" for one in kind.steps(options)]


def unlike(step: Doing, record: RunRecord) -> Iterator[str]:
    """How a run is not the one that a step of the manifest asks for; what a place stood for may be anything."""
    identity, settings = record.identity, record.settings or {}
    match step:
        case Run(model=model, task=task, limit=limit):
            asked = {"model": model, "task": task}
            found = {key: _name(identity.get(key)) for key in asked}
        case Bench(benchmark=name, model=model, judge=judge, limit=limit):
            asked = {"benchmark": name, "model": model, "judge": judge}
            parts = {"benchmark": "benchmark", "model": "writer", "judge": "judge"}
            found = {key: _name(identity.get(part)) for key, part in parts.items()}
        case _:
            return
    for key, value in asked.items():
        if value is not None and not _fits(value, found[key]):
            yield f"its {key} is {found[key]}, and that of the step {value}"
    if identity.get("limit") not in (limit, None):
        yield f"its limit is {identity['limit']}, and that of the step {limit}"
    wanted = {key: _said(value) for key, value in step.settings.items()}
    for key in sorted(wanted.keys() | settings.keys()):
        if not _fits(wanted.get(key, ""), settings.get(key, "")):
            yield f"its setting {key} is {settings.get(key)!r}, and that of the step {wanted.get(key)!r}"


def _name(part: object) -> object:
    """The name in a part of an identity, which may be anything in a record that somebody sent."""
    return part.get("name") if isinstance(part, dict) else None


def _fits(wanted: str, found: object) -> bool:
    """Whether a value is what a manifest says, a place in it standing for anything."""
    parts = [re.escape(part) for part in PLACE.split(wanted)[::3]]
    return isinstance(found, str) and re.fullmatch(".+".join(parts), found, re.DOTALL) is not None


def _said(value: Setting) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


class _Cleaning:
    """Takes out of records where on a machine things lay: what lies in the reproduction is named from its folder."""

    def __init__(self, record: Reproduction, folder: Path) -> None:
        names = {str(folder), str(folder.absolute()), str(folder.resolve())}
        for step in record.steps:
            if step.folder:
                own = f"/{step.folder}/{MADE}"
                names |= {word.removesuffix(own) for word in _words(step.command) if word.endswith(own)}
        longest = sorted(filter(None, names), key=len, reverse=True)
        begins = {name: "" if name.startswith("/") else r"(?<![\w.-])" for name in longest}
        made = "|".join(re.escape(f"{step.folder}/{MADE}") for step in record.steps if step.folder)
        # Where the reproduction lay when a step was made, if it has been moved since.
        self._moved = re.compile(rf"(?<![\w.-])/(?:[^/\s'\",;:=]+/)+(?=(?:{made})(?![\w.-]))" if made else "(?!)")
        self._folder = re.compile("|".join(f"{begins[name]}{re.escape(name)}/" for name in longest))

    def text(self, text: str) -> str:
        """A text without the machine's folders."""
        own = self._moved.sub("", self._folder.sub("", text))
        return _ABSOLUTE.sub("", _SPACED.sub(r"\1", own))

    def command(self, command: str) -> str:
        """A command, as a shell takes it. Raises DataError for what is none."""
        return shlex.join(map(self.text, _words(command)))

    def record(self, record: R) -> R:
        """A record without them."""
        return type(record).model_validate_json(json.dumps(self.content(record.model_dump(mode="json", by_alias=True))))

    def content(self, content: Any) -> Any:  # noqa: ANN401 - any JSON
        """Any JSON without them."""
        if isinstance(content, str):
            return self.text(content)
        if isinstance(content, dict):
            return {self.text(key): self.content(value) for key, value in content.items()}
        return [self.content(value) for value in content] if isinstance(content, list) else content


def _words(command: str) -> list[str]:
    try:
        return shlex.split(command)
    except ValueError as error:
        raise DataError(f"{one_line(command, 80)}: is no command ({error})") from error


def _keep_step(folder: Path, target: Path, step: Doing, clean: _Cleaning) -> None:
    """run.json, result.json and step.json, and packed the scores or replies; of items their gold."""
    made, to = folder / MADE, target / MADE
    record = read_run(made)
    data = getattr(step, "data", None)
    told = {"data": data if record.data else None, "command": clean.command(record.command)}
    write_json(to / RUN, clean.record(record.model_copy(update=told)))
    write_json(target / FINISHED, clean.record(read_json(folder / FINISHED, Finished)))
    if is_file(made / RESULT):
        content = clean.content(json.loads((made / RESULT).read_bytes()))
        (to / RESULT).write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    for name in kept_files(step, made):
        if name == SCORES:
            _pack((_bare(row) for _, row in read_rows(made)), to / f"{name}{PACKED}")
            continue
        with (made / name).open("rb") as file:
            _pack(file, to / f"{name}{PACKED}")
    if isinstance(step, Run) and (record.data or not _is_bundled(step.task)):
        with suppress(WevalError):  # items that are gone: there will be no figures where nobody has them
            run = read_back(made)
            lines = (f"{gold_of(item).model_dump_json()}\n".encode() for item in run.items())
            _pack(lines, to / f"{GOLD}{PACKED}")


def _is_bundled(task: str | None) -> bool:
    return task is not None and isinstance(read_spec(task).source, BundledSource)


def _bare(row: ScoreRow) -> bytes:
    """An answer without the model's words, which may repeat texts that are not ours to publish."""
    reason = None if row.reason is None else row.reason[:MAX_REASON]
    return row_line(row.model_copy(update={"raw": None, "reason": reason}))


def _pack(lines: Iterable[bytes], path: Path) -> None:
    """The same bytes whenever it is written."""
    with path.open("wb") as file, gzip.GzipFile("", "wb", fileobj=file, mtime=0) as packed:
        packed.writelines(lines)
