"""The recorded cases of FINDER's own script, in mode original, and what repaired makes of the same input."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from weval.bench import finder

CALLS = {"raise2": [None, None, "Yes"], "timeout": [None]}
"""What the recorded modes of the scripted client stand for."""


def cases(shared: Path) -> Any:
    return json.loads((shared / "conformance" / "f_finder_checklist.json").read_text(encoding="utf-8"))


def checklist(shared: Path) -> list[dict[str, Any]]:
    path = shared / "data/upstream/OPPO-PersonalAI/FINDER_DEFT/checklist_eval/data/reference/checklist.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_answers(shared: Path) -> None:
    for case in cases(shared)["answer_parsing"]:
        given, expected = case["input"], case["expected"]
        if "mode" in given:
            assert finder.judged_original(CALLS[given["mode"]]) == (expected["is_met"], expected["calls"]), case
        else:
            found = finder.parse_answer(given["content"], mode="original", reasoning=given.get("reasoning_content"))
            assert (found, 1) == (expected["is_met"], expected["calls"]), case


def test_what_the_repair_changes_in_answers(shared: Path) -> None:
    recorded = {
        case["input"]["content"]: (case["expected"]["is_met"], finder.parse_answer(case["input"]["content"]))
        for case in cases(shared)["answer_parsing"]
        if case["input"].get("content")
    }
    known = {
        "Yes. The article notes all points.": (False, True),
        "Yes, I know": (False, True),
        "Yes (economics)": (False, True),
        "Yes — the report is normal": (False, True),
        "<think>no</think>Yes": (False, True),
        "是": (False, True),
        "Yes, but not fully": (False, None),
        "Not sure": (False, None),
        "Another yes": (False, None),
        "Cannot determine": (False, None),
        "true": (True, None),
        "untrue": (True, None),
        "Yesterday": (True, None),
    }
    assert {text: recorded[text] for text in known} == known
    for text in ("Yes", "Yes.", "**Yes**", "YES!", "\n\nYes", "Yes, it does", "Answer: Yes", "No", "NO", "否"):
        assert recorded[text][0] is recorded[text][1] is not None


def test_pass_rates(shared: Path) -> None:
    for case in cases(shared)["pass_rate"]:
        given, expected = case["input"], case["expected"]
        run = finder.original_run(
            given["files"], lambda article, number, title, said=given["replies"]: said[f"{article}|{number}|{title}"],
            checklist(shared),
        )  # fmt: skip
        counts = {
            name: {"articles": found.articles, "passed": found.passed, "total": found.total}
            for name, found in run.per_file.items()
        }
        assert counts == expected["per_file"], case["id"]
        assert f"{run.passed}/{run.total}" == expected["checks"]
        assert run.printed == expected["pass_rate_printed"]
        assert list(map(str, run.skipped_ids)) == list(map(str, expected["skipped_ids"]))
        assert list(run.no_standard) == expected["no_standard"]


def test_what_the_repair_changes_in_a_pass_rate(shared: Path) -> None:
    (case,) = (case for case in cases(shared)["pass_rate"] if case["id"] == "one-model-100")
    replies = list(case["input"]["replies"].values())
    answers = [finder.parse_answer(reply) for reply in replies]
    missing = sum(answer is None for answer in answers)
    assert missing == sum(reply in ("", "Yes, but not fully") for reply in replies) == 16
    won = sum(reply in ("Yes. It notes this.", "是") for reply in replies)
    assert finder.pass_rate(answers) == pytest.approx((257 + won) / (419 - missing))
    original = [finder.parse_answer(reply, mode="original") for reply in replies]
    assert finder.pass_rate(original, mode="original") == pytest.approx(257 / 419)
