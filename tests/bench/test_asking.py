"""A step that is asked: what is drawn when, what is asked again, and what becomes of calls without a reply."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.bench.fakes import FakeModel, longbench_write
from tests.bench.scripted import Noting, requests, rows_of, verdict
from weval.bench.asking import WORDS, Asking
from weval.bench.items import Step
from weval.bench.longbench_write.benchmark import REPLIES, RESPONSES
from weval.bench.run import opened
from weval.errors import AdapterError
from weval.types import Prompt, Reply

Says = Callable[[Prompt], Reply | str | None]


def _ask(tmp_path: Path, says: Says, step: Step = RESPONSES, tries: int = 1, n: int = 4) -> tuple[FakeModel, Noting]:
    benchmark = longbench_write(requests(tmp_path, n))
    model, noting = FakeModel(says), Noting()
    with opened(tmp_path, benchmark, benchmark.steps(benchmark.options)) as (replies, told):
        if step is REPLIES:
            writer = FakeModel(lambda prompt: "Tea and toast.")
            Asking(RESPONSES, benchmark, benchmark.items, replies["responses"], told, 1, Noting()).ask(writer)
        Asking(step, benchmark, benchmark.items, replies[step.name], told, tries, noting).ask(model)
    return model, noting


def test_every_reply_is_on_disk_before_the_next_prompt_is_drawn(tmp_path: Path) -> None:
    lines = list[int]()

    def says(prompt: Prompt) -> str:
        path = tmp_path / "responses.jsonl"
        lines.append(path.read_bytes().count(b"\n") if path.exists() else 0)
        return "Tea."

    model, noting = _ask(tmp_path, says)
    assert lines == [0, 1, 2, 3]
    assert [prompt.id for prompt in model.asked] == ["0/1#1", "1/1#1", "2/1#1", "3/1#1"]
    assert model.asked[2].messages == (("user", "Write text number 3."),)
    assert noting.begun == [("writing", 4, 0)]


def test_what_was_replied_is_not_asked_again_and_what_failed_is(tmp_path: Path) -> None:
    says: Says = lambda prompt: Reply(prompt.id, "failed", reason="HTTP 500") if prompt.id[0] in "13" else "Tea."  # noqa: E731
    _ask(tmp_path, says)
    model, noting = _ask(tmp_path, lambda prompt: "Toast.")
    assert [prompt.id for prompt in model.asked] == ["1/1#1", "3/1#1"]
    assert noting.begun == [("writing", 4, 2)]
    rows = rows_of(tmp_path / "responses.jsonl")
    assert [(row["item"], row["status"]) for row in rows[-2:]] == [("2", "ok"), ("4", "ok")]


@pytest.mark.parametrize("tries", [1, 3])
def test_a_verdict_is_asked_for_until_it_can_be_read(tries: int, tmp_path: Path) -> None:
    says: Says = lambda prompt: verdict(3) if prompt.id in ("0/1#1", "1/1#2") else "No idea."  # noqa: E731
    model, noting = _ask(tmp_path, says, REPLIES, tries, n=3)
    asked = ["0/1#1", "1/1#1", "2/1#1"] + (["1/1#2", "2/1#2", "2/1#3"] if tries == 3 else [])
    assert [prompt.id for prompt in model.asked] == asked
    assert [begun[1:] for begun in noting.begun] == [(3, 0), (2, 0), (1, 0)][:tries]
    again, _ = _ask(tmp_path, says, REPLIES, tries, n=3)
    assert again.asked == []


def test_refusals_and_prompts_that_are_too_long_are_answers(tmp_path: Path) -> None:
    def says(prompt: Prompt) -> Reply:
        if prompt.id.startswith("0"):
            return Reply(prompt.id, "refused", "I will not.", "refused by the model")
        if prompt.id.startswith("1"):
            return Reply(prompt.id, "truncated", reason="the prompt is too long", tokens_out=0)
        return Reply(prompt.id, "truncated", '{"Relev', "cut off", tokens_out=3)

    model, _ = _ask(tmp_path, says, REPLIES, 3, n=3)
    assert [prompt.id for prompt in model.asked] == ["0/1#1", "1/1#1", "2/1#1", "2/1#2", "2/1#3"]


def test_a_call_without_any_reply_is_failed_not_forgotten(tmp_path: Path) -> None:
    model, _ = _ask(tmp_path, lambda prompt: None if prompt.id.startswith("2") else "Tea.")
    (row,) = [row for row in rows_of(tmp_path / "responses.jsonl") if row["item"] == "3"]
    assert (row["status"], row["reason"]) == ("failed", "the model gave no reply")
    assert len(model.asked) == 4


def test_an_answer_that_nobody_asked_for_ends_the_run(tmp_path: Path) -> None:
    with pytest.raises(AdapterError, match="'x', which was not asked or answered before"):
        _ask(tmp_path, lambda prompt: Reply("x", "ok", "Tea."))
    with pytest.raises(AdapterError, match="'0/1#1', which was not asked or answered before"):
        _ask(tmp_path, lambda prompt: Reply("0/1#1", "ok", "Tea."))


def test_a_text_that_is_empty_is_not_judged(tmp_path: Path) -> None:
    benchmark = longbench_write(requests(tmp_path, 3))
    texts = {"0/1#1": "Tea.", "1/1#1": " \n", "2/1#1": "<think>Hm"}
    writer, judge = FakeModel(lambda prompt: texts[prompt.id]), FakeModel(lambda prompt: verdict(3))
    noting = Noting()
    with opened(tmp_path, benchmark, benchmark.steps(benchmark.options)) as (replies, told):
        Asking(RESPONSES, benchmark, benchmark.items, replies["responses"], told, 1, Noting()).ask(writer)
        Asking(REPLIES, benchmark, benchmark.items, replies["replies"], told, 1, noting).ask(judge)
    assert [prompt.id for prompt in judge.asked] == ["0/1#1"]
    assert noting.begun == [("judging", 1, 0)]


def test_half_a_character_of_a_model_does_not_end_the_run(tmp_path: Path) -> None:
    _ask(tmp_path, lambda prompt: "Tea \ud83d and toast")
    assert rows_of(tmp_path / "responses.jsonl")[0]["text"] == "Tea \ufffd and toast"


def test_everybody_has_words_for_what_they_do() -> None:
    assert set(WORDS) == {"writer", "judge", "rater"}
