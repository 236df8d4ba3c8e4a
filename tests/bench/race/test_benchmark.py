"""RACE from end to end: on the published tasks with stand-ins for the reference reports, and on stand-ins of all."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.bench.race import tasks
from tests.bench.race.tasks import N_CRITERIA, REPORT, judging, numbered, responses, stand_in
from tests.bench.scripted import Scripted, Stopping, effects, spec_for, write_rows
from tests.textmodels.servers import chatting
from weval.bench import race
from weval.bench.benchmark import Benchmark
from weval.bench.data import BenchData, fetch_bench
from weval.bench.estimate import estimate
from weval.bench.finish import BenchOutcome
from weval.bench.race.benchmark import Orders, Race, RaceOptions
from weval.bench.race.given import FIGURES
from weval.bench.race.tasks import RaceItem
from weval.bench.readback import read_bench_run
from weval.bench.replies import ReplyRow
from weval.bench.run import BenchRun, opened, run_bench
from weval.bench.spec import read_bench
from weval.errors import ConfigError, DataError, ResultError

PUBLISHED = Path("data/upstream/Ayanami0730/deep_research_bench")
RESULTS = PUBLISHED / "results/race/claude-3-7-sonnet-latest"

EQUAL = (6.0, 9.0)
"""Scores that give shares of 0.4 everywhere."""


def ran(tmp_path: Path, judge: Any, texts: dict[int, str] | Path | None = None, **settings: str) -> BenchOutcome:
    """A run on stand-ins. `texts` are the reports of the tasks, or a file of them; by default one for each of three."""
    texts = texts or dict.fromkeys((1, 2, 3), REPORT)
    data = stand_in(tmp_path / "data", 3 if isinstance(texts, Path) else max(texts))
    file = texts if isinstance(texts, Path) else responses(tmp_path / "reports.jsonl", texts)
    with chatting(Scripted(judges=judge)) as server:
        said = {"resamples": "100", "judge.base_url": f"{server.url}/v1", "judge.concurrency": "1", **settings}
        spec = BenchRun("race", "writer", "server/judge", data=data, responses=file, settings=said)
        return run_bench(replace(spec, out=tmp_path / "run"))


def given(tmp_path: Path, rows: list[dict[str, Any]], n: int = 3, **settings: str) -> BenchOutcome:
    """A run of replies that are here already."""
    file = write_rows(tmp_path / "replies.jsonl", rows)
    data = stand_in(tmp_path / "data", n)
    said = {"resamples": "100", **settings}
    return run_bench(BenchRun("race", data=data, replies=file, settings=said, out=tmp_path / "run"))


def values(outcome: BenchOutcome) -> dict[str, float]:
    """The figures that there are."""
    return {name: found.estimate.value for name, found in outcome.result.figures.items() if found.estimate}


# --- from end to end


def test_all_published_tasks_written_judged_stopped_and_continued(shared: Path, tmp_path: Path) -> None:
    """The reference reports are stand-ins: the published ones were not to be had."""
    fetch_bench("race", shared / "data/upstream")
    lines = (shared / PUBLISHED / "data/prompt_data/query.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [{"id": row["id"], "prompt": row["prompt"], "article": tasks.REFERENCE} for row in map(json.loads, lines)]
    (tmp_path / "data").mkdir()
    write_rows(tmp_path / "data/reference.jsonl", rows)
    scripted = Scripted(writes=lambda prompt: f"{prompt} [1] {REPORT}", judges=tasks.varied)
    with chatting(scripted) as server:
        spec = spec_for(server, tmp_path / "data", tmp_path / "run", benchmark="race")
        for after in (40, 130, 150):
            with pytest.raises(KeyboardInterrupt):
                run_bench(spec, Stopping(after))
        outcome = run_bench(spec)
        assert scripted.n_asked("writer") == 100
        assert scripted.n_asked("judge") == 300 == sum(scripted.answered.values()) - 100
        assert not any("[1]" in text for _, text in scripted.answered if "response-A" in text)
        before = len(scripted.answered)
        assert run_bench(spec).result == outcome.result
        assert len(scripted.answered) == before
    result = outcome.result
    assert (result.n_items, result.n_scored, result.n_missing) == (100, 100, 0)
    assert result.unpublishable_because == ("some of its data are not the public files",)
    languages = {label: found["overall_score"] for label, found in result.by["language"].items()}
    assert {label: found.n for label, found in languages.items() if found} == {"en": 50, "zh": 50}
    assert len(result.by["topic"]) == 22
    assert effects(outcome.result) == {"orders": 100}
    _check_by_hand(outcome)
    assert read_bench_run(tmp_path / "run").result.figures == result.figures


def _check_by_hand(outcome: BenchOutcome) -> None:
    """The figures, computed from the file of replies by the pure functions alone."""
    items = {item.id: item for item in outcome.items}
    shares: dict[str, dict[str, dict[str, float]]] = {}
    for line in (outcome.folder / "replies.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        item = items[row["item"]]
        assert isinstance(item, RaceItem)
        criteria = item.criteria
        texts = [(name, entry["criterion"]) for name in race.DIMENSIONS for entry in criteria["criterions"][name]]
        output: dict[str, list[Any]] = {name: [] for name in race.DIMENSIONS}
        for (name, text), said in zip(texts, json.loads(row["text"])["scores"], strict=True):
            scores = {"article_1_score": said["article_a"], "article_2_score": said["article_b"]}
            output[name].append({"criterion": text, **scores})
        shares.setdefault(row["part"], {})[row["item"]] = race.judged_original([json.dumps(output)], criteria)[0] or {}
    for name in FIGURES:
        first = [found[name] for found in shares["first"].values()]
        second = [1 - found[name] for found in shares["second"].values()]
        assert outcome.result.original is not None
        assert outcome.result.original[name] == pytest.approx(np.mean(first), abs=1e-12)
        assert values(outcome)[name] == pytest.approx((np.mean(first) + np.mean(second)) / 2, abs=1e-12)


def test_a_small_model_writes(tmp_path: Path, lm: Path) -> None:
    data = stand_in(tmp_path / "data")
    with chatting(Scripted(judges=judging(lambda a, b: EQUAL))) as server:
        settings = {"resamples": "100", "writer.device": "cpu", "writer.max_tokens": "60", "clean": "false"}
        settings |= {"judge.base_url": f"{server.url}/v1"}
        said: dict[str, Any] = {"data": data, "settings": settings, "limit": 2, "out": tmp_path / "run"}
        outcome = run_bench(BenchRun("race", f"transformers/{lm}", "server/judge", **said))
    assert sum(outcome.result.steps["responses"].statuses.values()) == outcome.result.n_items == 2
    assert values(outcome)["overall_score"] == pytest.approx(0.5)


# --- what is asked


def test_both_orders_are_shown_without_citations_and_without_weights(tmp_path: Path) -> None:
    seen: list[str] = []

    def judge(prompt: str) -> str:
        seen.append(prompt)
        return judging(lambda a, b: EQUAL)(prompt)

    ran(tmp_path, judge, {1: f"{REPORT} [1] at last."})
    assert [tasks.is_cleaning(prompt) for prompt in seen] == [True, False, False]
    first, second = seen[1:]
    report, reference = f"{REPORT} at last.", f"{tasks.REFERENCE}1"
    assert (tasks.shown(first, "response-A"), tasks.shown(first, "response-B")) == (report, reference)
    assert (tasks.shown(second, "response-A"), tasks.shown(second, "response-B")) == (reference, report)
    assert tasks.shown(first, "query") == "What is known of subject 1?"
    assert tasks.shown(first, "requirement-2") == "Depth 1\nWhy Depth."
    assert tasks.n_criteria(first) == tasks.N_CRITERIA
    assert "0.75" not in first


def test_cleaning_can_be_left_out(tmp_path: Path) -> None:
    seen: list[str] = []

    def judge(prompt: str) -> str:
        seen.append(prompt)
        return judging(lambda a, b: EQUAL)(prompt)

    outcome = ran(tmp_path, judge, {1: f"{REPORT} [1]"}, clean="false")
    assert list(outcome.result.steps) == ["responses", "replies"]
    assert [tasks.is_cleaning(prompt) for prompt in seen] == [False, False]
    assert tasks.shown(seen[0], "response-A").endswith("[1]")


def test_a_report_that_cleaning_takes_away_is_asked_for_again_and_then_missing(tmp_path: Path) -> None:
    def judge(prompt: str) -> str:
        if tasks.is_cleaning(prompt) and "lost" in tasks.shown(prompt, "response"):
            return "x" * 99
        return judging(lambda a, b: EQUAL)(prompt)

    outcome = ran(tmp_path, judge, {1: f"{REPORT} lost", 2: REPORT})
    assert outcome.result.n_missing == 1
    assert list(outcome.result.missing) == ["cleaning: there are fewer than 100 characters"]
    assert (outcome.result.steps["cleaned"].n_unread, outcome.result.steps["cleaned"].n_asked_again) == (1, 2)
    assert outcome.result.steps["replies"].n_calls == 2
    assert effects(outcome.result)["dropped"] == 1


def test_nothing_is_asked_without_reference_reports(tmp_path: Path) -> None:
    data = stand_in(tmp_path / "data", rows={"reference": tasks.rows_of(2)["reference"]})
    scripted = Scripted(writes=lambda prompt: REPORT, judges=judging(lambda a, b: EQUAL))
    with chatting(scripted) as server:
        with pytest.raises(DataError, match=r"reference\.jsonl: has no reference report for task 3 with its prompt"):
            run_bench(spec_for(server, data, tmp_path / "run", benchmark="race"))
        assert not scripted.answered
        outcome = run_bench(spec_for(server, data, tmp_path / "run", benchmark="race", limit=2))
    assert outcome.result.n_scored == 2


def test_there_is_no_official_wording(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="the judge race has no official prompt"):
        ran(tmp_path, judging(lambda a, b: EQUAL), wording="official")


@pytest.mark.parametrize(("mode", "judged"), [("repaired", 6), ("original", 3)])
def test_what_a_run_would_ask_is_told(tmp_path: Path, mode: str, judged: int) -> None:
    spec = BenchRun("race", "server/writer", "server/judge", data=stand_in(tmp_path / "data"))
    there = {"mode": mode, "writer.base_url": "http://127.0.0.1:9/v1", "judge.base_url": "http://127.0.0.1:9/v1"}
    lines = estimate(replace(spec, settings=there)).lines
    assert [(line.step, line.calls) for line in lines] == [("responses", 3), ("cleaned", 3), ("replies", judged)]
    written, cleaned, judgement = (line.tokens_out for line in lines)
    assert written == cleaned == 3 * 2000  # who cleans a report writes it again
    assert judgement == judged * N_CRITERIA * 60


# --- what an item comes to


def test_the_place_of_a_report_does_not_count(tmp_path: Path) -> None:
    def biased(one: str, other: str) -> tuple[float, float]:
        return 9.0, 3.0

    outcome = ran(tmp_path, judging(biased))
    assert values(outcome) == pytest.approx(dict.fromkeys(FIGURES, 0.5))
    assert outcome.result.original == pytest.approx(dict.fromkeys(FIGURES, 0.75))
    assert effects(outcome.result) == {"orders": 3}
    assert outcome.result.repairs[0].without == pytest.approx(0.75)
    (table,) = outcome.result.further
    assert [row[0] for row in table.rows] == ["the report", "the reference", "difference"]
    assert [row[1] for row in table.rows] == pytest.approx([0.75, 0.25, 0.5])


def test_mode_original_shows_the_report_first_and_only_once(tmp_path: Path) -> None:
    outcome = ran(tmp_path, judging(lambda a, b: (9.0, 3.0)), mode="original")
    assert outcome.result.steps["replies"].n_calls == 3
    assert values(outcome) == pytest.approx(dict.fromkeys(FIGURES, 0.75))
    assert outcome.result.further == ()


def test_a_judge_without_favour_needs_no_second_order(tmp_path: Path) -> None:
    outcome = ran(tmp_path, judging(lambda a, b: (8.0 if a.startswith("The report") else 4.0, 4.0 if b.startswith(
        "The reference") else 8.0)))  # fmt: skip
    assert values(outcome)["overall_score"] == pytest.approx(2 / 3) == (outcome.result.original or {})["overall_score"]
    assert effects(outcome.result) == {}
    assert [row.detail for row in outcome.rows] == [pytest.approx(Orders(2 / 3, 2 / 3))] * 3


def test_an_empty_report_has_no_points(tmp_path: Path) -> None:
    outcome = ran(tmp_path, judging(lambda a, b: EQUAL), {1: REPORT, 2: "", 3: " <think>Hm</think> \n"})
    assert values(outcome) == pytest.approx(dict.fromkeys(FIGURES, 0.5 / 3))
    assert outcome.result.original == pytest.approx(dict.fromkeys(FIGURES, 0.4))
    assert effects(outcome.result) == {"empty": 2, "orders": 1}
    assert outcome.result.n_missing == 0


def test_a_short_report_is_judged_as_it_is(tmp_path: Path) -> None:
    outcome = ran(tmp_path, judging(lambda a, b: EQUAL), {1: REPORT, 2: "Nobody knows. [1]"})
    assert outcome.result.n_scored == 2
    assert outcome.result.steps["cleaned"].n_unread == 1
    assert effects(outcome.result) == {"orders": 2, "short": 1}


def test_a_short_report_is_dropped_by_the_original(tmp_path: Path) -> None:
    texts = {1: REPORT, 2: "Nobody knows. [1]"}
    outcome = ran(tmp_path, judging(lambda a, b: EQUAL), texts, mode="original")
    assert (outcome.result.n_scored, outcome.result.steps["cleaned"].n_unread) == (1, 1)


def test_texts_that_did_not_come_are_missing(tmp_path: Path) -> None:
    rows = [{"item": "1", "text": REPORT}, {"item": "2", "status": "refused", "reason": "policy"}]
    file = write_rows(tmp_path / "reports.jsonl", rows)
    outcome = ran(tmp_path, judging(lambda a, b: EQUAL), file)
    assert (outcome.result.n_scored, outcome.result.n_missing) == (1, 2)
    assert set(outcome.result.missing) == {"writer refused: policy", "writer: there is no text"}
    assert outcome.result.figures["overall_score"].worst == pytest.approx(0.5 / 3)
    assert not outcome.result.publishable


@pytest.mark.parametrize(
    ("reply", "why", "original"),
    [
        ("I liked the first one.", "there is no JSON object", None),
        (numbered([(6, 9)] * 4), "criterion 5 has no score", None),
        (numbered([(6, 9)] * 6), "a score is for '6', which is no number from 1 to 5", 0.4),
        (numbered([(6, 9)] * 4 + [(6, 11)]), "no number from 0 to 10", 6 / 15.2),
        (numbered([(0, 0)] * 5), "both articles have 0 in comprehensiveness", 0.0),
        (numbered([(6, 9)] * 5).replace('"criterion": 2', '"criterion": 1'), "criterion 1 has two scores", 0.4),
        ("{" * 100_000, "not a JSON object", None),
        ("[" * 100_000, "there is no JSON object", None),
    ],
)
def test_a_verdict_that_cannot_be_read_is_missing(tmp_path: Path, reply: str, why: str, original: float | None) -> None:
    rows = [{"item": "1", "part": part, "text": reply} for part in ("first", "second")]
    rows += [{"item": "2", "part": part, "text": numbered([EQUAL] * 5)} for part in ("first", "second")]
    outcome = given(tmp_path, rows, n=2)
    (reason,) = outcome.result.missing
    assert reason.startswith("judge (report first): ")
    assert why in reason
    assert outcome.result.n_missing == 1
    assert effects(outcome.result) == {"orders": 1, "dropped" if original is None else "verdict": 1}
    mean = 0.4 if original is None else (0.4 + original) / 2
    assert outcome.result.original is not None
    assert outcome.result.original["overall_score"] == pytest.approx(mean, abs=1e-9)


def test_one_order_is_not_enough(tmp_path: Path) -> None:
    rows = [{"item": "1", "part": "first", "text": numbered([EQUAL] * 5)}]
    rows += [{"item": "2", "part": part, "text": numbered([EQUAL] * 5)} for part in ("first", "second")]
    outcome = given(tmp_path, rows, n=2)
    assert outcome.result.missing == {"judge (report second): was not asked": 1}
    assert effects(outcome.result) == {"orders": 2}


# --- replies in the published layouts


def test_published_outputs_are_read(tmp_path: Path) -> None:
    outputs = {task: tasks.published(task, [(6, 9), (5, 5), (7, 7), (8, 2), (1, 3)]) for task in (1, 2)}
    rows = [{"id": 1, **outputs[1]}, {"id": 2, "reply": f"```json\n{json.dumps(outputs[2])}\n```"}]
    with pytest.raises(ResultError, match=r"judge \(report second\): was not asked"):
        given(tmp_path, rows, n=2)
    (tmp_path / "original").mkdir()
    outcome = given(tmp_path / "original", rows, n=2, mode="original")
    assert values(outcome)["insight"] == pytest.approx(0.5)
    assert values(outcome)["instruction_following"] == pytest.approx(0.8)
    assert values(outcome)["comprehensiveness"] == pytest.approx(5.75 / (5.75 + 8))


@pytest.mark.parametrize("mode", ["repaired", "original"])
def test_the_published_results(shared: Path, tmp_path: Path, mode: str) -> None:
    fetch_bench("race", shared / "data/upstream")
    file = shared / RESULTS / "raw_results.jsonl"
    settings = {"mode": mode, "resamples": "100"}
    outcome = run_bench(BenchRun("race", "claude", replies=file, settings=settings, out=tmp_path / "run"))
    found = {name.replace("_", " "): f"{value:.4f}" for name, value in values(outcome).items()}
    said = (shared / RESULTS / "race_result.txt").read_text(encoding="utf-8").splitlines()
    assert found == dict(line.lower().split(": ") for line in said)
    assert outcome.result.original == pytest.approx(values(outcome))
    assert any("of one order" in notice for notice in outcome.result.notices)
    assert read_bench_run(tmp_path / "run").result == outcome.result


def result(task: int, **more: Any) -> dict[str, Any]:
    """A row of raw_results.jsonl."""
    return {"id": task, "prompt": f"What is known of subject {task}?", **dict.fromkeys(FIGURES, 0.4), **more}


def test_a_result_with_an_error_is_missing(tmp_path: Path) -> None:
    rows = [result(1), {"id": 2, "prompt": result(2)["prompt"], "error": "Failed after 10 retries"}]
    outcome = given(tmp_path, rows, n=2)
    assert outcome.result.missing == {"result: Failed after 10 retries": 1}
    assert (outcome.result.n_missing, effects(outcome.result)) == (1, {"dropped": 1})
    assert outcome.result.original == pytest.approx(dict.fromkeys(FIGURES, 0.4))
    assert outcome.result.figures["overall_score"].worst == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        (result(9), "id: 9 is no task of this benchmark"),
        (result(2, prompt="What is known of subject 1?"), "prompt: is not that of task 2"),
        (result(2, insight=1.5), "insight: 1.5 is no share from 0 to 1"),
        (result(2, insight="0.4"), "insight: "),
        (result(2, insight=None), "has no insight, and no error that says why"),
        (result(1), "item 1 is on line 1 already"),
        ({"item": "2", "part": "third", "text": ""}, "part: third is none of first, second, result"),
        ({"id": 2, "part": "first"}, "holds no text under text, reply"),
        ({"part": "first", "text": ""}, "names no item"),
        ({"id": [2], **tasks.published(2, [EQUAL] * 5)}, r"id: \[2\] is no task"),
    ],
)
def test_wrong_rows_are_told_by_line(tmp_path: Path, row: dict[str, Any], complaint: str) -> None:
    with pytest.raises(DataError, match=rf"replies\.jsonl:2: {complaint}") as caught:
        given(tmp_path, [result(1), row])
    assert len(str(caught.value).splitlines()) == 1


def test_a_result_that_was_changed_in_the_folder_is_missing(tmp_path: Path) -> None:
    given(tmp_path, [result(1), result(2)], n=2)
    path = tmp_path / "run" / "replies.jsonl"
    first, second = path.read_text(encoding="utf-8").splitlines()
    changed = {**json.loads(second), "text": '{"id": 2, "overall_score": 1e9}'}
    write_rows(path, [json.loads(first), changed])
    outcome = read_bench_run(tmp_path / "run")
    assert outcome.result.missing == {"result: is no row of raw_results.jsonl": 1}


# --- recorded cases of the published script


def recorded(shared: Path) -> Any:
    return json.loads((shared / "conformance" / "e_race_weighted.json").read_text(encoding="utf-8"))


def test_recorded_replies_come_to_what_the_script_made_of_them(shared: Path, tmp_path: Path) -> None:
    fetch_bench("race", shared / "data/upstream")
    content = recorded(shared)
    race_of = Race(BenchData(read_bench("race")), RaceOptions(mode="original"), {})
    output = json.dumps(content["retry_base_judge_output_for_criteria_51"])
    cases = [
        (str(case["criteria_id"]), [json.dumps(case["input"])], case["expected"]["process_single_item"])
        for case in content["cases"]
    ]
    cases += [
        ("51", [reply and reply.replace("<JSON>", output) for reply in case["input"]], case["expected"])
        for case in content["retry"]
    ]
    assert len(cases) == 50
    for at, (item, replies, expected) in enumerate(cases):
        shares = _shares_of(race_of, item, replies, tmp_path / str(at))
        assert shares == (
            {} if "error" in expected else pytest.approx({name: expected[name] for name in FIGURES}, abs=1e-9)
        )


def _shares_of(benchmark: Benchmark[Any], item: str, replies: list[Any], folder: Path) -> dict[str, float]:
    folder.mkdir()
    (found,) = (one for one in benchmark.items if one.id == item)
    with opened(folder, benchmark, benchmark.steps(benchmark.options)) as (steps, told):
        for at, reply in enumerate(replies, start=1):
            status: Any = "failed" if reply is None else "ok"
            steps["replies"].add(ReplyRow(item=item, part="first", attempt=at, status=status, text=reply or ""))
        return {name: share[0] for name, share in benchmark.row(found, told, "original").shares.items() if share}
