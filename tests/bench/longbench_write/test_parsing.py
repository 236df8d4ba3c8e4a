from __future__ import annotations

import json

import pytest

from tests.cpu import cpu_within
from weval.adapters.judge.outcome import NoVerdict
from weval.bench.longbench_write import DIMENSIONS, judged_original, parse_quality, read_quality

SCORES = dict(zip(DIMENSIONS, (5, 4, 3, 2, 1, 5), strict=True))


def said(**other: object) -> str:
    return json.dumps({"Analysis": "Fine.", **SCORES, **other})


@pytest.mark.parametrize(
    "text",
    [
        said(),
        json.dumps({"Analysis": "a", **SCORES}, indent=2),
        f"```json\n{said()}\n```",
        f"```json{said()}```",
        f"```\n{said()}\n```",
        f"Here is my evaluation:\n\n{said()}",
        f"<think>\n{said(Relevance=1)}\n</think>\n{said()}",
        said().replace("Fine.", "One\nTwo"),
        said().replace("5", "5.0"),
    ],
)
def test_what_ends_with_six_integers_is_read(text: str) -> None:
    assert parse_quality(text) == SCORES


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "the reply is empty"),
        ("<think>hm</think>", "nothing after the reasoning"),
        (f"<think>{said()}", "cut off"),
        ("5", "no JSON object"),
        ("null", "no JSON object"),
        (f"[{said()}]", "text before"),
        (f"{said()}\nThanks.", "text after"),
        (said() + said(), "text after"),
        (f"The response ends with:\n{said()}", "do not introduce"),
        (said()[:-1], "not a JSON object"),
        (said().replace('"Clarity"', '"Relevance"'), "a key twice"),
        (said(Clarity="4/5"), "not an integer from 1 to 5"),
        (said(Clarity="4"), "not an integer from 1 to 5"),
        (said(Clarity=True), "not an integer from 1 to 5"),
        (said(Clarity=None), "not an integer from 1 to 5"),
        (said(Clarity=0), "not an integer from 1 to 5"),
        (said(Clarity=6), "not an integer from 1 to 5"),
        (said(Clarity=4.5), "not an integer from 1 to 5"),
        (said(Clarity=float("nan")), "no JSON number"),
        (json.dumps({name: 3 for name in DIMENSIONS[:-1]}), "has no Reading Experience"),
        (f"{said(Relevance=1)}\n</think>\n{said()}", "two different verdicts"),
        ("I'm sorry, but I can't help with that.", "refused"),
    ],
)
def test_anything_else_is_no_judgement_and_says_why(text: str, why: str) -> None:
    assert parse_quality(text) is None
    with pytest.raises(NoVerdict, match=why):
        read_quality(text)


@pytest.mark.parametrize(
    ("text", "kept", "tries"),
    [
        ("5", 5, 1),
        ("0", 0, 1),
        ("true", True, 1),
        ("null", None, 5),
        ("[]", None, 3),
        ('"Relevance"', None, 3),
        (json.dumps(DIMENSIONS), list(DIMENSIONS), 1),
        (said(Clarity="4/5"), json.loads(said(Clarity="4/5")), 1),
        (said(Clarity=100), json.loads(said(Clarity=100)), 1),
        (json.dumps({name: 3 for name in DIMENSIONS[:-1]}), None, 5),
        (json.dumps({name: 3 for name in DIMENSIONS[1:]}), None, 3),
        (f"```json\n{said()}```", None, 5),
        (f"```json\n{said()}\n```json\n{{}}\n```", json.loads(said()), 1),
    ],
)
def test_the_original_keeps_what_json_gives(text: str, kept: object, tries: int) -> None:
    assert parse_quality(text, mode="original") == kept
    assert judged_original([text]) == (kept, tries)


def test_the_original_asks_until_something_is_kept() -> None:
    assert judged_original(["no", json.dumps({"Relevance": 1}), said()]) == (json.loads(said()), 3)
    assert judged_original(["no", json.dumps({"Relevance": 1}), "no", "no", said()]) == (None, 4)


@pytest.mark.parametrize("mode", ["original", "repaired"])
@pytest.mark.parametrize("unit", ["```json\n", '{"a":', "[", "{", "}\n", "<think>", '"', "\ud800", "9", "\n```"])
def test_hostile_replies_take_little_time_and_raise_nothing(mode: str, unit: str) -> None:
    with cpu_within(5):
        parse_quality(unit * (400_000 // len(unit)), mode=mode)
        parse_quality('{"Relevance": ' + unit * (400_000 // len(unit)), mode=mode)
