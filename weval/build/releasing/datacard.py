"""The data card as a record: what the data set is, how it came about, what was left out, and what its gold is worth."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from weval.build.records import Spent
from weval.build.verifying.findings import Findings
from weval.types import Count, Id, Record, Text

CARD = "card.json"


class SeedSource(Record):
    """Where texts of users come from. `n_items` is null where items do not say which of them are from here.

    `redistributable` is false where the licence forbids to pass the texts on.
    """

    name: Text
    licence: Text
    revision: Text | None = None
    n_items: Count | None = None
    redistributable: bool = True


class StepCard(Record):
    """A step: what it made and left out, of which settings, by which models, for how much.

    `replies` counts what a model said by what was wrong with it, "sound" where nothing was: bad ones are counted here
    even where a later reply was taken.
    `by_hand` names files that were edited since, or put there by somebody; `files` hold a sha256 each, as they are now.
    """

    step: Id
    n_rows: Count
    left_out: dict[str, Count]
    replies: dict[str, Count]
    spent: Spent
    models: dict[str, Any]
    settings: dict[str, Any]
    files: dict[str, str]
    by_hand: tuple[str, ...]
    version: Text
    created: Text


class DataCard(Record):
    """card.json. `items_sha256` is that of the exported items; `audit` is what `weval audit --json` says of them.

    Counts are by category, language, requirement type and number of requirements kept; what has none is under "-".
    """

    form: Literal[1] = 1
    name: Id
    version: Id
    title: Text
    description: Text
    licence: Text
    weval: Text
    items_sha256: str = Field(pattern="^[0-9a-f]{64}$")
    n_items: Count
    n_candidates: Count
    n_requirements: Count
    categories: dict[str, Count]
    languages: dict[str, Count]
    requirement_types: dict[str, Count]
    kept: dict[str, Count]
    sources: tuple[SeedSource, ...]
    redistributable: bool
    steps: tuple[StepCard, ...]
    spent: Spent
    findings: Findings | None
    audit: dict[str, Any]
    warnings: tuple[str, ...]
