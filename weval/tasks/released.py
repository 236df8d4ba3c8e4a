"""The released layout: one row per candidate (prompt, chosen or response, constraint, instruction_id_list).

The paper's own script takes every five consecutive rows for one query and looks only at how many ids a row lists. Here
rows are grouped by their query, whatever their order; `group_size` asks for consecutive rows instead. What a row
leaves open is said in a notice, what cannot be grouped is an error with its line.
Source: Rainier-rq1/From_Coarse_to_Fine at 9e31c7c, WEval/cal_corr.py and WRL/verl/data/writing_subset.parquet.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, ValidationError

from weval.errors import DataError, missing_extra
from weval.files import Problems, one_line, os_message, read_jsonl
from weval.randomness import generator
from weval.types import Candidate, Id, Item, Record, Requirement, Text

Layout = Literal["auto", "items", "released"]
PARQUET_MAGIC = b"PAR1"
SHUFFLE_SEED = 0


class DataOptions(Record):
    """How a file of items is to be read."""

    layout: Layout = Field(default="auto", description="items, released, or told by the first record")
    gold: Literal["distinct", "partial"] = Field(default="distinct", description="partial admits ties in gold")
    group_size: int | None = Field(default=None, ge=2, description="released layout: so many consecutive rows a query")
    max_response_chars: int | None = Field(
        default=None, ge=1, description="released layout: leave out queries with a longer answer"
    )
    shuffle_requirements: bool = Field(
        default=False, description="released layout: for sources that added requirements one by one"
    )
    language: Id | None = Field(default=None, description="released layout: the language of all items")


class _Row(BaseModel):
    """One row of the released layout; other keys are other people's business."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")

    prompt: Text
    response: Annotated[str, Field(validation_alias=AliasChoices("chosen", "response"))]
    constraint: Annotated[tuple[Text, ...], Field(min_length=1)]
    instruction_id_list: tuple[Id, ...]

    @property
    def n_kept(self) -> int:
        return len(self.instruction_id_list)


@dataclass(frozen=True, slots=True)
class _Placed:
    """A row, its line, its instruction without requirements, and those found at the end of its prompt."""

    line: int
    row: _Row
    instruction: str
    in_prompt: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Converted:
    """Items in our layout, and what the user should know about the conversion."""

    items: tuple[Item, ...]
    notices: tuple[str, ...]


def convert(path: Path, options: DataOptions) -> Converted:
    """Reads a file in the released layout. Raises DataError with every problem, at most twenty, by line."""
    problems = Problems(path)
    rows = [_placed(line, row) for line, row in _read_rows(path, problems)]
    problems.check()
    groups = _consecutive(rows, options.group_size, problems) if options.group_size else _by_query(rows, problems)
    problems.check()
    groups, notices = _without_broken_answers(groups, options.max_response_chars or sys.maxsize)
    items = tuple(_items(groups, options, problems))
    problems.check()
    if not items:
        raise DataError(f"{path}: no query is left")
    return Converted(items, tuple([*notices, *_readings(groups, items)]))


def _read_rows(path: Path, problems: Problems) -> Iterator[tuple[int, _Row]]:
    if not is_parquet(path):
        yield from read_jsonl(path, _Row, problems)
        return
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise missing_extra("pyarrow", "parquet", f"reading {path.name}") from error
    try:
        table = pyarrow.parquet.read_table(path)
    except (pyarrow.ArrowException, OSError) as error:
        problems.add(None, "", f"is not a readable Parquet file ({one_line(str(error), 120)})")
        return
    for number, row in enumerate(table.to_pylist(), start=1):
        # Parquet gives lists; strict records want what JSON would have given.
        try:
            yield number, _Row.model_validate({k: tuple(v) if isinstance(v, list) else v for k, v in row.items()})
        except ValidationError as error:
            problems.add_invalid(lambda loc: number, error)  # noqa: B023 - called before the next row is read


def is_parquet(path: Path) -> bool:
    """Whether the file starts as every Parquet file does. Raises DataError where it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(len(PARQUET_MAGIC)) == PARQUET_MAGIC
    except OSError as error:
        raise DataError(f"{path}: {os_message(error).lower()}") from error


def _placed(line: int, row: _Row) -> _Placed:
    """Takes the requirements off the end of the prompt, in whatever order they were put there."""
    rest, found = row.prompt.rstrip(), list[str]()
    while ending := next((c for c in row.constraint if rest.endswith(c) and c not in found and rest != c), None):
        found.append(ending)
        rest = rest[: -len(ending)].rstrip()
    return _Placed(line, row, rest, tuple(found))


def _consecutive(rows: Sequence[_Placed], size: int, problems: Problems) -> list[list[_Placed]]:
    if odd := len(rows) % size:
        problems.add(rows[-odd].line, "", f"the last {odd} of {len(rows)} rows do not fill a query of {size}")
    return [list(rows[start : start + size]) for start in range(0, len(rows) - odd, size)]


def _by_query(rows: Sequence[_Placed], problems: Problems) -> list[list[_Placed]]:
    """Groups rows around those that kept everything: same instruction, and no requirement that the full row lacks."""
    widest: dict[str, int] = {}
    for placed in rows:
        widest[placed.instruction] = max(widest.get(placed.instruction, 0), len(placed.row.constraint))
    groups: dict[str, list[list[_Placed]]] = {}
    for placed in rows:
        if placed.row.n_kept == widest[placed.instruction]:
            groups.setdefault(placed.instruction, []).append([placed])
    for placed in rows:
        if placed.row.n_kept == widest[placed.instruction]:
            continue
        homes = [
            group
            for group in groups.get(placed.instruction, [])
            if set(placed.row.constraint) <= set(group[0].row.constraint)
        ]
        if len(homes) == 1:
            homes[0].append(placed)
        else:
            found = f"{len(homes)} rows" if homes else "no row"
            problems.add(
                placed.line, "prompt", f"{found} of the same query kept all requirements; --set group_size=N groups"
            )
    return [group for same in groups.values() for group in same]


def _without_broken_answers(groups: list[list[_Placed]], limit: int) -> tuple[list[list[_Placed]], list[str]]:
    kept = [group for group in groups if all(len(placed.row.response) <= limit for placed in group)]
    left_out = len(groups) - len(kept)
    notice = f"left out {left_out} of {len(groups)} queries: an answer longer than {limit:,} characters"
    return kept, [notice] if left_out else []


def _items(groups: list[list[_Placed]], options: DataOptions, problems: Problems) -> Iterator[Item]:
    usual = Counter(len(group) for group in groups).most_common(1)[0][0] if groups else 0
    for number, group in enumerate(groups, start=1):
        if len(group) != usual:
            problems.add(group[0].line, "prompt", f"its query has {len(group)} rows, the others have {usual}")
            continue
        try:
            yield _item(f"q{number:04d}", group, options, problems)
        except ValidationError as error:
            problems.add_invalid(lambda loc: group[0].line, error)  # noqa: B023 - called at once


def _item(name: str, group: list[_Placed], options: DataOptions, problems: Problems) -> Item:
    ordered = sorted(group, key=lambda placed: -placed.row.n_kept)
    full = ordered[0]
    counts = [placed.row.n_kept for placed in ordered]
    if counts[0] != len(full.row.constraint):
        problems.add(full.line, "instruction_id_list", f"no row of this query keeps all {len(full.row.constraint)}")
    if options.gold == "distinct" and len(set(counts)) < len(counts):
        problems.add(full.line, "instruction_id_list", f"kept counts tie ({counts}); --set gold=partial if meant")
    texts = list(full.row.constraint)
    if len(set(texts)) < len(texts):
        problems.add(full.line, "constraint", "names a requirement twice")
    if options.shuffle_requirements:
        texts = [texts[i] for i in generator(SHUFFLE_SEED, full.instruction, *texts).permutation(len(texts))]
    ids = {text: f"c{i}" for i, text in enumerate(texts, start=1)}
    return Item(
        id=name,
        language=options.language,
        instruction=full.instruction,
        requirements=tuple(Requirement(id=id_, text=text) for text, id_ in ids.items()),
        candidates=tuple(
            Candidate(id=f"a{i}", kept=_kept(placed, full, ids), response=placed.row.response)
            for i, placed in enumerate(ordered, start=1)
        ),
    )


def _kept(placed: _Placed, full: _Placed, ids: dict[str, str]) -> tuple[str, ...] | int:
    """Which requirements a row kept: its own list, its prompt's, or by unique ids of the full row; else how many."""
    row = placed.row
    if len(row.constraint) == row.n_kept:
        kept = set(row.constraint)
    elif len(placed.in_prompt) == row.n_kept:
        kept = set(placed.in_prompt)
    else:
        names = full.row.instruction_id_list
        if len(set(names)) < len(names) or not set(row.instruction_id_list) <= set(names):
            return row.n_kept
        kept = {text for text, name in zip(full.row.constraint, names, strict=True) if name in row.instruction_id_list}
    return tuple(id_ for text, id_ in ids.items() if text in kept)


def _readings(groups: list[list[_Placed]], items: Sequence[Item]) -> Iterator[str]:
    if any(len(placed.row.constraint) < len(group[0].row.constraint) for group in groups for placed in group):
        yield (
            "rows carry only the requirements they kept; all candidates are judged on the full row's "
            "(--set judged_on=own judges each on its own)"
        )
    if unknown := sum(isinstance(c.kept, int) for item in items for c in item.candidates):
        yield f"{unknown} candidates do not say which requirements they kept, only how many: no reading for their items"
