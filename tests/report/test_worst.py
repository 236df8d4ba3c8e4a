from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.factories import make_item, write_items, write_rows
from weval.readback import Outcome
from weval.report.worst import worst_items
from weval.run import RunSpec, run

SCORES = {"best": (3, 2, 1), "swapped": (2, 3, 1), "reverse": (1, 2, 3), "tied": (1, 1, 1), "last": (2, 1, 3)}
"""Scores of a1, a2 and a3, which kept 3, 2 and 1 requirements; correlations 1, 1/3, -1, 0 and -1/3."""

SCORES |= {"second": (2, 3, 1), "third": (3, 1, 2), "half": (1, 2, 2)}
"""second and third both have 1/3, but only third has the best candidate first."""


def scored(folder: Path, names: list[str], **settings: Any) -> Outcome:
    """Items called number-name, each with the scores of that name."""
    items = [make_item(f"{number}-{name}") for number, name in enumerate(names)]
    rows = [
        {"item_id": item.id, "candidate_id": candidate.id, "score": value}
        for item, name in zip(items, names, strict=True)
        if name in SCORES
        for candidate, value in zip(item.candidates, SCORES[name], strict=True)
    ]
    path = write_rows(folder / "scores.jsonl", rows)
    data = write_items(folder / "items.jsonl", items)
    return run(RunSpec(f"scores:{path}", data=data, out=folder / "runs" / "r", **settings))


def test_the_lowest_correlation_comes_first_and_what_is_right_does_not_come(tmp_path: Path) -> None:
    found = worst_items(scored(tmp_path, ["swapped", "best", "tied", "reverse", "last"]).run)
    assert [item.id for item in found] == ["3-reverse", "4-last", "2-tied", "0-swapped"]
    assert [item.note for item in found] == [
        "correlation -1.000", "correlation -0.333", "correlation 0.000", "correlation 0.333",
    ]  # fmt: skip


def test_of_equals_the_one_whose_best_is_less_likely_first_then_the_earlier(tmp_path: Path) -> None:
    found = worst_items(scored(tmp_path, ["third", "second", "third", "second"]).run)
    assert [item.id for item in found] == ["1-second", "3-second", "0-third", "2-third"]


def test_unscored_items_are_not_wrong(tmp_path: Path) -> None:
    found = worst_items(scored(tmp_path, ["unknown", "reverse", "unknown"]).run)
    assert [item.id for item in found] == ["1-reverse"]


def test_there_are_at_most_ten_and_their_texts_belong_to_them(tmp_path: Path) -> None:
    found = worst_items(scored(tmp_path, ["best", *["reverse"] * 12, "best"]).run)
    assert [item.id for item in found] == [f"{number}-reverse" for number in range(1, 11)]
    for item in found:
        assert item.instruction.text == f"Write about {item.id}."
        assert item.responses[0].text.startswith(f"text 1 of {item.id}")


def test_only_items_that_were_asked_about_are_read(tmp_path: Path) -> None:
    found = worst_items(scored(tmp_path, ["tied", "reverse"], limit=1).run)
    assert [item.id for item in found] == ["0-tied"]


def test_lines_give_both_places_and_ties_share_theirs(tmp_path: Path) -> None:
    lines = dict(worst_items(scored(tmp_path, ["half"]).run)[0].lines)
    assert lines == {
        "kept": ("3 of 3", "2 of 3", "1 of 3"),
        "gold place": ("1", "2", "3"),
        "score place": ("3", "1–2", "1–2"),
        "score": ("1", "2", "2"),
    }


def test_items_of_different_shapes_are_found_in_their_blocks(tmp_path: Path) -> None:
    items = [make_item("wide", kept=((1,), (1, 2), (1, 2, 3))), make_item("narrow", kept=((1,), (1, 2)))]
    data = write_items(tmp_path / "items.jsonl", items)
    found = worst_items(run(RunSpec("random", data=data, out=tmp_path / "runs" / "r")).run, n=5)
    for item in found:
        assert len(item.responses) == {"wide": 3, "narrow": 2}[item.id]
        assert item.responses[-1].text == f"text 1 of {item.id}!"
