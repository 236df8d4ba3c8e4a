"""The whole way from submissions to pages, on one screen."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path

from weval.audit import audit
from weval.errors import ConfigError, ResultError
from weval.leaderboard.reruns import read_reruns
from weval.leaderboard.site.badges import badge_svg
from weval.leaderboard.site.benches import Bench, benches
from weval.leaderboard.site.benchfiles import bench_csv, bench_json
from weval.leaderboard.site.board import Board, Row, boards
from weval.leaderboard.site.cache import Cache, key_of
from weval.leaderboard.site.columns import columns
from weval.leaderboard.site.files import board_bib, board_csv, board_json, items_js, models_js, row_js
from weval.leaderboard.site.itempages import Shown, n_pages, page_of, pages_of
from weval.leaderboard.site.measured import Measured
from weval.leaderboard.site.measuring import Found, Refused, measure_all
from weval.leaderboard.site.pages import REPRODUCED, Pages, static_files
from weval.leaderboard.site.reproductions import Reproduced, make_again
from weval.leaderboard.site.sections import peers
from weval.leaderboard.site.timeline import Entered, timeline
from weval.leaderboard.site.writers import measure_writers
from weval.leaderboard.site.writing import Site
from weval.leaderboard.tree import entries, reproductions_of, writers_of
from weval.published import read_published
from weval.report import audit_text
from weval.rooms import room
from weval.tasks import load_task


@dataclass(frozen=True, slots=True)
class Built:
    """A site that was built: how many submissions are on it, how many were measured for it, which were refused."""

    out: Path
    n_submissions: int
    n_recomputed: int
    n_written: int
    refused: list[Refused]
    seconds: float


def build_site(
    results: Path, out: Path, watch: Callable[[str], None] | None = None, cache: Path | None = None
) -> Built:
    """Makes the site of the submissions in the folder `results`, or brings it up to date.

    `watch` is told each submission that is measured anew. What earlier builds computed is kept in the folder `cache`,
    by default the user's. A submission that cannot be published is left out and named. Raises WevalError for a folder
    that is no site, or cannot be written.
    """
    ours, theirs = out.resolve(), results.resolve()
    if ours.is_relative_to(theirs) or theirs.is_relative_to(ours):
        raise ConfigError(f"--out {out}: one of this and {results} lies in the other; keep them apart")
    with _uncollected():
        return _built(results, out, watch or (lambda said: None), Cache(cache))


@contextmanager
def _uncollected() -> Iterator[None]:
    """What is read stays to the end, and looking through it again and again for garbage takes a seventh of the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _built(results: Path, out: Path, watch: Callable[[str], None], kept: Cache) -> Built:
    started = time.monotonic()
    there, published = entries(results), read_published(results)
    writers, kept_ones = writers_of(results), reproductions_of(results)
    if not there and not published and not writers and not kept_ones:
        raise ResultError(f"{results}: holds no submissions; weval submit RUN makes one")
    site = Site(out, kept)
    found = measure_all(there, kept, watch)
    gold = {name: questions.index for name, questions in found.tasks.items()}
    tables = boards(_by_task(found), gold, published, read_reruns(results), kept)
    written = measure_writers(entries(writers) if writers else (), kept, watch)
    tabs = benches(written.measured, published, kept)
    again = make_again(kept_ones, kept, watch)
    pages = Pages(tables, tabs, again.shown)
    entered = timeline({entry.model: entry.model_folder for entry in found.measured}, _names(found))
    places = {board.task: page_of(board) for board in tables}
    _tables(site, pages, tables)
    _tasks(site, pages, tables)
    _models(site, pages, tables, entered, places)
    _benches(site, pages, tabs)
    _reproductions(site, pages, again.shown)
    for board in tables:
        if board.index and board.rows:
            site.put(f"data/{board.task}/_items.js", items_js(board.task, board.index, places[board.task]))
    site.put("data/models.js", models_js(tables))
    site.make("compare.html", key_of(pages.look), pages.compare)
    site.make("how.html", key_of(pages.look, *(str(board.reported) for board in tables)), pages.how)
    site.make("changes.html", key_of(pages.look, str(entered)), lambda: pages.changes(entered))
    for path, file in static_files():
        site.put(path, file.read_bytes())
    site.finish()
    kept.prune()
    seconds = time.monotonic() - started
    n = len(found.measured) + len(written.measured) + len(again.shown)
    n_new = found.n_new + written.n_new + again.n_new
    return Built(out, n, n_new, site.written, [*found.refused, *written.refused, *again.refused], seconds)


def _by_task(found: Found) -> dict[str, list[tuple[str, Measured]]]:
    tasks: dict[str, list[tuple[str, Measured]]] = {}
    for entry, measured in found.measured.items():
        tasks.setdefault(entry.task, []).append(measured)
    return tasks


def _names(found: Found) -> dict[str, str]:
    return {entry.model: measured.card.name for entry, (_, measured) in found.measured.items()}


def _rows_key(board: Board) -> str:
    """A hash of everything that is known of the models on a task."""
    rows = [f"{row.key} {row.best} {row.worst} {row.badge}" for row in board.rows]
    version = board.index.task.sha256 if board.index else ""
    return key_of(board.task, version, str(board.spec), str(board.reported), *rows)


def _tables(site: Site, pages: Pages, tables: Sequence[Board]) -> None:
    """The table and the charts of each task, and what they say for machines; the first is the front page too."""
    if not tables and not pages.benches:
        site.make("index.html", key_of(pages.look), pages.how)
    for at, board in enumerate(tables):
        key = key_of(pages.look, _rows_key(board))
        table = lru_cache(partial(pages.table, board))
        site.make(f"tables/{board.task}.html", key, table)
        if at == 0:
            site.make("index.html", f"index {key}", partial(_one_up, table))
        if board.rows:
            site.make(f"charts/{board.task}.html", key, partial(pages.charts, board))
            site.make(f"data/{board.task}.json", key, partial(board_json, board))
            site.make(f"data/{board.task}.csv", key, partial(board_csv, board, columns(board)))
            site.make(f"data/{board.task}.bib", key, partial(board_bib, board))


def _benches(site: Site, pages: Pages, tabs: Sequence[Bench]) -> None:
    """The page and the card of each benchmark, and what its tables say for machines."""
    for bench in tabs:
        rows = [f"{row.key} {row.best} {row.worst}" for row in bench.rows]
        key = key_of(pages.look, bench.spec.model_dump_json(), str(bench.reported), bench.card, *rows)
        page = lru_cache(partial(pages.bench, bench))
        site.make(f"bench/{bench.name}.html", key, page)
        if not pages.boards and bench is tabs[0]:
            site.make("index.html", f"index {key}", partial(_one_up, page))
        if bench.card:
            site.make(f"bench/{bench.name}.card.html", key, partial(pages.bench_card, bench))
        if bench.rows:
            site.make(f"bench/{bench.name}.json", key, partial(bench_json, bench))
            site.make(f"bench/{bench.name}.csv", key, partial(bench_csv, bench))


def _reproductions(site: Site, pages: Pages, shown: Sequence[Reproduced]) -> None:
    """The page of each reproduction, and its tables for other programs."""
    for one in shown:
        place = f"reproductions/{one.name}"
        site.make(f"{place}.html", key_of(pages.look, one.key), partial(pages.reproduction, one))
        for ending, render in REPRODUCED.items():
            site.make(f"{place}.{ending}", one.key, partial(render, one.tables))


def _one_up(page: Callable[[], str]) -> str:
    """A page of tables/ as it stands a folder higher. No text looks like these attributes: its quotes are escaped."""
    return page().replace('href="../', 'href="').replace('src="../', 'src="')


def _tasks(site: Site, pages: Pages, tables: Sequence[Board]) -> None:
    """The card of each task with its audit, and its items if they may be shown."""
    for board in tables:
        if not board.spec:
            continue
        path = room("tasks") / board.task / "README.md"
        card = path.read_bytes() if path.is_file() else b""
        key = key_of(pages.look, str(board.spec), board.index.task.sha256 if board.index else "", card)
        site.make(f"tasks/{board.task}.html", f"{key} {board.is_here}", partial(_task, pages, board))
        if board.shows_texts:
            _items(site, pages, board, key)


def _task(pages: Pages, board: Board) -> str:
    return pages.task(board, audit_text(audit(load_task(board.task))) if board.is_here else None)


def _items(site: Site, pages: Pages, board: Board, key: str) -> None:
    loaded: dict[int, Shown] = {}

    def render(number: int) -> str:
        if not loaded:
            loaded.update({shown.number: shown for shown in pages_of(load_task(board.task))})
        shown = loaded[number]
        return pages.items(board, shown.items, number, n_pages(board), shown.first)

    for number in range(1, n_pages(board) + 1):
        site.make(f"items/{board.task}/{number}.html", key, partial(render, number))


def _models(
    site: Site,
    pages: Pages,
    tables: Sequence[Board],
    entered: Sequence[Entered],
    places: Mapping[str, Mapping[str, str]],
) -> None:
    """The page of each model, its badges and its scores."""
    rows: dict[str, list[tuple[Board, Row]]] = {}
    for board in tables:
        for row in board.rows:
            rows.setdefault(row.model, []).append((board, row))
            key = f"{row.key} {row.badge} {board.title}"
            site.make(f"badges/{row.model}.{board.task}.svg", key, partial(badge_svg, row, board))
            site.make(f"data/{board.task}/{row.model}.js", row.key, partial(row_js, row, board.task))
    changes: dict[str, list[Entered]] = {}
    for change in entered:
        changes.setdefault(change.model, []).append(change)
    for model, found in rows.items():
        own = changes.get(model, [])
        key = key_of(pages.look, str(own), *(_row_key(board, row) for board, row in found))
        card = found[0][1].measured.card
        site.make(f"models/{model}.html", key, partial(pages.model, card, found, own, places))


def _row_key(board: Board, row: Row) -> str:
    """A hash of what a model's page says of it on a task, the models that it links to among it."""
    place = f"{row.best} {row.worst} {row.badge} {board.n_ranked} {','.join(peers(board, row))}"
    return f"{row.key} {place} {board.shows_texts} {board.spec}"
