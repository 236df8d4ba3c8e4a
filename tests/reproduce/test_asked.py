from __future__ import annotations

from pathlib import Path

import pytest

from weval.errors import ConfigError
from weval.reproduce.asked import Asked, asked_of, filled, profile_of, recipe_of, whole_model
from weval.reproduce.graph import Graph
from weval.reproduce.manifest import Bench, Build, Doing, Fetch, Profile, Run, Step, Train, read_profile

PAPER = Graph(read_profile("paper"), Path("/out"), {}, {})


def asked(name: str) -> dict[str, Asked]:
    return {one.part: one for one in asked_of(PAPER.profile.steps[name], PAPER)}


def graph(**steps: Step) -> Graph:
    brought = {"rm": {"what": "w", "why": "w", "how": "h"}}
    said = {"name": "p", "title": "P", "about": "p", "is_check": True, "brought": brought}
    profile = Profile.model_validate({**said, "steps": steps or {"none": run("length")}})
    return Graph(profile, Path("/out"), {"rm": Path("/mine")}, {}, Path("/manifests"))


def one(step: Doing) -> Asked | None:
    (found, *more) = [*asked_of(step, graph()), None]
    assert more in ([], [None])
    return found


def run(model: str, **settings: str) -> Run:
    return Run(does="run", about="a", model=model, task="weval-mini", settings=dict(settings))


def test_a_preset_is_asked_as_it_says_with_the_steps_settings_on_top() -> None:
    judge = asked("t4-qwen-72b")["model"]
    assert (judge.gpus, judge.repository) == (4, "Qwen/Qwen2.5-72B-Instruct")
    assert judge.weights is not None and judge.weights.memory_gb == 145.4
    found = one(run("qwen2.5-7b-judge", temperature="0"))
    assert found is not None and found.preset.strings()["temperature"] == "0"
    assert found.preset.strings()["prompt"] == "requirement-binary"


def test_a_model_that_a_step_makes_is_as_large_as_its_base() -> None:
    rm, critic = asked("t4-rm")["model"], asked("wb-wrl-rm-distill-14b")
    assert (rm.made_by, rm.awaited, rm.repository) == ("rm", True, "{step:rm}/model")
    assert rm.weights is not None and rm.weights.memory_gb == 15.2
    assert critic["writer"].made_by == "grpo-wrl-rm-distill-14b"
    assert critic["writer"].weights is not None and critic["writer"].weights.memory_gb > 28
    assert not critic["judge"].awaited


def test_a_hosted_model_has_its_address_and_the_name_of_its_key() -> None:
    judge = asked("aw-base")["judge"]
    assert judge.preset.endpoint == "https://api.openai.com/v1"
    assert judge.preset.strings()["key_env"] == "OPENAI_API_KEY" and judge.preset.source == "api.openai.com"
    assert judge.repository is None and judge.weights is None
    gemini = asked("wb-gemini-2.5-pro")["writer"]
    assert gemini.preset.strings()["key_env"] == "GEMINI_API_KEY"
    claude = one(run("judge:anthropic/claude-sonnet-5"))
    assert claude is not None and claude.preset.endpoint == "https://api.anthropic.com/v1"


def test_a_key_is_not_shown_at_another_address() -> None:
    found = one(run("gemini-judge", base_url="https://example.org/v1"))
    assert found is not None and found.preset.endpoint == "https://example.org/v1"
    assert "key_env" not in found.preset.strings()


def test_what_needs_nothing_is_no_model() -> None:
    assert one(run("length")) is None and one(run("human:people.jsonl")) is None
    assert asked_of(Fetch(does="fetch", about="a", name="weval"), graph()) == []


def test_a_classifier_a_server_and_a_brought_preset() -> None:
    plain = one(run("classifier:org/rm"))
    assert plain is not None and (plain.preset.family, plain.repository) == ("classifier", "org/rm")
    served = one(run("http:http://127.0.0.1:8000"))
    assert served is not None and (served.preset.endpoint, served.repository) == ("http://127.0.0.1:8000", None)
    waiting = one(run("preset:{brought:other}"))
    assert waiting is not None and waiting.awaited and waiting.made_by is None


def test_a_rater_has_the_settings_without_a_prefix_and_two_have_theirs() -> None:
    rated = Bench(does="bench", about="a", benchmark="rewardbench", model="skywork-rm", settings={"dtype": "float32"})
    found = one(rated)
    assert found is not None and (found.part, found.preset.strings()["dtype"]) == ("model", "float32")
    two = asked("wb-deepseek-r1")
    assert (two["writer"].gpus, two["judge"].gpus) == (8, 1)


def test_a_training_has_its_base_and_who_rewards_it() -> None:
    wrl, judged = asked("grpo-wrl-skywork"), asked("grpo-judge-rl")
    assert wrl["base"].repository == "Qwen/Qwen2.5-7B-Instruct"
    assert wrl["reward"].repository == "Skywork/Skywork-Reward-V2-Qwen3-8B"
    assert judged["reward"].preset.endpoint == "http://127.0.0.1:8001/v1" and judged["reward"].repository is None
    assert asked("grpo-wrl-rm-llama-8b")["base"].preset.gated
    assert asked_of(Train(does="train", about="a", recipe="sft", profile="tiny"), graph()) == []


def test_a_build_has_who_embeds_who_writes_and_who_judges() -> None:
    parts = [(each.part, each.name) for each in asked_of(PAPER.profile.steps["build-answers"], PAPER)]
    teacher = ("writer", "server/deepseek-v4-flash")
    assert parts == [("base", "transformers/sentence-transformers/all-MiniLM-L6-v2"), teacher, teacher]
    judged = Build(does="build", about="a", recipe="weval-gpt4o", settings={"verify.judge": "judge:openai/gpt-4o-mini"})
    assert [each.part for each in asked_of(judged, graph())] == ["writer", "judge"]


def test_a_base_that_was_trained_here_is_followed_to_the_first() -> None:
    first = Train(does="train", about="a", recipe="sft", profile="tiny", settings={"model.small.hidden": 96})
    second = first.model_copy(update={"settings": {"model.base": "{step:first}/model"}})
    third = first.model_copy(update={"settings": {"model.base": "{step:second}/model"}})
    model = whole_model(third, graph(first=first, second=second, third=third))
    assert (model.base, model.small.hidden) == ("small", 96)


def test_what_was_brought_and_what_is_bundled_is_filled_in_and_other_places_stay() -> None:
    assert filled("{brought:rm}/a {bundled:x.yaml} {step:s} {brought:b}", graph()) == (
        "/mine/a /manifests/x.yaml {step:s} {brought:b}"
    )


def test_a_setting_that_there_is_not_is_told() -> None:
    with pytest.raises(ConfigError, match=r"optimisation\.step"):
        profile_of(Train(does="train", about="a", recipe="sft", profile="tiny", settings={"optimisation.step": 1}))
    with pytest.raises(ConfigError, match=r"answer\.modle"):
        recipe_of(Build(does="build", about="a", recipe="weval", settings={"answer.modle": "x"}), graph())
