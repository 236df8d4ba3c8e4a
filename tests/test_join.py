from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.factories import make_item
from weval.checks import met
from weval.errors import DataError
from weval.evaluate import EvaluateOptions, evaluate, per_item
from weval.files import Problems
from weval.join import Join, gold_of
from weval.joined import MISSING, NOT_APPLICABLE, SCORED, Joined
from weval.plan import PlanOptions, sources
from weval.results import ModelStamp, TaskStamp
from weval.store import ScoreRow
from weval.tasks import load_task
from weval.types import Gold, Item, Source, Status, Unit

ALL = PlanOptions()
ITEM = make_item("i", [(1, 2, 3), (1, 2), (1,)])


def row(source: Source, *values: float, status: Status = "ok", **more: object) -> ScoreRow:
    given = {"id": f"{source}", "item": source.item, "candidates": source.candidates, "requirement": source.requirement}
    reason = None if status == "ok" else "why"
    return ScoreRow.model_validate(
        {**given, "status": status, "values": values, "reason": reason, **more}, strict=False
    )


def joined(unit: Unit, rows: list[ScoreRow], *items: Item, options: PlanOptions = ALL) -> Joined:
    join = Join(unit, options)
    for item in items or (ITEM,):
        join.add_item(item)
    return join.answers(enumerate(rows, start=1), Problems(Path("scores.jsonl")))


def scores(found: Joined) -> list[list[float]]:
    return [block.candidate_scores().tolist() for block in found.blocks][0]  # noqa: RUF015


def test_unit_response_takes_the_value() -> None:
    rows = [row(source, value) for source, value in zip(sources(ITEM, "response", ALL), (3, 1, 2), strict=True)]
    assert scores(joined("response", rows)) == [[3, 1, 2]]


def test_unit_list_takes_the_values_in_the_order_they_were_shown() -> None:
    shown = Source("i", ("a3", "a1", "a2"), None)
    assert scores(joined("list", [row(shown, 30, 10, 20)])) == [[10, 20, 30]]


def test_a_list_is_one_question() -> None:
    assert joined("list", [row(Source("i", ("a3", "a1", "a2"), None), 30, 10, 20)]).statuses == {"ok": 1}
    assert joined("list", []).statuses == {"unanswered": 1}


def test_unit_list_of_two_is_not_taken_for_a_pair() -> None:
    two = make_item("i", [(1, 2), (1,)], 2)
    assert scores(joined("list", [row(Source("i", ("a2", "a1"), None), 2, 1)], two)) == [[1, 2]]


def test_unit_requirement_is_the_mean_of_what_applies() -> None:
    values = {"a1": (1, 1, None), "a2": (1, 0, None), "a3": (0, 0, None)}
    rows = []
    for source in sources(ITEM, "requirement", ALL):
        value = values[source.candidates[0]][int(str(source.requirement)[1]) - 1]
        rows.append(row(source, status="not_applicable") if value is None else row(source, value))
    found = joined("requirement", rows)
    assert scores(found) == [[1, 0.5, 0]]
    assert found.statuses == {"ok": 6, "not_applicable": 3}


def test_the_same_values_in_other_columns_tie_exactly() -> None:
    values = {"a1": (0.1, 0.2, 0.3), "a2": (0.3, 0.1, 0.2), "a3": (0.2, 0.3, 0.1)}
    rows = [row(s, values[s.candidates[0]][int(str(s.requirement)[1]) - 1]) for s in sources(ITEM, "requirement", ALL)]
    (found,) = scores(joined("requirement", rows))
    assert found[0] == found[1] == found[2]


@given(st.lists(st.integers(0, 10), min_size=9, max_size=9), st.sampled_from([10, 3, 7, 100]))
def test_means_that_are_equal_in_arithmetic_tie(numbers: list[int], parts: int) -> None:
    """Whatever values they are made of: 0.3 and four zeros, or 0.1, 0.2 and three zeros."""
    values = {(f"a{i + 1}", f"c{j + 1}"): numbers[3 * i + j] for i in range(3) for j in range(3)}
    rows = [row(s, values[s.candidates[0], str(s.requirement)] / parts) for s in sources(ITEM, "requirement", ALL)]
    (found,) = scores(joined("requirement", rows))
    sums = [sum(numbers[3 * i : 3 * i + 3]) for i in range(3)]
    for i, j in combinations(range(3), 2):
        assert (found[i] > found[j]) == (sums[i] > sums[j])
        assert (found[i] == found[j]) == (sums[i] == sums[j])


def test_unit_pair_is_points_per_comparison_in_both_orders() -> None:
    # a1 beats both in both orders; a2 and a3 each win when shown first.
    points = {("a1", "a2"): 1, ("a2", "a1"): 0, ("a1", "a3"): 1, ("a3", "a1"): 0, ("a2", "a3"): 1, ("a3", "a2"): 1}
    rows = [row(Source("i", pair, None), value) for pair, value in points.items()]
    assert scores(joined("pair", rows)) == [[1, 0.25, 0.25]]


def test_unit_pair_against_one_candidate() -> None:
    options = PlanOptions(against="a2")
    rows = [row(s, float(s.candidates[0] == "a1")) for s in sources(ITEM, "pair", options)]
    # a1 beats a2 in both orders; a3 shown first loses, a2 shown first loses to a3.
    assert scores(joined("pair", rows, options=options)) == [[1, 0.25, 0.5]]


@pytest.mark.parametrize("unit", ["response", "requirement", "pair"])
@pytest.mark.parametrize("status", ["unparsed", "refused", "truncated", "failed"])
def test_one_failed_answer_makes_the_item_missing(unit: Unit, status: Status) -> None:
    asked = sources(ITEM, unit, ALL)
    rows = [row(source, 0.5) for source in asked[1:]] + [row(asked[0], status=status)]
    (block,) = joined(unit, rows).blocks
    assert block.states().tolist() == [MISSING]
    assert np.isnan(block.candidate_scores()).any()


def test_an_unanswered_question_makes_the_item_missing_and_is_counted() -> None:
    found = joined("response", [row(sources(ITEM, "response", ALL)[0], 1)])
    assert found.blocks[0].states().tolist() == [MISSING]
    assert found.statuses == {"ok": 1, "unanswered": 2}


def test_an_item_where_nothing_applies_is_not_applicable() -> None:
    rows = [row(source, status="not_applicable") for source in sources(ITEM, "requirement", ALL)]
    assert joined("requirement", rows).blocks[0].states().tolist() == [NOT_APPLICABLE]


def test_an_item_where_one_candidate_has_nothing_is_missing() -> None:
    rows = [
        row(source, status="not_applicable") if source.candidates == ("a1",) else row(source, 1)
        for source in sources(ITEM, "requirement", ALL)
    ]
    assert joined("requirement", rows).blocks[0].states().tolist() == [MISSING]


def test_judged_on_own_expects_only_what_was_kept() -> None:
    own = PlanOptions(judged_on="own")
    rows = [row(source, 1) for source in sources(ITEM, "requirement", own)]
    found = joined("requirement", rows, options=own)
    assert scores(found) == [[1, 1, 1]]
    assert found.blocks[0].states().tolist() == [SCORED]


def test_the_last_answer_counts() -> None:
    asked = sources(ITEM, "response", ALL)
    rows = [row(asked[0], status="failed"), *(row(source, 1) for source in asked)]
    found = joined("response", rows)
    assert found.blocks[0].states().tolist() == [SCORED]
    assert found.statuses == {"ok": 3}


def test_the_order_of_answers_does_not_show() -> None:
    items = [make_item(f"i{n}", [(1, 2, 3), (1, 2), (1,)] if n % 2 else [(1, 2), ()], 3) for n in range(20)]
    rng = random.Random(0)
    rows = [row(s, rng.random(), cost_usd=rng.random()) for item in items for s in sources(item, "response", ALL)]
    first = joined("response", rows, *items)
    second = joined("response", rng.sample(rows, len(rows)), *items)
    assert [b.answers.tolist() for b in first.blocks] == [b.answers.tolist() for b in second.blocks]
    assert first.cost == second.cost
    assert sorted(p for block in first.blocks for p in block.positions) == list(range(20))


@pytest.mark.parametrize("unit", ["response", "requirement", "pair"])
def test_answers_in_order_come_out_as_answers_in_any_order(unit: Unit) -> None:
    items = [make_item(f"i{n}", [(1, 2, 3), (1, 2), (1,)] if n % 2 else [(1, 2), ()], 3) for n in range(9)]
    rng = random.Random(1)
    asked = [source for item in items for source in sources(item, unit, ALL)]
    statuses: list[Status] = ["ok", "ok", "ok", "failed", "unparsed"]
    if unit == "requirement":
        statuses.append("not_applicable")
    rows = []
    for source in asked:
        status = rng.choice(statuses)
        told = {"cost_usd": rng.random(), "tokens_in": 3} | (
            {"mass": 0.5, "samples": ((1.0,),)} if rng.random() < 0.3 else {}
        )
        rows.append(row(source, *([rng.random()] if status == "ok" else []), status=status, **told))
    slow = joined(unit, rows, *items)
    join = Join(unit, ALL)
    for item in items:
        join.add_item(item)
    quick = join.in_order(rows, join.places(asked))
    assert (quick.statuses, quick.reasons, quick.cost, quick.ids) == (slow.statuses, slow.reasons, slow.cost, slow.ids)
    for one, other in zip(quick.blocks, slow.blocks, strict=True):
        np.testing.assert_array_equal(one.answers, other.answers)
        np.testing.assert_array_equal(one.codes, other.codes)
        np.testing.assert_array_equal(one.asides.samples, other.asides.samples)
        np.testing.assert_array_equal(one.asides.mass, other.asides.mass)


def test_an_answer_in_order_has_one_value() -> None:
    join = Join("response", ALL)
    join.add_item(ITEM)
    asked = sources(ITEM, "response", ALL)
    rows = [row(asked[0], 1), row(asked[1], 1, 2), row(asked[2], 1)]
    with pytest.raises(ValueError, match="line 2 has 2 values"):
        join.in_order(rows, join.places(asked))


def test_asides_go_where_their_answers_go() -> None:
    asked = sources(ITEM, "pair", ALL)
    rows = [row(source, 1.0, mass=0.5, samples=((1.0,), None)) for source in asked[:2]]
    (block,) = joined("pair", rows).blocks
    assert block.asides.places is None
    assert block.asides.samples is not None
    assert block.asides.samples[0, 0].tolist() == [[0, 0, 0], [2, 1, 0], [2, 1, 0]]
    assert block.asides.mass is not None
    assert np.flatnonzero(block.asides.mass == 0.5).tolist() == [1, 2]
    (block,) = joined("list", [row(Source("i", ("a3", "a1", "a2"), None), 30, 10, 20)]).blocks
    assert block.asides.places is not None
    assert block.asides.places.tolist() == [[1, 2, 0]]
    assert block.asides.samples is block.asides.mass is None


def test_failures_stand_in_as_a_number_only_when_asked_to() -> None:
    asked = sources(ITEM, "requirement", ALL)
    rows = [row(source, 1.0) for source in asked[1:]] + [row(asked[0], status="failed")]
    (block,) = joined("requirement", rows).blocks
    assert np.isnan(block.candidate_scores()[0, 0])
    assert block.candidate_scores(failures_as=0.0)[0].tolist() == [pytest.approx(2 / 3), 1, 1]


def wrong_rows() -> Iterator[tuple[str, ScoreRow]]:
    yield "unknown item", row(Source("else", ("a1",), None), 1)
    yield "unknown candidate", row(Source("i", ("a9",), None), 1)
    yield "requirement of another unit", row(Source("i", ("a1",), "c1"), 1)
    yield "two candidates", row(Source("i", ("a1", "a2"), None), 1)
    yield "two values", row(Source("i", ("a1",), None), 1, 2)


@pytest.mark.parametrize(("why", "wrong"), list(wrong_rows()))
def test_answers_that_do_not_belong_are_refused(why: str, wrong: ScoreRow) -> None:
    with pytest.raises(DataError, match=r"^scores\.jsonl:1: (item|candidates): "):
        joined("response", [wrong])


def test_kept_counts_without_sets_are_marked() -> None:
    (block,) = joined("response", [], make_item("i", [3, 2, 1])).blocks
    assert block.kept_known.tolist() == [False]
    assert block.gold.tolist() == [[3, 2, 1]]


# --- from gold alone


@pytest.mark.parametrize("unit", ["response", "requirement", "pair", "list"])
def test_gold_is_joined_as_its_items_are(unit: Unit) -> None:
    """Every array, and so every figure, is the same from an index without texts."""
    items = [*load_task("weval-mini").items()]
    values = random.Random(7)
    rows = [
        row(source, *(values.random() for _ in (source.candidates if unit == "list" else "1")))
        for item in items
        for source in sources(item, unit, ALL)
    ]
    from_items, from_gold = Join(unit, ALL), Join(unit, ALL)
    for item in items:
        from_items.add_item(item)
        from_gold.add(Gold.model_validate_json(gold_of(item).model_dump_json()))
    one, other = (
        join.answers(enumerate(rows, start=1), Problems(Path("scores.jsonl"))) for join in (from_items, from_gold)
    )
    assert (one.ids, one.categories, one.languages, one.statuses, one.cost) == (
        other.ids,
        other.categories,
        other.languages,
        other.statuses,
        other.cost,
    )
    names = ("positions", "gold", "kept", "kept_known", "types", "met", "lengths", "answers", "codes")
    for block, same in zip(one.blocks, other.blocks, strict=True):
        for name in names:
            np.testing.assert_array_equal(getattr(block, name), getattr(same, name), err_msg=name)
    stamps = (
        TaskStamp(name="t", version="1", sha256=""),
        ModelStamp(name="m", unit=unit, fingerprint={}, reads_ids=False),
    )
    options = EvaluateOptions(resamples=200)
    results = [evaluate(per_item(joined, options), *stamps, options) for joined in (one, other)]
    assert results[0] == results[1]


def test_gold_has_lengths_and_checks_instead_of_texts() -> None:
    item = next(iter(load_task("weval-mini").items()))
    found = gold_of(item)
    assert found.lengths == tuple(len(candidate.response) for candidate in item.candidates)
    assert found.counts == tuple(candidate.gold for candidate in item.candidates)
    for c, candidate in enumerate(item.candidates):
        for r, requirement in enumerate(item.requirements):
            expected = None
            if requirement.check is not None:
                expected = int(met(requirement.check, candidate.response, item.language))
            assert found.met[c][r] == expected
    assert Gold.model_validate(found.model_dump()) == found  # as good as one that was checked
