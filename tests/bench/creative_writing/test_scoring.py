from __future__ import annotations

import pytest

from weval.bench.creative_writing.criteria import CRITERIA, NEGATIVE
from weval.bench.creative_writing.parsing import parse_scores
from weval.bench.creative_writing.scoring import aggregate, piece_score, recorded_pieces

BEST = {name: 0.0 if name in NEGATIVE else 20.0 for name in CRITERIA}
NOTHING = {"overall_score": None, "eqbench_creative_score": None}


def test_a_piece_that_is_best_in_everything_has_20_and_the_worst_0() -> None:
    assert piece_score(BEST) == 20
    assert piece_score({name: 20 - value for name, value in BEST.items()}) == 0


@pytest.mark.parametrize("name", CRITERIA)
def test_a_piece_without_one_of_its_criteria_has_no_score(name: str) -> None:
    assert piece_score({other: 10.0 for other in CRITERIA if other != name}) is None


@pytest.mark.parametrize("value", [-1.0, 21.0, float("nan")])
def test_a_score_out_of_range_is_none(value: float) -> None:
    assert piece_score(BEST | {"Coherent": value}) is None


def test_a_judge_that_copies_the_bullets_costs_nothing_but_in_the_original() -> None:
    reply = "\n".join(f"- {name}: {20 if name in NEGATIVE else 0}" for name in CRITERIA)
    assert piece_score(parse_scores(reply)) == 0
    assert piece_score(parse_scores(reply, mode="original"), mode="original") == pytest.approx(20 * 9 / 22)


def test_the_original_drops_what_is_above_20_once_turned() -> None:
    assert piece_score({"Meandering": -5.0, "Coherent": 4.0}, mode="original") == 4
    assert piece_score({"Meandering": -5.0}, mode="original") is None


def test_a_prompt_weighs_the_same_however_many_of_its_pieces_have_a_score() -> None:
    worst = {name: 20 - value for name, value in BEST.items()}
    pieces = [("1", BEST), ("2", worst), ("2", worst), ("2", {})]
    assert aggregate(pieces) == {"overall_score": 10, "eqbench_creative_score": 50}
    assert aggregate(pieces, mode="original") == {"overall_score": 6.67, "eqbench_creative_score": 33.33}


def test_without_pieces_there_is_no_score() -> None:
    assert aggregate([]) == NOTHING
    assert aggregate([("1", {})]) == NOTHING
    assert aggregate([("1", {})], mode="original") == {"overall_score": 0, "eqbench_creative_score": 0}


def test_the_pieces_of_a_recorded_run() -> None:
    tasks = [{"results_by_modifier": {m: {"judge_scores": {"Coherent": 1}} for m in "ab"}}, {"results_by_modifier": {}}]
    assert [prompt for prompt, _ in recorded_pieces(tasks)] == ["1", "1"]
