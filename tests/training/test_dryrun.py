from __future__ import annotations

from pathlib import Path

import pytest

from tests.training.test_trl import paper
from weval.machine import Gpu, Machine
from weval.training import dryrun, read_training
from weval.training.dryrun import DryRun, beside, dry_run, rows_of
from weval.training.recipe import Published, Recipe
from weval.training.sections import flat

RECIPE: Recipe = read_training("grpo_wrl")[0]


def of(monkeypatch: pytest.MonkeyPatch, machine: Machine, **settings: str) -> DryRun:
    monkeypatch.setattr(dryrun, "this_machine", lambda: machine)
    return dry_run(RECIPE, "paper", paper(**settings))


CPU = Machine(frozenset(), (), 16.0)


def test_every_field_of_the_profile_and_everything_published_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    found = of(monkeypatch, CPU)
    fields = [row.field for row in found.rows]
    assert len(fields) == len(set(fields))
    have = {field for field in flat(paper().model_dump(mode="json")) if not field.startswith("model.small.")}
    assert set(fields) == have | set(RECIPE.published)


def test_what_differs_comes_first_and_a_changed_setting_differs(monkeypatch: pytest.MonkeyPatch) -> None:
    before, after = of(monkeypatch, CPU), of(monkeypatch, CPU, optimisation__learning_rate="2e-6")
    new = {row.field for row in after.rows if row.standing == "differs"} - {
        row.field for row in before.rows if row.standing == "differs"
    }
    assert new == {"optimisation.learning_rate"}
    order = [row.standing for row in after.rows]
    assert order == sorted(order, key=["differs", "silent", "same", "ours"].index)


def test_the_papers_profile_differs_in_nothing_but_what_was_not_released(monkeypatch: pytest.MonkeyPatch) -> None:
    differs = {row.field for row in of(monkeypatch, CPU).rows if row.standing == "differs"}
    assert differs == {"data.source", "data.train", "reward.model"}


def test_numbers_are_equal_as_numbers_and_yes_is_no_one() -> None:
    told = {
        "optimisation.epochs": Published(value=5, source="s"),
        "optimisation.bf16": Published(value=True, source="s"),
        "hardware.nodes": Published(value=True, source="s"),
        "policy.clip": Published(value=None, source="silent"),
        "comparison.judge": Published(value="qwen-plus", source="s"),
    }
    standing = {row.field: row.standing for row in beside(told, paper())}
    assert standing["optimisation.epochs"] == standing["optimisation.bf16"] == "same"
    assert standing["hardware.nodes"] == "differs" and standing["policy.clip"] == "silent"
    assert standing["comparison.judge"] == "differs"  # a section that this profile has not


def test_ppo_is_told_by_verl(monkeypatch: pytest.MonkeyPatch) -> None:
    found = of(monkeypatch, CPU, policy__algorithm="ppo")
    assert found.target == "verl" and {one.target for one in found.differences} == {"verl"}
    assert of(monkeypatch, CPU).target == "trl"


def test_what_is_not_here_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    found = of(monkeypatch, CPU, hardware__nodes="2")
    assert found.here == "no GPU, 16 GB of main memory" and "8 × H200" in found.wanted
    assert any("machines" in lack for lack in found.lacks) and any("8 GPUs" in lack for lack in found.lacks)


def test_a_machine_that_has_all_lacks_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(frozenset(), tuple(Gpu("H200", 141.0) for _ in range(8)), 1000.0)
    assert not of(monkeypatch, machine).lacks


def test_memory_that_is_too_small_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(frozenset(), tuple(Gpu("A10", 24.0) for _ in range(8)), 100.0)
    assert any("24 here" in lack for lack in of(monkeypatch, machine).lacks)
    found = of(monkeypatch, machine, hardware__gpu_memory_gb="40", policy__engine="vllm-server")
    assert any("has 40" in lack for lack in found.lacks)


def test_what_would_not_begin_is_told_before_it_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    assert of(monkeypatch, CPU).refused is None
    assert "times 32 devices" in (of(monkeypatch, CPU, hardware__nodes="4").refused or "")
    assert of(monkeypatch, CPU, policy__algorithm="ppo").refused is None  # by veRL


def test_rows_are_counted_where_the_data_is(tmp_path: Path) -> None:
    file = tmp_path / "built" / "prompts" / "prompts.jsonl"
    file.parent.mkdir(parents=True)
    file.write_text("{}\n" * 500)
    for source in (str(file), str(tmp_path / "built")):
        assert rows_of(RECIPE, paper(data__source=source))[0] == 500 - 128
    assert rows_of(RECIPE, paper(data__train="40"))[0] == 40
    assert rows_of(RECIPE, paper(data__source="weval-mini", data__holdout="10"))[0] == 50


def test_rows_that_are_not_here_are_as_published_and_that_is_said() -> None:
    n, said = rows_of(RECIPE, paper())
    assert n == 13_221 and said is not None and "not here" in said
    assert rows_of(RECIPE.model_copy(update={"published": {}}), paper()) == (None, None)


def test_pairs_that_are_not_made_yet_are_not_guessed(tmp_path: Path) -> None:
    head = {"reward_head__head": "logit"}
    assert rows_of(RECIPE, paper(data__source="weval-mini", **head))[0] is None
    pairs = tmp_path / "pairs" / "pairs.jsonl"
    pairs.parent.mkdir()
    pairs.write_text("{}\n" * 30)
    assert rows_of(RECIPE, paper(data__source=str(tmp_path), data__holdout="10", **head))[0] == 20


def test_queries_of_a_critic_are_no_rows() -> None:
    recipe = read_training("critic_sft")[0]
    n, said = rows_of(recipe, recipe.profile("tiny"))
    assert n is None and said is not None and "known when they are read" in said


def test_what_is_kept_of_the_data_is_what_counts() -> None:
    assert rows_of(RECIPE, paper(comparison__judge="keywords", comparison__keep="30"))[0] == 30
