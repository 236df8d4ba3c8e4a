"""Versions of a query: the first keeps all n requirements, the k-th drops k - 1 of them, the last keeps one.

Independent dropout draws the dropped ones of each version anew, as in the paper (section 3.1.2); nested dropout drops
what the version before did, and one more. Only independent dropout leaves pairs of which each kept what the other
dropped, which `reading` needs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from weval.build.recipe import Recipe
from weval.build.records import Draft, Query
from weval.build.starting import items_of, task_inputs
from weval.build.step import Work
from weval.randomness import generator
from weval.types import joined

LEAST = 2
"""Different numbers of kept requirements that make a ranking."""


def inputs(recipe: Recipe, home: Path) -> Mapping[str, str]:
    """The task whose kept sets are taken, with its hash."""
    return task_inputs(recipe, home) if recipe.dropout.how == "task" else {}


def make(work: Work) -> Iterator[Query]:
    """n versions of each draft, best first. Drafts that the task has no kept sets of are left out, and those with
    nothing to rank, before anybody is paid for answers to them.
    """
    section = work.recipe.dropout
    given = {item.id: item for item in items_of(work.recipe, work.home)} if section.how == "task" else {}
    for draft in work.read("requirements", Draft, lambda draft: draft.id):
        ids = tuple(requirement.id for requirement in draft.requirements)
        if section.how == "task":
            item = given.get(draft.id)
            kept = {} if item is None else {c.id: c.kept for c in item.candidates if not isinstance(c.kept, int)}
            if item is None or len(kept) < len(item.candidates):
                work.leave_out(draft.id, "no_kept_sets", "the task does not say which requirements were kept")
                continue
            versions = {name: tuple(one for one in ids if one in set(each)) for name, each in kept.items()}
        else:
            drawn = kept_sets(ids, section.seed, draft.id, nested=section.how == "nested")
            versions = {f"a{number}": each for number, each in enumerate(drawn, start=1)}
        if len({len(each) for each in versions.values()}) < LEAST:
            work.leave_out(draft.id, "nothing_to_rank", "its versions keep equally many requirements, or there is one")
            continue
        for name, each in versions.items():
            texts = (requirement.text for requirement in draft.requirements if requirement.id in each)
            query = joined(draft.language, draft.instruction, *texts)
            yield Query(item_id=draft.id, candidate_id=name, kept=each, query=query)


def kept_sets(ids: tuple[str, ...], seed: int, item: str, *, nested: bool) -> Iterator[tuple[str, ...]]:
    """What each version keeps, all first, one last; by the seed and the item alone, in the order of `ids`.

    >>> [len(kept) for kept in kept_sets(("c1", "c2", "c3"), 0, "x", nested=False)]
    [3, 2, 1]
    """
    order = generator(seed, item, "dropout", "nested").permutation(len(ids))
    for n_dropped in range(len(ids)):
        if not nested:
            order = generator(seed, item, "dropout", str(n_dropped)).permutation(len(ids))
        dropped = {ids[place] for place in order[:n_dropped]}
        yield tuple(one for one in ids if one not in dropped)
