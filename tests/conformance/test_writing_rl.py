"""The reward of Writing-RL as its own code computes it, and what the repairs change on the same input."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from weval.bench import writing_rl as bench
from weval.errors import OriginalError

DISADVANTAGE, ADVANTAGE = "position-disadvantage", "position-advantage"
RESULTS = {"A": 0, "B": 1, "C": 2, None: 3}


@pytest.fixture
def cases(shared: Path) -> Any:
    return json.loads((shared / "conformance" / "g_writing_rl.json").read_text(encoding="utf-8"))


def test_verdicts_and_rewards(cases: Any) -> None:
    for case in cases["verdicts"]:
        verdict, expected = bench.parse_verdict(case["input"], mode="original"), case["expected"]
        inside = bench.bracketed(case["input"])
        assert (inside and f"[[{inside}]]") == expected["extract_judge_verdict"], case
        assert RESULTS[verdict] == expected["map_result"], case
        assert bench.reward(verdict, DISADVANTAGE, mode="original") == expected["reward_position_disadvantage"]
        assert bench.reward(verdict, ADVANTAGE, mode="original") == expected["reward_position_advantage"]


def test_repaired_only_a_verdict_in_brackets_at_the_end_is_rewarded(cases: Any) -> None:
    for case in cases["verdicts"]:
        verdict = bench.parse_verdict(case["input"])
        if not case["expected"]["extract_judge_verdict"] or "..." in case["input"]:
            assert verdict is None, case
            assert bench.reward(verdict, ADVANTAGE) is None
        else:
            assert RESULTS[verdict] == case["expected"]["map_result"], case


def test_a_failed_call(cases: Any) -> None:
    for case in cases["api_failure"]:
        strategy, verdict = case["input"]["strategy"], bench.parse_verdict(None, mode="original")
        assert bench.reward(verdict, strategy, mode="original") == case["expected"]["reward"]
        assert bench.reward(bench.parse_verdict(None), strategy) is None


def test_who_is_shown_first(cases: Any) -> None:
    for case in cases["presentation_order"]:
        assert bench.shown(case["strategy"], "reference", "response")[0] == case["A_is"]


def test_an_unknown_strategy(cases: Any) -> None:
    unknown: Any = "both"
    with pytest.raises(OriginalError, match=cases["unknown_strategy"].removeprefix("Exception: ")):
        bench.reward("A", unknown, mode="original")


def test_solutions(cases: Any) -> None:
    for case in cases["extract_solution"]:
        assert bench.extract_solution(case["input"], mode="original") == case["expected"], case


def test_repaired_nothing_of_a_story_is_lost(cases: Any) -> None:
    kept = "Assistant: hello", "A story where Assistant: speaks </think> tail"
    assert [bench.extract_solution(case["input"]) for case in cases["extract_solution"] if case["input"] in kept] == [
        *kept
    ]


def test_json(cases: Any) -> None:
    for case in cases["extract_json"]:
        assert bench.extract_json(case["input"], mode="original") == case["expected"], case


def test_the_starting_index(cases: Any) -> None:
    case = cases["dynamic_reference"]["create_index_file"]
    assert bench.starting_index(case["input"]["data_num"]) == case["expected"]


def replies(case: dict[str, Any]) -> str | None:
    return None if case["judge_reply"] == "fail" else case["judge_reply"]


def test_references_get_better(cases: Any) -> None:
    recorded = cases["dynamic_reference"]
    references = bench.References(bench.starting_index(3), mode="original")
    for case in recorded["sequence"]:
        prompt, of_prompt = case["id"], recorded["references"][case["id"]]
        assert references.index[prompt] == case["index_before"]
        assert references.current(prompt, of_prompt) == case["reference_used"]
        verdict = bench.parse_verdict(replies(case), mode="original")
        reward = bench.reward(verdict, recorded["strategy"], mode="original")
        assert reward == case["reward"]
        references.note(prompt, of_prompt, reward)
        assert references.index[prompt] == case["index_after"]


def test_a_group_of_rollouts_moves_one_step_once_repaired(cases: Any) -> None:
    group = cases["dynamic_reference"]["same_prompt_group_of_rollouts"]
    original, repaired = bench.References({"0": 0}, mode="original"), bench.References()
    for case in group["sequence"]:
        verdict = bench.parse_verdict(case["judge_reply"], mode="original")
        original.note("0", group["references"], bench.reward(verdict, DISADVANTAGE, mode="original"))
        repaired.note("0", group["references"], bench.reward(verdict, DISADVANTAGE))
        assert original.index["0"] == case["index_after"]
    repaired.end_batch()
    assert (original.index, repaired.index) == ({"0": 3}, {"0": 1})


def test_what_stops_the_original(cases: Any) -> None:
    references = bench.References({"0": 0}, mode="original")
    for case in cases["dynamic_reference"]["errors"]:
        with pytest.raises(OriginalError) as error:
            references.current(case["input"].get("id"), case["input"]["target"])
        assert case["expected"] in str(error.value)
