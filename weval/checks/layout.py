"""Headings, tables, separators and paragraphs."""

from __future__ import annotations

from weval.checks.blocks import blocks, read_lines
from weval.checks.marks import WORD, is_title, item_text


def count_headings(response: str) -> int:
    """Lines with one to six "#" and text; "##Title" counts, "#Title" (a hashtag) and bold titles do not."""
    return sum(line.kind == "heading" and bool(WORD.search(line.text)) for line in read_lines(response))


def has_table(response: str) -> bool:
    """A Markdown table (header, delimiter row, at least one row; outer pipes optional) or an HTML `<table>`."""
    rows = 0
    for line in read_lines(response):
        rows = rows + 1 if line.kind == "table" else 0
        if rows >= 3 or (line.kind == "text" and "<table" in line.text.lower()):
            return True
    return False


def count_separators(response: str, text: str) -> int:
    """Lines that consist of exactly this text, outside code; spaces around it do not matter."""
    wanted = text.strip()
    return sum(
        line.kind in ("rule", "text", "heading") and line.text.strip().replace("\\", "") == wanted
        for line in read_lines(response)
    )


def count_paragraphs(response: str) -> int:
    """Runs of text between blank lines (stanzas, too) that are more than list items.

    Headings, lines wholly in bold, separators, tables and code are not paragraphs and end one. A single line break
    does not end a paragraph, except before a line indented by ideographic spaces.
    """
    total = 0
    for block in blocks(response):
        if block[0].kind != "text":
            continue
        prose = [line.text for line in block if WORD.search(line.text) and not _is_item_or_title(line.text)]
        total += 1 + sum(text.startswith("\u3000") for text in prose[1:]) if prose else 0
    return total


def _is_item_or_title(line: str) -> bool:
    return item_text(line) != line or is_title(line)
