"""Files read with suspicion and written whole: JSON Lines, YAML and JSON in; JSON out; hashes."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from weval.errors import DataError, ResultError

MAX_LINE_BYTES = 32 * 2**20
MAX_YAML_BYTES = 2**20
MAX_PROBLEMS = 20
_CHUNK = 2**20

R = TypeVar("R", bound=BaseModel)
Loc = tuple[int | str, ...]
"""The path of a field inside a record, as pydantic names it."""


class Problems:
    """What is wrong with one file, a line per problem, at most twenty; `check()` raises them together."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lines: list[str] = []
        self.n_found = 0

    def add(self, line: int | None, field: str, message: str) -> None:
        """Notes one problem."""
        self.n_found += 1
        if len(self.lines) < MAX_PROBLEMS:
            where = f"{self.path}:{line}" if line else str(self.path)
            self.lines.append(one_line(f"{where}: {field}: {message}" if field else f"{where}: {message}"))

    def add_invalid(self, line_of: Callable[[Loc], int | None], error: ValidationError) -> None:
        """Notes everything that pydantic found in one record; `line_of` tells on which line a field stands."""
        for found in error.errors(include_url=False, include_input=False):
            message = found["msg"].removeprefix("Value error, ")
            self.add(line_of(found["loc"]), _field_name(found["loc"]), message[:1].lower() + message[1:])

    def error(self) -> DataError:
        """All problems as one error."""
        more = self.n_found - len(self.lines)
        return DataError([*self.lines, f"{self.path}: and {more} more problems"] if more else self.lines)

    def check(self) -> None:
        """Raises the problems, if there are any."""
        if self.lines:
            raise self.error()


def one_line(text: str, limit: int = 400) -> str:
    """The text with everything that could move a terminal's cursor made visible, cut to a length."""
    shown = "".join(c if c.isprintable() else repr(c)[1:-1] for c in text[:limit])
    return shown + "…" if len(text) > limit else shown


def _field_name(loc: Loc) -> str:
    name = ""
    for part in loc:
        name += f"[{part}]" if isinstance(part, int) else f".{part}" if name else str(part)
    return name


def os_message(error: OSError) -> str:
    """What the operating system says, without Python's dressing."""
    return error.strerror or type(error).__name__


def read_lines(path: Path, problems: Problems) -> Iterator[tuple[int, bytes]]:
    """Lines of a UTF-8, LF-ended text file with their numbers; what breaks that rule is a problem and ends the file."""
    try:
        if not path.is_file():
            problems.add(None, "", "is not a regular file" if path.exists() else "no such file")
            return
        with path.open("rb") as file:
            number = 0
            while line := file.readline(MAX_LINE_BYTES + 1):
                number += 1
                if complaint := _line_complaint(line, number):
                    problems.add(number, "", complaint)
                    return
                yield number, line
    except OSError as error:
        problems.add(None, "", os_message(error))


def _line_complaint(line: bytes, number: int) -> str | None:
    if len(line) > MAX_LINE_BYTES:
        return f"the line is longer than {MAX_LINE_BYTES // 2**20} MB"
    if number == 1 and line.startswith(b"\xef\xbb\xbf"):
        return "starts with a byte order mark; save it as UTF-8 without one"
    if line.endswith(b"\r\n"):
        return "lines end in CRLF; convert to LF (a file is identified by the hash of its bytes)"
    try:
        line.decode("utf-8")
    except UnicodeDecodeError as error:
        return f"is not UTF-8 (byte {error.start + 1} of the line)"
    return None


def read_jsonl(path: Path, record: type[R], problems: Problems) -> Iterator[tuple[int, R]]:
    """The valid records of a JSON Lines file with their line numbers; the invalid ones go to `problems`.

    Reading stops early once twenty problems are known. Callers call `problems.check()` when they have added theirs.
    """
    seen_any = False
    for number, line in read_lines(path, problems):
        seen_any = True
        if problems.n_found >= MAX_PROBLEMS:
            return
        if not line.strip():
            problems.add(number, "", "is empty; one JSON object per line")
            continue
        try:
            yield number, record.model_validate_json(line)
        except ValidationError as error:
            problems.add_invalid(lambda loc: number, error)  # noqa: B023 - called before the next line is read
    if not seen_any and not problems.lines:
        problems.add(None, "", "is empty")


class _StrictLoader(yaml.SafeLoader):
    """Safe YAML without aliases (they can blow up) and without silently repeated keys."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.events.AliasEvent):
            raise yaml.YAMLError("aliases are not allowed")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value]
        if repeated := sorted({str(k) for k in keys if keys.count(k) > 1}):
            raise yaml.MarkedYAMLError(problem=f"key {repeated[0]!r} appears twice", problem_mark=node.start_mark)
        return super().construct_mapping(node, deep)


def read_yaml(path: Path, record: type[R]) -> R:
    """One record from a YAML file. Raises DataError naming file, line and field."""
    problems = Problems(path)
    text = b"".join(line for _, line in read_lines(path, problems))
    if len(text) > MAX_YAML_BYTES:
        problems.add(None, "", f"is larger than {MAX_YAML_BYTES // 2**20} MB")
    problems.check()
    root: yaml.Node | None = None
    try:
        root = yaml.compose(text, _StrictLoader)
        # JSON mode, so that lists become tuples under strict validation as they do everywhere else.
        return record.model_validate_json(json.dumps(yaml.load(text, _StrictLoader)))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problems.add(mark.line + 1 if mark else None, "", getattr(error, "problem", None) or str(error))
    except RecursionError:
        problems.add(None, "", "is nested too deeply")
    except TypeError as error:
        problems.add(None, "", f"holds a value that JSON cannot express ({error}); put dates in quotes")
    except ValidationError as error:
        problems.add_invalid(lambda loc: _yaml_line(root, loc), error)
    raise problems.error()


def _yaml_line(node: yaml.Node | None, loc: Loc) -> int | None:
    """The line of a field: as deep as the document follows the field's path."""
    line = node.start_mark.line + 1 if node else None
    for part in loc:
        if isinstance(node, yaml.MappingNode):
            pairs = [(key, value) for key, value in node.value if key.value == part]
            if not pairs:
                continue  # a discriminator's tag, or the name of a missing key
            key, node = pairs[0]
            line = key.start_mark.line + 1
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
    return line


def read_json(path: Path, record: type[R]) -> R:
    """One record from a JSON file. Raises DataError naming file and field."""
    problems = Problems(path)
    text = b"".join(line for _, line in read_lines(path, problems))
    problems.check()
    try:
        return record.model_validate_json(text)
    except ValidationError as error:
        problems.add_invalid(lambda loc: None, error)
    raise problems.error()


def write_json(path: Path, content: BaseModel) -> None:
    """Writes a record as JSON; see `write_text`."""
    write_text(path, content.model_dump_json(indent=2, by_alias=True) + "\n")


def write_text(path: Path, text: str) -> None:
    """Writes a file whole or not at all: a neighbour, synced, then renamed. Raises ResultError."""
    part = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("w", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        raise ResultError(f"cannot write {path}: {os_message(error)}") from error


def sha256_of(path: Path) -> str:
    """The sha256 of a file's bytes, in hex."""
    return _digest(path, hashlib.sha256())


def git_blob_of(path: Path) -> str:
    """The hash git gives a file's content: sha1 over 'blob SIZE\\0' and the bytes."""
    return _digest(path, hashlib.sha1(b"blob %d\0" % path.stat().st_size, usedforsecurity=False))


def _digest(path: Path, digest: hashlib._Hash) -> str:
    with path.open("rb") as file:
        read: Callable[[], bytes] = lambda: file.read(_CHUNK)  # noqa: E731
        for chunk in iter(read, b""):
            digest.update(chunk)
    return digest.hexdigest()
