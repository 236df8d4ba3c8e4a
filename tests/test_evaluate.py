from __future__ import annotations

import random
from collections.abc import Callable
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from statsmodels.stats.power import TTestPower

from tests.factories import make_item
from weval.errors import ResultError
from weval.evaluate import EvaluateOptions, evaluate, per_item
from weval.files import Problems
from weval.join import Join
from weval.metrics import WORST, correlation
from weval.plan import PlanOptions, sources
from weval.results import ModelStamp, Result, TaskStamp
from weval.store import ScoreRow
from weval.tasks import load_task
from weval.types import Item, Source, Unit

KEPT = [(1, 2, 3), (1, 2), (1,)]
TASK = TaskStamp(name="t", version="1", sha256="0" * 64)
Answer = Callable[[Source, Item], "float | tuple[float, ...] | str"]


def result(unit: Unit, items: list[Item], answer: Answer, **options: object) -> Result:
    """Evaluates answers: a number (for unit list, one for each candidate), or a status."""
    join = Join(unit, PlanOptions())
    rows = []
    for item in items:
        join.add_item(item)
        for source in sources(item, unit, PlanOptions()):
            given = answer(source, item)
            ok = not isinstance(given, str)
            rows.append(
                ScoreRow(
                    id="r",
                    item=item.id,
                    candidates=source.candidates,
                    requirement=source.requirement,
                    status="ok" if ok else given,
                    values=() if not ok else given if isinstance(given, tuple) else (given,),
                    reason=None if ok else "why",
                )
            )
    stamp = ModelStamp(name="m", unit=unit, fingerprint={}, reads_ids=False)
    how = EvaluateOptions(resamples=200, **options)
    joined = join.answers(enumerate(rows), Problems(Path("scores.jsonl")))
    return evaluate(per_item(joined, how), TASK, stamp, how)


def gold(source: Source, item: Item) -> float:
    return float(next(c.gold for c in item.candidates if c.id == source.candidates[0]))


def kept(source: Source, item: Item) -> float:
    return float(source.requirement in next(c.kept for c in item.candidates if c.id == source.candidates[0]))


def value(found: Result, name: str) -> float:
    estimate = found.metrics[name]
    assert estimate is not None
    return estimate.value


ITEMS = [make_item(f"i{n}", KEPT, category="ab"[n % 2], language="en") for n in range(10)]
MINI = list(load_task("weval-mini").items())


def test_gold_scores_are_perfect() -> None:
    found = result("response", ITEMS, gold)
    for name in ("correlation", "il", "pl", "spearman", "pairwise_accuracy", "top1"):
        assert value(found, name) == 1, name
    assert found.released == {"correlation": 1, "il": 1, "pl": 1}
    assert found.by.dropped["1"].value == found.by.dropped["2"].value == 1
    assert (found.by.dropped["1"].n_pairs, found.by.dropped["2"].n_pairs) == (20, 10)


def test_reversed_gold_is_minus_one() -> None:
    found = result("response", ITEMS, lambda s, i: -gold(s, i))
    assert value(found, "correlation") == -1
    assert value(found, "top1") == 0


def test_a_constant_gains_nothing_but_in_the_released_figures() -> None:
    found = result("response", ITEMS, lambda s, i: 5.0)
    assert (value(found, "correlation"), value(found, "il"), value(found, "pl")) == pytest.approx((0, 1 / 3, 1 / 6))
    assert value(found, "tie_rate") == 1
    assert found.released == {"correlation": 1, "il": 1, "pl": 1}


def test_a_perfect_reader_reads_and_a_looker_does_not() -> None:
    crossed = [make_item(f"i{n}", [(1, 2, 3), (1, 2), (3,)]) for n in range(6)]
    assert value(result("requirement", crossed, kept), "reading") == 1
    look = result("requirement", crossed, lambda s, i: gold(s, i) * 0.1)
    assert value(look, "correlation") == 1
    assert value(look, "reading") == 0


def test_reading_is_undefined_for_nested_dropout_and_other_units() -> None:
    assert result("requirement", ITEMS, kept).metrics["reading"] is None
    assert result("response", ITEMS, gold).metrics["reading"] is None


def test_missing_items_leave_the_means_and_weigh_on_the_pessimistic_figures() -> None:
    found = result("response", ITEMS, lambda s, i: "refused" if i.id in ("i0", "i1") else gold(s, i))
    assert (found.n_items, found.n_scored, found.n_missing) == (10, 8, 2)
    assert found.metrics["correlation"] is not None
    assert (found.metrics["correlation"].value, found.metrics["correlation"].n) == (1, 8)
    for name in ("correlation", "il", "pl"):
        assert found.pessimistic[name] == pytest.approx((8 + 2 * WORST[name]) / 10)
    assert not found.publishable
    assert "20.0% of the items have no score (2)" in found.unpublishable_because[0]


def test_up_to_two_percent_missing_stays_publishable() -> None:
    items = [make_item(f"i{n}", KEPT) for n in range(100)]
    at = result("response", items, lambda s, i: "failed" if i.id in ("i0", "i1") else gold(s, i))
    above = result("response", items, lambda s, i: "failed" if i.id in ("i0", "i1", "i2") else gold(s, i))
    assert (at.publishable, above.publishable) == (True, False)


def test_not_applicable_items_are_reported_and_not_missing() -> None:
    found = result("requirement", ITEMS, lambda s, i: "not_applicable" if i.id == "i0" else kept(s, i))
    assert (found.n_scored, found.n_missing, found.n_not_applicable) == (9, 0, 1)
    assert found.publishable
    assert found.coverage == 0.9


def test_released_failures_count_as_zero_only_when_asked() -> None:
    # i0: the best candidate's answers fail; the script would have given it 0 and so ranked it last.
    answer: Answer = lambda s, i: "unparsed" if (i.id, s.candidates[0]) == ("i0", "a1") else kept(s, i) + 1  # noqa: E731
    assert result("requirement", ITEMS, answer).released == {"correlation": 1, "il": 1, "pl": 1}
    zero = result("requirement", ITEMS, answer, released_failures="zero").released
    assert zero is not None
    assert zero["pl"] == pytest.approx(0.9)
    assert result("requirement", ITEMS, answer, released_failures="zero").released_failures == "zero"
    assert zero["correlation"] == pytest.approx((9 + -1 / 3) / 10)


def test_released_figures_round_as_the_script_does() -> None:
    # 0.5004 and 0.50049 differ for us and are one value at three decimals, where gold then decides.
    small = {"a1": 0.5004, "a2": 0.50049, "a3": 0.1}
    found = result("requirement", ITEMS, lambda s, i: small[s.candidates[0]])
    assert value(found, "correlation") == pytest.approx(1 / 3)
    assert found.released == {"correlation": 1, "il": 1, "pl": 1}


def test_gold_ties_leave_correlation_and_undefine_the_rest() -> None:
    tied = [make_item(f"i{n}", [(1, 2), (1, 3), (1,)]) for n in range(4)]
    found = result("response", tied, gold)
    assert value(found, "correlation") == 1
    assert found.metrics["il"] is found.metrics["pl"] is found.metrics["top1"] is None
    assert found.pessimistic["il"] is None


def test_items_of_several_shapes_in_one_run() -> None:
    mixed = [make_item("i0", KEPT), make_item("i1", [(1, 2), (1,)], 2), make_item("i2", [2, 1], 4)]
    found = result("requirement", mixed, lambda s, i: gold(s, i))
    assert value(found, "correlation") == 1
    assert found.n_scored == 3


def test_parts_cover_the_items() -> None:
    found = result("response", ITEMS, lambda s, i: gold(s, i) * (1 if i.category == "a" else -1))
    assert found.by.category["a"]["correlation"].value == 1
    assert found.by.category["b"]["correlation"].value == -1
    assert found.by.language["en"]["correlation"].n == 10


def test_types_are_told_apart_on_pairs_that_differ_by_one() -> None:
    typed = []
    for n in range(8):
        item = make_item(f"i{n}", [(1, 2), (1,)], 2)
        both = (item.requirements[0], item.requirements[1].model_copy(update={"type": "style"}))
        typed.append(item.model_copy(update={"requirements": both}))
    found = result("response", typed, lambda s, i: 1.0)
    assert set(found.by.requirement_type) == {"style"}
    assert found.by.requirement_type["style"].value == 0.5


def test_nothing_scored_is_an_error_that_says_what_came() -> None:
    with pytest.raises(ResultError, match="can judge no item"):
        result("requirement", ITEMS, lambda s, i: "not_applicable")
    with pytest.raises(ResultError, match=r"scored no item of 10 \(answers: 30 failed; for example i0: why\)"):
        result("response", ITEMS, lambda s, i: "failed")


def test_pairwise_points_recover_a_total_order() -> None:
    strength = {"a1": 3, "a2": 2, "a3": 1}
    found = result("pair", ITEMS, lambda s, i: float(strength[s.candidates[0]] > strength[s.candidates[1]]))
    assert value(found, "pl") == 1


@pytest.mark.parametrize("transform", [lambda x: 1000 * x - 7, lambda x: x**3, np.exp])
def test_a_monotone_transform_changes_nothing(transform: Callable[[float], float]) -> None:
    rng = random.Random(1)
    drawn = {(i.id, c.id): rng.choice([-1.0, 0.0, 0.5, 2.0]) for i in ITEMS for c in i.candidates}
    plain = result("response", ITEMS, lambda s, i: drawn[i.id, s.candidates[0]])
    bent = result("response", ITEMS, lambda s, i: float(transform(drawn[i.id, s.candidates[0]])))
    # The mean score by kept count is on the score's own scale; everything else goes by order.
    same = {"diagnosis": plain.diagnosis.model_copy(update={"score_by_kept": bent.diagnosis.score_by_kept})}
    assert plain.model_copy(update=same) == bent


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_candidate_order_changes_nothing(order: tuple[int, ...]) -> None:
    score = {"a1": 1.0, "a2": 0.5, "a3": 0.5}
    shuffled = [i.model_copy(update={"candidates": tuple(i.candidates[k] for k in order)}) for i in ITEMS]
    assert result("response", shuffled, lambda s, i: score[s.candidates[0]]) == result(
        "response", ITEMS, lambda s, i: score[s.candidates[0]]
    )


TYPES_OF = {(item.id, requirement.id): requirement.type for item in MINI for requirement in item.requirements}


def test_a_scorer_that_is_blind_to_style_shows_it() -> None:
    blind: Answer = lambda s, i: 0.5 if TYPES_OF[i.id, s.requirement] == "style" else kept(s, i)  # noqa: E731
    found = result("requirement", MINI, blind)
    effects = found.diagnosis.requirement_effect
    # Without a single error every other effect is as large as the ridge lets it be, and leaves style a trace of it.
    assert max(map(abs, effects["style"].ci)) < 0.05
    assert effects["style"].accuracy == 0.5
    for name in ("length", "format", "content"):
        assert effects[name].ci[0] > 4
        assert effects[name].accuracy == 1
    assert value(found, "reading") > 0.5


@pytest.mark.parametrize("noise", [0.3, 0.6])
def test_a_scorer_that_is_blind_to_style_and_errs_shows_it(noise: float) -> None:
    rng = random.Random(1)
    drawn = {(i.id, c.id): rng.gauss(0, noise) for i in MINI for c in i.candidates}

    def blind(source: Source, item: Item) -> float:
        name = source.candidates[0]
        seen = sum(TYPES_OF[item.id, q] != "style" for q in next(c.kept for c in item.candidates if c.id == name))
        return seen + drawn[item.id, name]

    effects = result("response", MINI, blind).diagnosis.requirement_effect
    assert effects["style"].ci[0] < 0 < effects["style"].ci[1]
    assert min(effects[name].ci[0] for name in ("length", "format", "content")) > effects["style"].ci[1] + 0.5


def test_a_scorer_that_counts_words_prefers_length_and_reads_nothing() -> None:
    words = {(i.id, c.id): float(len(c.response.split())) for i in MINI for c in i.candidates}
    counts = {
        unit: result(unit, MINI, lambda s, i: words[i.id, s.candidates[0]]) for unit in ("response", "requirement")
    }
    constant = result("response", MINI, lambda s, i: 1.0)
    for found in counts.values():
        assert found.diagnosis.length_bias.ci[0] > constant.diagnosis.length_bias.ci[1] + 0.5
    assert value(counts["requirement"], "reading") == 0
    assert counts["requirement"].metrics["correlation"] == counts["response"].metrics["correlation"]


def test_a_constant_scorer_goes_by_no_requirement() -> None:
    found = result("response", MINI, lambda s, i: 1.0).diagnosis
    assert {(e.beta, e.ci, e.accuracy) for e in found.requirement_effect.values()} == {(0.0, (0.0, 0.0), 0.5)}
    assert found.tie_rules["favourable"] == {"correlation": 1, "il": 1, "pl": 1}
    assert found.tie_rules["adverse"] == pytest.approx({"correlation": -1, "il": 0.2, "pl": 0})
    assert {name: e.value for name, e in found.score_by_kept.items()} == dict.fromkeys("12345", 0.0)
    assert found.resolution.tied == 1
    assert found.detectable_difference == {"correlation": None, "reading": None}


def test_gold_itself_has_nothing_to_diagnose() -> None:
    found = result("response", MINI, gold).diagnosis
    assert found.length_bias.value == 0
    assert found.tie_rules["favourable"] == found.tie_rules["adverse"] == {"correlation": 1, "il": 1, "pl": 1}
    assert {name: e.value for name, e in found.score_by_kept.items()} == {str(n): n - 3.0 for n in range(1, 6)}
    assert all(effect.ci[0] > 3 for effect in found.requirement_effect.values())
    assert (found.resolution.n_pairs, found.resolution.tied, found.resolution.near_ties) == (600, 0, None)


def test_scores_nearer_than_the_drift_are_near_ties() -> None:
    score = {"a1": 0.503, "a2": 0.500, "a3": 0.500}  # two pairs 0.003 apart, one tied
    answer: Answer = lambda s, i: score[s.candidates[0]]  # noqa: E731
    found = result("response", ITEMS, answer, drift=0.004).diagnosis.resolution
    assert (found.n_pairs, found.drift) == (30, 0.004)
    assert (found.tied, found.near_ties) == pytest.approx((1 / 3, 2 / 3))
    assert result("response", ITEMS, answer, drift=0.002).diagnosis.resolution.near_ties == 0
    assert result("response", ITEMS, answer, drift=0.0).diagnosis.resolution.near_ties == 0
    assert result("response", ITEMS, answer).diagnosis.resolution.near_ties is None


@pytest.mark.parametrize(("unit", "drift"), [("requirement", 0.1), ("pair", None), ("list", None)])
def test_places_do_not_drift(unit: Unit, drift: float | None) -> None:
    found = result(unit, ITEMS, lambda s, i: 1.0 if unit != "list" else (3.0, 2.0, 1.0), drift=0.1)
    assert found.diagnosis.resolution.drift == drift
    assert (found.diagnosis.resolution.near_ties is None) == (drift is None)


def test_the_detectable_difference_is_that_of_two_independent_scorers() -> None:
    rng = random.Random(0)
    drawn = {(i.id, c.id): rng.random() for i in MINI for c in i.candidates}
    found = result("response", MINI, lambda s, i: drawn[i.id, s.candidates[0]])
    figures = [
        correlation([[c.gold for c in i.candidates]], [[drawn[i.id, c.id] for c in i.candidates]])[0] for i in MINI
    ]
    spread = np.std(figures, ddof=1) * 2**0.5
    assert found.diagnosis.detectable_difference["correlation"] == pytest.approx(
        TTestPower().solve_power(nobs=60, alpha=0.05, power=0.8) * spread, rel=0.001
    )
    assert found.diagnosis.detectable_difference["reading"] is None


def test_the_noise_ceiling_is_the_task_s_whoever_scores() -> None:
    found = [result("response", MINI, answer).diagnosis.noise_ceiling for answer in (gold, lambda s, i: 1.0)]
    assert found[0] == found[1]
    assert found[0].correlation.n == 60
    assert found[0].checked == sum(q.check is not None for i in MINI for q in i.requirements) / 300
    assert result("response", ITEMS, gold).diagnosis.noise_ceiling is None


def test_scores_beyond_all_measure_still_have_an_order() -> None:
    found = result("response", ITEMS, lambda s, i: 1.7e308 * (gold(s, i) - 2))
    assert value(found, "correlation") == 1
    assert found.diagnosis.score_by_kept == {"1": None, "2": None, "3": None}


def test_a_difference_that_no_two_models_can_have_is_not_detectable() -> None:
    items = [make_item(f"i{n}", KEPT) for n in range(2)]
    found = result("response", items, lambda source, item: gold(source, item) * (1 if item.id == "i0" else -1))
    assert found.diagnosis.detectable_difference["correlation"] is None
