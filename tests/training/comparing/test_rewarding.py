"""Rewards of a step: each text against the reference that its prompt has got to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest

from tests.training.comparing.ladders import comparison, made
from tests.training.comparing.runs import profile
from weval.adapters import open_adapter
from weval.errors import AdapterError, ConfigError, OriginalError
from weval.training.comparing.comparer import Comparer
from weval.training.comparing.keeping import at_first
from weval.training.comparing.rewarding import (
    AT_LAST,
    RUNG,
    WINS,
    ComparisonRewards,
    Comparisons,
    Rollout,
    open_comparisons,
    schedule_statistics,
    text_of,
)
from weval.training.comparing.store import Store
from weval.types import Request, Score

TEA = made("tea", "12345", "1234567890", "x" * 20)
RAIN = made("rain", "123", "x" * 20)


class Deaf:
    """Never has a score."""

    unit = "response"
    reads_ids = False
    fingerprint: ClassVar[dict[str, Any]] = {}

    def score(self, requests: Iterable[Request]) -> Iterator[Score]:
        return (Score.missing(request, "failed", "is down") for request in requests)


def comparisons(path: Path, judge: Any = None, **said: Any) -> Comparisons:
    how = comparison(**said)
    store = Store(path / "schedule.jsonl", how.mode)
    store.begin(at_first(["tea", "rain"], how.mode))
    return Comparisons(Comparer(judge or open_adapter(how.judge, {}), how), store, how)


def played(found: Comparisons, step: int, *texts: str, prompt: Any = TEA, trains: bool = True) -> list[float | None]:
    return found.rewards(step, [Rollout(str(n), prompt, text, trains) for n, text in enumerate(texts)])


def test_a_beaten_reference_is_replaced_in_the_next_step_however_many_beat_it(tmp_path: Path) -> None:
    found = comparisons(tmp_path)
    assert played(found, 0, "longer", "longest", "abc", "abcde") == [1.0, 1.0, 0.0, 0.5]
    assert played(found, 0, "longer") == [1.0], "another worker's share of the same step"
    assert played(found, 1, "longer", "x" * 15) == [0.0, 1.0]
    assert played(found, 2, "x" * 15, "x" * 21) == [0.0, 1.0]
    assert played(found, 3, "x" * 15, "x" * 21) == [0.0, 1.0], "the last one stays"
    assert played(found, 3, "abcd", prompt=RAIN) == [1.0], "prompts are apart"


def test_original_the_same_step_moves_with_every_win(tmp_path: Path) -> None:
    found = comparisons(tmp_path, mode="original")
    assert played(found, 0, "longer", "abc", "abcde") == [1.1, 0.1, 0.55]
    assert played(found, 0, "longer") == [0.1]
    with pytest.raises(OriginalError, match="KeyError"):
        played(found, 0, "longer", prompt=made("fog", "a", "b"))


def test_validation_moves_nothing(tmp_path: Path) -> None:
    found = comparisons(tmp_path)
    assert played(found, 0, "longer", trains=False) == [1.0]
    assert played(found, 1, "longer") == [1.0]


@pytest.mark.parametrize("said", [{"references": "fixed"}, {"reward": "pointwise", "low": 0.0, "high": 100.0}])
def test_without_dynamic_references_nothing_moves(tmp_path: Path, said: dict[str, Any]) -> None:
    found = comparisons(tmp_path, **said)
    first = played(found, 0, "longer", "x" * 15)
    assert played(found, 1, "longer", "x" * 15) == first


def test_reasoning_is_no_part_of_a_text_and_an_empty_one_loses_unasked(tmp_path: Path) -> None:
    assert played(comparisons(tmp_path, Deaf()), 0, "<think>Long thoughts.</think>", "<think>cut off", " ") == [0.0] * 3
    found = comparisons(tmp_path)
    assert played(found, 0, "<think>Long thoughts.</think>abc") == [0.0]
    assert played(comparisons(tmp_path, mode="original"), 0, "<think>cut off") == [1.1]


def test_what_the_judge_does_not_say_is_none_and_no_win(tmp_path: Path) -> None:
    assert played(comparisons(tmp_path, Deaf()), 0, "longer") == [None]
    assert played(comparisons(tmp_path), 1, "longer") == [1.0]


def test_a_standing_is_against_all_references(tmp_path: Path) -> None:
    found = comparisons(tmp_path)
    texts = [Rollout("0", TEA, "longer"), Rollout("1", RAIN, "x" * 20), Rollout("2", TEA, "")]
    assert found.standings(texts) == [pytest.approx(1 / 3), 0.75, 0.0]
    assert played(found, 1, "longer") == [1.0], "nothing has moved"


def called(rewards: ComparisonRewards, step: int, *texts: str, **columns: Any) -> list[float | None]:
    """As TRL calls it."""
    chats = [[{"role": "assistant", "content": text}] for text in texts]
    return rewards(
        prompts=[TEA.prompt] * len(texts),
        completions=chats,
        completion_ids=[[0] * len(text) for text in texts],
        about=[TEA.model_dump_json()] * len(texts),
        trainer_state=SimpleNamespace(global_step=step),
        **columns,
    )


def test_trl_is_told_rewards_and_how_far_prompts_are(tmp_path: Path) -> None:
    rewards, logged = ComparisonRewards(comparisons(tmp_path)), dict[str, float]()
    assert called(rewards, 0, "longer", "abc", log_metric=logged.__setitem__) == [1.0, 0.0]
    assert (logged[RUNG], logged[AT_LAST], logged[WINS], logged["unrewarded"]) == (0, 0, 0.5, 0)
    called(rewards, 1, "x" * 15, log_metric=logged.__setitem__)
    called(rewards, 2, "x" * 15, log_metric=logged.__setitem__)
    assert (logged[RUNG], logged[AT_LAST], logged[WINS]) == (2, 1, 0)


def test_while_recorded_standings_are_given_and_nothing_moves(tmp_path: Path) -> None:
    rewards = ComparisonRewards(comparisons(tmp_path))
    with rewards.recorded() as found:
        assert called(rewards, 0, "x" * 30) == [1.0]
    assert [(each.prompt_id, each.reward, each.n_tokens) for each in found] == [("tea", 1.0, 30)]
    assert called(rewards, 1, "longer") == [1.0]
    assert len(found) == 1


def test_a_judge_that_is_gone_ends_the_training(tmp_path: Path) -> None:
    rewards = ComparisonRewards(comparisons(tmp_path, Deaf()))
    for step in range(4):
        assert called(rewards, step, "longer") == [None]
    with pytest.raises(AdapterError, match=r"gave no verdict 5 times running.*goes on from the last checkpoint"):
        called(rewards, 4, "longer")


def test_without_any_verdict_no_share_of_wins_is_told(tmp_path: Path) -> None:
    seen = comparisons(tmp_path).seen(0, [Rollout("0", TEA, "")])
    assert WINS not in schedule_statistics(seen, [Rollout("0", TEA, "")], [None])


def test_the_form_of_other_rewards_is_refused(tmp_path: Path) -> None:
    about = profile(policy={"reasoning": True})
    with pytest.raises(ConfigError, match=r"policy\.reasoning"):
        open_comparisons(about, open_adapter("length", {}), Store(tmp_path / "schedule.jsonl"))


def test_texts_and_chats() -> None:
    assert [text_of("a"), text_of([{"role": "assistant", "content": "b"}]), text_of([])] == ["a", "b", ""]
