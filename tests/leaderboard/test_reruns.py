"""What maintainers have repeated, and which badge follows from it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from weval.errors import DataError
from weval.leaderboard.reruns import Rerun, badge_of, read_reruns
from weval.leaderboard.tree import RERUNS

GIVEN: dict[str, Any] = {
    "model": "m",
    "task": "tea",
    "scores": "a" * 64,
    "date": "2026-01-01",
    "by": "the maintainers",
    "seed": 0,
    "n": 100,
    "within": 99,
    "largest": 0.5,
    "tolerance": 0.1,
    "confirmed": True,
    "weval": "1.0",
}


def rerun(**more: Any) -> Rerun:
    return Rerun.model_validate(GIVEN | more)


def badge(reads_ids: bool, scores: str, reruns: list[Rerun], model: str = "m") -> str:
    return badge_of(model, "tea", scores, reruns, reads_ids=reads_ids)


def test_lines_are_read_in_order(tmp_path: Path) -> None:
    assert read_reruns(tmp_path) == []
    lines = [rerun(), rerun(confirmed=False)]
    (tmp_path / RERUNS).write_text("".join(line.model_dump_json() + "\n" for line in lines))
    assert read_reruns(tmp_path) == lines


def test_a_line_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / RERUNS).write_text(rerun().model_dump_json() + '\n{"model": "m", "confirmed": "yes"}\n')
    with pytest.raises(DataError, match=r"reruns\.jsonl:2: confirmed: must be true or false"):
        read_reruns(tmp_path)


@pytest.mark.parametrize(
    ("field", "value"),
    [("n", 0), ("within", -1), ("largest", -0.1), ("largest", float("nan")), ("scores", "x"), ("date", "today")],
)
def test_what_no_repetition_finds(field: str, value: object) -> None:
    with pytest.raises(ValueError, match=field):
        rerun(**{field: value})


def test_badges_follow_the_scores_that_were_repeated() -> None:
    ours, other = "a" * 64, "b" * 64
    assert badge(False, ours, []) == "recomputed"
    assert badge(True, ours, []) == "self-reported"
    assert badge(False, ours, [rerun()]) == "re-run"
    assert badge(False, other, [rerun()]) == "recomputed"  # new scores are to be repeated anew
    assert badge(True, other, [rerun()]) == "self-reported"


def test_the_newest_repetition_counts() -> None:
    assert badge(False, "a" * 64, [rerun(), rerun(confirmed=False)]) == "recomputed"
    assert badge(False, "a" * 64, [rerun(confirmed=False), rerun()]) == "re-run"
    assert badge(False, "a" * 64, [rerun(), rerun(scores="b" * 64, confirmed=False)]) == "re-run"


def test_a_repetition_of_one_model_says_nothing_of_another_with_its_scores() -> None:
    assert badge(False, "a" * 64, [rerun()], model="copy") == "recomputed"
    assert badge(False, "a" * 64, [rerun(task="coffee")]) == "recomputed"
