"""The released layout: one row per candidate (prompt, chosen or response, constraint, instruction_id_list).

The paper's own script takes every five consecutive rows for one query and looks only at how many ids a row lists. Here
rows are grouped by their query, whatever their order; `group_size` asks for consecutive rows instead, and refuses to
mix queries. What a row leaves open is said in a notice, what cannot be grouped is an error with its line.
Source: Rainier-rq1/From_Coarse_to_Fine at 9e31c7c, WEval/cal_corr.py and WRL/verl/data/writing_subset.parquet.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AliasChoices, BaseModel, ConfigDict, Field

from weval.errors import DataError
from weval.randomness import generator
from weval.tasks.shards import Shards
from weval.tasks.tables import ShardProblems, table_rows
from weval.types import MAX_RESPONSE_CHARS, Candidate, Id, Item, Record, Requirement, Text

Layout = Literal["auto", "items", "released"]
COLUMNS = ("prompt", "chosen", "response", "constraint", "instruction_id_list")
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
    """A row, its file and line, its instruction without requirements, and those found at the end of its prompt."""

    shard: Path
    line: int
    row: _Row
    instruction: str
    in_prompt: tuple[str, ...]

    @property
    def place(self) -> tuple[Path, int]:
        """Where it stands, as problems say it."""
        return self.shard, self.line


@dataclass(frozen=True, slots=True)
class Converted:
    """Items in our layout, and what the user should know about the conversion."""

    items: tuple[Item, ...]
    notices: tuple[str, ...]


def convert(shards: Shards, options: DataOptions) -> Converted:
    """Reads files in the released layout, whose rows follow one another.

    Raises DataError with every problem, at most twenty, by line.
    """
    problems = ShardProblems(shards)
    rows = [one for file in shards.files for one in _rows_of(file, problems)]
    problems.check()
    groups = _consecutive(rows, options.group_size, problems) if options.group_size else _by_query(rows, problems)
    problems.check()
    groups, notices = _without_broken_answers(groups, options.max_response_chars or sys.maxsize)
    items = tuple(_items(groups, options, problems))
    problems.check()
    if not items:
        raise DataError(f"{shards.shown(shards.whole)}: no query is left")
    return Converted(items, tuple([*notices, *_readings(groups, items)]))


def _rows_of(shard: Path, problems: ShardProblems) -> Iterator[_Placed]:
    problems.path = shard
    for line, row in table_rows(shard, _Row, COLUMNS, problems):
        yield _placed(shard, line, row)


def _placed(shard: Path, line: int, row: _Row) -> _Placed:
    """Takes the requirements off the end of the prompt, in whatever order they were put there."""
    rest, found = row.prompt.rstrip(), list[str]()
    longest_first = sorted(row.constraint, key=len, reverse=True)
    while ending := next((c for c in longest_first if rest.endswith(c) and c not in found and rest.strip() != c), None):
        found.append(ending)
        rest = rest[: -len(ending)].rstrip()
    return _Placed(shard, line, row, rest, tuple(found))


def _consecutive(rows: Sequence[_Placed], size: int, problems: ShardProblems) -> list[list[_Placed]]:
    if odd := len(rows) % size:
        problems.of(*rows[-odd].place, "prompt", f"the last {odd} of {len(rows)} rows do not fill a query of {size}")
    groups = [list(rows[start : start + size]) for start in range(0, len(rows) - odd, size)]
    for group in groups:
        full = max(group, key=lambda placed: placed.row.n_kept)
        for placed in group:
            if not _same_query(placed, full):
                problems.of(
                    *placed.place, "prompt", f"is another query than line {full.line}; group_size={size} mixes them"
                )
    return groups


def _same_query(placed: _Placed, full: _Placed) -> bool:
    """Whether a row can be of the full row's query: no requirement of its own, and the same beginning."""
    known = set(placed.row.constraint) <= set(full.row.constraint)
    return known and (placed.row.prompt.startswith(full.instruction) or full.row.prompt.startswith(placed.instruction))


def _by_query(rows: Sequence[_Placed], problems: ShardProblems) -> list[list[_Placed]]:
    """Groups rows of one instruction by the widest set of requirements that theirs are part of."""
    same_instruction: dict[str, list[_Placed]] = {}
    for placed in rows:
        same_instruction.setdefault(placed.instruction, []).append(placed)
    groups: list[list[_Placed]] = []
    for same in same_instruction.values():
        sets = {frozenset(placed.row.constraint) for placed in same}
        queries: dict[frozenset[str], list[_Placed]] = {
            wide: [] for wide in sets if not any(wide < other for other in sets)
        }
        for placed in same:
            homes = [wide for wide in queries if wide.issuperset(placed.row.constraint)]
            if len(homes) == 1:
                queries[homes[0]].append(placed)
            else:
                problems.of(*placed.place, "prompt", f"fits {len(homes)} queries; {_REGROUP}")
        groups += [group for wide, members in queries.items() for group in _one_full(len(wide), members, problems)]
    order = {id(placed): number for number, placed in enumerate(rows)}
    return sorted(groups, key=lambda group: order[id(group[0])])


_LEAVE_OUT = "--set max_response_chars=N leaves out queries with a longer answer"
_REGROUP = "--set group_size=N takes each N consecutive rows for one query"


def _one_full(width: int, members: list[_Placed], problems: ShardProblems) -> Iterator[list[_Placed]]:
    """The rows of one query as a group, if exactly one of them kept everything."""
    full = [placed for placed in members if placed.row.n_kept == width]
    if len(full) == 1:
        yield members
        return
    for placed in members:
        how_many = f"{len(full)} rows" if full else "no row"
        problems.of(*placed.place, "prompt", f"{how_many} of its query kept all {width} requirements; {_REGROUP}")


def _without_broken_answers(groups: list[list[_Placed]], limit: int) -> tuple[list[list[_Placed]], list[str]]:
    kept = [group for group in groups if all(len(placed.row.response) <= limit for placed in group)]
    left_out = len(groups) - len(kept)
    notice = f"left out {left_out} of {len(groups)} queries: an answer longer than {limit:,} characters"
    return kept, [notice] if left_out else []


def _items(groups: list[list[_Placed]], options: DataOptions, problems: ShardProblems) -> Iterator[Item]:
    usual = Counter(len(group) for group in groups).most_common(1)[0][0] if groups else 0
    for number, group in enumerate(groups, start=1):
        ordered = sorted(group, key=lambda placed: -placed.row.n_kept)
        faults = list(_faults(group[0], ordered, usual, options))
        for fault in faults:
            problems.of(*fault[0].place, *fault[1:])
        if not faults:
            yield _item(f"q{number:04d}", ordered, options)


def _faults(
    first: _Placed, ordered: list[_Placed], usual: int, options: DataOptions
) -> Iterator[tuple[_Placed, str, str]]:
    """Why rows are no item: row, field, message. `ordered` has the row that kept most in front."""
    full, counts = ordered[0], [placed.row.n_kept for placed in ordered]
    texts = full.row.constraint
    if len(ordered) < 2:
        yield first, "prompt", "no other row has this query: there is nothing to rank"
    elif len(ordered) != usual:
        yield first, "prompt", f"its query has {len(ordered)} rows, the others have {usual}"
    if not full.instruction:
        yield full, "prompt", "is blank"
    if counts[0] != len(texts):
        yield full, "instruction_id_list", f"lists {counts[0]}, and no row of this query lists all {len(texts)}"
    if options.gold == "distinct" and len(set(counts)) < len(counts):
        yield full, "instruction_id_list", f"kept counts tie ({counts}); --set gold=partial if meant"
    elif len(set(counts)) == 1 < len(counts):
        yield full, "instruction_id_list", f"all rows of this query list {counts[0]}; nothing to rank"
    if len(set(texts)) < len(texts):
        yield full, "constraint", "names a requirement twice"
    for placed in ordered:
        if (length := len(placed.row.response)) > MAX_RESPONSE_CHARS:
            yield placed, "response", f"has {length:,} characters; {_LEAVE_OUT}"


def _item(name: str, ordered: list[_Placed], options: DataOptions) -> Item:
    full = ordered[0]
    texts = list(full.row.constraint)
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
    if any(len({len(placed.row.constraint) for placed in group}) > 1 for group in groups):
        yield (
            "rows carry only the requirements they kept; all candidates are judged on the full row's "
            "(--set judged_on=own judges each on its own)"
        )
    yield from only_counts(sum(isinstance(c.kept, int) for item in items for c in item.candidates))


def only_counts(n_candidates: int) -> tuple[str, ...]:
    """The notice that so many candidates say how many requirements they kept and not which."""
    said = "candidates say only how many requirements they kept, not which: no reading for their items"
    return (f"{n_candidates} {said}",) if n_candidates else ()
