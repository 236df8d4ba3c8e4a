from __future__ import annotations

import json
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cpu import cpu_within
from weval.adapters.judge.released_rules import RELEASED, Released, judged_response


def cases(shared: Path, name: str) -> Any:
    return json.loads((shared / "conformance" / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("rule", "script"), [("weval-binary", "llm_judge.py"), ("weval-critic", "WritingBench-Critic.py")]
)
def test_the_rules_of_weval(shared: Path, rule: str, script: str) -> None:
    for case in cases(shared, "a_weval_judges.json")["judge_parse"][script]["cases"]:
        said = RELEASED[rule](case["input"])
        assert (said.value or 0) == case["expected"], case
        assert said.label is not None or case["expected"] == 0, case


def test_the_score_of_a_response_in_weval(shared: Path) -> None:
    recorded = cases(shared, "a_weval_judges.json")["llm_judge_item_score"]
    for replies, expected in zip(recorded["input"], recorded["expected"], strict=True):
        values = [RELEASED["weval-binary"](reply).value or 0 for reply in replies]
        assert values == expected["constraint_scores"]
        assert round(fmean(values) if values else 0, 4) == expected["score"]


def test_the_rule_of_writingbench(shared: Path) -> None:
    for case in cases(shared, "b_writingbench_parse.json")["score_parsing"]:
        said, recorded = RELEASED["writingbench"](case["input"]), case["expected"]["generate_score"]
        assert said.value == (recorded["returns"]["score"] if "returns" in recorded else None), case
        assert (said.label is not None) == (case["expected"]["success_check"] is True), case


def test_what_writingbench_judges_of_a_response(shared: Path) -> None:
    for case in cases(shared, "b_writingbench_parse.json")["process_gen_field"]:
        assert judged_response(case["input"]) == case["expected"], case


def test_the_rules_of_the_arena(shared: Path) -> None:
    for case in cases(shared, "d_arena_verdicts.json")["cases"]:
        new, old = RELEASED["arena-v2"](case["input"]), RELEASED["arena-v0.1"](case["input"])
        assert new.label == case["expected"]["v2_score"], case
        assert old.label == case["expected"]["v0.1_score"], case
        assert (new.value is not None) == bool(case["expected"]["v2_label_known"]), case


@pytest.mark.parametrize(
    ("rule", "reply", "value", "label"),
    [
        ("weval-binary", "[[0]] or [[1]]", 0, "0"),
        ("weval-binary", "<think>[[0]]</think>\n[[10]]", 10, "10"),
        ("weval-binary", "Yes.", None, None),
        ("weval-binary", f"[[{'9' * 400}]]", None, "9" * 400),
        ("weval-binary", f"[[{'9' * 5000}]]", None, "9" * 5000),
        ("weval-critic", '{"score": 7.9}', 7, "7"),
        ("weval-critic", '{"score": "7"}', None, None),
        ("writingbench", '```json\n{"score": 7, "reason": ""}\n```', 7, "7"),
        ("writingbench", '{"score": true, "reason": ""}', 1, "true"),
        ("writingbench", '{"score": 7}', None, None),
        ("writingbench", '{"score": {}, "reason": ""}', None, None),
        ("writingbench", '"score reason"', None, None),
        ("writingbench", "[" * 100_000, None, None),
        ("writingbench", f'{{"score": {"9" * 5000}, "reason": ""}}', None, None),
        ("arena-v2", "[[b>>a]]", 0, "B>>A"),
        ("arena-v2", "[A=B] then [B<A]", 1, "B<A"),
        ("arena-v2", "[[A]]", None, "A"),
        ("arena-v0.1", "[[A>B]] no, [[B>A]]", None, None),
        ("arena-v0.1", "[[A=B]] yes, [[A=B]]", 0.5, "A=B"),
        ("arena-v0.1", "[[B=A]]", None, "B=A"),
    ],
)
def test_small_cases(rule: str, reply: str, value: float | None, label: str | None) -> None:
    assert RELEASED[rule](reply) == Released(value, label)


def test_no_text_of_a_judge_is_ever_run() -> None:
    assert RELEASED["writingbench"]("{'score': len('ab'), 'reason': 'x'}") == Released(None, None)


fragments = st.sampled_from(
    ["[[", "]]", "[", "]", "A", "B", ">", "=", "1", '"score"', ":", "{", "}", "</think>\n", "```json"]
)


@pytest.mark.parametrize("rule", RELEASED)
@given(st.lists(fragments | st.text(max_size=5)).map("".join))
def test_any_text_is_read_or_not(rule: str, text: str) -> None:
    said = RELEASED[rule](text)
    assert said.label is not None or said.value is None


@pytest.mark.parametrize(
    "unit", ["[[", "[[1", "[[A", "[A", "1", " ", '"score"', '"score" :  ', "[", '{"a":', "`", "</think>"]
)
def test_a_long_reply_takes_no_time(unit: str) -> None:
    with cpu_within(10):  # what is quadratic takes many minutes
        for rule in RELEASED.values():
            rule(unit * (200_000 // len(unit)))
