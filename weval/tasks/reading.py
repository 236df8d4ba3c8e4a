"""Items as they lie in files: in which layout, one by one, and all of them checked once."""

from __future__ import annotations

import json
from array import array
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic_core import from_json

from weval.errors import DataError
from weval.files import Problems, one_line, read_lines
from weval.idtable import IdTable
from weval.tasks.arrow import column_names, format_of, with_tuples
from weval.tasks.released import COLUMNS as RELEASED
from weval.tasks.released import DataOptions, Layout, only_counts
from weval.tasks.shards import Shards
from weval.tasks.tables import Row, ShardProblems, Unmendable, table_rows
from weval.types import Item

COLUMNS = tuple(Item.model_fields)


def layout_of(shards: Shards, options: DataOptions) -> Layout:
    """The layout asked for, or the one that the columns, or the keys of the first record, of the first file have.

    Raises DataError where it is a web page, or has columns of neither.
    """
    if options.layout != "auto":
        return options.layout
    path, problems = shards.files[0], ShardProblems(shards)
    problems.path = path
    if format_of(path) != "jsonl":
        return _layout_of_columns(column_names(path, problems), shards.shown(path))
    first = next((line for _, line in read_lines(path, Problems(path))), b"")
    if first.lstrip().lower().startswith((b"<!doctype", b"<html")):
        raise DataError(f"{shards.shown(path)}: is a web page, not a file of items")
    try:
        keys = json.loads(first)
    except (ValueError, RecursionError):
        return "items"  # whose reader says what is wrong
    return "released" if isinstance(keys, dict) and "prompt" in keys and "candidates" not in keys else "items"


def _layout_of_columns(names: list[str], shown: str) -> Layout:
    known = {*COLUMNS, *RELEASED}.intersection(names)
    if names and not known:
        raise DataError(
            f"{shown}: has the columns {one_line(', '.join(names), 200)}; items have {', '.join(COLUMNS)}; "
            f"the released layout has {', '.join(RELEASED)}"
        )
    return "released" if known & {*RELEASED} and not known & {"requirements", "candidates"} else "items"


def items_in(shards: Shards, problems: ShardProblems) -> Iterator[tuple[int, Item]]:
    """Every sound item in our layout with its row in its file; `problems.path` is that file meanwhile."""
    for file in shards.files:
        problems.path = file
        if format_of(file) != "jsonl" and (
            strange := [name for name in column_names(file, problems) if name not in COLUMNS]
        ):
            for name in strange:  # a slip, as "kategory", would go unseen
                problems.add(None, name, "is not a known column")
            continue
        yield from table_rows(file, Item, COLUMNS, problems, _with_checks)


def _with_checks(row: Row) -> Row:
    """A row whose checks are as JSON has them: in columns they are its text, or a struct of the keys of all kinds."""
    requirements = row.get("requirements")
    for at, requirement in enumerate(requirements if isinstance(requirements, tuple) else ()):
        if isinstance(requirement, dict) and (check := requirement.get("check")) is not None:
            requirement["check"] = _parsed(check, at) if isinstance(check, str) else _without_nulls(check)
    return row


def _parsed(text: str, at: int) -> Any:  # noqa: ANN401 - any JSON
    try:
        return with_tuples(from_json(text))
    except ValueError as error:
        raise Unmendable(f"requirements[{at}].check", f"is not JSON ({error}): {one_line(text, 60)}") from error


def _without_nulls(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, dict):
        return {name: _without_nulls(inside) for name, inside in value.items() if inside is not None}
    return tuple(map(_without_nulls, value)) if isinstance(value, tuple) else value


def shape_of(item: Item) -> tuple[int, int]:
    """How many candidates and requirements an item has."""
    return len(item.candidates), len(item.requirements)


def checked(shards: Shards, gold: str) -> tuple[Counter[tuple[int, int]], tuple[str, ...]]:
    """Reads every item once, so that nothing is wrong later. Returns how many there are of each shape, and notices.

    Memory is some 40 bytes an item. Raises DataError.
    """
    problems = ShardProblems(shards)
    n_only_counts, shapes = 0, Counter[tuple[int, int]]()
    ids, rows, begins = IdTable(), array("q"), dict[Path, int]()
    for row, item in items_in(shards, problems):
        begins.setdefault(problems.path, ids.add(item.id))
        rows.append(row)
        shapes[shape_of(item)] += 1
        kept = [candidate.gold for candidate in item.candidates]
        if gold == "distinct" and len(set(kept)) < len(kept):
            problems.add(row, "candidates", f"kept counts tie ({kept}); --set gold=partial if meant")
        elif len(set(kept)) == 1:
            problems.add(row, "candidates", f"all keep {kept[0]} of the requirements; nothing to rank")
        n_only_counts += sum(isinstance(candidate.kept, int) for candidate in item.candidates)
    for first, again in ids.repeats():
        there, here = (_file_of(at, begins) for at in (first, again))
        where = f"line {rows[first]}" if there == here else f"{shards.shown(there)}:{rows[first]}"
        problems.of(here, rows[again], "id", f"{ids[again]!r} is already the id of {where}")
    problems.check()
    return shapes, only_counts(n_only_counts)


def _file_of(at: int, begins: dict[Path, int]) -> Path:
    """The file of an item, of which `begins` says the number of each file's first."""
    return max((begin, path) for path, begin in begins.items() if begin <= at)[1]
