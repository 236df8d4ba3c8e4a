from __future__ import annotations

import json
from typing import Any

import pytest

from weval.adapters.judge.outcome import NoVerdict
from weval.bench.race import DIMENSIONS, both_orders, judged_original, race_score, scored
from weval.errors import DataError, OriginalError

CRITERIA: dict[str, Any] = {
    "dimension_weight": dict(zip(DIMENSIONS, (0.4, 0.3, 0.2, 0.1), strict=True)),
    "criterions": {
        name: [{"criterion": f"Ｗide {name}", "weight": 0.25}, {"criterion": f"Deep  {name}", "weight": 0.75}]
        for name in DIMENSIONS
    },
}


def output(**other: object) -> dict[str, Any]:
    """Averages of 6 and 3 in every dimension, unless said otherwise."""
    said: dict[str, Any] = {
        name: [
            {"criterion": f"Deep {name}", "article_1_score": 7, "article_2_score": 2.0},
            {"criterion": f" Wide\t{name}\n", "article_1_score": 3, "article_2_score": 6, "analysis": "…"},
        ]
        for name in DIMENSIONS
    }
    return {**said, **other}


def changed(**fields: object) -> dict[str, Any]:
    said = output()
    said["insight"][1].update(fields)
    return said


def test_shares_of_article_1() -> None:
    assert scored(output(), CRITERIA) == pytest.approx(dict.fromkeys((*DIMENSIONS, "overall_score"), 2 / 3))
    said = output(comment="Good.")
    for entry in said["insight"]:
        entry.update(article_1_score=0, article_2_score=10)
    shares = scored(said, CRITERIA)
    assert shares["insight"] == 0
    assert shares["overall_score"] == pytest.approx(4.2 / (4.2 + 0.7 * 3 + 0.3 * 10))  # the share of the totals


def test_weights_need_not_add_up_to_1() -> None:
    doubled = {
        "dimension_weight": CRITERIA["dimension_weight"],
        "criterions": {
            name: [{**row, "weight": row["weight"] * 2} for row in rows]
            for name, rows in CRITERIA["criterions"].items()
        },
    }
    assert scored(output(), doubled) == pytest.approx(scored(output(), CRITERIA))


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ([], "no JSON object"),
        (None, "no JSON object"),
        ({}, "no list of scores for comprehensiveness"),
        (output(insight={}), "no list of scores for insight"),
        (output(insight=[]), "insight has no score for a criterion: 'Wide insight'"),
        (output(insight=output()["insight"][:1]), "has no score for a criterion: 'Wide insight'"),
        (output(insight=output()["insight"] * 2), "two scores for a criterion: 'Deep insight'"),
        (output(insight=[*output()["insight"], "x"]), "a score without a criterion"),
        (changed(criterion=7), "a score without a criterion"),
        (changed(criterion="WIDE INSIGHT"), "no criterion of it: 'WIDE INSIGHT'"),
        (changed(criterion="1. Wide insight"), "no criterion of it"),
        (changed(article_1_score="7"), "'Wide insight' is no number from 0 to 10"),
        (changed(article_1_score=True), "no number"),
        (changed(article_1_score=None), "no number"),
        (changed(article_2_score=float("nan")), "no number"),
        (changed(article_2_score=10.1), "no number"),
        (changed(article_2_score=-1), "no number"),
        (changed(article_2_score=10**5000), "no number"),
        (
            output(insight=[{**entry, "article_1_score": 0, "article_2_score": 0} for entry in output()["insight"]]),
            "both articles have 0 in insight",
        ),
    ],
)
def test_what_is_not_scored_whole_has_no_score(said: object, why: str) -> None:
    assert race_score(said, CRITERIA) is None
    with pytest.raises(NoVerdict, match=why):
        scored(said, CRITERIA)


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([], "there are none"),
        ([{"criterion": "A", "weight": 0.5}, {"criterion": " A", "weight": 0.5}], "two have the same text"),
        ([{"criterion": "A", "weight": 0}], "not above 0"),
        ([{"criterion": "A", "weight": float("nan")}], "not above 0"),
        ([{"criterion": "A"}], "missing"),
        (None, "missing"),
    ],
)
def test_criteria_that_cannot_be_used_are_an_error(rows: object, why: str) -> None:
    with pytest.raises(DataError, match=why):
        race_score(output(), {**CRITERIA, "criterions": {**CRITERIA["criterions"], "comprehensiveness": rows}})


def test_the_original_gives_a_score_for_a_part() -> None:
    said = output(insight=[], readability=[{"criterion": "Deep readability", "article_1_score": 9}])
    shares = race_score(said, CRITERIA, mode="original")
    assert shares is not None
    assert (shares["insight"], shares["readability"]) == (0, 1)
    with pytest.raises(OriginalError):
        race_score([], CRITERIA, mode="original")


def test_both_orders_are_one_score_of_the_target() -> None:
    judged = scored(output(), CRITERIA)
    mirrored = {
        name: [
            {
                "criterion": entry["criterion"],
                "article_1_score": entry["article_2_score"],
                "article_2_score": entry["article_1_score"],
            }
            for entry in entries
        ]
        for name, entries in output().items()
    }
    assert both_orders(judged, scored(mirrored, CRITERIA)) == pytest.approx(judged)
    assert both_orders(judged, judged) == pytest.approx(dict.fromkeys(judged, 0.5))  # all position, no preference
    assert both_orders(judged, None) is both_orders(None, judged) is None


def test_the_original_asks_up_to_ten_times() -> None:
    reply = json.dumps(output())
    shares = race_score(output(), CRITERIA, mode="original")
    assert judged_original(["no", None, f"Sure: {reply} So."], CRITERIA) == (shares, 3)
    assert judged_original(["no"] * 10 + [reply], CRITERIA) == (None, 10)
    assert judged_original(['{"insight": []}', "5", "9" * 5000], CRITERIA) == (None, 10)
    assert judged_original([json.dumps(" ".join(DIMENSIONS))], CRITERIA) == (None, 1)
