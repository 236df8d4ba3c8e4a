"""The recorded cases of LongBench-Write's own scripts, in mode original, and what repaired makes of the same input."""

from __future__ import annotations

import json
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest

from weval.bench import longbench_write as bench
from weval.errors import OriginalError


def cases(shared: Path, name: str) -> Any:
    return json.loads((shared / "conformance" / f"c_longbench_write_{name}.json").read_text(encoding="utf-8"))


def test_words(shared: Path) -> None:
    for case in cases(shared, "count_words")["cases"]:
        assert bench.count_words(case["input"], mode="original") == case["expected"], case


def test_what_the_repair_changes_in_words(shared: Path) -> None:
    found = {case["input"]: bench.count_words(case["input"]) for case in cases(shared, "count_words")["cases"]}
    changed = {
        case["input"]: (case["expected"], found[case["input"]])
        for case in cases(shared, "count_words")["cases"]
        if case["expected"] != found[case["input"]]
    }
    assert (
        changed.items()
        >= {
            "Hello世界": (2, 3),
            "GPT4": (0, 1),
            "café": (0, 1),
            "well-known": (2, 1),
            "It’s fine": (3, 2),
            "かなカナ": (0, 4),
            "Привет мир": (0, 2),
            "𠀀𠀁 扩展B": (2, 5),
            "[link](http://example.com/page)": (5, 1),
            "<p>Hello <b>world</b></p>": (6, 2),
            "北京2008奥运会Olympic Games": (6, 8),
        }.items()
    )
    unchanged = ("你好，世界。", "使用 Python 编程", "**bold** text", "# Heading\n\nBody text.", "word—dash—word")
    assert not changed.keys() & set(unchanged)


def test_length_scores(shared: Path) -> None:
    content = cases(shared, "length")
    found = []
    for case in content["cases"]:
        required, written = case["input"]["x"], case["input"]["y"]
        found.append(bench.length_score(required, written, mode="original"))
        assert found[-1] == pytest.approx(case["expected"], abs=1e-9), case
        assert bench.length_score(required, written) == found[-1]
    if len(found) == 300:  # a third of the cases is kept back, and the mean is that of all
        assert fmean(found) == pytest.approx(float(content["mean"]["expected_printed"]), abs=1e-9)


def test_lengths_of_0_stop_the_original(shared: Path) -> None:
    for case in cases(shared, "length")["zero_length"]:
        assert case["expected"] == {"raises": "ZeroDivisionError"}
        with pytest.raises(OriginalError):
            bench.length_score(case["input"]["x"], case["input"]["y"], mode="original")


def test_quality(shared: Path) -> None:
    for case in cases(shared, "quality")["cases"]:
        expected = case["expected"]
        judged = {item: bench.judged_original(replies) for item, replies in case["input"].items()}
        assert {item: n_calls for item, (_, n_calls) in judged.items()} == expected["judge_calls"], case["id"]
        kept = {item: scores for item, (scores, _) in judged.items() if scores is not None}
        assert (sorted(kept), kept) == (expected["kept"], expected["scores"]), case["id"]
        items = [scores for scores, _ in judged.values()]
        if expected["total_score"] is None:
            with pytest.raises(OriginalError):
                bench.quality_scores(items, mode="original")
        else:
            found = bench.quality_scores(items, mode="original")
            assert found == pytest.approx(expected["total_score"], abs=1e-9), case["id"]


def test_what_the_repair_changes_in_quality(shared: Path) -> None:
    missing, totals = {}, {}
    for case in cases(shared, "quality")["cases"]:
        read = {
            item: next((said for reply in replies if (said := bench.parse_quality(reply))), None)
            for item, replies in case["input"].items()
        }
        missing[case["id"]] = [item for item, scores in read.items() if scores is None]
        totals[case["id"]] = bench.quality_scores(list(read.values()))["total"]
        if case["id"] in ("plain-40", "missing-first-dim", "retry-then-ok", "newline-in-string", "bare-null"):
            assert totals[case["id"]] == pytest.approx(case["expected"]["total_score"]["total"], abs=1e-9)
    assert {name: items for name, items in missing.items() if items}.items() >= {
        "fences": ["f2", "f6"],
        "non-numeric": ["n1"],
        "missing-first-dim": ["m"],
        "never-parses": ["d1", "d2"],
        "all-dropped": ["a", "b"],
        "bare-number": ["b"],
        "bare-null": ["b"],
    }.items()
    assert totals["fences"] == pytest.approx(fmean((700 / 12, 50, 25, 25, 100)))
    assert totals["non-numeric"] == totals["bare-number"] == 50  # where the original stops
    assert totals["all-dropped"] is None
