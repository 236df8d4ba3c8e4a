"""How figures changed: newest first, each under the name of its model, nothing that cannot be read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from weval.leaderboard.site.timeline import timeline


def _folder(top: Path, model: str, *changes: dict[str, Any]) -> Path:
    folder = top / model
    folder.mkdir()
    usual = {"task": "t", "version": "1", "scores": "0" * 64, "why": "new scores", "before": None, "after": {}}
    lines = [json.dumps(usual | change) for change in changes]
    (folder / "changes.jsonl").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return folder


def test_the_newest_come_first_and_those_of_a_day_by_model(tmp_path: Path) -> None:
    folders = {
        "b": _folder(tmp_path, "b", {"date": "2026-01-01"}, {"date": "2026-03-01", "task": "u"}),
        "a": _folder(
            tmp_path, "a", {"date": "2026-01-01", "task": "u"}, {"date": "2026-01-01"}, {"date": "2026-02-01"}
        ),
    }
    found = timeline(folders, {"a": "A model", "b": "B model"})
    assert [(entry.date, entry.model, entry.task) for entry in found] == [
        ("2026-03-01", "b", "u"),
        ("2026-02-01", "a", "t"),
        ("2026-01-01", "a", "t"),
        ("2026-01-01", "a", "u"),
        ("2026-01-01", "b", "t"),
    ]
    assert {(entry.model, entry.name) for entry in found} == {("a", "A model"), ("b", "B model")}


def test_what_was_recorded_is_told_as_it_was(tmp_path: Path) -> None:
    before, after = {"correlation": 0.25, "reading": None}, {"correlation": 0.5, "reading": 0.125}
    change = {"date": "2026-01-01", "version": "2", "why": "better prompt", "before": before, "after": after}
    (found,) = timeline({"a": _folder(tmp_path, "a", change)}, {"a": "A"})
    assert found._asdict() == {"model": "a", "name": "A", "task": "t", **change}


def test_a_model_without_changes_or_with_broken_ones_is_left_out(tmp_path: Path) -> None:
    folders = {
        "good": _folder(tmp_path, "good", {"date": "2026-01-01"}),
        "broken": _folder(tmp_path, "broken", {"date": "2026-01-01"}, {"date": "yesterday"}),
        "none": tmp_path / "none",
    }
    found = timeline(folders, dict.fromkeys(folders, "x"))
    assert [entry.model for entry in found] == ["good"]


def test_of_two_changes_on_one_day_the_later_comes_first(tmp_path: Path) -> None:
    folder = _folder(tmp_path, "a", {"date": "2026-01-01", "why": "first"}, {"date": "2026-01-01", "why": "mended"})
    assert [entry.why for entry in timeline({"a": folder}, {"a": "A"})] == ["mended", "first"]
