"""A site built once from submissions of every kind, to look at; and parts to build other ones from."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from tests.leaderboard.factories import (
    TASK,
    answered,
    harmless_but_nasty,
    kept_by,
    missing,
    of_a_plugin,
    put,
    put_rows,
    renamed,
    restate,
    rows_of,
)
from tests.leaderboard.writing import pin_here
from weval.leaderboard import gold
from weval.leaderboard.bundle import SCORES_GZ, unpacked
from weval.leaderboard.card import CARD
from weval.leaderboard.recompute import Questions
from weval.leaderboard.reruns import read_reruns
from weval.leaderboard.site import Built, build, build_site, pages
from weval.leaderboard.site.board import Board, boards
from weval.leaderboard.site.cache import Cache
from weval.leaderboard.site.measured import Measured
from weval.leaderboard.site.measuring import measure_all
from weval.leaderboard.tree import RERUNS, Entry, entries
from weval.published import read_published
from weval.store import RUN
from weval.tasks import Task, spec

ROOT = Path(__file__).parents[3]


@dataclass(frozen=True)
class Standing:
    """A site that stands: what it was built from, where, and its cache. Not to change."""

    results: Path
    out: Path
    cache: Path
    built: Built


_GOLD: dict[str, gold.GoldIndex] = {}


@pytest.fixture(autouse=True)
def _gold_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The checks of the same items give the same gold, which every build would make again."""
    made = gold.index_of

    def index_of(task: Task) -> gold.GoldIndex:
        key = f"{task.name} {task.version} {task.sha256} {task.options}"
        if key not in _GOLD:
            _GOLD[key] = made(task)
        return _GOLD[key]

    monkeypatch.setattr(gold, "index_of", index_of)


@pytest.fixture(scope="session")
def rich(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Submissions of every kind: baselines, one with a probe; `holed` lacks an item, `partly` has one to which nothing
    applies, `flat` ties all, `looked-up` was in a file; `rules` was repeated. And the paper's tables. Not to change.
    """
    root = tmp_path_factory.mktemp("rich") / "results"
    shutil.copytree(made / "results", root)
    shutil.copytree(ROOT / "results" / "paper", root / "paper", ignore=shutil.ignore_patterns("*.md"))
    length, keywords = (Entry(root, model, TASK) for model in ("length", "keywords"))
    _holed(plugin(length, "Holed", 1))
    flat = plugin(length, "Flat", 2)
    put_rows(flat, answered(flat, lambda row: 0.7))
    partly = renamed(keywords, "Partly")
    put(partly.folder / RUN, {"identity.model.name": "plugin:x:Partly", "identity.model.fingerprint": {"adapter": "P"}})
    put(partly.model_folder / CARD, {"family": "judge", "parameters": 70_600_000_000, "contact": "us"})
    restate(partly)
    first = rows_of(partly)[0].item
    put_rows(partly, [missing(row, "not_applicable", "none") if row.item == first else row for row in rows_of(partly)])
    looked_up = plugin(length, "Looked up", 3)
    put(looked_up.folder / RUN, {"identity.model.reads_ids": True})
    restate(looked_up)
    confirm(Entry(root, "rules", TASK))
    return root


def plugin(base: Entry, name: str, seed: int) -> Entry:
    """A submission under another name with scores of its own, without probes."""
    entry = renamed(base, name)
    shutil.rmtree(entry.folder / "swapped", ignore_errors=True)
    of_a_plugin(entry, seed=seed)
    return entry


def _holed(entry: Entry) -> None:
    """Follows gold a little; one answer is missing, and some cost."""
    draw = np.random.default_rng(4)
    rows = answered(entry, lambda row: 0.5 * kept_by(row, row.candidates[0]) + float(draw.normal()))
    rows = [row.model_copy(update={"cost_usd": 0.002, "seconds": 0.5, "tokens_in": 400}) for row in rows]
    put_rows(entry, [missing(rows[0], "refused", "would not"), *rows[1:]])


def confirm(entry: Entry, **changed: object) -> None:
    """Maintainers have repeated a sample of it."""
    said = {
        "model": entry.model, "task": entry.task, "scores": digest(entry), "date": "2025-11-01", "by": "a maintainer",
        "seed": 0, "n": 20, "within": 20, "largest": 0.0, "tolerance": 0.0, "confirmed": True, "weval": "0.1.0",
    } | changed  # fmt: skip
    with (entry.root / RERUNS).open("a", encoding="utf-8") as file:
        file.write(json.dumps(said) + "\n")


def digest(entry: Entry) -> str:
    """The hash of its scores."""
    return hashlib.sha256(unpacked(entry.folder / SCORES_GZ, 2**24)).hexdigest()


@pytest.fixture(scope="session")
def site(rich: Path, tmp_path_factory: pytest.TempPathFactory) -> Standing:
    """The site of `rich`. Not to change."""
    folder = tmp_path_factory.mktemp("standing")
    built = build_site(rich, folder / "site", cache=folder / "cache")
    assert not built.refused
    return Standing(rich, built.out, folder / "cache", built)


@pytest.fixture(scope="session")
def nasty(tmp_path_factory: pytest.TempPathFactory) -> Standing:
    """The site of submissions whose texts are legal, and would do harm where they are not escaped. Not to change."""
    folder = tmp_path_factory.mktemp("nasty")
    harmless_but_nasty(folder / "results")
    built = build_site(folder / "results", folder / "site", cache=folder / "cache")
    assert built.n_submissions == 12 and not built.refused
    return Standing(folder / "results", built.out, folder / "cache", built)


@pytest.fixture(scope="session")
def written(made_writers: Path, tmp_path_factory: pytest.TempPathFactory) -> Standing:
    """The site of writers and published tables alone. Not to change."""
    folder = tmp_path_factory.mktemp("written")
    shutil.copytree(made_writers / "results", folder / "results")
    shutil.copytree(ROOT / "results" / "paper", folder / "results" / "paper")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(made_writers / "cache"))
        pin_here(patch, made_writers / "pinned")
        built = build_site(folder / "results", folder / "site", cache=folder / "cache")
    assert not built.refused
    return Standing(folder / "results", built.out, folder / "cache", built)


@pytest.fixture
def copy(site: Standing, tmp_path: Path) -> Standing:
    """The same site with all that belongs to it, brought up to date in its new place; to change as one likes."""
    for name, folder in (("results", site.results), ("site", site.out), ("cache", site.cache)):
        shutil.copytree(folder, tmp_path / name)
    return built_again(Standing(tmp_path / "results", tmp_path / "site", tmp_path / "cache", site.built))


def built_again(standing: Standing) -> Standing:
    """The same, brought up to date."""
    built = build_site(standing.results, standing.out, cache=standing.cache)
    return Standing(standing.results, standing.out, standing.cache, built)


def tables_of(standing: Standing) -> dict[str, Board]:
    """The tables that a site has, by task."""
    cache = Cache(standing.cache)
    found = measure_all(entries(standing.results), cache, lambda said: None)
    measured: dict[str, list[tuple[str, Measured]]] = {}
    for entry, one in found.measured.items():
        measured.setdefault(entry.task, []).append(one)
    gold = {name: questions.index for name, questions in found.tasks.items()}
    tables = boards(measured, gold, read_published(standing.results), read_reruns(standing.results), cache)
    return {board.task: board for board in tables}


@pytest.fixture(scope="session")
def tables(site: Standing) -> dict[str, Board]:
    """The tables of `site`, by task."""
    return tables_of(site)


@pytest.fixture(scope="session")
def board(tables: dict[str, Board]) -> Board:
    """That of weval-mini."""
    return tables[TASK]


@pytest.fixture
def own_tasks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the folder of tasks, in its place; to change as one likes."""
    folder = Path(shutil.copytree(ROOT / "tasks", tmp_path / "tasks"))
    place_tasks(folder, monkeypatch)
    return folder


def place_tasks(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Has weval find its tasks in this folder."""

    def room(name: str) -> Path:
        return folder if name == "tasks" else ROOT / name

    monkeypatch.setattr(spec, "tasks_folder", lambda: folder)
    monkeypatch.setattr(gold, "tasks_folder", lambda: folder)
    monkeypatch.setattr(build, "room", room)
    monkeypatch.setattr(pages, "room", room)


def quiet(said: str) -> None:
    """Whom nothing interests that is measured anew."""


def gold_questions() -> Questions:
    """What is asked about weval-mini."""
    return Questions(gold.gold_index(TASK))
