"""The pages of the site: templates filled with what was measured, every word from outside escaped."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from weval.leaderboard.card import Card
from weval.leaderboard.reruns import BADGES
from weval.leaderboard.site.benches import WRITER_BADGES, Bench
from weval.leaderboard.site.board import FLOOR, Board, Row
from weval.leaderboard.site.columns import GROUPS, columns
from weval.leaderboard.site.measured import PART_RESAMPLES
from weval.leaderboard.site.reproductions import Reproduced
from weval.leaderboard.site.sections import board_charts, section
from weval.metrics import METRICS, released
from weval.published import as_printed
from weval.report.insights import insights
from weval.report.page import templates
from weval.report.reproduced_csv import reproduced_csv
from weval.report.reproduced_latex import reproduced_latex
from weval.report.reproduced_markdown import reproduced_markdown
from weval.report.reproduced_page import PARTS, said_of, time_of
from weval.report.wording import LABELS, LENGTH_BIAS, MEANINGS, RELEASED_WHY, counts, remarks
from weval.reproduce.outcome import Reproduction
from weval.rooms import room

if TYPE_CHECKING:
    from jinja2 import Environment

POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'"
"""What a page may load: files of this site, and no script or style that stands in the page itself."""

SHOWN_ORDER = ("scalar RM", "judge", "human", "rules", "baseline")

REPRODUCED: Mapping[str, Callable[[Reproduction], str]] = {
    "csv": reproduced_csv,
    "md": reproduced_markdown,
    "tex": reproduced_latex,
}
"""A reproduction's tables for other programs, by the ending of the file."""

N_DEMO = 5
"""Candidates of the item on which the constant scorer is shown."""


@dataclass(frozen=True)
class Pages:
    """Fills the templates. `boards` are all tables of models on the site, `benches` those of writers, `reproductions`
    the paper's tables made again.
    """

    boards: Sequence[Board]
    benches: Sequence[Bench] = ()
    reproductions: Sequence[Reproduced] = ()

    @cached_property
    def look(self) -> str:
        """A hash of the templates and of what all pages have in common: when it changes, all are made again."""
        digest = hashlib.sha256(self.as_of.encode())
        for board in self.boards:
            digest.update(f"{board.task}\0{board.title}\0".encode("utf-8", "surrogatepass"))
        for bench in self.benches:
            digest.update(f"{bench.name}\0{bench.spec.title}\0".encode("utf-8", "surrogatepass"))
        for one in self.reproductions:
            digest.update(f"{one.name}\0".encode("utf-8", "surrogatepass"))
        for path in sorted((room("leaderboard") / "templates").glob("*.j2")):
            digest.update(path.name.encode() + path.read_bytes())
        digest.update(PARTS.read_bytes())
        return digest.hexdigest()

    @cached_property
    def as_of(self) -> str:
        """The day of the newest run. Never that of the build: the same submissions make the same pages."""
        dates = [row.date for board in self.boards for row in board.rows]
        return max([*dates, *(row.date for bench in self.benches for row in bench.rows)], default="")

    def table(self, board: Board) -> str:
        """The table of a task."""
        found = columns(board)
        present = {column.group for column in found}
        return self._fill(
            "table.html.j2",
            "../",
            f"tables/{board.task}",
            board=board,
            columns=found,
            groups=GROUPS,
            present=present,
            families=[
                family for family in SHOWN_ORDER if any(row.measured.card.family == family for row in board.rows)
            ],
            floor=FLOOR,
        )

    def charts(self, board: Board) -> str:
        """The charts of a task."""
        return self._fill("charts.html.j2", "../", "", board=board, charts=board_charts(board))

    def model(
        self,
        card: Card,
        rows: Sequence[tuple[Board, Row]],
        changes: Sequence[Any],
        pages: Mapping[str, Mapping[str, str]],
    ) -> str:
        """The page of a model, with a section for each task. `pages` tells per task where texts are."""
        return self._fill(
            "model.html.j2",
            "../",
            "",
            card=card,
            sections=[section(board, row, pages.get(board.task, {})) for board, row in rows],
            changes=changes,
            released_why=RELEASED_WHY,
            counts=counts,
            remarks=remarks,
            insights=insights,
            part_resamples=PART_RESAMPLES,
        )

    def task(self, board: Board, audit: str | None) -> str:
        """The card of a task, and whether its gold holds."""
        path = room("tasks") / board.task / "README.md"
        card = _markdown(path.read_text(encoding="utf-8")) if path.is_file() else ""
        return self._fill("task.html.j2", "../", "", board=board, card=card, audit=audit)

    def items(self, board: Board, items: Sequence[Mapping[str, Any]], page: int, n_pages: int, first: int) -> str:
        """Texts of some items, for those tasks whose licence lets them be shown."""
        last = first + len(items) - 1
        return self._fill(
            "items.html.j2", "../../", "", board=board, items=items, page=page, pages=n_pages, first=first, last=last
        )

    def bench(self, bench: Bench) -> str:
        """The tables of a benchmark."""
        here = f"bench/{bench.name}"
        return self._fill("bench.html.j2", "../", here, bench=bench, badges=WRITER_BADGES)

    def bench_card(self, bench: Bench) -> str:
        """The card of a benchmark."""
        return self._fill("benchcard.html.j2", "../", "", bench=bench, card=_markdown(bench.card))

    def reproduction(self, one: Reproduced) -> str:
        """The tables of a reproduction."""
        found = one.tables
        return self._fill(
            "reproduction.html.j2",
            "../",
            f"reproductions/{one.name}",
            one=one,
            **said_of(found),
            steps=[(step, time_of(step)) for step in found.steps],
            endings=[*REPRODUCED],
        )

    def compare(self) -> str:
        """The page that compares models; its script does."""
        return self._fill("compare.html.j2", "", "compare")

    def changes(self, changes: Sequence[Any]) -> str:
        """How figures changed."""
        return self._fill("changes.html.j2", "", "changes", changes=changes)

    def how(self) -> str:
        """What is measured, and how."""
        printed = [
            {"name": row.name, "task": board.task, "pl": pl, "il": il, "most": pl + (1 - pl) * 3 / N_DEMO}
            for board in self.boards
            for row in board.reported
            if (pl := row.figures.get("pl")) is not None and (il := row.figures.get("il")) is not None
        ]
        return self._fill(
            "how.html.j2",
            "",
            "how",
            length_bias=LENGTH_BIAS,
            demo=_demonstration(),
            printed=printed,
            first_task=self.boards[0].task if self.boards else "weval",
        )

    def _fill(self, template: str, root: str, here: str, **values: Any) -> str:  # noqa: ANN401 - a template's own
        return (
            _environment()
            .get_template(template)
            .render(
                {
                    "root": root,
                    "here": here,
                    "nav": [board for board in self.boards if board.rows or board.reported],
                    "benches": self.benches,
                    "reproductions": self.reproductions,
                    "policy": POLICY,
                    "as_of": self.as_of,
                    "labels": LABELS,
                    "meanings": MEANINGS,
                    "badges": BADGES,
                }
                | values
            )
        )


_KEPT: dict[str, Environment] = {}


def _environment() -> Environment:
    """The templates of the site, and after them those that reports share, compiled once for a folder."""
    from jinja2 import FileSystemLoader

    folder = str(room("leaderboard") / "templates")
    if folder not in _KEPT:
        _KEPT[folder] = templates(FileSystemLoader([folder, PARTS.parent]))
        _KEPT[folder].filters["as_printed"] = as_printed
    return _KEPT[folder]


def _demonstration() -> dict[str, Any]:
    """Of a scorer that gives five candidates the same score: our figures, and those of the released script."""
    gold, scores = np.arange(N_DEMO, 0, -1)[None], np.zeros((1, N_DEMO))
    names = ("correlation", "il", "pl")
    theirs = released(gold, scores)._asdict()
    ours = [float(METRICS[name](gold, scores)[0]) for name in names]
    return {"n": N_DEMO, "ours": ours, "released": [float(theirs[name][0]) for name in names]}


def _markdown(text: str) -> Any:  # noqa: ANN401 - Markup
    """A card as HTML: no HTML of its own, no styles, and links that lead out of its folder are text."""
    from markdown_it import MarkdownIt
    from markupsafe import Markup

    reader = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
    tokens = reader.parse(text)
    for token in tokens:
        token.attrs.pop("style", None)  # how a column of a table is aligned, which the pages' policy forbids
        for child in token.children or ():
            address = str(child.attrs.get("href", ""))
            if child.type == "link_open" and not address.startswith(("https://", "#")):
                child.attrs.pop("href")
    return Markup(reader.renderer.render(tokens, reader.options, {}))  # html=False escapes all of the text


def static_files() -> list[tuple[str, Path]]:
    """The files that pages load, with their places in the site."""
    folder = room("leaderboard") / "static"
    return [
        (f"static/{path.relative_to(folder).as_posix()}", path)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix != ".md"
    ]
