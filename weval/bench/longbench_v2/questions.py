"""The file of questions: too large to be held, as its contexts have up to millions of words.

Objects are found by their braces, so that a list over many lines and an object a line are read alike; where each of
them stands is kept, and its context is read when it is asked about.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

from pydantic import ConfigDict, Field, ValidationError
from pydantic_core import from_json

from weval.bench.longbench_v2.choice import Choice
from weval.errors import DataError
from weval.files import Problems, os_message, what_it_is
from weval.types import Record, Text

_STRING_OR_BRACE = re.compile(rb'"(?:[^"\\]++|\\.)*+"|[{}"]', re.DOTALL)
_BETWEEN = re.compile(rb"\s*[\[,]?\s*")
_BEHIND = re.compile(rb"\s*\]?\s*")
_EMPTY = re.compile(rb"\s*(?:\[\s*\]\s*)?")
_SHOWN = 40


class Question(Record):
    """One question as it is published, with fields that nobody needs here left out."""

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)

    id: Annotated[Text, Field(alias="_id")]
    domain: Text
    sub_domain: str = ""
    difficulty: Literal["easy", "hard"]
    length: Literal["short", "medium", "long"]
    question: Text
    choice_A: Text
    choice_B: Text
    choice_C: Text
    choice_D: Text
    answer: Choice
    context: str = Field(min_length=1)
    """Up to millions of words."""


class Placed(NamedTuple):
    """Where a question stands in its file, in bytes."""

    start: int
    length: int


def questions(path: Path) -> Iterator[tuple[Placed, Question]]:
    """Every question with its place, one in memory at a time. Raises DataError with all that is wrong."""
    problems = Problems(path)
    seen: set[str] = set()
    with _mapped(path) as text:
        for place in _objects(text, problems):
            found = _question(text, place, problems)
            if found and found.id in seen:
                problems.add(_line(text, place.start), "_id", f"{found.id[:_SHOWN]!r} is there already")
            elif found:
                seen.add(found.id)
                yield place, found
    if not seen and not problems.lines:
        problems.add(None, "", "holds no questions")
    problems.check()


def context_of(path: Path, place: Placed, question: str) -> str:
    """The context of a question. Raises DataError where the file is not what it was."""
    problems = Problems(path)
    with _mapped(path) as text:
        found = _question(text, place, problems)
    if not found or found.id != question:
        raise DataError(f"{path}: was changed by somebody else while it was in use")
    return found.context


@contextmanager
def _mapped(path: Path) -> Iterator[mmap | bytes]:
    try:
        if not path.is_file():
            raise DataError(f"{path}: {what_it_is(path)}")
        with path.open("rb") as file:
            if not path.stat().st_size:  # of nothing there is no map
                yield b""
                return
            with mmap(file.fileno(), 0, access=ACCESS_READ) as text:
                yield text
    except OSError as error:
        raise DataError(f"{path}: {os_message(error)}") from error


def _objects(text: mmap | bytes, problems: Problems) -> Iterator[Placed]:
    """The outermost objects of a text, in one pass. What else is between them is a problem, and ends it."""
    depth = start = end = 0
    for token in _STRING_OR_BRACE.finditer(text):
        sign = text[token.start() : token.start() + 1]
        if sign == b"{":
            if not depth:
                start = token.start()
                if not _BETWEEN.fullmatch(text, end, start):
                    break
            depth += 1
        elif sign == b"}" and depth:
            depth -= 1
            if not depth:
                end = token.end()
                yield Placed(start, end - start)
        elif not depth or token.end() == token.start() + 1:  # a text outside objects, or one without an end
            break
    if depth or not (_BEHIND if end else _EMPTY).fullmatch(text, end):
        problems.add(_line(text, end), "", "is neither a JSON list of objects nor an object a line from here on")


def _question(text: mmap | bytes, place: Placed, problems: Problems) -> Question | None:
    content = text[place.start : place.start + place.length]
    try:
        return Question.model_validate_json(content)
    except ValidationError as error:
        line = _line(text, place.start)
        try:
            problems.add_invalid(lambda loc: line, error, from_json(content))
        except ValueError:
            problems.add(line, "", "is not JSON")
        return None


def _line(text: mmap | bytes, at: int) -> int:
    """The line that a place is on, from 1."""
    line, found = 1, text.find(b"\n", 0, at)
    while found >= 0:
        line, found = line + 1, text.find(b"\n", found + 1, at)
    return line
