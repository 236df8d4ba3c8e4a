"""The recorded cases of WritingBench's own scripts, in mode original, and what repaired makes of the same input."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from weval.bench import writingbench
from weval.errors import DataError, OriginalError


def cases(shared: Path, name: str) -> Any:
    return json.loads((shared / "conformance" / f"b_writingbench_{name}.json").read_text(encoding="utf-8"))


def tables(shared: Path) -> Iterator[tuple[dict[str, Any], dict[str, Any], list[Any], dict[str, Any]]]:
    """Each case of the two files: itself, the score files of its models, the benchmark and the requirements."""
    for name in ("real", "synthetic"):
        content = cases(shared, name)
        for case in content["cases"]:
            given = case["input"]
            about = content["shared"][given["shared"]] if "shared" in given else given
            yield case, given["models"], about["bench"], about["requirement"]


def test_scores_of_replies(shared: Path) -> None:
    for case in cases(shared, "parse")["score_parsing"]:
        read = writingbench.parse_reply(case["input"], mode="original")
        recorded = case["expected"]
        assert (read is not None) == (recorded["success_check"] is True), case
        assert read == recorded["generate_score"].get("returns", {"score": None})["score"], case


def test_what_the_repair_changes_in_scores_of_replies(shared: Path) -> None:
    changed = {}
    for case in cases(shared, "parse")["score_parsing"]:
        before, now = (writingbench.parse_reply(case["input"], mode=mode) for mode in ("original", "repaired"))
        if before != now:
            changed[case["input"]] = (before, now)
    assert changed == {
        '```json\n{"score": 7, "reason": "fine"}\n```\n': (None, 7),
        '{"score": 7, "reason": 3}': (None, 7),
        '{"score": 7, "reason": null}': (None, 7),
        '{"score": 7, "reason": "a\nb"}': (None, 7),
        '{"score": 7, "reason": "fine"}\n\n```': (7, None),
        'n{"score": 7, "reason": "fine"}': (7, None),
        '{"score": 1e0, "reason": "fine"}': (1, None),
        '{"score": true, "reason": "fine"}': (1, None),
    }


def test_what_is_judged_of_a_response(shared: Path) -> None:
    for case in cases(shared, "parse")["process_gen_field"]:
        assert writingbench.judged_response(case["input"], mode="original") == case["expected"]
    assert writingbench.judged_response("<think>a</think>\nB") == "B"


def test_which_responses_are_judged_after_a_stop(shared: Path) -> None:
    for case in cases(shared, "parse")["resume"]:
        responses, already = case["input"]["responses"], case["input"]["already_scored"]
        again = writingbench.to_judge(responses, already, mode="original")
        assert [*already, *again] == case["expected"]["final_indices"]
        assert len(again) == case["expected"]["new_judge_calls"]
        assert [*already, *writingbench.to_judge(responses, already)] == responses


def test_rows_of_the_table(shared: Path) -> None:
    n_rows = 0
    for case, models, benchmark, requirements in tables(shared):
        if "error" in case["expected"]:
            with pytest.raises(OriginalError, match="divides by zero"):
                writingbench.aggregate(models["empty"], benchmark, requirements, mode="original")
            continue
        for model, row in case["expected"]["rows"].items():
            ours = writingbench.aggregate(models[model], benchmark, requirements, mode="original")
            n_rows += 1
            assert ours.keys() <= row.keys()
            assert {name: ours.get(name) for name in row} == {
                name: value if value is None else pytest.approx(value, abs=1e-9) for name, value in row.items()
            }
    assert n_rows == 11


def test_the_order_of_columns(shared: Path) -> None:
    for case, models, benchmark, requirements in tables(shared):
        if "rows" in case["expected"]:
            rows = [writingbench.aggregate(rows, benchmark, requirements, mode="original") for rows in models.values()]
            columns = writingbench.column_order(rows, benchmark)
            assert ["Model", *columns] == case["expected"]["columns"], case["id"]


def test_a_query_that_stands_in_a_real_file_twice_is_an_error_when_repaired(shared: Path) -> None:
    _, models, benchmark, requirements = next(tables(shared))
    with pytest.raises(DataError) as error:
        writingbench.aggregate(models["gpt-5.4-nano__resp_fasticle_notebook"], benchmark, requirements)
    assert error.value.problems == [f"scores: index {index} is repeated" for index in (40, 467, 406, 991)]


def test_what_the_repair_changes_in_rows(shared: Path) -> None:
    found = {}
    for _, models, benchmark, requirements in tables(shared):
        for model, scores in models.items():
            if model != "gpt-5.4-nano__resp_fasticle_notebook":
                found[model] = writingbench.aggregate(scores, benchmark, requirements)
    assert (found["partial"]["Count"], found["partial"]["Missing"]) == (100, 122)
    assert found["partial"]["Domain2_Film/TV Review"] is None
    # Queries with three criteria weigh as much as those with five, as in every other column.
    assert found["uneq"]["Overall"] == pytest.approx(5.954054054054057) == found["uneq"]["length_R"]
    assert (found["empty"]["Count"], found["empty"]["Missing"]) == (221, 1)
    real = found["gpt-4o-mini__resp_openai_oneshot"]
    assert (real["Overall"], real["style_R"], real["format_C"]) == (pytest.approx(7.56), None, None)
