"""What may be done with other people's texts: the sources of a data set, each with its licence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from weval.build.recipe import Recipe
from weval.build.records import Draft
from weval.build.releasing.datacard import CARD, DataCard, SeedSource
from weval.build.sections import SeedSet
from weval.build.seeding.sources import HUB_SETS, source_of
from weval.build.starting import start_of
from weval.files import Problems, is_file, read_json, read_jsonl, read_yaml
from weval.tasks import Task, TaskSpec, read_spec, task_names
from weval.tasks.spec import TASK

NOT_STATED = "not stated"


def sources_of(recipe: Recipe, home: Path, drafts: Path, items: frozenset[str]) -> tuple[SeedSource, ...]:
    """The sources of a data set, with how many of the items came from each.

    Sources that the drafts name and the recipe does not, as after a change of the recipe, are sources as well. A
    licence that the recipe states for a set takes the place of the usual one: who states it answers for it.
    Raises ConfigError, DataError.
    """
    counts = _counts(drafts, items)
    if recipe.requirements.how == "task":
        task = start_of(recipe, home)
        others = _others(counts, {task.name})
        return (_task(recipe, home, task, len(items) - sum(one.n_items or 0 for one in others)), *others)
    names = Counter(source_of(one) for one in recipe.seeds.sets)
    is_told = counts.total() == len(items)
    known = (counts[name] if is_told and names[name] == 1 else None for name in map(source_of, recipe.seeds.sets))
    sets = tuple(_set(one, n_items) for one, n_items in zip(recipe.seeds.sets, known, strict=True))
    return (*sets, *_others(counts, names))


def warnings_of(sources: tuple[SeedSource, ...]) -> Iterator[str]:
    """What who wants to publish the data set must know of its sources."""
    for source in sources:
        if not source.redistributable:
            yield f"{source.name}: its licence forbids to pass its texts on ({source.licence})"
        elif source.licence == NOT_STATED:
            yield f"{source.name}: nobody stated under which licence its texts are"


def _set(one: SeedSet, n_items: int | None) -> SeedSource:
    hub = HUB_SETS.get(one.source)
    usual = _usual(one.source if hub else source_of(one))
    return SeedSource(
        name=usual.name,
        licence=one.licence or usual.licence,
        revision=one.revision or (hub.revision if hub and one.path is None else None),
        n_items=n_items,
        redistributable=n_items == 0 or one.licence is not None or usual.redistributable,
    )


def _usual(source: str) -> SeedSource:
    """What is known of a source by the name that seeds give it."""
    hub = HUB_SETS.get(source)
    if hub is None:
        return SeedSource(name=source, licence=NOT_STATED)
    return SeedSource(name=hub.name, licence=hub.licence, redistributable=hub.redistributable)


def _others(counts: Mapping[str, int], named: Collection[str]) -> tuple[SeedSource, ...]:
    """What drafts name and the recipe does not."""
    return tuple(
        _usual(source).model_copy(update={"n_items": n_items})
        for source, n_items in sorted(counts.items())
        if source not in named
    )


def _task(recipe: Recipe, home: Path, task: Task, n_items: int) -> SeedSource:
    """The task that a build starts from, which says its licence itself; a file of items does not.

    An exported folder says in its card whether its own texts may be passed on, and so do items in one.
    """
    target = recipe.requirements.task or ""
    folder = home / target if (home / target).is_dir() else (home / target).parent
    licence, kept = NOT_STATED, list[SeedSource]()
    if target in task_names():
        licence = read_spec(target).licence
    elif is_file(folder / TASK):
        licence = read_yaml(folder / TASK, TaskSpec).licence
        card = read_json(folder / CARD, DataCard) if is_file(folder / CARD) else None
        kept = [one for one in card.sources if not one.redistributable] if card else []
    return SeedSource(
        name=task.name,
        licence="; ".join([licence, *(f"{one.name}: {one.licence}" for one in kept)]),
        revision=task.version,
        n_items=n_items,
        redistributable=not kept,
    )


def _counts(drafts: Path, items: frozenset[str]) -> Counter[str]:
    """How many items came from each source, of those whose drafts are here and say so."""
    if not is_file(drafts):
        return Counter()
    problems = Problems(drafts)
    rows = (draft for _, draft in read_jsonl(drafts, Draft, problems))
    counts = Counter(draft.source for draft in rows if draft.id in items and draft.source)
    problems.check()
    return counts
