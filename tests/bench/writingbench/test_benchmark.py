"""WritingBench: its real length subset from end to end, the whole of it by stand-ins, and every repair."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.adapters.servers import Answer, Server
from tests.bench.scripted import (
    Noting,
    Scripted,
    Stopping,
    effects,
    number,
    rows_of,
    settings_for,
    values,
    write_rows,
)  # fmt: skip
from tests.bench.writingbench.made import criterion, query, score, scores_line, seven_files
from tests.textmodels.servers import REPLIES
from weval.adapters.judge.official import Official
from weval.bench.data import BenchData, fetch_bench
from weval.bench.finish import BenchOutcome
from weval.bench.replies import ReplyRow, StepReplies
from weval.bench.run import BenchRun, run_bench
from weval.bench.spec import read_bench
from weval.bench.told import Told
from weval.bench.voice import Voice
from weval.bench.writingbench import aggregate
from weval.bench.writingbench.benchmark import REPLIES as JUDGING
from weval.bench.writingbench.benchmark import WritingBench, WritingOptions
from weval.errors import ConfigError, DataError, OriginalError, ResultError

NAMES = ("tone", "form", "size", "plot", "wit")


def by_name(prompt: str) -> str:
    """7 for the tone, 9 for the form … by the criterion that is asked about; the digit of the query is no matter."""
    return score({"tone": 7, "form": 9, "size": 4, "plot": 6, "wit": 5}[criterion_in(prompt)])


def criterion_in(prompt: str) -> str:
    return next(name for name in NAMES if f"{name}: Is its" in prompt)


@pytest.fixture
def scripted() -> Scripted:
    return Scripted(judges=by_name)


def spec_of(server: Server, data: Path | None, out: Path, **more: Any) -> BenchRun:
    """A run with writer and judge on a server, or with files in the place of one or both."""
    idle = ("writer.", "judge.") if "replies" in more else ("writer.",) if "responses" in more else ("-",)
    settings = {key: value for key, value in settings_for(server).items() if not key.startswith(idle)}
    settings |= more.pop("settings", {})
    said: dict[str, Any] = {"model": "server/writer", "judge": "server/judge", "settings": settings, **more}
    return BenchRun("writingbench", data=data, out=out, **said)


def ran(server: Server, data: Path | None, out: Path, **more: Any) -> BenchOutcome:
    return run_bench(spec_of(server, data, out, **more))


def aggregated(data: Path, replies: Path, out: Path, **settings: str) -> BenchOutcome:
    """From judge replies alone."""
    settings = {"resamples": "100", **settings}
    return run_bench(BenchRun("writingbench", model="w", data=data, replies=replies, out=out, settings=settings))


# --- the real length subset ---------------------------------------------------------------------------------------


@pytest.fixture
def upstream(shared: Path) -> Path:
    found = fetch_bench("writingbench", shared / "data" / "upstream")
    assert sorted(found) == ["length_C", "length_R"]  # those of v1 at the same paths are other files
    return shared / "data" / "upstream" / "X-PLUG" / "WritingBench" / "benchmark_query" / "requirement" / "length"


@pytest.mark.slow
def test_222_real_queries_are_written_to_judged_stopped_and_go_on(
    upstream: Path, server: Server, scripted: Scripted, tmp_path: Path
) -> None:
    scripted.judges = lambda prompt: score(1 + number(prompt) % 10)
    settings = {"set": "length", "judge.concurrency": "4"}
    spec = spec_of(server, None, tmp_path / "out", settings=settings)
    with pytest.raises(KeyboardInterrupt):
        run_bench(spec, Stopping(222 + 300))
    noting = Noting()
    outcome = run_bench(spec, noting)
    doing, total, done = noting.begun[-1]
    assert (doing, total) == ("judging", 1110) and 300 <= done < 320
    assert scripted.n_asked("judge") < 1110 + 20 and len(rows_of(tmp_path / "out" / "replies.jsonl")) == 1110
    result = outcome.result
    assert (result.n_items, result.n_scored, result.publishable) == (222, 222, True)
    assert [result.steps[name].n_calls for name in ("responses", "replies")] == [222, 1110]
    assert result.original == pytest.approx(values(result))  # nothing to repair here: five scores for every query
    assert effects(result) == {} and list(result.by) == ["language", "domain1", "domain2"]
    domains = {label: found["overall"].n for label, found in result.by["domain1"].items() if found["overall"]}
    assert domains == {
        "D1 Academic & Engineering": 27, "D2 Finance & Business": 25, "D3 Politics & Law": 41,
        "D4 Literature & Arts": 56, "D5 Education": 32, "D6 Advertising & Marketing": 41,
    }  # fmt: skip
    assert len(result.by["domain2"]) == 81
    assert {label: found["overall"].n for label, found in result.by["language"].items() if found["overall"]} == {
        "en": 127, "zh": 95,
    }  # fmt: skip
    _agrees_with_the_table(outcome, upstream)


def _agrees_with_the_table(outcome: BenchOutcome, folder: Path) -> None:
    """The engine's figures are those of the table made of the same scores at once."""
    queries, narrow = (rows_of(folder / f"length_subset{part}.jsonl") for part in ("", "_C"))
    places = [(row["index"], row["domain1"], row["domain2"]) for row in queries]
    own = [(row["index"], [one["name"] for one in row["checklist"]]) for row in narrow]
    table = aggregate(
        [(int(row.item), row.detail) for row in outcome.rows],
        places,
        {"length": {"R": [index for index, *_ in places], "C": own}},
    )
    found = values(outcome.result)
    for name, column in (("overall", "Overall"), ("length_R", "length_R"), ("length_C", "length_C")):
        value = table[column]
        assert value is not None and found[name] == pytest.approx(10 * value)
    for label, figures in outcome.result.by["domain1"].items():
        value, estimate = table[f"Domain1_{label[3:]}"], figures["overall"]
        assert value is not None and estimate is not None and estimate.value == pytest.approx(10 * value)


@pytest.mark.slow
@pytest.mark.usefixtures("upstream")
def test_a_local_model_writes_and_a_judge_reads(lm: Path, server: Server, scripted: Scripted, tmp_path: Path) -> None:
    scripted.judges = lambda prompt: score(1 + number(prompt) % 10)
    settings = {"set": "length", "writer.max_tokens": "8"}
    spec = spec_of(server, None, tmp_path / "out", settings=settings)
    kept = {key: value for key, value in spec.settings.items() if key not in ("writer.base_url", "writer.concurrency")}
    result = run_bench(replace(spec, model=f"transformers/{lm}", settings=kept, limit=2)).result
    assert result.n_items == 2 and result.unpublishable_because[0] == "only the first 2 of 222 items were asked"
    assert result.steps["responses"].n_calls == 2
    assert any(text.startswith("these are 222 queries, not the 1,000") for text in result.notices)


# --- the whole of it, by stand-ins cut from the real length rows: only these are public here ----------------------


@pytest.fixture
def standing_in(upstream: Path, shared: Path, tmp_path: Path) -> tuple[Path, list[Any]]:
    """Seven files of real rows; style and format subsets are those of the recorded cases, not the published ones."""
    content = json.loads((shared / "conformance" / "b_writingbench_synthetic.json").read_text(encoding="utf-8"))
    (about,) = content["shared"].values()
    requirements = {name: dict(found["C"]) for name, found in about["requirement"].items()}
    rows = rows_of(upstream / "length_subset.jsonl")
    return seven_files(tmp_path / "standing-in", rows, requirements), content["cases"]


def test_recorded_score_files_come_to_the_recorded_table(standing_in: tuple[Path, list[Any]], tmp_path: Path) -> None:
    folder, cases = standing_in
    n = 0
    for case in cases:
        for model, lines in case["input"]["models"].items():
            file = write_rows(tmp_path / f"{model}.jsonl", [scores_line(index, scores) for index, scores in lines])
            if "error" in case["expected"]:
                with pytest.raises(OriginalError, match=r"query 16: .* or divides by zero"):
                    aggregated(folder, file, tmp_path / model, mode="original")
                continue
            row = case["expected"]["rows"][model]
            result = aggregated(folder, file, tmp_path / model, mode="original").result
            assert (result.original or {})["overall"] == pytest.approx(10 * row["Overall"], abs=1e-8)
            for name in ("style_R", "style_C", "format_R", "format_C", "length_R", "length_C"):
                assert values(result)[name] == pytest.approx(10 * row[name], abs=1e-8), (model, name)
            for label, figures in result.by["domain1"].items():
                found = figures["overall"]
                if found and model != "uneq":  # within a domain, too, the script lets queries count alike
                    assert found.value == pytest.approx(10 * row[f"Domain1_{label[3:]}"], abs=1e-8)
                    n += 1
    assert n == 24


def test_what_the_repairs_change_of_recorded_scores(standing_in: tuple[Path, list[Any]], tmp_path: Path) -> None:
    folder, cases = standing_in
    found = {}
    for case in cases:
        for model, lines in case["input"]["models"].items():
            if model in ("partial", "uneq", "t3"):
                file = write_rows(tmp_path / f"{model}.jsonl", [scores_line(index, one) for index, one in lines])
                found[model] = aggregated(folder, file, tmp_path / model).result
    assert (found["partial"].n_scored, found["partial"].n_missing) == (100, 122)
    assert found["partial"].missing == {"the judge was not asked about all of its criteria": 122}
    assert found["t3"].original == pytest.approx(values(found["t3"]))
    # Where the script takes three criteria of five for the whole query, here the query is missing.
    assert effects(found["uneq"]) == {"partial": found["uneq"].n_missing}
    assert found["uneq"].n_missing > 0 and found["uneq"].original is not None


# --- small stand-ins, made here -----------------------------------------------------------------------------------


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A stand-in for the seven files: four queries."""
    rows = [
        query(1, domain1="Literature & Arts"),
        query(2, lang="Chinese", domain2="Exam"),
        query(3, query="写一首诗。"),
        query(7, NAMES[:2], lang="en"),
    ]
    own = {"style": {1: ["tone"], 7: ["tone"]}, "format": {1: ["form", "plot"]}, "length": {3: ["size"]}}
    return seven_files(tmp_path / "files", rows, own)


def test_figures_are_means_over_queries_or_criteria(files: Path, server: Server, tmp_path: Path) -> None:
    result = ran(server, files, tmp_path / "out").result
    of_five, of_two = 10 * (7 + 9 + 4 + 6 + 5) / 5, 10 * (7 + 9) / 2
    assert values(result) == pytest.approx(
        {
            "overall": (3 * of_five + of_two) / 4,
            "style_R": (of_five + of_two) / 2,
            "style_C": 70,
            "format_R": of_five,
            "format_C": 75,  # one query, two criteria
            "length_R": of_five,
            "length_C": 40,
        }
    )
    assert result.headline == "overall" and (result.stamps["overall"].low, result.stamps["overall"].high) == (10, 100)
    assert {name: list(found) for name, found in result.by.items()} == {
        "language": ["en", "zh"],
        "domain1": ["D4 Literature & Arts", "D5 Education"],
        "domain2": ["Exam", "Quiz"],
    }
    # The script counts scores: a query with two of them weighs less.
    assert (result.original or {})["overall"] == pytest.approx(10 * (3 * 31 + 16) / 17)
    assert effects(result) == {"weights": 1}
    assert result.repairs[2].without == pytest.approx((3 * of_five + of_two * 2 / 5) / (3 + 2 / 5))
    assert "some of its data are not the public files" in result.unpublishable_because


def test_a_query_that_is_missing_weighs_by_its_criteria_in_the_bounds(files: Path, tmp_path: Path) -> None:
    """Of two queries about the form one has two criteria about it, and that is missing."""
    own = {"style": {1: ["tone"]}, "format": {1: ["form", "plot"], 2: ["form"]}, "length": {3: ["size"]}}
    folder = seven_files(tmp_path / "own", [query(1), query(2), query(3)], own)
    lines = [scores_line(n, {name: [7] for name in NAMES}) for n in (2, 3)]
    result = aggregated(folder, write_rows(tmp_path / "r.jsonl", lines), tmp_path / "out").result
    found = result.figures["format_C"]
    assert (values(result)["format_C"], found.n_missing) == (70, 1)
    assert (found.worst, found.best) == pytest.approx(((70 + 2 * 10) / 3, (70 + 2 * 100) / 3))


def test_one_call_for_each_criterion_shows_what_each_two_points_mean(
    files: Path, server: Server, scripted: Scripted, tmp_path: Path
) -> None:
    ran(server, files, tmp_path / "out", limit=1, settings={"samples": "2"})
    asked = [prompt for model, prompt in scripted.answered if model == "judge"]
    assert len(asked) == 5 and set(scripted.answered[("judge", prompt)] for prompt in asked) == {2}
    assert all("Write text 1." in prompt and "1-2: 1-2!\n3-4: 3-4!" in prompt for prompt in asked)
    assert sorted(map(criterion_in, asked)) == sorted(NAMES)
    assert {row["part"] for row in rows_of(tmp_path / "out" / "replies.jsonl")} == {
        f"c{n}{more}" for n in range(1, 6) for more in ("", ".2")
    }


def test_the_official_wording_shows_a_criterion_as_the_script_does(files: Path, tmp_path: Path) -> None:
    own = Voice.of("critic-10")
    official = Official("You judge.", (("query",), " | ", ("response",), " | ", ("requirement",)), None, {}, {})
    data = BenchData(read_bench("writingbench"), None, files)
    bench = WritingBench(data, WritingOptions(), {"replies": Voice(own.folder, official)})
    with StepReplies(tmp_path / "responses.jsonl", lambda row: True) as replies:
        replies.add(ReplyRow(item="1", text="<think>Tea?</think>Tea."))
        call = bench.call(JUDGING, bench.items[0], "c2", Told({"responses": replies}))
    assert call.messages == (
        ("system", "You judge."),
        ("user", f"Write text 1. | Tea. | {criterion('form')!r}"),
    )


def test_replies_that_trip_the_script(files: Path, tmp_path: Path) -> None:
    """Beside our figures those of the script, or where it stops."""
    sound = {f"c{n}": score(6) for n in range(1, 6)}
    lines = {
        1: sound
        | {"c1": '```json\n{"reason": "Warm.", "score": 8}\n```\n'},  # the script takes no line break behind it
        2: sound | {"c2": score(True)},
        3: sound,
        7: {"c1": score(4), "c2": score(4)},
    }
    rows = [{"index": n, "part": part, "text": text} for n, said in lines.items() for part, text in said.items()]
    result = aggregated(files, write_rows(tmp_path / "r.jsonl", rows), tmp_path / "out").result
    assert result.figures["overall"].n_missing == 1  # `true` is no score
    assert values(result)["overall"] == pytest.approx(10 * ((8 + 4 * 6) / 5 + 6 + 4) / 3)
    assert result.missing == {"judge: its reply has no score that can be read": 1}
    assert (result.original, effects(result)) == (None, {"verdict": 2, "weights": 1})
    assert "query 1: the criterion 'tone' has no score that WritingBench's script takes" in str(result.original_stops)
    with pytest.raises(OriginalError, match="query 1: the criterion 'tone'"):
        aggregated(files, tmp_path / "r.jsonl", tmp_path / "original", mode="original")
    rows[0]["text"] = score(8)
    result = aggregated(files, write_rows(tmp_path / "s.jsonl", rows), tmp_path / "o", mode="original").result
    assert values(result)["overall"] == pytest.approx(10 * (8 + 4 * 6 + 1 + 4 * 6 + 30 + 8) / 17)


def test_a_criterion_about_a_requirement_without_a_score(files: Path, tmp_path: Path) -> None:
    five = {name: [6] for name in NAMES}
    lines = [scores_line(n, five) for n in (1, 2)] + [scores_line(3, {"tone": [2], "form": [3]})]
    result = aggregated(files, write_rows(tmp_path / "r.jsonl", lines), tmp_path / "out").result
    assert result.n_missing == 2 and result.figures["length_C"].estimate is None
    assert "query 3: WritingBench's script has a KeyError: no scores for the criterion 'size'" in str(
        result.original_stops
    )
    lines[2] = scores_line(3, {"size": [2], "form": [3]})
    result = aggregated(files, write_rows(tmp_path / "s.jsonl", lines), tmp_path / "two").result
    assert effects(result) == {"partial": 1} and (result.original or {})["length_R"] == 25
    assert result.figures["overall"].worst == pytest.approx((60 + 60 + 10 + 10) / 4)


# --- texts that are empty, or never came, and verdicts that are not there ------------------------------------------


def test_what_is_not_there_is_missing_and_what_is_empty_has_the_lowest_scores(
    files: Path, server: Server, scripted: Scripted, tmp_path: Path
) -> None:
    def writes(prompt: str) -> str | Answer:
        said: dict[str, str | Answer] = {
            "Write text 1.": "<think>Tea?",
            "Write text 2.": REPLIES["refusal"],
            "写一首诗。": "<think>a</think>\nB",
        }
        return said.get(prompt, "Tea.")

    scripted.writes = writes
    scripted.judges = lambda prompt: "Seven." if "tone: Is its" in prompt and "Write text 7." in prompt else score(5)
    result = ran(server, files, tmp_path / "out").result
    assert (result.n_scored, result.n_missing) == (2, 2)
    assert values(result)["overall"] == (10 + 50) / 2
    assert set(result.missing) == {
        "writer refused: refused by the model",
        "judge: its reply has no score that can be read",
    }
    assert result.steps["replies"].n_unread == 1 and scripted.n_asked("judge") == 5 + 1 + 3
    assert effects(result) == {"unwritten": 1, "reasoning": 1}
    assert "query 7: the criterion 'tone'" in str(result.original_stops)
    # The script judges an empty text as any other, and reasoning that ends in one line break with the rest.
    scripted.judges = by_name
    scripted.answered.clear()
    result = ran(server, files, tmp_path / "original", settings={"mode": "original"}).result
    assert result.n_scored == 3 and scripted.n_asked("judge") == 12
    assert any("<think>a</think>\nB" in prompt for model, prompt in scripted.answered if model == "judge")


def test_a_second_score_that_cannot_be_read_leaves_the_query_missing(
    files: Path, server: Server, scripted: Scripted, tmp_path: Path
) -> None:
    said: list[str] = []

    def judges(prompt: str) -> str:
        said.append(prompt)
        return "Seven." if said.count(prompt) > 1 else score(5)

    scripted.judges = judges
    with pytest.raises(ResultError, match="not one of 1 items has a score, for example: judge: its reply has no score"):
        ran(server, files, tmp_path / "out", limit=1, settings={"samples": "2"})


# --- files of the user --------------------------------------------------------------------------------------------


def test_texts_and_scores_in_the_published_layouts(files: Path, server: Server, tmp_path: Path) -> None:
    texts = [{"index": n, "response": f"Text {n}."} for n in (7, 3, 2, 1)]
    spec = {"responses": write_rows(tmp_path / "t.jsonl", texts), "model": None}
    assert ran(server, files, tmp_path / "out", **spec).result.writer.name == "t"
    lines = [scores_line(n, {name: [4, 6] for name in NAMES}) for n in (1, 2, 3)]
    lines += [scores_line(7, {"tone": [10, 10], "form": [1, 1]})]
    result = aggregated(files, write_rows(tmp_path / "s.jsonl", lines), tmp_path / "two").result
    assert values(result)["overall"] == pytest.approx((3 * 50 + 55) / 4)
    assert values(result)["style_C"] == pytest.approx((50 + 100) / 2)


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ({"index": 9, "scores": {}}, "1: index: '9' is no query here"),
        ({"scores": {}}, "1: index: '' is no query here"),
        ({"index": 1, "scores": [3]}, "1: scores: is no object with scores by criterion"),
        ({"index": 1, "scores": {"pace": [{"score": 3}]}}, "1: scores: 'pace' is no criterion of query 1"),
        ({"index": 1, "scores": {"tone": 3}}, "1: scores: tone: is no list of objects with score and reason"),
        ({"index": 1, "scores": {"tone": [3]}}, "1: scores: tone: is no list of objects with score and reason"),
        ({"index": 1, "text": score(3)}, "1: holds no scores by criterion, and no part, which is c1"),
        ({"index": 1, "part": "c0", "text": score(3)}, "1: holds no scores by criterion, and no part, which is c1"),
        ({"index": 7, "part": "c3", "text": score(3)}, "1: part: query 7 has 2 criteria"),
        ({"index": 1, "part": "c1", "text": 3}, "1: holds no text under text, reply"),
        ({"index": [1], "part": "c1", "text": "3"}, "1: names no item under item, index, id, idx, _id, nor its prompt"),
    ],
)
def test_wrong_lines_of_scores(files: Path, tmp_path: Path, line: dict[str, Any], complaint: str) -> None:
    with pytest.raises(DataError) as error:
        aggregated(files, write_rows(tmp_path / "s.jsonl", [line]), tmp_path / "out")
    assert len(error.value.problems) == 1 and complaint in error.value.problems[0]


def test_hostile_scores_are_read_as_none(files: Path, tmp_path: Path) -> None:
    hostile: list[Any] = [10**400, -1, "7", None, 7.5, [7], {"score": 7}, True, "\0", {}]
    lines = [
        scores_line(1, {"tone": hostile, "form": []}),
        scores_line(2, {}),
        scores_line(3, {name: [3] for name in NAMES}),
    ]
    result = aggregated(files, write_rows(tmp_path / "s.jsonl", lines), tmp_path / "out").result
    assert (result.n_scored, result.n_missing) == (1, 3)
    assert "the file has no scores for the query" in str(result.missing)
    assert "query 1: the criterion 'tone' has no score" in str(result.original_stops)


def test_queries_of_ones_own_have_no_requirements(server: Server, tmp_path: Path) -> None:
    rows = [{**query(0), "strategies": ["length"]}, {"id": "tea", "query": "Tea?", "checklist": query(1)["checklist"]}]
    own = write_rows(tmp_path / "own.jsonl", rows)
    outcome = ran(server, own, tmp_path / "out")
    assert [item.id for item in outcome.items] == ["0", "tea"]
    assert [name for name, value in values(outcome.result).items() if value is not None] == ["overall"]
    assert outcome.result.by["domain1"].keys() == {"D5 Education"}


def test_criteria_of_all_queries_or_of_a_domain_as_baselines(
    files: Path, server: Server, scripted: Scripted, tmp_path: Path
) -> None:
    scripted.judges = lambda prompt: score(5)
    for kind, words in (("global", "one set for all queries"), ("domain", "one set for each domain")):
        result = ran(server, files, tmp_path / kind, settings={"criteria": kind}).result
        assert result.notices == (f"criteria: weval's own, {words}; a baseline, not WritingBench's figures",)
        assert result.steps["replies"].n_calls == 20 and result.original is not None
        assert values(result) == {
            "overall": 50, "style_R": 50, "style_C": None, "format_R": 50, "format_C": None,
            "length_R": 50, "length_C": None,
        }  # fmt: skip
    bare = write_rows(tmp_path / "bare.jsonl", [{"index": 1, "query": "Tea?"}])
    assert ran(server, bare, tmp_path / "bare", settings={"criteria": "global"}).result.n_scored == 1
    with pytest.raises(DataError, match=r"bare.jsonl:1: domain1: criteria of a domain: the query has no domain1"):
        ran(server, bare, tmp_path / "no", settings={"criteria": "domain"})
    with pytest.raises(DataError, match=r"bare.jsonl:1: checklist: is missing; weval bench criteria writes it"):
        ran(server, bare, tmp_path / "no")


def test_what_is_wrong_with_settings_is_said(files: Path, server: Server, tmp_path: Path) -> None:
    for name, value in (("samples", "0"), ("criteria", "all"), ("wording", "official")):
        with pytest.raises(ConfigError):
            ran(server, files, tmp_path / "no", settings={name: value})
