from __future__ import annotations

import pytest

from weval.report.insights import insights
from weval.results import Estimate, Resolution, Result
from weval.wording import number


def said(result: Result) -> str:
    return "\n".join(insights(result))


def with_diagnosis(result: Result, **changes: object) -> Result:
    return result.model_copy(update={"diagnosis": result.diagnosis.model_copy(update=changes)})


def test_every_part_of_the_diagnosis_has_its_sentence(result: Result) -> None:
    text = said(result)
    assert "Length bias -0.028 (-0.102 … 0.045)" in text
    assert "Noise ceiling 0.847 (0.826 … 0.865)" in text
    assert "Checks decide 51% of them" in text
    assert "from 0.328 (all against gold) to 0.900 (all in gold order" in text
    assert "28.6% of the pairs are tied exactly. Nobody measured" in text
    detectable = number(result.diagnosis.detectable_difference["correlation"])
    assert f"on 58 items four times in five if their correlations differ by {detectable}" in text


def test_position_bias_is_spoken_of_where_texts_were_shown_in_an_order(result: Result) -> None:
    assert "Position bias" not in said(result)
    biased = with_diagnosis(result, position_bias=Estimate(value=0.05, ci=(0.02, 0.08), n=60))
    assert "Position bias 0.050 (0.020 … 0.080): how much more often the text shown first wins" in said(biased)


def test_what_is_undefined_is_not_spoken_of(result: Result) -> None:
    empty = with_diagnosis(
        result,
        length_bias=None,
        noise_ceiling=None,
        tie_rules={rule: {"correlation": None, "il": None, "pl": None} for rule in ("favourable", "adverse")},
        detectable_difference={"correlation": None, "reading": None},
    )
    (only,) = insights(empty)
    assert only.startswith("Resolution")


def test_a_rule_for_ties_that_decides_nothing_is_not_mentioned(result: Result) -> None:
    rules = {rule: {"correlation": 0.5, "il": 0.2, "pl": 0.1} for rule in ("favourable", "adverse")}
    assert "Ties decide" not in said(with_diagnosis(result, tie_rules=rules))


@pytest.mark.parametrize(
    ("near", "drift", "words"),
    [(None, None, "Nobody measured"), (0.125, 0.004, "12.5% more are no further apart than the drift, 0.004")],
)
def test_near_ties_need_a_drift(result: Result, near: float | None, drift: float | None, words: str) -> None:
    resolution = Resolution(n_pairs=100, tied=0.25, near_ties=near, drift=drift)
    assert words in said(with_diagnosis(result, resolution=resolution))
