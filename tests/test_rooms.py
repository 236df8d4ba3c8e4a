from __future__ import annotations

from pathlib import Path

import pytest

import weval
from weval import rooms


def test_the_rooms_of_a_checkout_are_at_its_top() -> None:
    assert rooms.room("tasks") == Path(weval.__file__).parents[1] / "tasks"
    assert (rooms.room("leaderboard") / "templates").is_dir()


def test_an_installed_package_has_them_inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "_rooms" / "tasks").mkdir(parents=True)
    monkeypatch.setattr(rooms, "PACKAGE", tmp_path)
    assert rooms.room("tasks") == tmp_path / "_rooms" / "tasks"
