from __future__ import annotations

from pathlib import Path

import pytest

from weval.reproduce.costs import StepCost, cost_of
from weval.reproduce.graph import Graph
from weval.reproduce.manifest import Bench, Build, Fetch, Run, Step, Train, profile_names, read_profile
from weval.reproduce.sizes import read_sizes
from weval.textmodels.prices import price_of
from weval.training.estimate import estimate
from weval.training.recipe import read_training
from weval.training.shapes import SHAPES

PAPER = read_profile("paper")
GRAPH = Graph(PAPER, Path("/out"), {}, {})
GPU = read_sizes().gpu


def cost(step: Step | str) -> StepCost:
    return cost_of(PAPER.steps[step] if isinstance(step, str) else step, GRAPH)


def per_second() -> float:
    return GPU.peak_tflops * 1e12 * GPU.utilisation


@pytest.mark.parametrize("name", profile_names())
def test_every_step_of_every_profile_has_costs_and_none_is_unknown_for_a_fault(name: str) -> None:
    graph = Graph(read_profile(name), Path("/out"), {}, {})
    for step in graph.profile.steps.values():
        found = cost_of(step, graph)
        assert found.gpus == step.gpus
        assert not [note for note in found.notes if note.startswith("not known")]
        assert all(value is None or value >= 0 for value in found.model_dump(exclude={"notes"}).values())


def test_all_of_the_papers_steps_are_priced() -> None:
    for name, step in PAPER.steps.items():
        found = cost(name)
        assert (found.gpu_hours is not None) == bool(step.gpus), name
        assert (found.usd is not None) == bool(found.paid_requests), name
        assert (found.memory_gb is not None) == bool(step.gpus), name


def test_a_judge_by_requirement_is_asked_for_each_one_of_each_response() -> None:
    judge, whole = cost("t4-qwen-7b"), cost("t4-skywork-llama")
    assert judge.requests == 550 * 5 * 5 and whole.requests == 550 * 5
    assert cost("t4-rm").requests == 550 * 5 * 5, "the released way asks the reward model so"
    assert (judge.paid_requests, judge.usd) == (0, None)
    assert judge.tokens_out == 13750 * 250 and whole.tokens_out == 0
    assert cost("t6-qwen-7b") == cost("t7-qwen-7b") == judge, "of as many answers"


def test_hours_are_two_operations_a_parameter_and_token_and_writing_waits() -> None:
    found, parameters = cost("t4-qwen-7b"), 7.62e9
    assert found.tokens_in is not None and found.tokens_out is not None and found.gpu_hours is not None
    seconds = 2 * parameters * (found.tokens_in + found.tokens_out / GPU.decoding) / per_second()
    assert found.gpu_hours == pytest.approx(seconds / 3600)
    assert found.gpu_usd == pytest.approx(found.gpu_hours * GPU.usd_per_hour)
    assert any("USD per GPU and hour is an assumption" in note for note in found.notes)


def test_of_a_mixture_of_experts_the_parameters_count_that_a_token_meets() -> None:
    large, dense = cost("wb-deepseek-r1").gpu_hours, cost("wb-llama-3.3-70b").gpu_hours
    assert large is not None and dense is not None and large < dense


def test_a_benchmark_takes_a_text_an_item_and_so_many_calls_about_it() -> None:
    writing, arena, finder = cost("wb-base"), cost("aw-base"), cost("finder-base-1.5b")
    assert writing.requests == 1000 + 5 * 1000 and writing.paid_requests == 0
    assert (arena.requests, arena.paid_requests) == (100 + 1200, 1200)
    assert (finder.requests, finder.paid_requests) == (100 + 419, 419)
    assert cost("rb-rm-32b").requests == 2 * 2985


def test_an_api_costs_what_the_table_of_prices_says() -> None:
    price = price_of("gpt-4o", host="api.openai.com")
    size, found = read_sizes().benchmarks["arena-write"], cost("aw-base")
    (judging,) = size.judging
    read = size.prompt_tokens + 2 * size.text_tokens + judging.beside
    assert price is not None and found.usd == pytest.approx(1200 * (read * price.input + 250 * price.output) / 1e6)


def test_a_model_without_a_price_is_named() -> None:
    unpriced = PAPER.steps["finder-base-1.5b"].model_copy(update={"judge": "openai/no-such-model"})
    found = cost(unpriced)
    assert found.usd is None and found.paid_requests == 419
    assert "no price is known of openai/no-such-model" in found.notes


def test_a_build_answers_every_version_of_every_query() -> None:
    gpt, new = cost("build-gpt4o"), cost("build-answers")
    assert gpt.requests == gpt.paid_requests == 2750
    assert new.requests == 2500 + 5 * 2500, "requirements for each seed, an answer to each version"
    prompts = cost("build-prompts")
    assert prompts.requests == 20000 and prompts.usd is not None and prompts.usd > 1
    only = Build(
        does="build", about="a", recipe="weval-gpt4o", step="answer", settings={"requirements.task": "weval-mini"}
    )
    assert cost(only).requests == 300


def test_a_training_is_reckoned_by_the_estimate_of_trainings_for_the_rows_that_are_told() -> None:
    found = cost("grpo-judge-rl")
    profile = read_training("grpo_llm_judge")[0].profile("paper")
    told = estimate(profile, Path(), 13221)
    assert told.hours is not None and found.gpu_hours == pytest.approx(8 * told.hours)
    assert found.gpu_usd == pytest.approx(told.usd)
    assert any(note.startswith("13,221 rows: arXiv 2604.27453") for note in found.notes)
    assert "what its server takes is not in" in found.notes
    one, fourteen = cost("grpo-wrl-rm-1.5b").gpu_hours, cost("grpo-wrl-rm-distill-14b").gpu_hours
    ratio = SHAPES["Qwen/Qwen2.5-14B"].parameters / SHAPES["Qwen/Qwen2.5-1.5B"].parameters
    assert one is not None and fourteen is not None and fourteen / one == pytest.approx(ratio, rel=0.15)


def test_a_limit_and_a_file_of_ones_own_make_it_less(tmp_path: Path) -> None:
    run = Run(does="run", about="a", model="skywork-rm", task="weval", limit=10)
    assert cost(run).requests == 50
    own = tmp_path / "queries.jsonl"
    own.write_text("{}\n" * 7, encoding="utf-8")
    bench = Bench(does="bench", about="a", benchmark="writingbench", model="server/m", judge="server/j", data=str(own))
    urls = {"writer.base_url": "http://127.0.0.1:1", "judge.base_url": "http://127.0.0.1:1"}
    bench = bench.model_copy(update={"settings": urls})
    assert cost(bench).requests == 7 + 35
    assert cost(bench.model_copy(update={"limit": 2})).requests == 2 + 10


def test_what_is_free_costs_nothing_and_what_is_not_known_says_so() -> None:
    assert cost(Fetch(does="fetch", about="a", name="weval")) == StepCost(requests=0, paid_requests=0)
    assert cost("t4-human").requests == 0
    own = Run(does="run", about="a", model="skywork-rm", data="items.jsonl")
    assert cost(own).requests is None and cost(own).notes == ("how much it asks is not known",)
    wrong = Train(does="train", about="a", recipe="sft", profile="paper", settings={"data.sauce": 1})
    assert cost(wrong).notes == ("not known: --set data.sauce: is not a known key",)


def test_a_model_that_a_training_makes_is_asked_as_it_was_trained_to_be() -> None:
    tiny = Graph(read_profile("tiny"), Path("out"), {}, {})
    asked = {name: cost_of(tiny.profile.steps[name], tiny).requests for name in ("t4-rm", "t4-skywork-llama")}
    assert asked == {"t4-rm": 12 * 5 * 5, "t4-skywork-llama": 12 * 5}  # by requirement; by response
    assert cost_of(tiny.profile.steps["t4-critic"], tiny).requests == 12 * 5 * 5
    assert (
        cost_of(tiny.profile.steps["wb-base"], tiny).requests == 6 + 6 * 5 * 4
    )  # a text, and four scores by each of five criteria
