from __future__ import annotations

import random
from collections.abc import Callable
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from tests.factories import make_item
from weval.evaluate import EvaluateOptions, evaluate, per_item
from weval.files import Problems
from weval.join import Join
from weval.metrics import LIMITS, METRICS, WORST, wilson
from weval.plan import PlanOptions, plan
from weval.results import Health, ModelStamp, Result, TaskStamp
from weval.store import ScoreRow
from weval.types import Item, Source, Unit

Answer = Callable[[Source], "float | tuple[float, ...] | str | dict[str, Any]"]
ITEMS = [make_item(f"i{n}", [(1, 2, 3), (1, 2), (1,)]) for n in range(20)]
STRENGTH = {"a1": 3.0, "a2": 2.0, "a3": 1.0}


def result(
    unit: Unit, answer: Answer, items: list[Item] = ITEMS, options: PlanOptions | None = None, **model: Any
) -> Result:
    """Asks as a run does, in the order drawn: a number, one for each candidate, a status, or more of a row."""
    asked = options or PlanOptions()
    join, rows = Join(unit, asked), []
    for item in items:
        join.add_item(item)
        for request, source in plan(item, unit, asked):
            given = answer(source)
            fields = given if isinstance(given, dict) else {"status": given} if isinstance(given, str) else {}
            if not fields:
                fields = {"values": given if isinstance(given, tuple) else (given,)}
            row = {"id": request.id, "item": item.id, "candidates": source.candidates, "status": "ok", **fields}
            row |= {"requirement": source.requirement, "reason": None if row["status"] == "ok" else "why"}
            rows.append(ScoreRow.model_validate(row))
    joined = join.answers(enumerate(rows), Problems(Path("scores.jsonl")))
    stamp = ModelStamp(name="m", unit=unit, fingerprint={}, reads_ids=model.get("reads_ids", False))
    task = TaskStamp(name="t", version="1", sha256="")
    options = EvaluateOptions(resamples=500)
    return evaluate(per_item(joined, options), task, stamp, options)


def health(unit: Unit, answer: Answer, *more: Any, **model: Any) -> Health:
    found = result(unit, answer, *more, **model).health
    assert found
    return found


def better(source: Source) -> float:
    first, second = (STRENGTH[name] for name in source.candidates)
    return (first > second) + 0.5 * (first == second)


def test_a_model_that_computes_and_answers_all_has_nothing_but_answers_and_bounds() -> None:
    found = health("response", lambda s: STRENGTH[s.candidates[0]])
    assert found.answers["ok"].value == 1
    assert {name: share.count for name, share in found.answers.items()} == {
        "ok": 60, "unparsed": 0, "refused": 0, "truncated": 0, "failed": 0,
    }  # fmt: skip
    assert found.bounds["correlation"] == (1, 1)
    said = found.model_dump(exclude={"answers", "bounds"})
    assert set(said.values()) == {None}


def test_answers_are_shares_of_questions_with_wilson_s_interval() -> None:
    ends = dict(zip(((i.id, c.id) for i in ITEMS for c in i.candidates), ["refused"] * 3 + ["failed"], strict=False))
    found = health("response", lambda s: ends.get((s.item, s.candidates[0]), 1.0)).answers
    assert {name: (share.count, share.n) for name, share in found.items() if share.count} == {
        "ok": (56, 60), "refused": (3, 60), "failed": (1, 60),
    }  # fmt: skip
    assert found["refused"].value == 0.05
    assert found["refused"].ci == wilson(0.05, 60)
    assert sum(share.value for share in found.values()) == pytest.approx(1)


def test_what_does_not_apply_is_no_answer_that_is_missing() -> None:
    found = health("requirement", lambda s: "not_applicable" if s.requirement == "c1" else 1.0).answers
    assert (found["ok"].count, found["ok"].n) == (120, 120)


def test_a_list_that_failed_is_one_question_that_failed() -> None:
    found = health("list", lambda s: "unparsed" if s.item == "i0" else (3.0, 2.0, 1.0)).answers
    assert (found["unparsed"].count, found["unparsed"].n) == (1, 20)


def test_who_always_prefers_the_first_shown_flips_every_pair() -> None:
    found = result("pair", lambda s: 1.0)
    assert found.health
    assert found.health.order_flips.value == found.health.reversals.value == found.health.first_wins.value == 1
    assert (found.health.order_flips.n_pairs, found.health.first_wins.n) == (60, 20)
    assert found.health.first_wins_chance == 0.5
    assert found.health.first_wins.ci[0] < 1  # Wilson's: 20 items do not prove it
    assert found.diagnosis.position_bias.value == 0.5
    assert found.metrics["correlation"].value == 0


def test_who_goes_by_the_texts_has_no_flips_whatever_is_missing() -> None:
    for answer in (better, lambda s: "refused" if s.candidates == ("a1", "a2") and s.item < "i2" else better(s)):
        found = result("pair", answer)
        assert found.health
        assert found.health.order_flips.value == found.health.reversals.value == 0
        assert found.health.first_wins.value == 0.5
        assert found.diagnosis.position_bias.value == 0


def test_a_coin_shows_no_bias_beyond_its_interval() -> None:
    rng = random.Random(3)
    items = [make_item(f"i{n}", [(1, 2, 3), (1, 2), (1,)]) for n in range(300)]
    found = result("pair", lambda s: float(rng.random() < 0.5), items)
    assert found.health
    assert found.diagnosis.position_bias.ci[0] < 0 < found.diagnosis.position_bias.ci[1]
    assert found.health.order_flips.ci[0] < 0.5 < found.health.order_flips.ci[1]


def test_the_interval_of_a_bias_covers_it_as_often_as_it_says() -> None:
    covered = 0
    for seed in range(60):
        rng = random.Random(seed)
        found = health("pair", lambda s, rng=rng: float(rng.random() < 0.6)).first_wins
        covered += found.ci[0] <= 0.6 <= found.ci[1]
    assert covered >= 51


def test_a_pair_that_lost_one_order_says_nothing() -> None:
    found = health("pair", lambda s: 1.0 if s.candidates == ("a1", "a2") or s.item == "i0" else "failed")
    assert found.order_flips.n_pairs == 3
    assert found.first_wins.n == 1
    assert found.first_wins.ci is None


def test_against_one_candidate_its_pairs_alone_are_judged() -> None:
    found = health("pair", lambda s: 1.0, ITEMS, PlanOptions(against="a2"))
    assert (found.order_flips.value, found.order_flips.n_pairs) == (1, 40)


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_order_in_the_file_changes_nothing(order: tuple[int, ...]) -> None:
    rng = random.Random(1)
    points = {(i.id, pair): rng.choice([0, 0.5, 1.0]) for i in ITEMS for pair in permutations(("a1", "a2", "a3"), 2)}
    shuffled = [i.model_copy(update={"candidates": tuple(i.candidates[k] for k in order)}) for i in ITEMS]
    answer: Answer = lambda s: points[s.item, s.candidates]  # noqa: E731
    assert health("pair", answer, shuffled) == health("pair", answer)


def test_a_list_ranked_as_shown_is_as_biased_as_can_be() -> None:
    found = result("list", lambda s: (3.0, 2.0, 1.0))
    assert found.health
    assert found.health.first_wins.value == found.health.early_preference.value == 1
    assert found.health.first_wins_chance == pytest.approx(1 / 3)
    assert found.diagnosis.position_bias.value == pytest.approx(2 / 3)
    assert found.health.order_flips is found.health.reversals is None


def test_a_list_ranked_by_the_texts_is_not() -> None:
    items = [make_item(f"i{n}", [(1, 2, 3), (1, 2), (1,)]) for n in range(300)]
    found = result("list", lambda s: tuple(STRENGTH[name] for name in s.candidates), items)
    assert found.health
    assert found.metrics["correlation"].value == 1
    assert found.diagnosis.position_bias.ci[0] < 0 < found.diagnosis.position_bias.ci[1]
    assert found.health.early_preference.ci[0] < 0 < found.health.early_preference.ci[1]


def test_lists_of_several_lengths_have_a_chance_between() -> None:
    items = [*ITEMS[:10], *(make_item(f"j{n}", [(1, 2), (1,)], 2) for n in range(10))]
    found = result("list", lambda s: (1.0,) * len(s.candidates), items)
    assert found.health
    assert found.health.first_wins_chance == pytest.approx((1 / 3 + 1 / 2) / 2)
    assert found.health.first_wins.value == pytest.approx(found.health.first_wins_chance)
    assert found.diagnosis.position_bias.value == pytest.approx(0)


@pytest.mark.parametrize("unit", ["pair", "list"])
def test_of_a_look_up_nobody_knows_the_order(unit: Unit) -> None:
    answer: Answer = lambda s: better(s) if unit == "pair" else (3.0, 2.0, 1.0)  # noqa: E731
    found = result(unit, answer, reads_ids=True)
    assert found.health
    assert found.health.first_wins is found.health.order_flips is found.diagnosis.position_bias is None


def test_samples_agree_pair_by_pair_and_items_count_alike() -> None:
    def answer(source: Source) -> dict[str, Any]:
        if source.item == "i0":  # of three questions: 1 of 3 pairs agrees, none of one, and no pair
            samples = {"a1": ((1,), (1,), (0,)), "a2": ((1,), None, (0,)), "a3": (None, None, (1,))}[
                source.candidates[0]
            ]
        else:
            samples = ((1,),) * 3
        return {"values": (1.0,), "samples": samples}

    found = health("response", answer)
    assert found.self_agreement.value == pytest.approx((19 * 1 + 1 / 4) / 20)
    assert found.self_agreement.n == 20
    assert found.samples_per_question == 3
    assert found.samples_without_verdict == pytest.approx(3 / 180)


def test_samples_without_a_verdict_are_counted_where_the_question_failed() -> None:
    failed = {"status": "unparsed", "values": (), "samples": (None, None)}
    found = health("response", lambda s: failed if s.item == "i0" else {"values": (1.0,), "samples": ((1,), (1,))})
    assert found.samples_without_verdict == 0.05
    assert found.self_agreement.n == 19


def test_one_sample_agrees_with_nobody() -> None:
    found = health("response", lambda s: {"values": (1.0,), "samples": ((1,),)})
    assert found.self_agreement is None
    assert found.samples_per_question == 1


def test_mass_is_the_mean_and_the_smallest_of_what_was_said() -> None:
    masses = {"a1": {"mass": 0.75}, "a2": {"mass": 1.0}, "a3": {}}
    found = health("response", lambda s: {"values": (1.0,), **masses[s.candidates[0]]}).mass
    assert found is not None
    assert found.model_dump() == {"mean": 0.875, "smallest": 0.75, "n": 40}


def test_bounds_put_missing_items_at_both_ends() -> None:
    found = result("response", lambda s: "failed" if s.item in ("i0", "i1") else STRENGTH[s.candidates[0]])
    assert found.health
    for name in METRICS:
        worst, best = WORST[name], sum(LIMITS[name]) - WORST[name]
        value = found.metrics[name].value
        assert found.health.bounds[name] == pytest.approx(((18 * value + 2 * worst) / 20, (18 * value + 2 * best) / 20))
        assert found.pessimistic[name] == found.health.bounds[name][0]


def test_bounds_of_what_gold_leaves_undefined_are_undefined() -> None:
    tied = [make_item(f"i{n}", [(1, 2), (1, 3), (1,)]) for n in range(4)]
    found = result("response", lambda s: 1.0, tied)
    assert found.health
    assert found.health.bounds["il"] is None
    assert found.pessimistic["il"] is None
