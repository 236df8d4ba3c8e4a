from __future__ import annotations

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from tests.factories import make_item
from weval.disagreement import Disagreement, disagreements
from weval.files import Problems
from weval.join import Join
from weval.joined import Joined
from weval.plan import PlanOptions
from weval.store import ScoreRow
from weval.types import Item

TYPES = ("length", "format", "style")


def typed(name: str, kept: list[tuple[int, ...]], category: str | None) -> Item:
    item = make_item(name, kept, category=category)
    requirements = [r.model_copy(update={"type": kind}) for r, kind in zip(item.requirements, TYPES, strict=True)]
    return item.model_copy(update={"requirements": tuple(requirements)})


ITEMS = [
    typed("i1", [(1, 2, 3), (1, 2), (1,)], "a"),
    typed("i2", [(1, 2, 3), (2, 3), (1,)], None),
    typed("i3", [(1, 2, 3), (1, 3), (2,), ()], "b"),
]


def joined(scores: dict[str, list[float]]) -> Joined:
    join = Join("response", PlanOptions())
    rows = []
    for item in ITEMS:
        join.add_item(item)
        for candidate, score in zip(item.candidates, scores[item.id], strict=True):
            rows.append(ScoreRow(id="r", item=item.id, candidates=(candidate.id,), status="ok", values=(score,)))
    return join.answers(enumerate(rows), Problems(Path("scores.jsonl")))


FIRST = {"i1": [3.0, 2.0, 1.0], "i2": [3.0, 1.0, 1.0], "i3": [1.0, 2.0, 3.0, 4.0]}
SECOND = {"i1": [1.0, 2.0, 3.0], "i2": [3.0, 2.0, 1.0], "i3": [4.0, 3.0, 3.0, 1.0]}


def recounted(pairs: list[tuple[str, int, int]]) -> tuple[int, int, int, int, float]:
    """Both, only first, only second, neither, and the difference of points over pairs (better candidate first)."""
    cells, points = [0, 0, 0, 0], 0.0
    for item, i, j in pairs:
        one, two = (np.sign(scores[item][i] - scores[item][j]) for scores in (FIRST, SECOND))
        cells[{(True, True): 0, (True, False): 1, (False, True): 2, (False, False): 3}[one > 0, two > 0]] += 1
        points += (one - two) / 2
    return (*cells, points / len(pairs))


def told(found: Disagreement) -> tuple[int, int, int, int, float]:
    assert found.both + found.only_first + found.only_second + found.neither == found.advantage.n_pairs
    return (found.both, found.only_first, found.only_second, found.neither, found.advantage.value)


EVERY = [(item.id, i, j) for item in ITEMS for i, j in combinations(range(len(item.candidates)), 2)]


def test_every_part_is_a_recount_of_its_pairs() -> None:
    found = disagreements(joined(FIRST), joined(SECOND), np.full(3, True), 200)
    assert told(found.overall) == pytest.approx(recounted(EVERY))
    assert {name: told(part) for name, part in found.category.items()} == {
        "a": pytest.approx(recounted([pair for pair in EVERY if pair[0] == "i1"])),
        "b": pytest.approx(recounted([pair for pair in EVERY if pair[0] == "i3"])),
    }
    golds = {item.id: [candidate.gold for candidate in item.candidates] for item in ITEMS}
    for gap, part in found.dropped.items():
        chosen = [(name, i, j) for name, i, j in EVERY if golds[name][i] - golds[name][j] == int(gap)]
        assert told(part) == pytest.approx(recounted(chosen))
    # One type apart: c3 of i1 (a1 a2), c2 of i1 (a2 a3); c1 of i2 (a1 a2); c2 of i3 (a1 a2) and of i3 (a3 a4).
    assert {name: told(part) for name, part in found.requirement_type.items()} == {
        "length": pytest.approx(recounted([("i2", 0, 1)])),
        "format": pytest.approx(recounted([("i1", 1, 2), ("i3", 0, 1), ("i3", 2, 3)])),
        "style": pytest.approx(recounted([("i1", 0, 1)])),
    }


def test_only_items_in_common_count() -> None:
    found = disagreements(joined(FIRST), joined(SECOND), np.array([True, False, False]), 200)
    assert told(found.overall) == pytest.approx(recounted([pair for pair in EVERY if pair[0] == "i1"]))
    assert list(found.category) == ["a"]


def test_a_scorer_against_itself_has_no_pair_of_its_own() -> None:
    found = disagreements(joined(FIRST), joined(FIRST), np.full(3, True), 200)
    assert found.overall.only_first == found.overall.only_second == 0
    assert found.overall.advantage.value == 0
