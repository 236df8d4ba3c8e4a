"""Rewards in veRL: called as its reward workers call, which a stand-in does here, as veRL needs GPUs."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from tests.adapters.servers import Answer
from tests.training.comparing.ladders import comparison, judging, made, pairwise
from weval.errors import ConfigError, ResultError
from weval.training.comparing import verl_reward
from weval.training.comparing.store import SCHEDULE, Store
from weval.training.comparing.verl_reward import (
    SESSION,
    STEP,
    ScheduleKept,
    SteppedRewards,
    checkpoint_of,
    compute_score,
    verl_keys,
    write_setup,
)
from weval.training.sections import Comparison
from weval.training.verl_reward import NoReward

TEA = made("tea", "12345", "1234567890", "x" * 20)


class Naive:
    """veRL 0.9.1's naive reward manager, without its tensors: one rollout, whose score may be awaited."""

    def __init__(self, config: Any, tokenizer: Any, compute_score: Any) -> None:
        self.compute_score = compute_score

    async def run_single(self, data: Any) -> dict[str, Any]:
        about = {name: column[-1] for name, column in data.non_tensor_batch.items()}
        result = await self.compute_score(
            data_source=about["data_source"],
            solution_str=data.text,
            ground_truth=about["reward_model"]["ground_truth"],
            extra_info=about["extra_info"],
        )
        return {"reward_score": result["score"], "reward_extra_info": result}

    @classmethod
    def assemble_rm_scores(cls, data: Any, scores: list[float]) -> list[float]:
        return scores


@pytest.fixture(autouse=True)
def verl(monkeypatch: pytest.MonkeyPatch) -> None:
    module: Any = ModuleType("verl.experimental.reward_loop.reward_manager.naive")
    module.NaiveRewardManager = Naive
    monkeypatch.setitem(sys.modules, module.__name__, module)
    verl_reward._opened.cache_clear()


def row(text: str, step: int, session: int, split: str = "train") -> Any:
    """A rollout as a reward worker gets it."""
    columns = {
        "data_source": ["weval"],
        "reward_model": [{"style": "rule", "ground_truth": TEA.model_dump_json()}],
        "extra_info": [{"split": split, "index": 0}],
        "global_steps": [step],
        "session_id": [session],
    }
    return SimpleNamespace(text=text, non_tensor_batch=columns)


def played(setup: Path, *rows: Any) -> list[Any]:
    """What comes of rollouts that are rewarded at once, by one worker; an error where there is no reward."""

    async def one(**said: Any) -> Any:
        return await compute_score(**said, setup=str(setup))  # as veRL adds its reward_kwargs

    async def everything() -> list[Any]:
        manager = SteppedRewards(None, None, one)
        return await asyncio.gather(*map(manager.run_single, rows), return_exceptions=True)

    found = asyncio.run(everything())
    return [each["reward_score"] if isinstance(each, dict) else each for each in found]


def config(setup: Path, checkpoints: Path, mode: str = "auto", path: str | None = None) -> Any:
    trainer = SimpleNamespace(resume_mode=mode, default_local_dir=str(checkpoints), resume_from_path=path)
    function = SimpleNamespace(reward_kwargs={"setup": str(setup)})
    return SimpleNamespace(trainer=trainer, reward=SimpleNamespace(custom_reward_function=function))


def made_setup(tmp_path: Path, how: Comparison | None = None) -> Path:
    setup = write_setup(tmp_path, how or comparison(), ["tea"])
    ScheduleKept(config(setup, tmp_path / "checkpoints"))
    return setup


def test_a_group_moves_its_prompt_once_and_from_the_next_step_on(tmp_path: Path) -> None:
    setup = made_setup(tmp_path)
    assert played(setup, *(row("x" * 8, 1, n) for n in range(4)), row("abc", 1, 4)) == [1.0] * 4 + [0.0]
    assert played(setup, row("x" * 8, 1, 0), row("x" * 8, 2, 0)) == [1.0, 0.0]


def test_validation_moves_nothing(tmp_path: Path) -> None:
    setup = made_setup(tmp_path)
    assert played(setup, row("x" * 8, 1, 0, "val")) == [1.0]
    assert played(setup, row("x" * 8, 2, 0)) == [1.0]


def test_a_text_without_a_verdict_raises_and_its_neighbours_are_rewarded(tmp_path: Path) -> None:
    with judging(lambda a, b: Answer(b"", 500) if b == "bad" else "[[B]]") as server:
        found = played(made_setup(tmp_path, pairwise(server)), row("bad", 1, 0), row("good", 1, 1))
    assert isinstance(found[0], NoReward)
    assert found[1] == 1.0


def test_the_manager_keeps_what_veRL_says_of_scores() -> None:
    assert SteppedRewards.assemble_rm_scores(None, [1.0, 0.5]) == [1.0, 0.5]


def test_without_the_step_nothing_is_rewarded(tmp_path: Path) -> None:
    setup = made_setup(tmp_path)
    said: Mapping[str, Any] = {"data_source": "weval", "solution_str": "text", "ground_truth": TEA.model_dump_json()}
    with pytest.raises(ConfigError, match=r"reward\.reward_manager: has to be weval's"):
        asyncio.run(compute_score(**said, extra_info={"split": "train"}, setup=str(setup)))
    told = {STEP: 1, SESSION: 0}
    assert asyncio.run(compute_score(**said, extra_info=told, setup=str(setup), reward_router_address="x")) == {
        "score": 0.0
    }


def test_a_run_goes_on_with_the_references_of_its_checkpoint(tmp_path: Path) -> None:
    setup, checkpoints = made_setup(tmp_path), tmp_path / "checkpoints"
    keeps = ScheduleKept(config(setup, checkpoints))
    played(setup, row("x" * 8, 1, 0))
    folder = checkpoints / "global_step_1"
    folder.mkdir(parents=True)
    keeps.on_save(trainer=None, global_step=1, checkpoint_dir=str(folder), async_save=False)
    (checkpoints / "latest_checkpointed_iteration.txt").write_text("1", encoding="utf-8")
    assert played(setup, row("x" * 15, 2, 0)) == [1.0]  # and then it is killed
    ScheduleKept(config(setup, checkpoints))
    store = Store(tmp_path / SCHEDULE)
    assert [store.schedule(step).index for step in (2, 3)] == [{"tea": 1}, {"tea": 1}]
    ScheduleKept(config(setup, checkpoints, mode="disable"))
    assert store.schedule(9).index == {}
    ScheduleKept(config(setup, checkpoints, mode="resume_path", path=str(folder)))
    assert store.schedule(9).index == {"tea": 1}


def test_a_checkpoint_that_was_made_without_a_schedule_is_refused(tmp_path: Path) -> None:
    setup, folder = made_setup(tmp_path), tmp_path / "global_step_3"
    folder.mkdir()
    with pytest.raises(ResultError, match=r"has no references\.json"):
        ScheduleKept(config(setup, tmp_path, mode="resume_path", path=str(folder)))
    assert checkpoint_of(config(setup, tmp_path).trainer) is None


def test_the_original_is_told_of_its_prompts(tmp_path: Path) -> None:
    setup = made_setup(tmp_path, comparison(mode="original"))
    assert Store(tmp_path / SCHEDULE, "original").schedule(1).index == {"tea": 0}
    assert played(setup, row("x" * 8, 1, 0)) == [1.1]
    assert played(setup, row("x" * 8, 1, 1)) == [0.1]


def test_what_veRL_is_told_names_what_is_here(tmp_path: Path) -> None:
    keys = verl_keys(write_setup(tmp_path, comparison(), []))
    assert keys["reward.custom_reward_function.path"] == f"pkg://{verl_reward.__name__}"
    names = (
        keys["reward.custom_reward_function.name"],
        keys["reward.reward_manager.name"],
        keys["trainer.checkpoint_callback_class"].removeprefix(f"{verl_reward.__name__}."),
    )
    assert all(hasattr(verl_reward, name) for name in names)
    assert json.loads((tmp_path / "comparison.json").read_text(encoding="utf-8"))["comparison"]["judge"] == "length"
