"""The reward function, called as TRL calls it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.factories import Scripted
from tests.training.rewards.tea import make_prompt, make_training, write_tea
from weval.errors import AdapterError, ConfigError
from weval.training.rewards.reward import DRY, Rewards, open_rewards
from weval.training.sections import Reward
from weval.types import Request, Score, Unit

PAPER = Reward(model="made", asked="query")
EACH = Reward(model="made", asked="requirement")


def by_words(request: Request) -> Score:
    """One point for a long response; `mute` has no score, as has a response that the scorer breaks on."""
    if request.responses[0] == "mute":
        return Score(request.id, "failed", reason="the line is dead")
    return Score.ok(request, float(len(request.responses[0].split())))


def call(rewards: Rewards, completions, step: int = 0, **more):
    logged = dict[str, float]()
    found = rewards(
        prompts=["?"] * len(completions),
        completions=completions,
        completion_ids=[[1, 2]] * len(completions),
        about=[make_prompt().model_dump_json()] * len(completions),
        trainer_state=SimpleNamespace(global_step=step),
        log_metric=logged.__setitem__,
        log_extra=lambda name, values: None,
        **more,
    )
    return found, logged


def turn(text: str, **more: str):
    return [{"role": "assistant", "content": text, **more}]


@pytest.mark.parametrize("unit", ["response", "requirement"])
@pytest.mark.parametrize("how", [PAPER, EACH])
def test_a_text_without_a_score_gets_none_and_is_counted(unit: Unit, how: Reward) -> None:
    found, logged = call(Rewards(Scripted(unit, by_words), how), [turn("one two"), turn("mute"), turn("three")])
    assert found == [2.0, None, 1.0]
    assert logged["unrewarded"] == pytest.approx(1 / 3)
    assert (logged["reward_min"], logged["reward_max"]) == (1.0, 2.0)


def test_the_scorer_is_asked_once_about_all_texts_of_a_step() -> None:
    adapter = Scripted("requirement", by_words)
    asked = list[int]()
    score, adapter.score = adapter.score, lambda requests: (asked.append(1), score(requests))[1]
    call(Rewards(adapter, EACH), [turn("one"), turn("two")])
    assert len(asked) == 1
    assert len(adapter.asked) == 4


def test_only_answers_are_judged_and_other_texts_earn_nothing() -> None:
    adapter = Scripted("response", by_words)
    said = ["<think>a b c d</think> <answer>sugar here</answer>", "sugar here", "<think>a</think>b"]
    found, logged = call(Rewards(adapter, PAPER, reasoning=True), [turn(text) for text in said])
    assert found == [2.0, 0.0, 0.0]
    assert [request.responses for request in adapter.asked] == [("sugar here",)]
    assert logged["malformed"] == pytest.approx(2 / 3)
    assert logged["checks_met"] == 1.0


def test_reasoning_that_was_parsed_out_of_a_text_is_put_back() -> None:
    adapter = Scripted("response", by_words)
    found, _ = call(Rewards(adapter, PAPER, reasoning=True), [turn("<answer>a b c</answer>", reasoning_content="hm")])
    assert found == [3.0]


def test_a_plain_text_is_a_text_too() -> None:
    assert call(Rewards(Scripted("response", by_words), PAPER), ["one two three"])[0] == [3.0]


def test_a_scorer_that_answers_nothing_gives_no_reward() -> None:
    adapter = Scripted("response", by_words)
    adapter.score = lambda requests: iter(())
    assert call(Rewards(adapter, PAPER), [turn("one")])[0] == [None]


def test_training_stops_where_nothing_is_rewarded_any_more() -> None:
    rewards = Rewards(Scripted("response", by_words), PAPER)
    for _ in range(2):
        for _ in range(DRY - 1):
            assert call(rewards, [turn("mute")])[0] == [None]
        assert call(rewards, [turn("mute"), turn("one")])[0] == [None, 1.0]
    for _ in range(DRY - 1):
        call(rewards, [turn("mute")])
    with pytest.raises(
        AdapterError, match=r"no text got a reward 5 times running \(failed: the line is dead\); nothing"
    ):
        call(rewards, [turn("mute")])


def test_what_a_judge_costs_is_logged() -> None:
    adapter = Scripted("response", lambda request: Score(request.id, "ok", (1.0,), cost_usd=0.25))
    assert call(Rewards(adapter, PAPER), [turn("a"), turn("b")])[1]["reward_usd"] == 0.5


def test_what_is_rewarded_inside_a_block_is_recorded() -> None:
    rewards = Rewards(Scripted("response", by_words), PAPER)
    with rewards.recorded() as found:
        call(rewards, [turn("one two"), turn("mute")])
    call(rewards, [turn("three")])
    assert [(each.prompt_id, each.text, each.reward, each.n_tokens) for each in found] == [
        ("p1", "one two", 2.0, 2),
        ("p1", "mute", None, 2),
    ]


def test_rewards_are_known_by_the_scorer_and_how_it_is_asked() -> None:
    one, other = Scripted("response", by_words), Scripted("response", by_words)
    other.fingerprint = {"adapter": "Scripted", "revision": 2}
    assert (
        len({Rewards(one, PAPER).fingerprint, Rewards(one, EACH).fingerprint, Rewards(other, PAPER).fingerprint}) == 3
    )
    assert Rewards(one, PAPER).fingerprint == Rewards(Scripted("response", by_words), PAPER).fingerprint


def test_a_reward_model_that_is_not_there_yet_is_named_with_what_makes_it(tmp_path: Path) -> None:
    training = make_training(tmp_path / "out", write_tea(tmp_path))
    with pytest.raises(ConfigError, match=r"reward.model=trainings/rm_bradley_terry-tiny/preset.yaml: is not there"):
        open_rewards(training.profile)


def test_a_preset_is_named_by_its_file(tmp_path: Path) -> None:
    preset = tmp_path / "preset.yaml"
    preset.write_text("family: keywords\nabout: a\nlicence: b\nsource: c\n")
    for name in (preset, f"preset:{preset}"):
        training = make_training(tmp_path / "out", write_tea(tmp_path), f"reward.model={name}")
        found, _ = call(open_rewards(training.profile), [turn("some sugar")])
        assert found == [pytest.approx(0.25)]  # {mention, sugar} and {brief}


def test_on_gpus_each_process_scores_on_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = ("reward.model=classifier:here", "hardware.gpus=8")
    training = make_training(tmp_path / "out", write_tea(tmp_path), *settings)
    monkeypatch.setenv("LOCAL_RANK", "3")
    assert open_rewards(training.profile)._adapter.options.device == "cuda:3"
