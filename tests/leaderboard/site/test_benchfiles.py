"""Figures of writers for machines, and no text of anybody."""

from __future__ import annotations

import csv
import json

from tests.leaderboard.site.conftest import Standing
from tests.leaderboard.writing import NAME, SECRET


def test_json_has_every_figure_and_the_published_tables_apart(written: Standing) -> None:
    content = json.loads((written.out / f"bench/{NAME}.json").read_text(encoding="utf-8"))
    assert (content["benchmark"], content["schema"]) == (NAME, 1)
    assert [(one["writer"], one["badge"], one["rank"]) for one in content["writers"]] == [
        ("good", "recomputed", [1, 1]),
        ("filed", "self-reported", None),
        ("poor", "recomputed", [2, 2]),
        ("good", "recomputed", [1, 1]),
    ]
    assert content["writers"][0]["way"] == content["writers"][2]["way"] != content["writers"][3]["way"]
    assert content["writers"][0]["result"]["figures"]["s_q"]["estimate"]["value"] == 100
    assert {table["id"] for table in content["reported_not_verified"]} >= {"weval-table3", "writing-rl-main"}


def test_csv_has_a_row_for_each_with_intervals(written: Standing) -> None:
    with (written.out / f"bench/{NAME}.csv").open(encoding="utf-8", newline="") as file:
        rows = [*csv.DictReader(file)]
    assert [row["writer"] for row in rows] == ["good", "filed", "poor", "good"]
    assert [row["rank_best"] for row in rows] == ["1", "", "2", "1"]
    assert rows[0]["judge"] == "server/judge"
    low, value, high = (float(rows[2][f"s_bar{end}"]) for end in (" low", "", " high"))
    assert low <= value <= high
    assert float(rows[0]["original headline"]) > 0


def test_no_text_of_a_benchmark_a_writer_or_a_judge_is_on_the_site(written: Standing) -> None:
    for path in written.out.rglob("*"):
        if path.is_file() and path.suffix in (".html", ".json", ".csv", ".js", ".svg"):
            text = path.read_text(encoding="utf-8")
            assert not any(word in text for word in (SECRET, "splendid", "dull dull", "Analysis")), path
