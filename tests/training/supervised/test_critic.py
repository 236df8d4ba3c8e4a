"""What a critic is taught is what WritingBench's own parser reads, asked in the words that it will be asked in."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench.writingbench.made import criterion
from tests.training.supervised.made import training
from weval.adapters import open_adapter
from weval.bench.construction.judging import rendered
from weval.bench.construction.records import Criterion
from weval.bench.voice import Voice
from weval.bench.writingbench.parsing import parse_reply
from weval.errors import ConfigError
from weval.training.sections import Critic
from weval.training.supervised.critic import asking_of, judge_settings, lessons_of
from weval.training.supervised.instances import Instance

REASONS = (
    "",
    'He says "no" \\ {not} yet.',
    "Zwei\nZeilen\t„gut“",
    "分数：3。",
    '{"score": 1}',
    "```json\n[[2]]```",
    "I think </think> No.",
)


def instance(score: int, reason: str, name: str = "1", **more: object) -> Instance:
    said = {"id": name, "query": "Write.", "criterion": criterion("tone"), "response": "Text.", "score": score}
    return Instance.model_validate({**said, "reason": reason, **more})


@pytest.mark.parametrize("reason", REASONS)
def test_replies_are_read_by_the_benchmark_in_both_modes(reason: str) -> None:
    asking = asking_of(Critic())
    for score in range(1, 11):
        (lesson,) = lessons_of([instance(score, reason)], asking)
        assert parse_reply(lesson.text) == parse_reply(lesson.text, "original") == score


def test_it_is_asked_as_the_benchmark_asks() -> None:
    one = instance(3, "Dry.", language="en")
    assert isinstance(one.criterion, Criterion)
    asking, voice = asking_of(Critic()), Voice.of("critic-10")
    call = voice.call("c1", one.query, [one.response], [rendered(one.criterion.as_dict())], "en")
    assert asking.lesson(one).asked == call.messages
    plain = instance(3, "Dry.", criterion="Is it warm?")
    assert asking.request(plain).requirement and "Is it warm?" in asking.lesson(plain).asked[-1][1]


def test_the_preset_has_the_judge_that_was_taught(tmp_path: Path) -> None:
    settings = judge_settings(training("critic_sft", tmp_path).profile)
    assert settings == {"prompt": "critic-10", "temperature": "0", "max_tokens": "64"}
    assert open_adapter("judge:server/x", {**settings, "base_url": "http://127.0.0.1:9/v1"}).unit == "requirement"
    with pytest.raises(ConfigError, match=r"critic\.prompt=pairwise: it takes one that asks for a score from 1 to 10"):
        asking_of(Critic(prompt="pairwise"))
