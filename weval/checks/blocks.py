"""The lines of a response, each with what it is: what all checks look at.

Structure is read the way people who write to a language model mean it, not the way CommonMark defines it. Fences,
tables and headings come from markdown-it; the rules that swallow text in prose are off (setext headings, indented code,
HTML blocks, link definitions), so that "---" under a line of text is a separator and "[Verse 1]: la la" is text.

- Line ends: CRLF, CR and the Unicode line and paragraph separators are line feeds. `<br>` is one too, except in a line
  with "|" (a table cell), where it is a space.
- No-break spaces are spaces. Zero-width characters, soft hyphens, directional marks and emoji selectors do not exist.
- A fence marked `markdown` or `md` is a wrapper, wherever it stands: what it holds is text, its own lines are blank.
- Quote marks of Markdown (">") at the start of a line do not exist.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

Kind = Literal["text", "heading", "table", "rule", "code", "fence", "blank"]

_INVISIBLE = dict.fromkeys([0xAD, 0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0x2060, 0xFE0E, 0xFE0F, 0xFEFF])
_SPACES = {0xA0: " ", 0x2007: " ", 0x202F: " ", 0x2028: "\n", 0x2029: "\n"}
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")  # half a sign, from a broken JSON escape; no encoder takes it
_BR = re.compile(r"<br ?/?>", re.IGNORECASE)
_FENCE = re.compile(r"[ \t]*(?:`{3,}+|~{3,}+)[ \t]*+([^`]*+)")  # possessive: else "~~~~ … `" is quadratic
_WRAPPER = frozenset({"markdown", "md"})
_QUOTE_MARK = re.compile(r"[ \t]*(?:> ?)+")
_CLOSING_FENCE = re.compile(r"[ \t]*(?:`{3,}|~{3,})[ \t]*")
_RULE = re.compile(r"([-_*=~—–─━═])(?:[ \t]*\1){2,}")
_GLUED_HEADING = re.compile(r"[ \t]{0,3}#{2,6}[^\s#]")


@dataclass(frozen=True, slots=True)
class Line:
    """A line without its end and without leading ">", and what it is."""

    text: str
    kind: Kind


@lru_cache(maxsize=8)
def read_lines(response: str) -> tuple[Line, ...]:
    """The lines of a response.

    `heading` is an ATX heading ("# Title"); "##Title" with the space forgotten is one too, "#Title" is not (a hashtag).
    `rule` is a line of three or more of one of the signs - _ * = ~ or a dash. `code` lies within a fence, whose own
    lines are `fence`; a fence never closed reaches to the end. `table` is a row of a table, the delimiter row included.

    >>> [line.kind for line in read_lines("# A\\nText.\\n---\\n\\n|a|b|\\n|-|-|\\n|1|2|")]
    ['heading', 'text', 'rule', 'blank', 'table', 'table', 'table']
    """
    texts = _clean(response).split("\n")
    kinds = _parsed_kinds("\n".join(texts), len(texts))
    return tuple(_line(text, kind) for text, kind in zip(texts, kinds, strict=True))


@lru_cache(maxsize=8)
def blocks(response: str) -> tuple[tuple[Line, ...], ...]:
    """Runs of text lines between anything that is not text; a heading and a table row stand alone. No code."""
    found: list[tuple[Line, ...]] = []
    run: list[Line] = []
    for line in (*read_lines(response), Line("", "blank")):
        if line.kind == "text":
            run.append(line)
            continue
        if run:
            found.append(tuple(run))
            run = []
        if line.kind in ("heading", "table"):
            found.append((line,))
    return tuple(found)


def _clean(response: str) -> str:
    text = response.replace("\r\n", "\n").replace("\r", "\n").translate(_INVISIBLE).translate(_SPACES)
    text = _LONE_SURROGATE.sub("\ufffd", text).replace("&nbsp;", " ")
    if _BR.search(text):
        text = "\n".join(_BR.sub(" " if "|" in line else "\n", line) for line in text.split("\n"))
    return _unwrap(text) if "```" in text or "~~~" in text else text


def _unwrap(text: str) -> str:
    """The text with the lines of Markdown wrappers made blank; within one, a fence may open and close another."""
    lines = text.split("\n")
    in_wrapper = in_code = False
    for at, line in enumerate(lines):
        fence = _FENCE.fullmatch(line)
        if not fence:
            continue
        info = fence[1].strip().lower()
        if in_code:
            in_code = bool(info)
        elif info in _WRAPPER or (in_wrapper and not info):
            in_wrapper = bool(info)
            lines[at] = ""
        else:
            in_code = True
    return "\n".join(lines)


def _parsed_kinds(text: str, n_lines: int) -> list[Kind | None]:
    """What markdown-it knows of each line. It is asked only where it has something to find."""
    kinds: list[Kind | None] = [None] * n_lines
    if not any(sign in text for sign in ("#", "|", "```", "~~~")):
        return kinds
    lines = text.split("\n")
    for token in _parser().parse(text):
        if token.map is None:
            continue
        start, end = token.map
        if token.type == "fence":
            kinds[start:end] = ["code"] * (end - start)
            kinds[start] = "fence"
            if end - start > 1 and _CLOSING_FENCE.fullmatch(lines[end - 1]):
                kinds[end - 1] = "fence"
        elif token.type == "table_open":
            kinds[start:end] = ["table"] * (end - start)
        elif token.type == "heading_open":
            kinds[start] = "heading"
    return kinds


def _line(text: str, parsed: Kind | None) -> Line:
    if parsed in ("code", "fence"):
        return Line(text, parsed)
    if mark := _QUOTE_MARK.match(text):
        text = text[mark.end() :]
    if parsed is not None:
        return Line(text, parsed)
    stripped = text.strip()
    if not stripped:
        return Line("", "blank")
    if _RULE.fullmatch(stripped):
        return Line(text, "rule")
    return Line(text, "heading" if _GLUED_HEADING.match(text) else "text")


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    off = ["lheading", "code", "html_block", "reference", "inline", "text_join"]
    return MarkdownIt("commonmark").enable("table").disable(off)
