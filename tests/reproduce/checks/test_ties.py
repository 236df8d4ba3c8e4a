from __future__ import annotations

import numpy as np
import pytest

from weval.metrics import released, tie_rate
from weval.reproduce.checks.printed import FIGURES, read_printed
from weval.reproduce.checks.ties import N_ITEMS, SEED, JudgeType, emissions, opinions, ties
from weval.rooms import room

GOLD = np.broadcast_to(np.arange(5, 0, -1), (N_ITEMS, 5))


@pytest.fixture(scope="module")
def types() -> dict[str, JudgeType]:
    return {each.name: each for each in ties(5).types}


def test_favourable_is_what_the_script_does(types: dict[str, JudgeType]) -> None:
    for name, scores in emissions(opinions(N_ITEMS, 5, SEED)).items():
        by_script = released(GOLD, scores)
        assert types[name].favourable.correlation == pytest.approx(100 * by_script.correlation.mean(), abs=1e-6)
        assert types[name].favourable.pl == pytest.approx(100 * by_script.pl.mean(), abs=1e-6)
        assert types[name].tied == pytest.approx(100 * tie_rate(GOLD, scores).mean(), abs=1e-6)


def test_ours_lies_between_the_two_rules_and_ties_are_what_sets_them_apart(types: dict[str, JudgeType]) -> None:
    for each in types.values():
        for figure in FIGURES:
            values = [getattr(by, figure) for by in (each.adverse, each.headline, each.favourable)]
            assert values == sorted(values)
        gain = each.favourable.correlation - each.headline.correlation
        assert gain == pytest.approx(each.tied, abs=1e-5)  # every tied pair gains a point by the script
        assert each.headline.correlation - each.adverse.correlation == pytest.approx(gain, abs=1e-5)
    logit = types["a logit for the whole text"]
    assert logit.tied == 0
    assert logit.adverse == logit.headline == logit.favourable


def test_whole_judges_gain_more_than_fine_ones(types: dict[str, JudgeType]) -> None:
    tied = {name: each.tied for name, each in types.items()}
    assert tied["1 to 10 for the whole text"] > tied["1 to 10 per requirement"] > tied["softmax, half at 0 or 1"]
    assert tied["yes or no, yes at 90%"] > tied["yes or no"] > tied["softmax, 9 of 10 at 0 or 1"]


def test_each_type_emits_what_it_says() -> None:
    opinion = opinions(N_ITEMS, 5, SEED)
    found = emissions(opinion)
    assert all(scores.shape == (N_ITEMS, 5) for scores in found.values())
    whole = found["1 to 10 for the whole text"]
    assert set(np.unique(whole)) <= set(range(1, 11))
    assert set(np.unique(found["yes or no"])) == {0.0, 0.2, 0.4, 0.6, 0.8, 1.0}
    assert found["yes or no, yes at 90%"].mean() == pytest.approx(0.9, abs=0.001)
    tenths = 5 * found["1 to 10 per requirement"]
    assert tenths == pytest.approx(np.round(tenths))


def test_a_softmax_is_as_saturated_as_it_says() -> None:
    opinion = opinions(400, 5, SEED).reshape(-1, 1, 1)  # a single requirement: the score is its probability
    for share, name in ((0.5, "softmax, half at 0 or 1"), (0.9, "softmax, 9 of 10 at 0 or 1")):
        scores = emissions(opinion)[name]
        assert np.isin(scores, (0.0, 1.0)).mean() == pytest.approx(share, abs=0.01)
        assert scores == pytest.approx(np.round(scores, 3), abs=1e-12)
        assert 0 <= scores.min() < scores.max() <= 1


def test_the_scorer_stands_where_published_reward_models_do(types: dict[str, JudgeType]) -> None:
    rows = [row for row in read_printed(room("results")).rows if row.name.startswith("Skywork")]
    published = [row.figures.correlation for row in rows]
    assert min(published) <= types["a logit for the whole text"].headline.correlation <= max(published)


def test_opinions_follow_gold_and_repeat_themselves() -> None:
    found = opinions(400, 5, 1)
    assert (found == opinions(400, 5, 1)).all()
    assert (found != opinions(400, 5, 2)).any()
    means = found.mean(axis=0)
    for candidate in range(5):
        assert (means[candidate, : 5 - candidate] > 0.7).all()
        assert (means[candidate, 5 - candidate :] < -0.7).all()
