"""Replies into scores, beside what test_adapter.py sees from outside."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from weval.adapters.judge.folder import read_judge
from weval.adapters.judge.options import JudgeOptions
from weval.adapters.judge.reading import Reader
from weval.errors import ConfigError
from weval.types import Reply, Request

REQUEST = Request("r", "g", "q", "q", None, (), ("x",))


def read(text: str, rule: str | None = None, folder: str = "requirement-binary", **options: Any) -> Any:
    """The score of one reply."""
    return Reader(read_judge(folder).spec, JudgeOptions(**options), rule).score(REQUEST, [Reply("r#0", "ok", text)])


def test_amounts_are_added_up_where_they_are_known() -> None:
    reader = Reader(read_judge("requirement-binary").spec, JudgeOptions(samples=3), None)
    replies = [
        Reply("r#0", "ok", "[[1]]", tokens_in=10, tokens_out=1, cost_usd=0.1, seconds=1.0),
        Reply("r#1", "ok", "[[1]]", tokens_in=10, tokens_out=2, cost_usd=0.2),
        Reply("r#2", "failed", reason="gone"),
    ]
    score = reader.score(REQUEST, replies)
    assert (score.tokens_in, score.tokens_out, score.seconds) == (20, 3, 1.0)
    assert score.cost_usd == pytest.approx(0.3) and score.values == (1.0,) and score.samples == ((1.0,), (1.0,), None)


def test_nothing_known_is_not_zero() -> None:
    score = read("[[1]]")
    assert (score.tokens_in, score.tokens_out, score.cost_usd, score.seconds) == (None, None, None, None)


def test_an_unknown_rule_is_no_rule() -> None:
    with pytest.raises(ConfigError, match="weval-binary"):
        Reader(read_judge("requirement-binary").spec, JudgeOptions(), "weval-binry")


def test_a_label_is_the_whole_reply() -> None:
    assert read("1", answer="label").values == (1.0,)
    assert read("[[1]]", answer="label").status == "unparsed"


@pytest.mark.parametrize("script, rule", [("llm_judge.py", "weval-binary"), ("WritingBench-Critic.py", "weval-critic")])
def test_released_rules_hold_through_the_adapter(shared: Path, script: str, rule: str) -> None:
    cases = json.loads((shared / "conformance" / "a_weval_judges.json").read_text(encoding="utf-8"))
    for case in cases["judge_parse"][script]["cases"]:
        score = read(case["input"], rule, parse="released")
        # What the script counts as 0 is missing here, and counted as 0 by released_failures=zero.
        assert (score.values[0] if score.values else 0) == case["expected"], case["input"]
