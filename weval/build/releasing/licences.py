"""What may be done with other people's texts: the sources of a data set, each with its licence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from weval.build.recipe import Recipe
from weval.build.records import Draft
from weval.build.releasing.datacard import SeedSource
from weval.build.sections import SeedSet
from weval.build.seeding.sources import HUB_SETS, source_of
from weval.build.starting import start_of
from weval.files import Problems, is_file, read_jsonl, read_yaml
from weval.tasks import TaskSpec, read_spec, task_names
from weval.tasks.spec import TASK

NOT_STATED = "not stated"

NOT_PASSED_ON = frozenset({"lmsys-chat-1m"})
"""Data sets whose licence forbids to pass their texts on, or to host them."""


def sources_of(recipe: Recipe, home: Path, drafts: Path, items: frozenset[str]) -> tuple[SeedSource, ...]:
    """The sources of a data set, with how many of the items came from each.

    A licence that the recipe states for a set takes the place of the usual one: who states it answers for it.
    Raises ConfigError, DataError.
    """
    if recipe.requirements.how == "task":
        return (_task(recipe, home, len(items)),)
    counts = _counts(drafts, items)
    return tuple(_set(one, counts) for one in recipe.seeds.sets)


def warnings_of(sources: tuple[SeedSource, ...]) -> Iterator[str]:
    """What who wants to publish the data set must know of its sources."""
    for source in sources:
        if not source.redistributable:
            yield f"{source.name}: its licence forbids to pass its texts on ({source.licence})"
        elif source.licence == NOT_STATED:
            yield f"{source.name}: nobody stated under which licence its texts are"


def _set(one: SeedSet, counts: Mapping[str, int] | None) -> SeedSource:
    hub = HUB_SETS.get(one.source)
    n_items = None if counts is None else counts.get(source_of(one), 0)
    return SeedSource(
        name=hub.name if hub else source_of(one),
        licence=one.licence or (hub.licence if hub else NOT_STATED),
        revision=one.revision or (hub.revision if hub and one.path is None else None),
        n_items=n_items,
        redistributable=n_items == 0 or one.licence is not None or one.source not in NOT_PASSED_ON,
    )


def _task(recipe: Recipe, home: Path, n_items: int) -> SeedSource:
    """The task that a build starts from, which says its licence itself; a file of items does not."""
    task, target = start_of(recipe, home), recipe.requirements.task or ""
    described = home / target / TASK
    spec = None
    if target in task_names():
        spec = read_spec(target)
    elif is_file(described):
        spec = read_yaml(described, TaskSpec)
    return SeedSource(
        name=task.name, licence=spec.licence if spec else NOT_STATED, revision=task.version, n_items=n_items
    )


def _counts(drafts: Path, items: frozenset[str]) -> Counter[str] | None:
    """How many items came from each source; None where the drafts are not here, or do not say so of all."""
    if not is_file(drafts):
        return None
    problems, counts, n = Problems(drafts), Counter[str](), 0
    for _, draft in read_jsonl(drafts, Draft, problems):
        if draft.id in items and draft.source:
            counts[draft.source] += 1
            n += 1
    problems.check()
    return counts if n == len(items) else None
