from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cpu import cpu_within
from weval.bench.writingbench import judged_response, parse_reply


@pytest.mark.parametrize(
    ("reply", "original", "repaired"),
    [
        ('{"score": 7, "reason": "Flat."}', 7, 7),
        ('```json\n{"score": 7, "reason": "Flat."}\n```', 7, 7),
        ('```json\n{"score": 7, "reason": "Flat."}\n```\n', None, 7),
        ('<think>{"score": 2, "reason": ""}</think>\n{"score": 7, "reason": ""}', None, 7),
        ('{"score": 7}', None, 7),
        ('{"score": true, "reason": ""}', 1, None),
        ('{"score": "7", "reason": ""}', None, None),
        ('{"score": 7.5, "reason": ""}', None, None),
        ('{"score": 11, "reason": ""}', None, None),
        ('{"score": 0, "reason": ""}', None, None),
        ('{"score": 7, "reason": ""} or {"score": 8, "reason": ""}', None, None),
        ("{'score': 7, 'reason': ''}", None, None),
        ("A 7, I would say: a solid text.", None, None),
        ("", None, None),
    ],
)
def test_scores(reply: str, original: int | None, repaired: int | None) -> None:
    assert parse_reply(reply, mode="original") == original
    assert parse_reply(reply) == repaired


def test_a_score_is_a_plain_integer() -> None:
    for mode in ("original", "repaired"):
        assert json.dumps(parse_reply('{"score": 7.0, "reason": ""}', mode=mode)) == "7"


def test_no_reply_is_ever_run(capsys: pytest.CaptureFixture[str]) -> None:
    for mode in ("original", "repaired"):
        assert parse_reply("{'score': print('run') or 7, 'reason': ''}", mode=mode) is None
    assert capsys.readouterr().out == ""


@given(
    st.lists(st.sampled_from(['{"score":', "7", "1e999", "}", "[", "NaN", "\ud800", "```"]) | st.text()).map("".join)
)
def test_any_text_gives_a_score_or_none(text: str) -> None:
    for mode in ("original", "repaired"):
        assert parse_reply(text, mode=mode) in {None, *range(1, 11)}
        shown = judged_response(text, mode=mode)
        assert shown is None or shown in text


@pytest.mark.parametrize("unit", ["[", '{"score":', "9", "`", "<think>", "\ud800", "</think>\n\n"])
def test_a_long_reply_takes_no_time(unit: str) -> None:
    with cpu_within(10):  # what is quadratic takes many minutes
        for mode in ("original", "repaired"):
            parse_reply(unit * (1_000_000 // len(unit)), mode=mode)
            judged_response(unit * (1_000_000 // len(unit)), mode=mode)


@pytest.mark.parametrize(
    ("response", "original", "repaired"),
    [
        ("  A poem.\n  Its end. ", "  A poem.\n  Its end. ", "A poem.\n  Its end. "),
        ("<think>a</think>\n\nB", "B", "B"),
        ("<think>a</think>\nB", "<think>a</think>\nB", "B"),
        ("[THINK]a[/THINK]B", "[THINK]a[/THINK]B", "B"),
        ("B<|im_end|>", "B<|im_end|>", "B"),
        ("<think>a", "<think>a", None),
        ("", "", ""),
    ],
)
def test_what_the_judge_sees(response: str, original: str, repaired: str | None) -> None:
    assert judged_response(response, mode="original") == original
    assert judged_response(response) == repaired
