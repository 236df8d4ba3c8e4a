"""One line: its text without marks, and the mark that makes it a list item, a heading or a title."""

from __future__ import annotations

import re
import unicodedata

WORD = re.compile(r"[^\W_]")
_HEADING_MARK = re.compile(r"[ \t]*#{1,6}(?!#)[ \t]*|[ \t]+#+[ \t]*$")
_EMPHASIS = re.compile(r"(?<!\\)\*+|__+|~~+|`+|(?<![^\W_])_|_(?![^\W_])")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_LINK = re.compile(r"!?\[([^\[\]\n]{0,1000})\]\([^()\s]{0,2000}(?: \"[^\"()]{0,200}\")?\)")
_TAG = re.compile(r"</?[A-Za-z][^<>\n]{0,200}>")

# "-", "*", "+" and the en dash need a space after them (-5, *emphasis*, +1 are no bullets); list signs do not.
BULLET = re.compile(r"[ \t]*(?:[-*+–](?=[ \t])|[•‣◦⁃∙▪▫●○■□◆◇▸►▶➤➢✓✔✅☐☑∗])[ \t]*")
NUMBER = re.compile(
    r"""(?: (?P<paren>[(（] (?P<a>\d{1,3}) [)）])
          | (?P<keycap>(?P<k>10|\d) \u20e3 | 🔟)
          | (?P<circled>[\u2460-\u2473])
          | (?P<b>\d{1,3}) (?:[*_]{1,3})? (?: [.)] (?=[\s*_]|[^\x00-\x7f]|$) | [、．）] ) )""",
    re.VERBOSE,
)
_BEHIND_PILE = re.compile(r"(?<=[^\w\s\x00-\u02ff]{32})")
_AT_START = re.compile(r"[ \t]*(?:#{1,6}[ \t]*)?(?:[*_]{1,3})?")


def plain(text: str) -> str:
    """A line's text without emphasis marks, code marks, tags, escapes and the addresses of links."""
    if "](" in text:
        text = _LINK.sub(r"\1", text)
    if "<" in text:
        text = _TAG.sub("", text)
    text = _EMPHASIS.sub("", text)
    return _ESCAPE.sub(r"\1", text) if "\\" in text else text


def compose(text: str) -> str:
    """NFC, which takes quadratic time on long piles of accents: cut where 32 have gone before."""
    return "".join(unicodedata.normalize("NFC", part) for part in _BEHIND_PILE.split(text))


def number_at_start(line: str) -> re.Match[str] | None:
    """The number at the start of a line, heading and emphasis marks passed over."""
    start = _AT_START.match(line)
    return NUMBER.match(line, start.end() if start else 0)


def item_text(line: str) -> str:
    """The line without the mark that makes it a list item or a heading."""
    if bullet := BULLET.match(line):
        return line[bullet.end() :]
    if heading := _HEADING_MARK.match(line):
        line = line[heading.end() :]
    if number := number_at_start(line):
        return line[number.end() :]
    return line


def is_title(line: str) -> bool:
    """A line wholly in bold without a full stop: what writes a heading without "#"."""
    text = line.strip()
    mark = text[:2]
    if mark not in ("**", "__") or not text.endswith(mark) or len(text) < 5:
        return False
    inner = text.strip("*_ ")
    return mark not in inner and not inner.endswith((".", "!", "?", "。", "！", "？", "…"))
