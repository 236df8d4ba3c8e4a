"""A badge for a model's own page: what was measured, and how far it can be trusted. One small SVG file."""

from __future__ import annotations

from markupsafe import escape

from weval.leaderboard.site.board import Board, Row
from weval.report.excerpts import excerpt
from weval.wording import value_of

COLOURS = {"re-run": "#1b6e3c", "recomputed": "#2457a7", "self-reported": "#596070"}

_CHARACTER, _ROOM = 6.6, 12
"""Widths in pixels: of a character of Verdana at 11 pixels, about, and beside a text."""


def badge_svg(row: Row, board: Board) -> str:
    """The badge of a model on a task."""
    left = excerpt(board.title, 60).text
    right = f"{value_of(row.correlation)} {row.badge}"
    first, second = (round(len(text) * _CHARACTER + _ROOM) for text in (left, right))
    said = escape(f"{left}: {right}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{first + second}" height="20" role="img" aria-label="{said}">'
        f"<title>{said}</title>"
        f'<rect width="{first}" height="20" fill="#444"/>'
        f'<rect x="{first}" width="{second}" height="20" fill="{COLOURS[row.badge]}"/>'
        '<g fill="#fff" font-family="Verdana,Geneva,sans-serif" font-size="11" text-anchor="middle">'
        f'<text x="{first / 2}" y="14">{escape(left)}</text>'
        f'<text x="{first + second / 2}" y="14">{escape(right)}</text>'
        "</g></svg>\n"
    )
