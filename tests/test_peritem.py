from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from tests.factories import make_item
from weval.files import Problems
from weval.join import Join
from weval.joined import MISSING, NOT_APPLICABLE, SCORED, TYPES, Joined
from weval.metrics import METRICS, EffectPairs
from weval.peritem import BOUNDED, Pairs, PerItem, by_label
from weval.plan import PlanOptions, sources
from weval.store import ScoreRow
from weval.types import Item, Source, Unit

Answer = Callable[[Source], "float | str"]


def joined(unit: Unit, items: list[Item], answer: Answer) -> Joined:
    """Items with answers: a number, or a status."""
    join, rows = Join(unit, PlanOptions()), []
    for item in items:
        join.add_item(item)
        for source in sources(item, unit, PlanOptions()):
            given = answer(source)
            asked = {"id": "r", "item": item.id, "candidates": source.candidates, "requirement": source.requirement}
            what = (
                {"status": given, "reason": "why"} if isinstance(given, str) else {"status": "ok", "values": (given,)}
            )
            rows.append(ScoreRow.model_validate({**asked, **what}))
    return join.answers(enumerate(rows), Problems(Path("scores.jsonl")))


def random_item(rng: np.random.Generator, number: int) -> Item:
    """An item of a random shape, with types here and there; one in four says only how many were kept."""
    n, r = int(rng.integers(2, 5)), int(rng.integers(1, 5))
    kept = [sorted((rng.permutation(r)[: rng.integers(0, r + 1)] + 1).tolist()) for _ in range(n)]
    item = make_item(f"i{number}", [len(k) for k in kept] if rng.random() < 0.25 else kept, r)
    types = [rng.choice([*TYPES, ""]) for _ in range(r)]
    typed = tuple(q.model_copy(update={"type": t or None}) for q, t in zip(item.requirements, types, strict=True))
    return item.model_copy(update={"requirements": typed})


@pytest.fixture
def mixed() -> tuple[list[Item], dict[tuple[str, str], float | str]]:
    """Forty items of many shapes, and an answer for each candidate: few grades, now and then none."""
    rng = np.random.default_rng(1)
    items = [random_item(rng, number) for number in range(40)]
    drawn: dict[tuple[str, str], float | str] = {
        (item.id, candidate.id): "failed" if rng.random() < 0.05 else float(rng.integers(0, 5)) / 4
        for item in items
        for candidate in item.candidates
    }
    return items, drawn


def scored(items: list[Item], drawn: dict[tuple[str, str], float | str]) -> list[tuple[int, Item, list[float]]]:
    """The place of each scored item, the item and its scores."""
    found = []
    for place, item in enumerate(items):
        scores = [drawn[item.id, c.id] for c in item.candidates]
        if not any(isinstance(score, str) for score in scores):
            found.append((place, item, [float(score) for score in scores]))
    return found


def test_every_figure_stands_at_its_item_whatever_the_shapes(mixed) -> None:
    items, drawn = mixed
    found = PerItem(joined("response", items, lambda s: drawn[s.item, s.candidates[0]]))
    expected = {name: np.full(40, np.nan) for name in METRICS}
    for place, item, scores in scored(items, drawn):
        for name, metric in METRICS.items():
            expected[name][place] = metric([[c.gold for c in item.candidates]], [scores])[0]
    for name in METRICS:
        np.testing.assert_array_equal(found.figures[name], expected[name])
    assert found.scored.sum() == len(scored(items, drawn)) < 40
    assert (found.state[~found.scored] == MISSING).all()


def test_missing_items_count_where_gold_would_have_had_a_figure() -> None:
    kept = [[(1, 2, 3), (1, 2), (1,)], [(1, 2), (1, 3), (1,)], [(1,), (2,), (3,)]]  # strict, partly tied, all tied
    items = [make_item(f"i{number}", k) for number, k in enumerate(kept)]
    lost = PerItem(joined("response", items, lambda s: "failed")).lost
    assert {name: lost[name] for name in ("correlation", "il", "tie_rate")} == {
        "correlation": 2,
        "il": 1,
        "tie_rate": 3,
    }


def test_states_and_reading_of_runs_by_requirement() -> None:
    items = [make_item(f"i{number}", [(1, 2, 3), (1, 2), (3,)]) for number in range(3)]
    kept = {c.id: c.kept for c in items[0].candidates}
    statuses = {"i1": "not_applicable", "i2": "refused"}
    answer: Answer = lambda s: statuses.get(s.item, float(s.requirement in kept[s.candidates[0]]))  # noqa: E731
    found = PerItem(joined("requirement", items, answer))
    assert found.state.tolist() == [SCORED, NOT_APPLICABLE, MISSING]
    assert np.isnan(found.figures["reading"]).tolist() == [False, True, True]
    assert found.figures["reading"][0] == 1


def test_tie_rules_enclose_each_figure(mixed) -> None:
    items, drawn = mixed
    found = PerItem(joined("response", items, lambda s: drawn[s.item, s.candidates[0]]))
    for name in BOUNDED:
        low, middle, high = (found.figures[key] for key in (f"adverse_{name}", name, f"favourable_{name}"))
        defined = ~np.isnan(middle)
        assert (low[defined] <= middle[defined] + 1e-12).all()
        assert (middle[defined] <= high[defined] + 1e-12).all()
        assert np.isnan([low[~defined], high[~defined]]).all()


def test_resolution_counts_pairs_ties_and_near_ties(mixed) -> None:
    items, drawn = mixed
    for drift, reach in ((None, 0.0), (0.25, 0.25), (0.3, 0.25), (0.0, 0.0)):
        found = PerItem(joined("response", items, lambda s: drawn[s.item, s.candidates[0]]), drift=drift)
        expected = np.zeros((40, 3), dtype=int)
        for place, _, scores in scored(items, drawn):
            apart = [abs(a - b) for a, b in combinations(scores, 2)]
            expected[place] = len(apart), apart.count(0), sum(0 < x <= reach for x in apart)
        assert found.resolution.tolist() == expected.tolist()


def test_scores_by_kept_count_are_means_less_the_item_s_own(mixed) -> None:
    items, drawn = mixed
    found = PerItem(joined("response", items, lambda s: drawn[s.item, s.candidates[0]])).kept_scores
    expected = {str(kept): np.full(40, np.nan) for kept in range(5)}
    for place, item, scores in scored(items, drawn):
        for kept in {c.gold for c in item.candidates}:
            of_kept = [s for s, c in zip(scores, item.candidates, strict=True) if c.gold == kept]
            expected[str(kept)][place] = np.mean(of_kept) - np.mean(scores)
    assert set(found) == set(expected)
    for kept, values in expected.items():
        assert found[kept] == pytest.approx(values, abs=1e-12, nan_ok=True)


def test_effects_are_of_scored_items_that_say_what_was_kept(mixed) -> None:
    items, drawn = mixed
    pairs = PerItem(joined("response", items, lambda s: drawn[s.item, s.candidates[0]])).effects()
    pairs = EffectPairs.concatenated(pairs, len(TYPES))
    expected = []
    for place, item, scores in scored(items, drawn):
        for (a, first), (b, second) in combinations(zip(item.candidates, scores, strict=True), 2):
            if isinstance(a.kept, int) or isinstance(b.kept, int):
                continue
            types = {q.id: q.type for q in item.requirements}
            if any(types[q] is None for q in {*a.kept} ^ {*b.kept}):
                continue
            difference = [sum(types[q] == t for q in a.kept) - sum(types[q] == t for q in b.kept) for t in TYPES]
            if any(difference):
                expected.append((difference, (first > second) + (first == second) / 2, place))
    assert len(expected) > 20
    found = zip(pairs.differences.tolist(), pairs.points.tolist(), pairs.items.tolist(), strict=True)
    assert sorted(found) == sorted(expected)


@pytest.mark.parametrize("scale", [1.7e308, 1e200])
def test_scores_too_large_for_a_mean_still_have_an_order(scale: float) -> None:
    items = [make_item(f"i{number}") for number in range(3)]
    order = {"a1": 1.0, "a2": -0.5, "a3": -1.0}
    found = PerItem(joined("response", items, lambda s: scale * order[s.candidates[0]]), drift=1.0)
    assert found.figures["correlation"].tolist() == [1.0] * 3
    assert np.isnan(list(found.kept_scores.values())).all()
    assert found.resolution.tolist() == [[3, 0, 0]] * 3


def test_positions_by_label_leave_out_what_has_none_or_is_not_chosen() -> None:
    found = by_label(["b", None, "a", "b", "c"], np.array([True, True, True, True, False]))
    assert list(found) == ["a", "b"]
    assert [places.tolist() for places in found.values()] == [[2], [0, 3]]


def test_no_pairs_are_zeros() -> None:
    found = Pairs.empty(3)
    assert (found.points.tolist(), found.counts.tolist()) == ([0.0] * 3, [0] * 3)


def test_items_are_taken_some_at_a_time_and_it_does_not_show(mixed, monkeypatch: pytest.MonkeyPatch) -> None:
    items, drawn = mixed
    run = joined("response", items, lambda s: drawn[s.item, s.candidates[0]])
    whole = PerItem(run, released_failures="zero", drift=0.25)
    monkeypatch.setattr("weval.joined.PART_CELLS", 20)
    parts = PerItem(run, released_failures="zero", drift=0.25)
    assert len(list(run.parts())) > len(run.blocks)
    for name, values in whole.figures.items():
        np.testing.assert_array_equal(parts.figures[name], values)
    for one, other in ((whole.gaps, parts.gaps), (whole.types, parts.types)):
        for name in one:
            np.testing.assert_array_equal(one[name].points, other[name].points)
            np.testing.assert_array_equal(one[name].counts, other[name].counts)
    np.testing.assert_array_equal(parts.resolution, whole.resolution)
    assert parts.lost == whole.lost and parts.kept_scores.keys() == whole.kept_scores.keys()
    of_all, of_parts = (
        sorted(zip(*(column.tolist() for column in EffectPairs.concatenated(run.effects(), len(TYPES))), strict=True))
        for run in (whole, parts)
    )
    assert of_all == of_parts and of_all
