"""One folder in the place of another: whole or not at all, whatever happens on the way."""

from __future__ import annotations

from pathlib import Path

import pytest

from weval.errors import ResultError
from weval.leaderboard import replacing
from weval.leaderboard.replacing import replace, staging


def _made(scratch: Path, text: str = "new") -> Path:
    (scratch / "model").mkdir()
    (scratch / "model" / "card.json").write_text(text)
    return scratch / "model"


def test_what_was_made_takes_its_place_and_nothing_is_left(tmp_path: Path) -> None:
    root = tmp_path / "results"
    for text in ("first", "second"):
        with staging(root) as scratch:
            replace(_made(scratch, text), root / "model")
        assert [path.name for path in root.iterdir()] == ["model"]
        assert (root / "model" / "card.json").read_text() == text


def test_what_is_stopped_on_the_way_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with staging(tmp_path) as scratch:
        replace(_made(scratch, "old"), tmp_path / "model")
    rename = Path.rename

    def stopped(path: Path, target: Path) -> Path:
        if path.name == "model" and target == tmp_path / "model" and path.parent.name != "replaced":
            raise KeyboardInterrupt
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", stopped)
    with pytest.raises(KeyboardInterrupt), staging(tmp_path) as scratch:
        replace(_made(scratch), tmp_path / "model")
    assert [path.name for path in tmp_path.iterdir()] == ["model"]
    assert (tmp_path / "model" / "card.json").read_text() == "old"


def test_one_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replacing, "LOCK_S", 0.01)
    with staging(tmp_path), pytest.raises(ResultError, match="another submission is being written"), staging(tmp_path):
        raise AssertionError("two at once")


def test_what_the_system_refuses_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ResultError, match=r"cannot write .*file"), staging(tmp_path / "file"):
        raise AssertionError("a file is no folder")
