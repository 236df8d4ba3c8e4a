"""A folder `results` with real submissions, made once; each test gets a copy of its own."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.leaderboard.factories import TASK, run_and_submit
from tests.leaderboard.writing import Writers, make_writers, pin_here
from weval.leaderboard.tree import Entry


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `runs` and `results`: `length` with a probe, `keywords` (unit requirement), `rules`. Not to change.

    runs/<model>/weval-mini, runs/length/swapped; results/<model>/weval-mini.
    """
    folder = tmp_path_factory.mktemp("leaderboard")
    run_and_submit("length", folder / "results", folder / "runs", probes=["swapped"])
    for model in ("keywords", "rules"):
        run_and_submit(model, folder / "results", folder / "runs")
    return folder


@pytest.fixture
def root(made: Path, tmp_path: Path) -> Path:
    """A folder `results` of the three."""
    return Path(shutil.copytree(made / "results", tmp_path / "results"))


@pytest.fixture
def runs(made: Path, tmp_path: Path) -> Path:
    """The run folders that they were made of."""
    return Path(shutil.copytree(made / "runs", tmp_path / "runs"))


@pytest.fixture
def length(root: Path) -> Entry:
    """A submission of unit response, with the probe `swapped`."""
    return Entry(root, "length", TASK)


@pytest.fixture
def keywords(root: Path) -> Entry:
    """A submission of unit requirement."""
    return Entry(root, "keywords", TASK)


@pytest.fixture(scope="session")
def made_writers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `runs` and `results` of writers, and `pinned`, the stand-in of a public file. Not to change."""
    folder = tmp_path_factory.mktemp("writers")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        pin_here(patch, folder / "pinned")
        make_writers(folder)
    return folder


@pytest.fixture
def writers(made_writers: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Writers:
    """Runs and submissions of writers, to change as one likes, with the public file of their benchmark here."""
    pin_here(monkeypatch, made_writers / "pinned")
    for name in ("results", "runs"):
        shutil.copytree(made_writers / name, tmp_path / "written" / name)
    return Writers(tmp_path / "written" / "results", tmp_path / "written" / "runs")
