"""WritingBench's files into items: queries with their criteria, and the three requirements with those about each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import AliasChoices, ConfigDict, Field

from weval.bench.construction.records import Criterion, Kind, Query
from weval.bench.construction.static import static_criteria
from weval.bench.data import BenchData
from weval.bench.items import BenchItem
from weval.bench.language import language_of
from weval.bench.writingbench.scoring import DOMAINS, REQUIREMENTS
from weval.errors import ConfigError, DataError
from weval.files import Problems, read_jsonl

_LANGUAGES = {"english": "en", "chinese": "zh", "cn": "zh"}


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryItem(BenchItem):
    """A query with what a response to it is scored by.

    `requirements` are those whose subset it is in, each with the names of the criteria about it.
    """

    criteria: tuple[Mapping[str, str], ...]
    requirements: Mapping[str, tuple[str, ...]]


class QueryRow(Query):
    """One line of a file. The first release calls the criteria `criteria`, what came later `checklist`."""

    model_config = ConfigDict(extra="ignore")

    checklist: tuple[Criterion, ...] | None = Field(
        default=None, min_length=1, validation_alias=AliasChoices("checklist", "criteria")
    )


def read_items(data: BenchData, kind: Kind) -> Iterator[QueryItem]:
    """The queries of a set, in the order of its file; where it has none of its own, the requirements' by index.

    `kind` says whose criteria they are scored by. Raises DataError naming file, line and field.
    """
    subsets = {name: subset for name in REQUIREMENTS if (subset := _subset(data, name)) is not None}
    rows = _rows(data.path("queries")) if "queries" in data.parts else _union(subsets)
    for subset in subsets.values():
        if unknown := [key for key in subset.rows if key not in rows]:
            raise DataError(f"{subset.path}:{subset.rows[unknown[0]][0]}: index {unknown[0]} is no query of the set")
    problems: dict[Path, Problems] = {}
    for key, (line, row, path) in rows.items():
        criteria, complaint = _criteria(row, kind)
        if complaint:
            problems.setdefault(path, Problems(path)).add(line, *complaint)
        language = _language(row)
        yield QueryItem(
            id=key,
            prompt=row.query,
            language=language,
            groups=_groups(row, language),
            criteria=criteria,
            requirements={name: subset.own.get(key, ()) for name, subset in subsets.items() if key in subset.rows},
        )
    for found in problems.values():
        found.check()


_Rows = dict[str, tuple[int, QueryRow, Path]]
"""By key, each with its line and its file."""


@dataclass(frozen=True, slots=True)
class _Subset:
    """The queries of a requirement (R), and by key the names of the criteria about it (C)."""

    path: Path
    rows: _Rows
    own: Mapping[str, tuple[str, ...]]


def _subset(data: BenchData, name: str) -> _Subset | None:
    """None where the set has not got the requirement. Queries of which no criterion is about it have no names."""
    path, own = data.maybe(f"{name}_R"), data.maybe(f"{name}_C")
    if path is None:
        return None
    about = _rows(own) if own else {}
    return _Subset(
        path, _rows(path), {key: tuple(one.name for one in row.checklist or ()) for key, (_, row, _) in about.items()}
    )


def _rows(path: Path) -> _Rows:
    problems, rows = Problems(path), _Rows()
    for line, row in read_jsonl(path, QueryRow, problems):
        if row.key in rows:
            problems.add(line, "index", f"{row.key!r} is on line {rows[row.key][0]} already")
        rows.setdefault(row.key, (line, row, path))
    problems.check()
    return rows


def _union(subsets: Mapping[str, _Subset]) -> _Rows:
    """The queries of all requirements, by index. Raises DataError where two files have one index for two queries."""
    found = _Rows()
    for subset in subsets.values():
        for key, (line, row, path) in subset.rows.items():
            _, first, elsewhere = found.setdefault(key, (line, row, path))
            if first.query != row.query:
                raise DataError(f"{path}:{line}: query: index {key} has another query in {elsewhere}")
    return dict(sorted(found.items(), key=lambda pair: (pair[1][1].index is None, pair[1][1].index or 0, pair[0])))


def _criteria(row: QueryRow, kind: Kind) -> tuple[tuple[Mapping[str, str], ...], tuple[str, str] | None]:
    """What a query is scored by; where there is nothing, field and complaint."""
    if kind == "query":
        if not row.checklist:
            return (), ("checklist", "is missing; weval bench criteria writes it")
        return tuple(criterion.as_dict() for criterion in row.checklist), None
    try:
        return tuple(static_criteria(kind, row.domain1)), None
    except ConfigError as error:
        return (), ("domain1", str(error))


def _language(row: QueryRow) -> str:
    said = (row.lang or "").lower()
    return _LANGUAGES.get(said, said) or language_of(row.query)


def _groups(row: QueryRow, language: str) -> dict[str, str]:
    """Labels of the breakdowns; domains by the numbers that they have in published tables, and so in their order."""
    domain = row.domain1
    if domain in DOMAINS:
        domain = f"D{DOMAINS.index(domain) + 1} {domain}"
    told = {"language": language, "domain1": domain, "domain2": row.domain2}
    return {name: label for name, label in told.items() if label}
