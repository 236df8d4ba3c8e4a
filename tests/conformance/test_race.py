"""The recorded cases of RACE's own scripts, in mode original, and what repaired makes of the same input."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from weval.adapters.judge.outcome import NoVerdict
from weval.bench import race
from weval.bench.race.released import released_averages
from weval.errors import OriginalError

PUBLISHED = Path("data/upstream/Ayanami0730/deep_research_bench")


def cases(shared: Path, name: str) -> Any:
    return json.loads((shared / "conformance" / f"e_race_{name}.json").read_text(encoding="utf-8"))


def test_json_in_replies(shared: Path) -> None:
    for case in cases(shared, "json_extract")["cases"]:
        assert race.extract_json(case["input"], mode="original") == case["expected"], case


def test_what_the_repair_changes_in_json(shared: Path) -> None:
    lost, won = set(), set()
    for case in cases(shared, "json_extract")["cases"]:
        found, before = race.extract_json(case["input"]), case["expected"]
        if found is None and before is not None:
            lost.add(case["input"])
        elif found is not None and before is None:
            won.add(case["input"])
        elif found is not None:
            assert json.loads(found) == json.loads(before), case
    assert '{"a":"line\nbreak"}' in won
    assert {"[1,2]", "5", "null", '{"a":1} {"b":2}', 'text {"a":1} tail', '```json\nbad\n``` {"a":1}'} <= lost
    assert not lost & {'{"a":1}', ' {"a":1} \n', '```json\n{"a":1}\n```', '```\n{"a":1}\n```', '{"a":"}"}'}


def test_weighted_scores(shared: Path) -> None:
    content = cases(shared, "weighted")
    for case in content["cases"]:
        criteria = content["criteria"][str(case["criteria_id"])]
        expected = case["expected"]["calculate_weighted_scores"]
        for found, article in zip(
            released_averages(case["input"], criteria), (expected["target"], expected["reference"]), strict=True
        ):
            dims = {name.removesuffix("_weighted_avg"): value for name, value in article["dims"].items()}
            assert found.dimensions == pytest.approx(dims, abs=1e-9, nan_ok=True), case["id"]
            assert found.total == pytest.approx(article["total"], abs=1e-9, nan_ok=True), case["id"]


def test_scores_of_tasks(shared: Path) -> None:
    content = cases(shared, "weighted")
    for case in content["cases"]:
        criteria = content["criteria"][str(case["criteria_id"])]
        assert case["raw_reply_is_json_of_input"]
        _check(race.judged_original([json.dumps(case["input"])], criteria), case["expected"]["process_single_item"])
        if "error" not in case["expected"]["process_single_item"]:
            found, _ = race.judged_original([json.dumps(case["input"])], criteria)
            assert race.race_score(case["input"], criteria, mode="original") == found


def test_retries(shared: Path) -> None:
    content = cases(shared, "weighted")
    output = json.dumps(content["retry_base_judge_output_for_criteria_51"])
    for case in content["retry"]:
        replies = [reply and reply.replace("<JSON>", output) for reply in case["input"]]
        _check(race.judged_original(replies, content["criteria"]["51"]), case["expected"])


def _check(found: tuple[dict[str, float] | None, int], expected: dict[str, Any]) -> None:
    shares, n_calls = found
    assert n_calls == expected["judge_calls"]
    if "error" in expected:
        assert shares is None
    else:
        assert shares == pytest.approx({name: expected[name] for name in shares or {}}, abs=1e-9)
        assert set(shares or {}) == {*race.DIMENSIONS, "overall_score"}


def test_what_the_repair_changes_in_scores(shared: Path) -> None:
    content = cases(shared, "weighted")
    reasons = {}
    for case in content["cases"]:
        criteria = content["criteria"][str(case["criteria_id"])]
        before = race.race_score(case["input"], criteria, mode="original")
        try:
            assert race.scored(case["input"], criteria) == pytest.approx(before, abs=1e-9), case["id"]
        except NoVerdict as none:
            reasons[case["id"]] = str(none)
            assert race.race_score(case["input"], criteria) is None
    assert not {name for name in reasons if name.startswith("clean")}
    assert not reasons.keys() & {"padded", "extra-dim"}
    known = {
        "missing-criterion": "has no score for a criterion",
        "only-one-criterion": "has no score for a criterion",
        "upper-case": "no criterion of it",
        "numbered": "no criterion of it",
        "unmatched": "no criterion of it",
        "string-scores": "no number from 0 to 10",
        "bad-score": "no number from 0 to 10",
        "ref-none-last": "no number from 0 to 10",
        "ref-none-first": "no number from 0 to 10",
        "target_score-mode": "no number from 0 to 10",
        "out-of-range": "no number from 0 to 10",
        "bool-score": "no number from 0 to 10",
        "nan-score": "no number from 0 to 10",
        "empty-dim": "has no score for a criterion",
        "missing-dim": "no list of scores for insight",
        "item-not-dict": "a score without a criterion",
    }
    for name, why in known.items():
        assert why in reasons[name], name


def test_the_published_criteria_can_all_be_used(shared: Path) -> None:
    path = shared / PUBLISHED / "data/criteria_data/criteria.jsonl"
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert len(rows) == 100
    for row in rows:
        said = {
            name: [{"criterion": entry["criterion"], "article_1_score": 6, "article_2_score": 9.0} for entry in entries]
            for name, entries in row["criterions"].items()
        }
        assert race.scored(said, row) == pytest.approx(dict.fromkeys((*race.DIMENSIONS, "overall_score"), 0.4))


def test_the_published_result(shared: Path) -> None:
    folder = shared / PUBLISHED / "results/race/claude-3-7-sonnet-latest"
    rows = race.read_results(folder / "raw_results.jsonl")
    recorded = cases(shared, "result")
    assert [[getattr(row, name) for name in recorded["columns"]] for row in rows] == recorded["input"]
    assert race.means(rows) == pytest.approx(recorded["expected"]["means"], abs=1e-9)
    assert race.result_text(rows) == recorded["expected"]["race_result.txt"]
    assert race.result_text(rows) == (folder / "race_result.txt").read_text(encoding="utf-8")


def test_an_output_that_is_no_object_stops_the_original(shared: Path) -> None:
    with pytest.raises(OriginalError):
        race.race_score(None, cases(shared, "weighted")["criteria"]["1"], mode="original")
