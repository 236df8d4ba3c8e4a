from __future__ import annotations

from pathlib import Path

import pytest

from tests.training.test_trl import paper
from weval.training import read_training
from weval.training.estimate import Estimate, estimate, per_token, steps_of
from weval.training.shapes import SHAPES

SEVEN = SHAPES["Qwen/Qwen2.5-7B-Instruct"]


def found(n_rows: int | None = 13_221, **settings: str) -> Estimate:
    return estimate(paper(**settings), Path("base"), n_rows)


def gb(one: Estimate) -> dict[str, float]:
    return {share.name: share.gb for share in one.memory}


def test_vllm_beside_takes_its_share_beside_what_stays_of_the_training() -> None:
    one = found()
    states = sum(gb(one)[name] for name in ("weights", "Adam", "reference"))
    assert one.rollout_gb == pytest.approx(0.8 * 141) and one.fits == pytest.approx(0.8 * 141 + states)
    assert one.fits > (one.memory_gb or 0.0)
    assert found(policy__engine="vllm-server").rollout_gb is None


def test_steps_are_those_of_whole_rollouts() -> None:
    assert steps_of(paper(), 13_221) == 680  # 34 rollouts of four steps, five times
    assert steps_of(paper(), 13_221) == 5 * paper().optimisation.save_every
    assert steps_of(paper(), 383) == 0
    assert steps_of(paper(optimisation__max_steps="7"), None) == 7
    assert steps_of(paper(), None) is None


def test_steps_of_other_recipes_count_the_last_batch_too() -> None:
    profile = paper().model_copy(update={"policy": None})
    assert steps_of(profile, 97) == 10 and steps_of(profile, 96) == 5


def test_a_token_costs_two_operations_per_weight_and_attention_on_top() -> None:
    body = SEVEN.parameters - SEVEN.vocabulary * SEVEN.hidden
    assert per_token(SEVEN, 0) == 2 * body
    assert per_token(SEVEN, 1000) - per_token(SEVEN, 0) == 2 * 28 * 28 * 128 * 1000


def test_without_its_head_a_model_multiplies_its_body_only() -> None:
    small = SHAPES["Qwen/Qwen2.5-0.5B"]  # whose head is its embedding
    for shape, tables in ((SEVEN, 2), (small, 1)):
        body = shape.parameters - tables * shape.vocabulary * shape.hidden
        assert per_token(shape, 0, has_head=False) == 2 * body
    encoder = SHAPES["sentence-transformers/all-MiniLM-L6-v2"]
    assert per_token(encoder, 0) == per_token(encoder, 0, has_head=False)


def test_where_nobody_knows_the_rows_hours_are_told_for_ten_thousand() -> None:
    profile = read_training("sft")[0].profile("paper")
    unknown, known = (estimate(profile, Path("base"), n) for n in (None, 10_000))
    assert unknown.hours is None and known.hours is not None and known.usd is not None
    assert f"every 10,000 rows take 471 steps, {known.hours:.2g} hours, {known.usd:,.0f} USD" in unknown.notes


def test_a_double_difference_reads_four_texts_for_a_row() -> None:
    settings = {"reward_head__unit": "requirement", "optimisation__max_steps": "5"}
    pair, two = (
        estimate(paper(reward_head__objective=objective, **settings).model_copy(update={"policy": None}), Path(), None)
        for objective in ("bradley-terry", "double-difference")
    )
    assert pair.texts and two.texts == 2 * pair.texts and gb(two)["activations"] == 2 * gb(pair)["activations"]


def test_hours_and_money_follow_from_the_operations() -> None:
    one = found(hardware__usd_per_gpu_hour="2")
    assert one.hours is not None and one.hours_most is not None and one.usd is not None
    assert one.usd == pytest.approx(one.hours * 8 * 2) and one.hours_most > 5 * one.hours
    faster = found(hardware__utilisation="0.7")
    assert faster.hours == pytest.approx(one.hours / 2)
    assert found(hardware__nodes="2", policy__rollout_prompts="384").hours == pytest.approx(one.hours / 2)


def test_supervised_training_takes_about_six_operations_per_weight_and_token() -> None:
    profile = paper(optimisation__max_steps="10", optimisation__activation_checkpointing="false")
    one = estimate(profile.model_copy(update={"policy": None}), Path("base"), None)
    assert one.tokens == 10 * 96 * 2000 and one.flops is not None
    assert one.flops == pytest.approx(6 * SEVEN.parameters * one.tokens, rel=0.1)


def test_what_nobody_knows_is_said_and_not_guessed() -> None:
    one = found(None, model__base="somebody/model")
    assert (one.parameters, one.memory_gb, one.steps, one.hours, one.usd) == (None,) * 5
    assert any("somebody/model" in note for note in one.notes) and any("steps" in note for note in one.notes)


def test_on_a_cpu_there_are_no_hours_and_no_money() -> None:
    one = found(hardware__gpus="0")
    assert one.hours is None and one.usd is None and one.memory_gb is not None
