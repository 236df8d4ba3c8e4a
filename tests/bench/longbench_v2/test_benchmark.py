"""LongBench v2 from end to end, on stand-ins in the published layout: the data set does not come with weval."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.adapters.servers import Answer
from tests.bench.longbench_v2.test_questions import question
from tests.bench.scripted import Scripted, Stopping, effects, number, rows_of, told, write_rows
from tests.textmodels.servers import chatting, completion
from weval.bench.data import BenchData
from weval.bench.finish import BenchOutcome
from weval.bench.items import Mode
from weval.bench.longbench_v2 import Answered, parse_choice, result
from weval.bench.longbench_v2.benchmark import LongBenchV2, LongOptions
from weval.bench.readback import read_bench_run
from weval.bench.run import BenchRun, run_bench
from weval.bench.spec import read_bench
from weval.errors import ConfigError, DataError, OriginalError

N = 24

FORMS = (
    "The correct answer is ({}).",
    "**The correct answer is ({})**",
    "The correct answer is: {}",
    "The correct answer is Apple, that is {}.",
    "I cannot tell.",
)


def stand_in(folder: Path, rows: Sequence[Mapping[str, Any]] | None = None, n: int = N) -> Path:
    """Questions in the published layout."""
    path = folder / "data.json"
    path.write_text(json.dumps(rows or [question(at) for at in range(1, n + 1)], indent=1), encoding="utf-8")
    return path


def varied(prompt: str) -> str:
    """An answer in one of several forms."""
    return FORMS[number(prompt) % len(FORMS)].format("ABCD"[number(prompt) // 7 % 4])


def ran(tmp_path: Path, writes: Callable[[str], Any] = varied, **more: Any) -> BenchOutcome:
    """A run on a stand-in."""
    data = more.pop("data", None) or stand_in(tmp_path)
    with chatting(Scripted(writes)) as server:
        settings = {"resamples": "100", "writer.base_url": f"{server.url}/v1", "writer.concurrency": "1"}
        settings |= more.pop("settings", {})
        said: dict[str, Any] = {"data": data, "settings": settings, "out": tmp_path / "run"}
        return run_bench(BenchRun("longbench-v2", "server/writer", **said, **more))


def given(
    tmp_path: Path, texts: Sequence[str], rows: Sequence[Mapping[str, Any]] | None = None, **settings: str
) -> BenchOutcome:
    """A run of texts that are here already, the n-th for question n."""
    lines = [{"_id": f"q{at}", "answer": "A", "response": text} for at, text in enumerate(texts, start=1)]
    file = write_rows(tmp_path / "responses.jsonl", lines)
    data = stand_in(tmp_path, rows, len(texts))
    settings = {"resamples": "100", **settings}
    spec = BenchRun("longbench-v2", data=data, responses=file, settings=settings, out=tmp_path / "run")
    return run_bench(spec)


def value(outcome: BenchOutcome) -> float | None:
    """The headline."""
    estimate = outcome.result.figures["overall"].estimate
    return estimate.value if estimate else None


def columns(data: Path, texts: Mapping[str, str], mode: Mode) -> Mapping[str, float | None]:
    """The table, computed by the pure functions alone."""
    rows = json.loads(data.read_text(encoding="utf-8"))
    right = [parse_choice(texts[row["_id"]], mode) == row["answer"] for row in rows]
    answered = [Answered(row["difficulty"], row["length"], hit) for row, hit in zip(rows, right, strict=True)]
    return result(answered, mode)


# --- from end to end


def test_all_questions_answered_stopped_and_continued(tmp_path: Path) -> None:
    scripted = Scripted(varied)
    data = stand_in(tmp_path)
    with chatting(scripted) as server:
        settings = {"resamples": "100", "writer.base_url": f"{server.url}/v1", "writer.concurrency": "1"}
        spec = BenchRun("longbench-v2", "server/writer", data=data, settings=settings, out=tmp_path / "run")
        with pytest.raises(KeyboardInterrupt):
            run_bench(spec, Stopping(10))
        outcome = run_bench(spec)
        assert scripted.n_asked("writer") == N
        body = server.asked[0].body
    assert (body["temperature"], body["max_tokens"]) == (0.1, 128)
    assert "Text 1 says" in body["messages"][0]["content"]
    assert outcome.result.by.keys() == {"difficulty", "length", "domain"}
    texts = {row["item"]: row["text"] for row in rows_of(tmp_path / "run/responses.jsonl")}
    original, repaired = columns(data, texts, "original"), columns(data, texts, "repaired")
    assert outcome.result.original == {"overall": original["Overall"]}
    assert value(outcome) == pytest.approx(repaired["Overall"])
    easy = outcome.result.by["difficulty"]["easy"]["overall"]
    assert easy is not None
    assert easy.value == pytest.approx(repaired["Easy"])
    assert told(read_bench_run(tmp_path / "run")) == told(outcome)


def test_a_small_model_answers(tmp_path: Path, lm: Path) -> None:
    settings = {"resamples": "100", "writer.device": "cpu", "context_tokens": "50"}
    said: dict[str, Any] = {"data": stand_in(tmp_path, n=3), "settings": settings, "out": tmp_path / "run"}
    outcome = run_bench(BenchRun("longbench-v2", f"transformers/{lm}", **said))
    assert (outcome.result.n_items, outcome.result.steps["responses"].n_calls) == (3, 3)
    assert value(outcome) == 0


def test_contexts_are_not_held(tmp_path: Path) -> None:
    size = 2_000_000
    data = stand_in(tmp_path, [question(at, context="word " * (size // 5)) for at in range(1, 21)])
    tracemalloc.start()
    spec = read_bench("longbench-v2")
    benchmark = LongBenchV2(BenchData(spec, None, data), LongOptions(), {})
    held, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(benchmark.items) == 20
    assert held < size / 10
    assert most < 6 * size


# --- what is asked


def test_reasoning_comes_first_and_the_choice_after_it(tmp_path: Path) -> None:
    def writes(prompt: str) -> str:
        return "The correct answer is (B)." if prompt.startswith("Now choose") else "It may be B."

    with chatting(Scripted(writes)) as server:
        settings = {"resamples": "100", "writer.base_url": f"{server.url}/v1", "cot": "true"}
        said: dict[str, Any] = {"data": stand_in(tmp_path, n=4), "settings": settings, "out": tmp_path / "run"}
        outcome = run_bench(BenchRun("longbench-v2", "server/writer", **said))
        bodies = [asked.body for asked in server.asked]
    assert [body["max_tokens"] for body in bodies] == [1024] * 4 + [128] * 4
    assert [turn["role"] for turn in bodies[-1]["messages"]] == ["user", "assistant", "user"]
    assert bodies[-1]["messages"][1]["content"] == "It may be B."
    assert (value(outcome), list(outcome.result.steps)) == (25, ["reasoning", "responses"])


def test_where_no_reasoning_came_no_choice_is_asked_for(tmp_path: Path) -> None:
    def writes(prompt: str) -> Any:
        if '"3"' in prompt:
            return Answer(completion(None, refusal="No."))
        return "" if '"4"' in prompt and "step by step" in prompt else "The correct answer is (C)."

    outcome = ran(tmp_path, writes, data=stand_in(tmp_path, n=6), settings={"cot": "true"})
    assert outcome.result.n_missing == 1
    assert list(outcome.result.missing) == ["writer refused: refused by the model"]
    assert {row["item"] for row in rows_of(tmp_path / "run/responses.jsonl")} == {"q1", "q2", "q4", "q5", "q6"}


def test_given_texts_need_no_reasoning(tmp_path: Path) -> None:
    outcome = given(tmp_path, ["The correct answer is (B)."] * 6, cot="true")
    assert outcome.result.n_missing == 0


def test_the_middle_of_a_context_can_be_left_out(tmp_path: Path) -> None:
    with chatting(Scripted(varied)) as server:
        settings = {"resamples": "100", "writer.base_url": f"{server.url}/v1", "context_tokens": "20"}
        said: dict[str, Any] = {"data": stand_in(tmp_path, n=3), "settings": settings, "out": tmp_path / "run"}
        run_bench(BenchRun("longbench-v2", "server/writer", **said))
        assert all("characters are left out here" in asked.body["messages"][0]["content"] for asked in server.asked)


# --- what the repairs change


def test_each_repair(tmp_path: Path) -> None:
    rows = [question(at, answer="A") for at in range(1, 8)]
    texts = [
        "The correct answer is (A).",
        "The correct answer is Apple.",  # right by the script
        "The correct answer is: A",  # wrong by the script
        "<think>The correct answer is (A)?</think>The correct answer is (B).",  # right by the script
        "",  # left out by the script
        "The correct answer is (A). Or rather, the correct answer is (B).",  # right by the script
    ]
    outcome = given(tmp_path, texts, rows)
    assert value(outcome) == pytest.approx(100 * 2 / 6)
    assert outcome.result.original == {"overall": 80}
    assert effects(outcome.result) == {"choice": 3, "reasoning": 1, "empty": 1, "dropped": 1}
    assert list(outcome.result.missing) == ["writer: there is no text"]
    (replies,) = outcome.result.further
    assert set(replies.rows) == {("a choice", 3, 2), ("no choice", 2, 0), ("nothing", 1, 0), ("no reply", 1, 0)}


def test_reasoning_that_never_ends_is_no_answer(tmp_path: Path) -> None:
    outcome = given(tmp_path, ["<think>The correct answer is (A)", *["The correct answer is (B)."] * 5])
    assert effects(outcome.result) == {}
    rows = [question(at, answer="A") for at in range(1, 7)]
    (tmp_path / "two").mkdir()
    assert effects(given(tmp_path / "two", ["<think>The correct answer is (A)"] * 6, rows).result) == {"reasoning": 6}


def test_the_script_stops_at_a_class_without_questions(tmp_path: Path) -> None:
    outcome = given(tmp_path, ["The correct answer is (B)."])
    assert outcome.result.original is None
    assert outcome.result.original_stops == "no question of the class Hard: the original divides by zero"
    (tmp_path / "two").mkdir()
    with pytest.raises(OriginalError, match="the original divides by zero"):
        given(tmp_path / "two", ["The correct answer is (B)."], mode="original")


def test_mode_original_repeats_the_script(tmp_path: Path) -> None:
    outcome = given(tmp_path, ["The correct answer is Apple."] * 7, mode="original")
    assert value(outcome) == round(100 * sum(at % 4 == 0 for at in range(1, 8)) / 7, 1)
    assert outcome.result.publishable is False


def test_the_conformance_replies_through_the_engine(shared: Path, tmp_path: Path) -> None:
    cases = json.loads((shared / "conformance/i_longbench_v2.json").read_text(encoding="utf-8"))["extract_answer"]
    texts = [case["input"] for case in cases if case["input"].strip()]
    expected = [case["expected"] for case in cases if case["input"].strip()]
    outcome = given(tmp_path, texts, mode="original")
    assert [row.detail.choice for row in outcome.rows] == expected


# --- missing


def test_failed_and_cut_off_replies(tmp_path: Path) -> None:
    def writes(prompt: str) -> Any:
        if '"1"' in prompt:
            return Answer(completion(None, refusal="No."))
        if '"2"' in prompt:
            return Answer(completion("The correct answer", ended="length"))
        return "The correct answer is (D)."

    outcome = ran(tmp_path, writes, data=stand_in(tmp_path, n=7))
    assert (outcome.result.n_scored, outcome.result.n_missing) == (6, 1)
    assert value(outcome) == pytest.approx(100 * 2 / 6)
    scored = outcome.result.figures["overall"]
    assert [scored.worst, scored.best] == pytest.approx([100 * 2 / 7, 100 * 3 / 7])
    assert ("no choice, cut off", 1, 0) in outcome.result.further[0].rows


# --- files of the user


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ({"_id": "q1", "answer": "A"}, "response: is no text"),
        ({"_id": 7, "response": "A"}, "_id: is no text"),
        ({"_id": "q99", "response": "A"}, "'q99' is no item of longbench-v2"),
        ({"response": "A"}, "names no item under item, index, id, idx, _id, nor its prompt"),
    ],
)
def test_what_is_wrong_in_a_file_is_said_in_a_line(tmp_path: Path, row: dict[str, Any], complaint: str) -> None:
    file = write_rows(tmp_path / "mine.jsonl", [row])
    spec = BenchRun("longbench-v2", data=stand_in(tmp_path), responses=file, out=tmp_path / "run")
    with pytest.raises(DataError) as error:
        run_bench(spec)
    assert str(error.value) == f"{file}:1: {complaint}"


@pytest.mark.parametrize(
    ("more", "complaint"),
    [
        ({"judge": "server/judge"}, "asks no judge"),
        ({"data": None}, "THUDM/LongBench-v2"),
        (
            {"replies": Path("x"), "settings": {}},
            "has no effect|--replies: longbench-v2 has no step that a file could stand for so",
        ),
        ({"settings": {"context_tokens": "1"}}, "--set context_tokens=1"),
        ({"settings": {"prompt": "pairwise"}}, "asks no judge"),
    ],
)
def test_what_has_no_place_here(tmp_path: Path, more: dict[str, Any], complaint: str) -> None:
    settings = {"writer.base_url": "http://127.0.0.1:9/v1"} | more.pop("settings", {})
    spec = BenchRun("longbench-v2", "server/writer", data=stand_in(tmp_path), settings=settings, out=tmp_path / "run")
    with pytest.raises(ConfigError, match=complaint):
        run_bench(replace(spec, **more))
