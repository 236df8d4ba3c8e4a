"""The badge of a model: well-formed, true, and nothing that was named can break out of it."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace

from tests.leaderboard.site.conftest import Standing
from weval.leaderboard.site.badges import COLOURS, badge_svg
from weval.leaderboard.site.board import Board, Row
from weval.wording import number

SVG = "{http://www.w3.org/2000/svg}"


def _row(board: Board, model: str) -> Row:
    return next(row for row in board.rows if row.model == model)


def _texts(svg: str) -> list[str]:
    return [str(text.text) for text in ET.fromstring(svg).iter(f"{SVG}text")]


def test_a_badge_says_the_task_the_figure_and_how_far_it_is_verified(board: Board) -> None:
    for model, badge in (("rules", "re-run"), ("length", "recomputed"), ("looked-up", "self-reported")):
        row = _row(board, model)
        found = row.measured.result.metrics["correlation"]
        assert found
        said = f"{number(found.value)} {badge}"
        svg = badge_svg(row, board)
        root = ET.fromstring(svg)
        assert _texts(svg) == ["WEval-mini", said]
        assert root.find(f"{SVG}title") is not None and root.attrib["aria-label"] == f"WEval-mini: {said}"
        assert [rect.attrib["fill"] for rect in root.iter(f"{SVG}rect")][1] == COLOURS[row.badge]


def test_the_two_parts_of_a_badge_fill_it(board: Board) -> None:
    root = ET.fromstring(badge_svg(board.rows[0], board))
    first, second = (int(rect.attrib["width"]) for rect in root.iter(f"{SVG}rect"))
    assert first + second == int(root.attrib["width"])
    assert first > 6 * len("WEval-mini")


def test_a_name_of_a_task_cannot_break_out_of_its_badge(board: Board) -> None:
    title = "<script>alert(1)</script>&\"'\u202e]]>"
    svg = badge_svg(board.rows[0], replace(board, title=title))
    assert {element.tag for element in ET.fromstring(svg).iter()} == {
        f"{SVG}{tag}" for tag in ("svg", "title", "rect", "g", "text")
    }
    assert _texts(svg)[0] == "<script>alert(1)</script>&\"'\\u202e]]>"[: len(_texts(svg)[0])]


def test_what_has_no_correlation_has_a_dash(board: Board) -> None:
    row = board.rows[0]
    result = row.measured.result
    bare = result.model_copy(update={"metrics": {**result.metrics, "correlation": None}})
    svg = badge_svg(replace(row, measured=row.measured.model_copy(update={"result": bare})), board)
    assert _texts(svg)[1] == f"– {row.badge}"


def test_every_model_has_its_badge(site: Standing, board: Board) -> None:
    names = {path.name for path in (site.out / "badges").iterdir()}
    assert names == {f"{row.model}.weval-mini.svg" for row in board.rows}
    for path in (site.out / "badges").iterdir():
        ET.fromstring(path.read_bytes())
