"""Files read with suspicion and written whole: JSON Lines, YAML and JSON in; JSON out."""

from __future__ import annotations

import codecs
import contextlib
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import from_json

from weval.errors import DataError, ResultError, visible
from weval.invalid import Loc, complaints, field_name
from weval.yamltree import YamlProblem, parse

MAX_LINE_BYTES = 32 * 2**20
MAX_YAML_BYTES = 2**20
MAX_JSON_BYTES = 64 * 2**20
MAX_LOCATED_BYTES = 2**18
"""Of larger JSON no lines are told: to find them takes long."""

MAX_PROBLEMS = 20

R = TypeVar("R", bound=BaseModel)


class Problems:
    """What is wrong with one file, called as `shown` has it, a line each, at most twenty; `check()` raises them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.shown: Callable[[Path], str] = str
        self.lines, self.n_found = list[str](), 0

    def add(self, line: int | None, field: str, message: str) -> None:
        """Notes one problem."""
        self.n_found += 1
        if len(self.lines) < MAX_PROBLEMS:
            where = self.shown(self.path) + (f":{line}" if line else "")
            self.lines.append(": ".join(filter(None, [visible(where), one_line(field, 200), one_line(message)])))

    def add_invalid(
        self, line_of: Callable[[Loc], int | None], error: ValidationError, content: object, within: Loc = ()
    ) -> None:
        """Notes everything that pydantic found in `content`; `line_of` tells on which line a field stands.

        `within` is the path of the content inside the file, where it is only a part of it.
        """
        for loc, message in complaints(error, content):
            is_shown = len(self.lines) < MAX_PROBLEMS  # of a hundred thousand nobody is to look for the lines
            self.add(line_of(loc) if is_shown else None, field_name((*within, *loc)), message)

    def error(self) -> DataError:
        """All problems as one error."""
        more = self.n_found - len(self.lines)
        last = f"{visible(self.shown(self.path))}: and {more:,} more problem{'s' if more > 1 else ''}"
        return DataError([*self.lines, last] if more else self.lines)

    def check(self) -> None:
        """Raises the problems, if there are any."""
        if self.lines:
            raise self.error()


def one_line(text: str, limit: int = 400) -> str:
    """The text with everything that could move a terminal's cursor made visible, cut to a length."""
    return visible(text[:limit]) + ("…" if len(text) > limit else "")


def as_file_name(text: str) -> str:
    """Somebody's text as the name of one file or folder: letters, digits, _ . and - only, and no dot at its ends.

    >>> as_file_name("judge:openai/gpt-4o"), as_file_name("../..")
    ('judge-openai-gpt-4o', 'run')
    """
    return re.sub(r"[^\w.-]+", "-", text).strip("-.") or "run"


def os_message(error: OSError) -> str:
    """What the operating system says, without Python's dressing."""
    return error.strerror or type(error).__name__


def read_lines(path: Path, problems: Problems) -> Iterator[tuple[int, bytes]]:
    """Lines of a UTF-8, LF-ended text file with their numbers, without their ends; what breaks that is a problem.

    Lines are never longer than 32 MB. What is not a text at all ends the reading.
    """
    try:
        if not path.is_file():  # a pipe or a device could be waited for, or read, for ever
            problems.add(None, "", what_it_is(path))
            return
        with path.open("rb") as file:
            yield from _lines(file, problems)
    except OSError as error:
        problems.add(None, "", os_message(error))


def _lines(file: BinaryIO, problems: Problems) -> Iterator[tuple[int, bytes]]:
    number, crlf = 0, False
    while line := file.readline(MAX_LINE_BYTES + 1):
        number += 1
        if not_text := _not_text(line, number):
            problems.add(number, "", not_text)
            return
        if number == 1 and line.startswith(codecs.BOM_UTF8):
            problems.add(number, "", "starts with a byte order mark; save it as UTF-8 without one")
            line = line.removeprefix(codecs.BOM_UTF8)
        if line.endswith(b"\r\n"):
            if not crlf:
                problems.add(number, "", _CRLF)
            crlf = True
        try:
            line.decode("utf-8")
        except UnicodeDecodeError as error:
            problems.add(number, "", f"is not UTF-8 (byte {error.start + 1} of the line)")
        else:
            yield number, line.rstrip(b"\r\n")


_CRLF = "ends in CRLF; convert it, as with dos2unix (a file is known by the hash of its bytes)"


def _not_text(line: bytes, number: int) -> str | None:
    if len(line) > MAX_LINE_BYTES:
        return f"is longer than {MAX_LINE_BYTES // 2**20} MB"
    if number == 1 and line.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "is UTF-16; save the file as UTF-8"
    return "holds a NUL byte; is this a text file?" if b"\0" in line else None


def is_file(path: Path) -> bool:
    """Whether there is a file. Raises DataError where that cannot be told, as in a folder without permission."""
    return _told(path, Path.is_file)


def is_folder(path: Path) -> bool:
    """Whether there is a folder. Raises DataError where that cannot be told."""
    return _told(path, Path.is_dir)


def _told(path: Path, by: Callable[[Path], bool]) -> bool:
    try:
        return by(path)
    except OSError as error:
        raise DataError(f"{path}: {os_message(error)}") from error


def what_it_is(path: Path) -> str:
    """Why a path cannot be read as a file. Raises OSError where that is what cannot be told."""
    if path.is_dir():
        return "is a directory, not a file"
    return "is not a regular file" if path.exists() else "no such file"


def read_jsonl(path: Path, record: type[R], problems: Problems) -> Iterator[tuple[int, R]]:
    """The valid records of a JSON Lines file with their line numbers; the invalid ones go to `problems`.

    One line is in memory at a time. Callers call `problems.check()` when they have added theirs.
    """
    yield from parsed_lines(read_lines(path, problems), record, problems)


def parsed_lines(lines: Iterable[tuple[int, bytes]], record: type[R], problems: Problems) -> Iterator[tuple[int, R]]:
    """The valid records among lines that were read already, as above."""
    seen_any = False
    for number, line in lines:
        seen_any = True
        if number == 1 and line.strip() in _PRETTY:
            problems.add(number, "", "is the start of a JSON value over several lines; one JSON object per line: jq -c")
            return
        if not line.strip():
            problems.add(number, "", "is an empty line; one JSON object per line")
            continue
        try:
            yield number, record.model_validate_json(line)
        except ValidationError as error:
            if broken := _broken_json(error):
                problems.add(number, "", broken[1])
            else:
                problems.add_invalid(lambda loc: number, error, from_json(line))  # noqa: B023 - called at once
    if not seen_any and not problems.lines:
        problems.add(None, "", "is empty")


_PRETTY = (b"{", b"[", b"[{")
"""How a file begins that is JSON, but not JSON Lines."""

_PLACE = re.compile(r" at line (\d+) column (\d+)$")


def _broken_json(error: ValidationError) -> tuple[int, str] | None:
    """Line and complaint, where what was validated is not JSON at all."""
    (found, *_) = error.errors(include_url=False, include_input=False)
    if found["type"] != "json_invalid":
        return None
    said = str(found["ctx"]["error"])
    place = _PLACE.search(said)
    line, column = map(int, place.groups()) if place else (1, 0)
    said = _PLACE.sub("", said)
    if "recursion" in said:
        said = "nested too deeply"
    elif said.startswith("EOF"):
        said = f"cut off {said.removeprefix('EOF ')}"
    elif "surrogate" in said or "hex escape" in said:
        said = "a \\u escape stands for half a character"
    return line, f"is not JSON ({said}, column {column})"


def read_yaml(path: Path, record: type[R]) -> R:
    """One record from a YAML file. Raises DataError naming file, line and field."""
    problems = Problems(path)
    text = _whole(path, MAX_YAML_BYTES, problems)
    try:
        tree = parse(text.decode())
    except YamlProblem as problem:
        problems.add(problem.line, "", problem.message)
        raise problems.error() from None
    try:
        # JSON mode, so that lists become tuples under strict validation as they do everywhere else.
        return record.model_validate_json(json.dumps(tree.content))
    except ValidationError as error:
        if tree.root is None:
            problems.add(None, "", "is empty")
        else:
            problems.add_invalid(tree.line_of, error, tree.content)
    raise problems.error()


def read_json(path: Path, record: type[R]) -> R:
    """One record from a JSON file. Raises DataError naming file, line and field."""
    problems = Problems(path)
    text = _whole(path, MAX_JSON_BYTES, problems)
    try:
        return record.model_validate_json(text)
    except ValidationError as error:
        if not text.strip():
            problems.add(None, "", "is empty")
        elif broken := _broken_json(error):
            problems.add(broken[0], "", broken[1])
        else:
            problems.add_invalid(_line_finder(text), error, from_json(text))
    raise problems.error()


def _line_finder(text: bytes) -> Callable[[Loc], int | None]:
    """Tells lines of JSON by reading it as YAML, which almost all JSON is; otherwise no lines."""
    try:
        return parse(text.decode()).line_of if len(text) <= MAX_LOCATED_BYTES else lambda loc: None
    except YamlProblem:
        return lambda loc: None


def _whole(path: Path, limit: int, problems: Problems) -> bytes:
    """The text of a file of bounded size. Raises what is wrong with it as a text."""
    lines, size = list[bytes](), 0
    for _, line in read_lines(path, problems):
        lines.append(line)
        size += len(line) + 1
        if size > limit:
            problems.add(None, "", f"is larger than {limit // 2**20} MB")
            break
    problems.check()
    return b"\n".join(lines)


def write_json(path: Path, content: BaseModel) -> None:
    """Writes a record as JSON; see `write_text`."""
    write_text(path, content.model_dump_json(indent=2, by_alias=True) + "\n")


def part_of(path: Path) -> Path:
    """The neighbour that a file is written as, before it takes its place.

    >>> part_of(Path("answer/answers.jsonl")).as_posix()
    'answer/.answers.jsonl.part'
    """
    return path.with_name(f".{path.name}.part")


def write_text(path: Path, text: str) -> None:
    """Writes a file whole or not at all: a neighbour, synced, then renamed. Raises ResultError."""
    part = part_of(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.unlink(missing_ok=True)  # it may be a link, put there to have another file written
        with part.open("x", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        raise ResultError(f"cannot write {path}: {os_message(error)}") from error
