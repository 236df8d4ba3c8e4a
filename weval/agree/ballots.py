"""Ratings beside the items they are of: each item's rankings as an array, its labels beside the task's category."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from weval.adapters.recorded import OTHER_PAGE, strangers
from weval.errors import DataError
from weval.joined import TYPES
from weval.metrics import BoolArray, FloatArray, IntArray, pair_types, vote_counts
from weval.ratings import Ratings, is_shown_id
from weval.tasks import Task
from weval.types import Item

MAX_CANDIDATES = 30
"""Every two places are compared with each other, in every resample."""

MAX_LABELS = 200
"""More than these are no categories, but free text."""

Places = Mapping[str, Mapping[str, int]]
"""annotator -> candidate -> place from above."""


@dataclass(frozen=True, slots=True)
class Ballots:
    """The rankings of one item. `places` is (a, n), 0 the best, NaN unjudged; `votes` is what `vote_counts` gives.

    `gold` (n,) and `types` (n, n), codes of what sets two candidates apart, are None without a task, `types` also where
    nobody knows which requirements were kept.
    """

    annotators: tuple[str, ...]
    places: FloatArray
    votes: IntArray
    category: str | None = None
    gold: IntArray | None = None
    types: npt.NDArray[np.int8] | None = None

    @property
    def complete(self) -> BoolArray:
        """Which annotators ranked every candidate, (a,)."""
        found: BoolArray = np.asarray(~np.isnan(self.places).any(axis=1))
        return found


@dataclass(frozen=True, slots=True)
class Labelled:
    """The labels that annotators gave one instruction, and the task's own."""

    labels: Mapping[str, str]
    gold: str | None


@dataclass(slots=True)
class Matched:
    """All ratings that are of something, and what there is to say of the others."""

    ballots: list[Ballots] = field(default_factory=list)
    labelled: list[Labelled] = field(default_factory=list)
    notices: tuple[str, ...] = ()


def matched(ratings: Ratings, task: Task | None) -> Matched:
    """The ratings of the task's items, in task order; those of anything else are left out. Without a task, all.

    Raises DataError where none is left, or where there are too many candidates or labels to compare.
    """
    rated = _rated(ratings, task)
    found = Matched(notices=tuple(_left_out(ratings, rated)) if task else ())
    for name, item in rated.items():
        rankings = ratings.of(item) if item else ratings.rankings.get(name, {})
        candidates = (
            [c.id for c in item.candidates] if item else list(dict.fromkeys(c for r in rankings.values() for c in r))
        )
        known = _known(rankings, candidates)
        if known and len(candidates) > MAX_CANDIDATES:
            raise DataError(
                f"{ratings.path}: ranking: {name!r} has {len(candidates)} candidates; weval agree compares all pairs, "
                f"of at most {MAX_CANDIDATES}"
            )
        if known:
            found.ballots.append(_ballots(known, candidates, item))
        if name in ratings.categories:
            found.labelled.append(Labelled(ratings.categories[name], item.category if item else None))
    if task and not found.ballots and not found.labelled:
        example = min((*ratings.rankings, *ratings.categories))
        why = f"; {OTHER_PAGE}" if any(is_shown_id(candidate) for _, candidate in ratings.ranked()) else ""
        raise DataError(f"{ratings.path}: item_id: nothing in it is of an item of {task.name}, as {example!r}{why}")
    labels = {label for labelled in found.labelled for label in labelled.labels.values()}
    if len(labels) > MAX_LABELS:
        raise DataError(
            f"{ratings.path}: category: {len(labels):,} different labels; at most {MAX_LABELS} are compared"
        )
    return found


def _rated(ratings: Ratings, task: Task | None) -> dict[str, Item | None]:
    """The items that are rated, by name and in the order of the task; without one, all names."""
    names = dict.fromkeys((*ratings.rankings, *ratings.categories))
    return {item.id: item for item in task.items() if item.id in names} if task else names


def _left_out(ratings: Ratings, rated: Mapping[str, Item | None]) -> Iterator[str]:
    """What the file rates and the task does not have."""
    named = ((item, candidate, None) for item, candidate in ratings.ranked())
    yield from strangers(ratings.path.name, named, filter(None, rated.values()))
    if unknown := ratings.categories.keys() - rated.keys():
        of = f"{len(unknown):,} of {len(ratings.categories):,}"
        yield f"{ratings.path.name}: {of} categories are for no item of this task, as {min(unknown)}"


def _known(rankings: Places, candidates: list[str]) -> Places:
    """The rankings without candidates that the item does not have, and without those that name no other."""
    names = set(candidates)
    kept = {who: {name: place for name, place in places.items() if name in names} for who, places in rankings.items()}
    return {who: places for who, places in kept.items() if places}


def _ballots(rankings: Places, candidates: list[str], item: Item | None) -> Ballots:
    places = np.array([[given.get(name, np.nan) for name in candidates] for given in rankings.values()])
    votes = vote_counts(places)
    if item is None:
        return Ballots(tuple(rankings), places, votes)
    gold = np.array([candidate.gold for candidate in item.candidates])
    return Ballots(tuple(rankings), places, votes, item.category, gold, _types(item))


def _types(item: Item) -> npt.NDArray[np.int8] | None:
    """For each pair of candidates, in either order, the type of what sets them apart; -1 for none or several."""
    known = [candidate.kept for candidate in item.candidates if not isinstance(candidate.kept, int)]
    if len(known) < len(item.candidates):
        return None
    kept = [[[requirement.id in names for requirement in item.requirements] for names in known]]
    codes = [[TYPES.index(requirement.type) if requirement.type else -1 for requirement in item.requirements]]
    found = pair_types(kept, codes, len(TYPES))[0]
    return np.asarray(np.maximum(found, found.T))
