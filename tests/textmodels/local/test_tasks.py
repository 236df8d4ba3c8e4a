"""Prompts into tokens, tokens into replies."""

from __future__ import annotations

from typing import Any

import pytest
from transformers import GenerationConfig

from tests.small_models import make_tokenizer
from weval.textmodels.local.chat import Chat
from weval.textmodels.local.sampling import Sampling
from weval.textmodels.local.tasks import Tasks
from weval.textmodels.options import TextModelOptions
from weval.types import Prompt

TOKENIZER = make_tokenizer()


def tasks(tokenizer: Any = None, context: int | None = 100, **options: Any) -> Tasks:
    said = TextModelOptions(**({"max_tokens": 20} | options))
    sampling = Sampling.of(said, GenerationConfig())
    return Tasks(Chat(tokenizer or TOKENIZER, "m"), sampling, context, [9], said.stop)


def ids(text: str) -> list[int]:
    found: list[int] = TOKENIZER(text, add_special_tokens=False)["input_ids"]
    return found


def test_a_prompt_has_the_room_that_is_left() -> None:
    made = tasks(context=40)
    (long, short), _ = made.of([Prompt("l", (("user", "a " * 8),)), Prompt("s", (("user", "a"),))])
    assert short.limit == 20
    assert long.limit == 40 - len(long.ids) < 20
    (free,), _ = tasks(context=None).of([Prompt("l", (("user", "a " * 99),))])
    assert free.limit == 20


def test_what_cannot_be_asked_has_a_status() -> None:
    found, replies = tasks(context=30).of(
        [Prompt("l", (("user", "word " * 30),)), Prompt("s", (("user", "⟦\ue000<s>"),))]
    )
    assert found == []
    assert [reply.status for reply in replies] == ["truncated", "failed"]
    assert "the model reads and writes 30" in str(replies[0].reason)
    assert replies[0].tokens_out == 0


@pytest.mark.parametrize("end", [2, 4, 9])
def test_a_reply_ends_with_the_models_token_the_tokenizers_or_the_templates(end: int) -> None:
    made = tasks()
    (task,), _ = made.of([Prompt("p", (("user", "a"),))])
    written = made.until_end([*ids("fine"), end, 0, 0])
    reply = made.reply(task, written, {}, 1.0)
    assert (reply.status, reply.text, reply.tokens_out) == (
        "ok",
        TOKENIZER.decode([t for t in written if t > 4]),
        len(written),
    )


def test_a_reply_of_full_length_is_cut_off() -> None:
    made = tasks(max_tokens=3)
    (task,), _ = made.of([Prompt("p", (("user", "a"),))])
    reply = made.reply(task, [50, 51, 52], {}, 1.0)
    assert (reply.status, reply.reason) == ("truncated", "the reply was cut off at 3 tokens")
    assert made.reply(task, [50, 51, 2], {}, 1.0).status == "ok"


def test_a_stop_text_ends_it_and_is_not_in_it() -> None:
    made = tasks(max_tokens=4, stop="END")
    (task,), _ = made.of([Prompt("p", (("user", "a"),))])
    reply = made.reply(task, ids("ok END"), {}, 1.0)
    assert (reply.status, reply.text, reply.sent["stop"]) == ("ok", "ok ", "END")


def test_a_stop_text_that_is_a_token_is_known_as_that() -> None:
    made = tasks(stop="<|im_start|>")
    assert made.is_stop_a_token
    assert 3 in made.ends


def test_special_tokens_are_silent_but_not_reasoning() -> None:
    tokenizer = make_tokenizer()
    tokenizer.add_special_tokens({"additional_special_tokens": ["<think>", "</think>"]})
    made = tasks(tokenizer)
    written = tokenizer("<think>so</think>7<|im_end|>", add_special_tokens=False)["input_ids"]
    assert made.text([3, *written, 99_999]) == "<think>so</think>7"


def test_what_was_asked_beside_text_is_recorded() -> None:
    made = tasks()
    (task,), _ = made.of([Prompt("p", (("user", "a"),), schema={}, labels=("1",))])
    assert made.reply(task, [50], {}, 1.0).sent.items() >= {"schema": None, "probabilities": None}.items()
    kept = made.reply(task, [50], {"1": 0.5}, 1.0, keeps_schema=True)
    assert kept.sent.items() >= {"schema": True, "probabilities": True}.items()


def test_tokens_of_labels_are_found_with_their_blanks() -> None:
    made = tasks()
    found = made.labels(Prompt("p", (), labels=("1", "2")))
    assert sorted(made.token_texts[token] for token in found) == [" 1", " 2", "1", "2"]
