from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cpu import cpu_within
from weval.adapters.judge.outcome import NoVerdict
from weval.adapters.judge.reasoning import Parts, parted


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("plain", "plain"),
        ("<think>a</think>b", "b"),
        ("\n <think>\na\n</think>\n\nb", "\n\nb"),
        ("<thinking>a</thinking>b", "b"),
        ("<reasoning>a</reasoning>b", "b"),
        ("<thought>a</thought>b", "b"),
        ("<seed:think>a</seed:think>b", "b"),
        ("◁think▷a◁/think▷b", "b"),
        ("[THINK]a[/THINK]b", "b"),
        ("<Think>a</THINK>b", "b"),
        ("<think></think>b", "b"),
        ("<think>a </thinking> a</think>b", "b"),
        ("a\n</think>\n\nb", "\n\nb"),  # a template opened it
        ("a</think>\nb", "\nb"),
        ("a\n</think>b", "b"),
        ("a\n◁/think▷\nb", "\nb"),
        ("a\n</think>\nb\n</think>\nc", "\nc"),
        ("Well.\n<think>a</think>b", "b"),
        ("<think>a</think><think>b</think>c", "c"),
        ("<think>a</think>b<|im_end|>", "b"),
        ("b</s>", "b"),
        ("b\n<|eot_id|>\n", "b\n"),
        ("b <｜end▁of▁sentence｜>", "b "),
        ("b<end_of_turn>\n<eos><eos>", "b"),
        ("b<|im_end|>c<|endoftext|><|endoftext|>", "b<|im_end|>c"),
        ("b<|im_end|>\n<|im_start|>user\nc", "b<|im_end|>\n<|im_start|>user\nc"),
        ("<|im_end|>", ""),
    ],
)
def test_reasoning_is_left_out(text: str, answer: str) -> None:
    assert parted(text).answer == answer


@pytest.mark.parametrize(
    "text",
    [
        "It writes <think> and never closes it. Fine.",
        "It has a stray </think> in it.",
        "It writes <think>hm</think> in a line.",
        '{"reason": "ends with </think>", "score": 3}',
        '{"reason": "<think> appears", "score": 3}',
        "<|think|> <thinks> < think > </ think>",
    ],
)
def test_a_tag_in_a_sentence_is_a_word(text: str) -> None:
    assert parted(text) == Parts(text)


@pytest.mark.parametrize(
    "text",
    [
        "<think>",
        "<think>a",
        "  <think>a [[1]]",
        "<think>a\n[[1]]",
        "◁think▷a\n[[1]]",
        "<think>a</thinking>\n[[1]]",
        "Well.\n<think>\n[[1]]",
        "a</think>\n<think>\n[[1]]",
        "a\n</think><think>[[1]]",
    ],
)
def test_reasoning_that_does_not_end_is_no_answer(text: str) -> None:
    with pytest.raises(NoVerdict, match="the reasoning was cut off"):
        parted(text)


def test_what_may_be_an_answer_is_kept_apart_from_what_cannot() -> None:
    assert parted("<think>sure</think>b").doubtful == ()
    assert parted("a\n</think>\nb").doubtful == ("a\n",)
    assert parted("<think>sure</think>a\n</think>\nb\n</think>\n\n</think>c") == Parts("c", ("a\n", "\nb\n"))
    assert parted("Well.\n<think>a</think>b").doubtful == ("Well.\n<think>a",)


@given(st.lists(st.sampled_from(["<think>", "</think>", "◁think▷", "◁/think▷", "a", " ", "\n"]) | st.text()))
def test_the_answer_is_an_end_of_the_reply(fragments: list[str]) -> None:
    text = "".join(fragments)
    try:
        parts = parted(text)
    except NoVerdict as none:
        assert none.status == "unparsed"
        return
    assert text.endswith(parts.answer)
    assert all(part.strip() and part in text for part in parts.doubtful)


@pytest.mark.parametrize(
    "unit", ["<think>", "</think>", "a</think>", "\n</think>", "\n<think></think>", " ", "<", "\t\n"]
)
def test_a_long_reply_takes_no_time(unit: str) -> None:
    text = unit * (200_000 // len(unit))
    with cpu_within(10):  # what is quadratic takes many minutes
        for whole in (text, f"{text}</think>", f"x{text}\n<think></think>"):
            with suppress(NoVerdict):
                parted(whole)
