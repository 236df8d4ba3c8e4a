"""FINDER from end to end: on the published checklists, and on stand-ins of their layout."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.adapters.servers import Answer
from tests.bench.scripted import Scripted, Stopping, effects, number, spec_for, write_rows
from tests.textmodels.servers import chatting, error
from weval.bench import finder
from weval.bench.data import BenchData, fetch_bench
from weval.bench.finder.benchmark import Finder, FinderItem, topic_names
from weval.bench.finish import BenchOutcome
from weval.bench.options import BenchOptions
from weval.bench.readback import read_bench_run
from weval.bench.run import BenchRun, run_bench
from weval.bench.spec import read_bench
from weval.errors import ConfigError, DataError, ResultError

REPORT = "The report says what is known of it, year by year."
CHECKLIST = Path("data/upstream/OPPO-PersonalAI/FINDER_DEFT/checklist_eval/data/reference/checklist.jsonl")
MARK = re.compile(r"-[0-9a-f]{8}>")


def checklist(n: int = 3) -> list[dict[str, Any]]:
    """A stand-in of checklist.jsonl: task 1 has two points, task 2 three, and so on."""
    return [
        {
            "id": task,
            "topic": "Health" if task % 2 else "Games",
            "language": "en",
            "prompt": f"Report on subject {task}.",
            "checklist": [{"title": f"{at}. Point", "description": f"Is {task}-{at} there?"} for at in range(task + 1)],
        }
        for task in range(1, n + 1)
    ]


def stand_in(folder: Path, rows: list[dict[str, Any]] | None = None) -> Path:
    """The file of a stand-in."""
    return write_rows(folder / "checklist.jsonl", checklist() if rows is None else rows)


def ran(tmp_path: Path, judge: Any, texts: Mapping[int, str] | Path | None = None, **settings: str) -> BenchOutcome:
    """A run on a stand-in. `texts` are the reports, or a file of them; by default one for each of three tasks."""
    texts = texts or dict.fromkeys((1, 2, 3), REPORT)
    if isinstance(texts, Path):
        file = texts
    else:
        rows = [{"id": task, "article": text} for task, text in texts.items()]
        file = write_rows(tmp_path / "reports.jsonl", rows)
    with chatting(Scripted(judges=judge)) as server:
        said = {"resamples": "100", "judge.base_url": f"{server.url}/v1", "judge.concurrency": "1", **settings}
        spec = BenchRun("finder", "writer", "server/judge", data=stand_in(tmp_path), responses=file, settings=said)
        return run_bench(replace(spec, out=tmp_path / "run"))


def given(tmp_path: Path, rows: list[dict[str, Any]], **settings: str) -> BenchOutcome:
    """A run of answers that are here already."""
    file = write_rows(tmp_path / "replies.jsonl", rows)
    said = {"resamples": "100", **settings}
    return run_bench(BenchRun("finder", data=stand_in(tmp_path), replies=file, settings=said, out=tmp_path / "run"))


def answers(*replies: list[str]) -> list[dict[str, Any]]:
    """Rows with the answers to the points of task 1, of task 2 and so on."""
    return [
        {"id": task, "part": part, "text": text}
        for task, texts in enumerate(replies, start=1)
        for part, text in enumerate(texts, start=1)
    ]


def values(outcome: BenchOutcome) -> list[float | None]:
    """Pass rate and tasks passed."""
    return [found.estimate.value if found.estimate else None for found in outcome.result.figures.values()]


def yes(prompt: str) -> str:
    """A judge that is content with everything."""
    return "It is there.\n[[Yes]]"


# --- from end to end


def test_all_published_tasks_written_judged_stopped_and_continued(shared: Path, tmp_path: Path) -> None:
    fetch_bench("finder", shared / "data/upstream")

    def judge(prompt: str) -> str:
        said = "Yes" if number(MARK.sub(">", prompt)) % 3 else "No"
        return f"Noted in section 2, or not.\n[[{said}]]"

    scripted = Scripted(writes=lambda prompt: f"{REPORT} {number(prompt)}", judges=judge)
    with chatting(scripted) as server:
        spec = replace(spec_for(server, tmp_path, tmp_path / "run", benchmark="finder"), data=None)
        for after in (40, 160, 100):
            with pytest.raises(KeyboardInterrupt):
                run_bench(spec, Stopping(after))
        outcome = run_bench(spec)
        assert run_bench(spec).result == outcome.result
    assert (scripted.n_asked("writer"), scripted.n_asked("judge")) == (100, 419)
    result = outcome.result
    assert result.publishable
    assert (result.n_items, result.n_scored, result.steps["replies"].n_calls) == (100, 100, 419)
    said = [json.loads(line) for line in (tmp_path / "run/replies.jsonl").read_text(encoding="utf-8").splitlines()]
    met = {(row["item"], row["part"]): row["text"].endswith("[[Yes]]") for row in said}
    by_task = [[met[item.id, part] for part in item.parts] for item in outcome.items if isinstance(item, FinderItem)]
    assert values(outcome) == pytest.approx([100 * sum(met.values()) / 419, sum(map(all, by_task))])
    assert result.original is not None
    assert list(result.original.values()) == pytest.approx(values(outcome))
    assert effects(outcome.result) == {}
    languages = {label: found["pass_rate"] for label, found in result.by["language"].items()}
    assert {label: found.n for label, found in languages.items() if found} == {"en": 50, "zh": 50}
    assert "Art & Design" in result.by["topic"]
    assert "Art&Design" not in result.by["topic"]
    assert read_bench_run(tmp_path / "run").result == result


def test_a_small_model_writes(tmp_path: Path, lm: Path) -> None:
    with chatting(Scripted(judges=yes)) as server:
        settings = {"resamples": "100", "writer.device": "cpu", "writer.max_tokens": "8"}
        settings |= {"judge.base_url": f"{server.url}/v1"}
        said: dict[str, Any] = {"data": stand_in(tmp_path), "settings": settings, "out": tmp_path / "run"}
        outcome = run_bench(BenchRun("finder", f"transformers/{lm}", "server/judge", **said))
    assert sum(outcome.result.steps["responses"].statuses.values()) == outcome.result.n_items == 3
    assert values(outcome) == [100.0, 100.0]


def test_the_judge_sees_one_point_and_no_question(tmp_path: Path) -> None:
    seen: list[str] = []

    def judge(prompt: str) -> str:
        seen.append(prompt)
        return yes(prompt)

    ran(tmp_path, judge, {1: f"<think>Hm</think>{REPORT}"})
    assert len(seen) == 2
    assert all(f">\n{REPORT}\n</response-" in prompt for prompt in seen)
    assert not any("Report on subject" in prompt or "Hm" in prompt for prompt in seen)
    assert [f">\n{at}. Point\nIs 1-{at} there?\n</requirement-" in prompt for at, prompt in enumerate(seen)] == [
        True
    ] * 2


def test_there_is_no_official_wording(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="the judge checklist-yes-no has no official prompt"):
        ran(tmp_path, yes, wording="official")


# --- what an item comes to


def test_the_rate_is_over_points_and_tasks_must_have_all(tmp_path: Path) -> None:
    outcome = given(tmp_path, answers(["[[Yes]]"] * 2, ["Yes", "No", "No"], ["No"] * 4))
    assert values(outcome) == pytest.approx([100 * 3 / 9, 100 / 3])
    assert outcome.result.by["topic"]["Games"]["pass_rate"] is not None
    assert outcome.result.by["topic"]["Games"]["pass_rate"].value == pytest.approx(100 / 3)


def test_no_within_a_word_is_no_answer(tmp_path: Path) -> None:
    rows = answers(["Yes. It notes both.", "Yes"], ["No"] * 3, ["<think>no</think>Yes", "Yes", "Yes", "Yes"])
    outcome = given(tmp_path, rows)
    assert values(outcome) == pytest.approx([100 * 6 / 9, 100 * 2 / 3])
    assert outcome.result.original == pytest.approx({"pass_rate": 100 * 4 / 9, "tasks_passed": 0})
    assert effects(outcome.result) == {"word": 2}
    assert outcome.result.repairs[0].without == pytest.approx(100 * 4 / 9)


@pytest.mark.parametrize("reply", ["Certainly.", "", "Yes.\n[[No]]", "untrue", "It does.\n[[maybe]]"])
def test_a_task_with_an_answer_that_cannot_be_read_is_missing(tmp_path: Path, reply: str) -> None:
    outcome = given(tmp_path, answers(["Yes", reply], ["Yes"] * 3, ["No"] * 4))
    assert (outcome.result.n_scored, outcome.result.n_missing) == (2, 1)
    (reason,) = outcome.result.missing
    assert reason.startswith("judge: point 2: ")
    assert values(outcome) == pytest.approx([100 * 3 / 7, 50])
    assert effects(outcome.result) == {"unread": 1}
    points = 4 if reply != "untrue" else 5  # in which the script finds true
    assert outcome.result.original is not None
    assert outcome.result.original["pass_rate"] == pytest.approx(100 * points / 9)


def test_answers_that_were_not_given_are_missing(tmp_path: Path) -> None:
    outcome = given(tmp_path, answers(["Yes"], ["Yes"] * 3))
    assert outcome.result.missing == {"judge: point 2: was not asked": 1, "judge: point 1: was not asked": 1}
    assert outcome.result.original == pytest.approx({"pass_rate": 100 * 4 / 5, "tasks_passed": 50})
    assert values(outcome) == [100.0, 100.0]


def test_an_empty_report_fulfils_nothing(tmp_path: Path) -> None:
    outcome = ran(tmp_path, yes, {1: REPORT, 2: " \n", 3: "[生成失败]"})
    assert values(outcome) == pytest.approx([100 * 2 / 9, 100 / 3])
    assert outcome.result.original == pytest.approx({"pass_rate": 100, "tasks_passed": 100})
    assert (outcome.result.n_missing, effects(outcome.result)) == (0, {"empty": 2})
    assert outcome.result.steps["replies"].n_calls == 2


def test_texts_and_answers_that_did_not_come_are_missing(tmp_path: Path) -> None:
    rows = [{"item": "1", "text": REPORT}, {"item": "2", "status": "refused", "reason": "policy"}]
    rows += [{"item": "3", "text": REPORT}]

    def judge(prompt: str) -> str | Answer:
        return error(400, "cannot be read") if "Is 3-2 there?" in prompt else yes(prompt)

    outcome = ran(tmp_path, judge, write_rows(tmp_path / "reports.jsonl", rows))
    assert outcome.result.n_missing == 2
    assert any(reason == "writer refused: policy" for reason in outcome.result.missing)
    assert any(reason.startswith("judge: point 3: ") for reason in outcome.result.missing)
    assert values(outcome) == [100.0, 100.0]
    assert outcome.result.original == pytest.approx({"pass_rate": 100 * 5 / 6, "tasks_passed": 50})
    worst = outcome.result.figures["pass_rate"].worst  # two of nine points: the tasks that are missing have 3 and 4
    assert worst == pytest.approx(100 * 2 / 9)


def test_unread_answers_are_asked_for_again(tmp_path: Path) -> None:
    seen: dict[str, int] = {}

    def judge(prompt: str) -> str:
        seen[prompt] = seen.get(prompt, 0) + 1
        return "Well." if seen[prompt] < 3 else yes(prompt)

    outcome = ran(tmp_path, judge, {1: REPORT})
    assert outcome.result.steps["replies"].n_asked_again == 4
    assert values(outcome) == [100.0, 100.0]
    assert outcome.result.original == pytest.approx({"pass_rate": 0, "tasks_passed": 0})


def test_mode_original_asks_once_and_takes_what_it_cannot_read_for_no(tmp_path: Path) -> None:
    outcome = ran(tmp_path, lambda prompt: "Well." if "1-0" in prompt else yes(prompt), {1: REPORT}, mode="original")
    assert outcome.result.steps["replies"].n_asked_again == 0
    assert values(outcome) == [50.0, 0.0]


# --- files


def test_points_are_named_by_number_or_title(tmp_path: Path) -> None:
    rows = answers(["Yes"] * 2, ["No"] * 3, ["Yes"] * 4)
    named = [
        {"id": row["id"], "title": f"{row['part'] - 1}. Point", "reply": row["text"]} if row["id"] == 3 else row
        for row in rows
    ]
    outcome = given(tmp_path, named)
    assert values(outcome) == pytest.approx([100 * 6 / 9, 100 * 2 / 3])


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ({"id": 9, "part": 1, "text": "Yes"}, "'9' is no item of finder"),
        ({"id": 2, "part": 4, "text": "Yes"}, "part: 4 is none of 1, 2, 3"),
        ({"item": "2", "part": "x", "text": "Yes", "status": "ok"}, "part: x is none of 1, 2, 3"),
        ({"id": 2, "text": "Yes"}, "part: is missing, and title is that of no point of task 2"),
        ({"id": 2, "title": "9. Point", "text": "Yes"}, "part: is missing, and title is that of no point of task 2"),
        ({"id": 2, "title": "1. Point"}, "holds no text under reply, text"),
        ({"id": 2, "title": "1. Point", "reply": True}, "holds no text under reply, text"),
        ({"id": 2, "part": 1, "text": None}, "holds no text under text, reply"),
        ({"id": 1, "part": 1, "text": "Yes"}, "item 1 is on line 1 already"),
        ({"part": 1, "text": "Yes"}, "names no item"),
    ],
)
def test_wrong_answers_are_told_by_line(tmp_path: Path, row: dict[str, Any], complaint: str) -> None:
    with pytest.raises(DataError, match=rf"replies\.jsonl:2: {complaint}") as caught:
        given(tmp_path, [{"id": 1, "part": 1, "text": "Yes"}, row])
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"id": 1}, "id: 1 is there already"),
        ({"id": "2"}, "id: "),
        ({"checklist": []}, "checklist: "),
        ({"checklist": [{"title": "A", "description": "B"}] * 2}, "checklist: two points have the same title"),
        ({"checklist": [{"title": "A"}]}, r"checklist\[0\]\.description: is missing"),
        ({"more": 1}, "more: "),
    ],
)
def test_wrong_checklists_are_told_by_line(tmp_path: Path, fields: dict[str, Any], complaint: str) -> None:
    rows = checklist()
    data = BenchData(read_bench("finder"), None, stand_in(tmp_path, [rows[0], rows[1] | fields, rows[2]]))
    with pytest.raises(DataError, match=rf"checklist\.jsonl:2: {complaint}"):
        Finder(data, BenchOptions(), {})


def test_nothing_but_lost_answers_is_no_result(tmp_path: Path) -> None:
    with pytest.raises(ResultError, match="not one of 3 items has a score, for example: judge: point 1: "):
        given(tmp_path, answers(["Well."] * 2))


def test_topics_that_differ_in_blanks_are_one() -> None:
    names = topic_names(["SoftwareDevelopment", "Health", "Software Development", "software development"])
    assert set(names.values()) == {"Software Development", "Health"}


# --- recorded cases of the published script


def test_recorded_files_come_to_what_the_script_printed(shared: Path, tmp_path: Path) -> None:
    fetch_bench("finder", shared / "data/upstream")
    cases = json.loads((shared / "conformance/f_finder_checklist.json").read_text(encoding="utf-8"))["pass_rate"]
    (case,) = (case for case in cases if case["id"] == "one-model-100")
    ((_, articles),) = case["input"]["files"].items()
    rows = [json.loads(line) for line in (shared / CHECKLIST).read_text(encoding="utf-8").splitlines()]
    titles = {row["id"]: [point["title"] for point in row["checklist"]] for row in rows}
    said = case["input"]["replies"]
    replies = [
        {"id": row["id"], "title": title, "reply": said[f"{row['article']}|{row['id']}|{title}"]}
        for row in articles
        for title in titles[row["id"]]
    ]
    spec = BenchRun(
        "finder",
        responses=write_rows(tmp_path / "articles.jsonl", articles),
        replies=write_rows(tmp_path / "replies.jsonl", replies),
        settings={"resamples": "100"},
        out=tmp_path / "run",
    )
    outcome = run_bench(spec)
    assert outcome.result.original is not None
    assert f"{outcome.result.original['pass_rate']:.2f}%" == case["expected"]["pass_rate_printed"]
    assert effects(outcome.result)["word"] > 0
    assert effects(outcome.result)["unread"] == outcome.result.n_missing > 0
    read = {(row["id"], row["title"]): finder.parse_answer(row["reply"]) for row in replies}
    whole = [number for number, names in titles.items() if None not in [read[number, name] for name in names]]
    met = [bool(read[number, name]) for number in whole for name in titles[number]]
    assert values(outcome)[0] == pytest.approx(100 * sum(met) / len(met))
