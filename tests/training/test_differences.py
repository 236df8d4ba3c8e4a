from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from tests.training.mapping import TABLE
from tests.training.test_trl import paper
from weval.training import read_training
from weval.training.differences import COLOCATED_TOKENS, Target, differences


@pytest.mark.parametrize("target", get_args(Target))
def test_of_the_papers_settings_the_differences_are_those_of_the_table_and_no_others(target: Target) -> None:
    expected = {row.differs[target] for row in TABLE if target in row.differs}
    also = {"reward.alarms"} if target == "verl" else set()  # ours, not the paper's
    assert {one.field for one in differences(paper(), target)} == expected | also


def test_what_a_framework_cannot_be_told_is_in_no_argument_of_it() -> None:
    for row in TABLE:
        if "trl" in row.differs:
            assert not row.trl.keys() & {"max_num_batched_tokens", "enable_chunked_prefill"}


def test_what_changes_learning_comes_first() -> None:
    order = [one.changes for one in differences(paper(), "trl")]
    assert order == sorted(order, key=["learning", "speed", "watching"].index) and order[0] == "learning"


def test_a_server_takes_what_a_vllm_in_trls_own_process_does_not() -> None:
    fields = {one.field for one in differences(paper(policy__engine="vllm-server"), "trl")}
    assert not fields & {"policy.max_batched_tokens", "policy.chunked_prefill"}


def test_what_is_as_trl_has_it_is_no_difference() -> None:
    profile = paper(
        policy__max_batched_tokens=str(COLOCATED_TOKENS),
        policy__chunked_prefill="true",
        policy__kl="0",
        policy__experience_micro_batch="2",
    )
    fields = [one.field for one in differences(profile, "trl")]
    assert fields == ["advantage.eps", "reference.offload", "padding", "policy.validation_temperature"]


def test_verl_says_what_it_leaves_out_of_a_profile() -> None:
    profile = paper(model__lora__dropout="0.1", optimisation__bf16="false", policy__engine="transformers")
    fields = [one.field for one in differences(profile, "verl")]
    assert {"model.lora.dropout", "optimisation.bf16", "policy.engine", "loss.average"} <= set(fields)


def test_trls_code_is_still_as_the_differences_say() -> None:
    """When this fails, TRL has changed, and a difference may have gone."""
    import trl

    folder = Path(trl.__file__).parent
    trainer, engine = (folder / name for name in ("trainer/grpo_trainer.py", "generation/vllm_generation.py"))
    assert "(std_rewards + 1e-4)" in trainer.read_text()
    assert f"max_num_batched_tokens={COLOCATED_TOKENS}," in engine.read_text()
    assert "enable_chunked_prefill" not in engine.read_text()


def test_without_a_policy_there_is_none() -> None:
    recipe, _ = read_training("rm_bradley_terry")
    assert not differences(recipe.profile("paper"), "trl")
