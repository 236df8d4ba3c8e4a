"""LongBench-Write in the engine: items, what is asked, and what an item comes to in both modes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.bench.fakes import longbench_write
from tests.bench.scripted import requests, verdict, write_rows
from weval.bench.items import Row
from weval.bench.longbench_write import DIMENSIONS, length_score
from weval.bench.longbench_write.benchmark import REPLIES, RESPONSES, Lengths, LongBenchWrite, LongWriteRuler
from weval.bench.options import BenchOptions
from weval.bench.replies import ReplyRow
from weval.bench.run import BenchRun, opened, run_bench
from weval.errors import DataError, OriginalError, ResultError


@pytest.fixture
def benchmark(tmp_path: Path) -> LongBenchWrite:
    return longbench_write(requests(tmp_path, ["Write a note.", "写一封信。", "Write a tale."]))


def _rows(benchmark: LongBenchWrite, folder: Path, texts: list[Any], said: list[list[str]], mode: Any) -> list[Row]:
    """Rows of items with these texts (None: none, a dict: a reply that is no text) and replies of the judge."""
    with opened(folder, benchmark, benchmark.steps(benchmark.options)) as (replies, told):
        for n, text in enumerate(texts, start=1):
            row = text if isinstance(text, dict) else {"text": text}
            if text is not None:
                replies["responses"].add(ReplyRow(item=str(n), **row))
        for n, tries in enumerate(said, start=1):
            for attempt, reply in enumerate(tries, start=1):
                replies["replies"].add(ReplyRow(item=str(n), attempt=attempt, text=reply))
        return [benchmark.row(item, told, mode) for item in benchmark.items]


def test_items_know_their_language_length_and_kind(benchmark: LongBenchWrite) -> None:
    first, second, _ = benchmark.items
    assert (first.id, first.language, first.required) == ("1", "en", 100)
    assert second.groups == {"language": "zh", "length": "[0,500)", "type": "note"}
    assert benchmark.usual_tokens(first) == 133


@pytest.mark.parametrize("length", [0, -3])
def test_a_length_is_at_least_one_word(length: int, tmp_path: Path) -> None:
    path = write_rows(tmp_path / "r.jsonl", [{"prompt": "Write.", "type": "note", "length": length}])
    with pytest.raises(DataError, match=rf"r\.jsonl:1: length: is {length}; at least 1 word"):
        longbench_write(path)


def test_steps_and_what_is_asked(benchmark: LongBenchWrite, tmp_path: Path) -> None:
    assert benchmark.steps(BenchOptions()) == (RESPONSES, REPLIES)
    assert LongWriteRuler.steps(BenchOptions()) == (RESPONSES,)
    item = benchmark.items[0]
    with opened(tmp_path, benchmark, benchmark.steps(benchmark.options)) as (replies, told):
        assert benchmark.call(RESPONSES, item, "1", told).messages == (("user", "Write a note."),)
        assert benchmark.parts(RESPONSES, item, told) == ("1",) and benchmark.parts(REPLIES, item, told) == ()
        replies["responses"].add(ReplyRow(item="1", text="<think>Hm.</think>Tea with milk."))
        assert benchmark.parts(REPLIES, item, told) == ("1",)
        asked = benchmark.call(REPLIES, item, "1", told).messages[-1][1]
        assert "Write a note." in asked and "Tea with milk." in asked and "Hm." not in asked
        benchmark.options = BenchOptions(mode="original")
        assert "<think>Hm.</think>Tea" in benchmark.call(REPLIES, item, "1", told).messages[-1][1]


def test_which_replies_can_be_read(benchmark: LongBenchWrite) -> None:
    assert benchmark.is_read(RESPONSES, ReplyRow(item="1", status="truncated", text="Tea"))
    for status, text, is_read in (("ok", verdict(3), True), ("ok", "5", False), ("truncated", verdict(3), False)):
        row = ReplyRow.model_validate({"item": "1", "status": status, "text": text})
        assert benchmark.is_read(REPLIES, row) is is_read
    benchmark.options = BenchOptions(mode="original")
    assert benchmark.is_read(REPLIES, ReplyRow(item="1", text="5"))  # the script keeps it, and stops at it later


def test_an_item_is_its_length_and_six_dimensions(benchmark: LongBenchWrite, tmp_path: Path) -> None:
    text = " ".join(["tea"] * 80)
    row = _rows(benchmark, tmp_path, [text], [[verdict(5, 4, 3, 2, 1, 3)]], "repaired")[0]
    of_length = length_score(100, 80)
    assert row.shares["s_l"] == (of_length, 1.0) and row.shares["relevance"] == (100.0, 1.0)
    assert row.shares["reading_experience"] == (50.0, 1.0) and row.shares["s_q"] == (50.0, 1.0)
    assert row.shares["s_bar"] == (pytest.approx((of_length + 50) / 2), 1.0)
    assert (row.why, row.repairs, row.detail) == (None, frozenset(), Lengths(100, 80))


EMPTY = dict.fromkeys(["s_l", "s_q", "s_bar", *[name.lower().replace(" ", "_") for name in DIMENSIONS]], (0.0, 1.0))


def test_an_empty_text_is_an_outcome_and_a_missing_one_is_none(benchmark: LongBenchWrite, tmp_path: Path) -> None:
    failed = {"status": "failed", "reason": "HTTP 500"}
    empty, lost, none = _rows(benchmark, tmp_path, [" ", failed], [], "repaired")
    assert empty.shares == EMPTY and empty.repairs == {"empty", "unwritten"}
    assert lost.shares == dict.fromkeys(EMPTY) and lost.why == "writer failed: HTTP 500"
    assert none.shares == dict.fromkeys(EMPTY) and none.why == "writer: there is no text"
    assert lost.repairs == none.repairs == frozenset()
    assert lost.detail == Lengths(100 + 1, None)


@pytest.mark.parametrize(
    ("said", "repair"),
    [
        (["no idea"], "dropped"),
        (["5"], "verdict"),
        ([verdict(3).replace("3", "9", 1)], "verdict"),
        ([verdict(3).replace("3", '"4/5"', 1)], "verdict"),
        ([json.dumps(dict.fromkeys(DIMENSIONS[:5], 3))], "dropped"),
    ],
)
def test_a_verdict_that_cannot_be_read_is_missing_and_the_length_stays(
    said: list[str], repair: str, benchmark: LongBenchWrite, tmp_path: Path
) -> None:
    row = _rows(benchmark, tmp_path, ["tea " * 100], [said], "repaired")[0]
    assert row.shares["s_l"] == (100.0, 1.0)
    assert {name for name, share in row.shares.items() if share is None} == set(EMPTY) - {"s_l"}
    assert row.why == "judge: the judge's verdict cannot be read" and row.repairs == {repair}


def test_verdicts_without_texts_have_no_length(benchmark: LongBenchWrite, tmp_path: Path) -> None:
    good, bad, none = _rows(benchmark, tmp_path, [], [[verdict(4)], ["no"]], "repaired")
    assert good.shares["s_q"] == (75.0, 1.0) and not {"s_l", "s_bar"} & good.shares.keys()
    for row in (bad, none):
        assert row.shares["s_q"] is None and not {"s_l", "s_bar"} & row.shares.keys()
    assert (bad.why, none.why) == ("judge: the judge's verdict cannot be read", "the judge was not asked")


def test_the_original_drops_counts_and_stops_as_its_script_does(benchmark: LongBenchWrite, tmp_path: Path) -> None:
    texts = ["tea " * 100, "茶" * 50 + "tea", "<think>Hm hm</think> tea"]
    said = [["no", "no"], [verdict(2), verdict(5)], [verdict(9)]]
    dropped, chinese, thought = _rows(benchmark, tmp_path, texts, said, "original")
    assert set(dropped.shares) == {"s_l"}
    assert chinese.shares["s_q"] == (25.0, 1.0)
    assert chinese.shares["s_l"] == (length_score(101, 50, "original"), 1.0)  # Latin letters beside Han are no word
    assert thought.shares["relevance"] == (200.0, 1.0)
    assert thought.shares["s_l"] == (length_score(102, 5, "original"), 1.0)  # and reasoning is text
    for folder, text, reply, why in (
        ("a", "", verdict(3), "item 1: "),
        ("b", "tea", "5", "item 1: the verdict 5 is no object; the script stops at it"),
        ("c", "tea", verdict(3).replace("3", '"4/5"', 1), "item 1: "),
    ):
        (tmp_path / folder).mkdir()
        with pytest.raises(OriginalError, match=why):
            _rows(benchmark, tmp_path / folder, [text], [[reply]], "original")


def test_repairs_of_counting_are_told_apart(benchmark: LongBenchWrite, tmp_path: Path) -> None:
    texts = ["<think>one two three</think>" + "tea " * 90, "茶" * 50 + " and tea 24", "tea " * 90]
    found = _rows(benchmark, tmp_path, texts, [[verdict(3)]] * 3, "repaired")
    assert [sorted(row.repairs) for row in found] == [["reasoning"], ["words"], []]


def test_the_mean_of_two_means_in_mode_original(tmp_path: Path) -> None:
    """One of two verdicts is dropped: S-bar is then no mean over items, and has no interval."""
    data = requests(tmp_path, 2)
    texts = write_rows(tmp_path / "t.jsonl", [{"item": "1", "text": "tea " * 100}, {"item": "2", "text": "tea " * 20}])
    said = write_rows(tmp_path / "v.jsonl", [{"item": "1", "text": verdict(3)}, {"item": "2", "text": "no"}])
    spec = BenchRun(
        "longbench-write", data=data, responses=texts, replies=said, out=tmp_path / "out",
        settings={"mode": "original", "resamples": "100"},
    )  # fmt: skip
    result = run_bench(spec).result
    s_bar, s_l = result.figures["s_bar"].estimate, result.figures["s_l"].estimate
    assert s_bar is not None and s_l is not None and result.original is not None
    assert s_l.value == 50 and s_l.ci is not None
    assert (s_bar.value, s_bar.ci) == (50.0, None) == (result.original["s_bar"], None)
    assert (result.n_scored, result.n_missing, result.repairs, result.publishable) == (1, 0, (), False)


def _conformance(shared: Path) -> list[dict[str, Any]]:
    path = shared / "conformance" / "c_longbench_write_quality.json"
    cases: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["cases"]
    return cases


def test_the_published_script_s_own_cases_through_the_engine(shared: Path, tmp_path: Path) -> None:
    cases = _conformance(shared)
    stopped = 0
    for case in cases:
        folder = tmp_path / case["id"]
        folder.mkdir()
        names = list(case["input"])
        data = requests(folder, [f"Write {name}." for name in names])
        rows = [{"prompt": f"Write {name}.", "replies": case["input"][name]} for name in names]
        spec = BenchRun(
            "longbench-write", data=data, replies=write_rows(folder / "v.jsonl", rows), out=folder / "out",
            settings={"mode": "original", "resamples": "100"},
        )  # fmt: skip
        expected = case["expected"]["total_score"]
        if expected is None:
            stopped += 1
            with pytest.raises((OriginalError, ResultError)):
                run_bench(spec)
            continue
        result = run_bench(spec).result
        assert result.original is not None
        named = {name.lower().replace(" ", "_"): value for name, value in expected.items()}
        named["s_q"] = named.pop("total")
        for name, value in named.items():
            assert result.original[name] == pytest.approx(value, abs=1e-9), case["id"]
            shown = result.figures[name].estimate
            assert shown is not None and shown.value == result.original[name]
        assert result.figures["s_q"].estimate is not None
        assert result.figures["s_q"].estimate.n == len(case["expected"]["kept"])
    assert len(cases) >= 10 and 0 < stopped < len(cases)
