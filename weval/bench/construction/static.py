"""Criteria that were written before any query was seen, as baselines: one set for all, and one for each field."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from weval.bench.construction.records import N_CRITERIA, Criterion
from weval.errors import ConfigError, unknown
from weval.files import read_yaml
from weval.rooms import room
from weval.types import Record

_Five = Annotated[tuple[Criterion, ...], Field(min_length=N_CRITERIA, max_length=N_CRITERIA)]


class Static(Record):
    """tasks/writingbench/criteria.yaml."""

    for_all: _Five = Field(alias="global")
    domains: dict[str, _Five]

    @model_validator(mode="after")
    def _names(self) -> Self:
        sets = {"global": self.for_all} | {f"domains.{domain}": five for domain, five in self.domains.items()}
        for where, five in sets.items():
            if len({criterion.name for criterion in five}) < len(five):
                raise ValueError(f"{where}: two criteria have one name")
        return self


def static_criteria(kind: Literal["global", "domain"], domain1: str | None = None) -> list[dict[str, str]]:
    """The five criteria of a kind, as WritingBench's dicts: for a query of any field, or for one of `domain1`.

    Raises ConfigError for a field that has none.
    """
    static = _read()
    if kind == "global":
        return [criterion.as_dict() for criterion in static.for_all]
    if domain1 is None:
        raise ConfigError("criteria of a domain: the query has no domain1")
    if domain1 not in static.domains:
        raise unknown("domain", domain1, static.domains)
    return [criterion.as_dict() for criterion in static.domains[domain1]]


@cache
def _read() -> Static:
    return read_yaml(room("tasks") / "writingbench" / "criteria.yaml", Static)
