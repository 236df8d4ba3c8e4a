"""Models in this process: windows, and replies that are kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.textmodels.asking import prompts
from weval.textmodels.local.model import N_OTHERS, Local, is_reasoning_tag, told, until_stop
from weval.textmodels.options import TextModelOptions
from weval.types import Prompt, Reply


class Echo(Local):
    """Replies with a prompt's id; `ends_after` so many it is killed."""

    def __init__(self, *said: Any) -> None:
        super().__init__(*said)
        self.asked: list[str] = []
        self.ends_after = 10**9

    def _answered(self, prompts: Sequence[Prompt]) -> Iterator[Reply]:
        for prompt in reversed(prompts):
            if len(self.asked) == self.ends_after:
                raise KeyboardInterrupt
            self.asked.append(prompt.id)
            yield Reply(prompt.id, "ok", prompt.id)


def test_what_was_written_is_found_again_by_a_later_session(tmp_path: Path) -> None:
    first = Echo("m", TextModelOptions())
    first.keep_in(tmp_path)
    first.ends_after = 3
    with pytest.raises(KeyboardInterrupt):
        list(first.replies(prompts(5)))
    second = Echo("m", TextModelOptions(batch_size=2))
    second.keep_in(tmp_path)
    replies = list(second.replies(prompts(5)))
    assert sorted(second.asked + first.asked) == [f"p{n}" for n in range(5)]
    assert {reply.prompt_id: reply.text for reply in replies} == {f"p{n}": f"p{n}" for n in range(5)}


def test_other_settings_or_another_model_are_asked_anew(tmp_path: Path) -> None:
    for model in (
        Echo("m", TextModelOptions()),
        Echo("m", TextModelOptions(temperature=1)),
        Echo("n", TextModelOptions()),
    ):
        model.keep_in(tmp_path)
        list(model.replies(prompts(2)))
        assert len(model.asked) == 2


def test_prompts_are_drawn_a_window_at_a_time() -> None:
    model, drawn = Echo("m", TextModelOptions()), list[str]()
    model.window = 3

    def stream() -> Iterator[Prompt]:
        for prompt in prompts(7):
            drawn.append(prompt.id)
            yield prompt

    replies = model.replies(stream())
    assert drawn == []
    next(replies)
    assert len(drawn) == 3
    assert len(list(replies)) == 6


def test_of_long_prompts_fewer_are_drawn_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("weval.textmodels.local.model.WINDOW_CHARS", 100)
    model, drawn = Echo("m", TextModelOptions()), list[str]()

    def stream() -> Iterator[Prompt]:
        for n, size in enumerate([40, 50, 10, 300, 1, 1]):
            drawn.append(str(n))
            yield Prompt(str(n), (("system", "x" * (size // 2)), ("user", "x" * (size - size // 2))))

    replies, seen = model.replies(stream()), list[int]()
    for _ in replies:
        seen.append(len(drawn))
    assert seen == [3, 3, 3, 4, 6, 6]


def test_the_stop_text_and_what_follows_is_cut_off() -> None:
    assert until_stop("a STOP b STOP", "STOP") == ("a ", True)
    assert until_stop("a", None) == ("a", False)
    assert until_stop("a", "STOP") == ("a", False)


@pytest.mark.parametrize("token", ["<think>", "</think>", "[THINK]", "<|begin_of_thought|>", "◁/think▷", "<reasoning>"])
def test_reasoning_tags_are_known(token: str) -> None:
    assert is_reasoning_tag(token)


@pytest.mark.parametrize("token", ["<|im_end|>", "</s>", "<|endoftext|>", "<unk>", "<|eot_id|>", "[INST]"])
def test_other_special_tokens_are_none(token: str) -> None:
    assert not is_reasoning_tag(token)


def test_labels_are_told_however_unlikely_and_a_few_others() -> None:
    found = told([(chr(97 + n), 0.09 - n / 1000) for n in range(10)] + [(" 7", 1e-9), ("7", 2e-9), ("7", 1e-9)], ["7"])
    assert list(found) == ["a", "b", "c", "d", "e", "7", " 7"]
    assert len(found) == N_OTHERS + 2
    assert found["7"] == pytest.approx(3e-9)
