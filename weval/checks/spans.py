"""Bold passages, quotations and questions: what lies within a paragraph."""

from __future__ import annotations

import re
from collections.abc import Iterator

from weval.checks.blocks import Line, blocks, read_lines
from weval.checks.marks import WORD


def count_bold(response: str) -> int:
    """Passages in bold: **x**, __x__, ***x***, <b>x</b>, <strong>x</strong>; also in headings, lists and tables.

    Marks pair up within a paragraph; one that has no partner is ignored. Code does not count.
    """
    return sum(_bold_in("\n".join(line.text for line in block)) for block in blocks(response))


_CODE_SPAN = re.compile(r"`[^`\n]*`")
_STARS = re.compile(r"(?<!\\)\*+|__+")
_B_TAG = re.compile(r"<(/?)(?:b|strong)>", re.IGNORECASE)


def _bold_in(text: str) -> int:
    if "`" in text:
        text = _CODE_SPAN.sub("x", text)
    return _bold_by_signs(text, "*") + _bold_by_signs(text, "_") + _bold_by_tags(text)


def _bold_by_signs(text: str, sign: str) -> int:
    total, searched, is_open, has_word = 0, 0, False, False
    for run in _STARS.finditer(text):
        if run[0][0] != sign or len(run[0]) not in (2, 3, 4):
            continue
        both = len(run[0]) == 4  # "**a****b**": the end of one and the start of another
        before, after = text[run.start() - 1 : run.start()], text[run.end() : run.end() + 1]
        if sign == "_" and before.isalnum() and after.isalnum():
            continue
        has_word = has_word or bool(WORD.search(text, searched, run.start()))  # since the mark that opened
        searched = run.end()
        if is_open and has_word and before.strip():
            total, is_open, has_word = total + 1, both and bool(after.strip()), False
        elif after.strip() and not both:
            is_open, has_word = True, False
    return total


def _bold_by_tags(text: str) -> int:
    total, is_open = 0, False
    for tag in _B_TAG.finditer(text):
        total += is_open and bool(tag[1])
        is_open = not tag[1]
    return total


# --- quotations and questions ----------------------------------------------------------------------------------

_CLOSERS = {
    '"': '"', "“": "”“", "„": "“”", "”": "”", "«": "»", "»": "«", "「": "」", "『": "』", "＂": "＂", "〝": "〞〟",
}  # fmt: skip
_QUOTE_SIGN = re.compile("[" + "".join({*_CLOSERS, *"".join(_CLOSERS.values())}) + "]")


def count_quotations(response: str) -> int:
    """Passages in double quotation marks: "x", “x”, „x“, «x», »x«, 「x」, 『x』.

    Marks pair up within a paragraph; one without a partner (inches, a quotation cut off) is ignored, and so is a
    quotation within another and an empty one. Single quotation marks, book titles 《x》 and code do not count.
    """
    return sum(_quotations_in("\n".join(line.text for line in block)) for block in blocks(response))


def _quotations_in(text: str) -> int:
    last = {sign: text.rfind(sign) for sign in "".join(_CLOSERS.values())}
    total, opened, closers = 0, -1, ""
    for match in _QUOTE_SIGN.finditer(text):
        sign, at = match[0], match.start()
        if closers and sign in closers and _closes(text, at, opened, sign):
            total += bool(WORD.search(text, opened, at))
            closers = ""
        elif (not closers or sign + closers in ('""', "“”“")) and _opens(text, at, sign, last):
            opened, closers = at + 1, _CLOSERS[sign]
    return total


def _closes(text: str, at: int, opened: int, sign: str) -> bool:
    if sign == '"':  # a straight mark after a space and before a word opens
        return not (text[at - 1].isspace() and text[at + 1 : at + 2].isalnum())
    return sign != "“" or at > opened


def _opens(text: str, at: int, sign: str, last: dict[str, int]) -> bool:
    if sign not in _CLOSERS or max(last[closer] for closer in _CLOSERS[sign]) <= at:
        return False
    if sign in '"”»':
        return bool(text[at + 1 : at + 2].strip()) and not text[at - 1 : at].isdigit()
    return True


_QUESTION = re.compile(r"[!?！？؟‽⁇⁈⁉.…]+")
_QUESTION_SIGNS = frozenset("?？؟‽⁇⁈⁉")
_AFTER_WORD = re.compile(r"[^\W_][\s\"'”’»」』)）\]】*_~`]{0,8}$")


def count_questions(response: str) -> int:
    """Question marks that end something: "?!" and "???" are one; also within quotations, headings and tables.

    A mark with no word before it, and one glued to a following letter, digit or "=" (an address) do not count; code
    does not count either.
    """
    return sum(_is_question(line.text, run) for line in _prose(response) for run in _QUESTION.finditer(line.text))


def _prose(response: str) -> Iterator[Line]:
    return (line for line in read_lines(response) if line.kind in ("text", "heading", "table"))


def _is_question(text: str, run: re.Match[str]) -> bool:
    if _QUESTION_SIGNS.isdisjoint(run[0]):
        return False
    after = text[run.end() : run.end() + 1]
    glued = run[0][-1] == "?" and after.isascii() and (after.isalnum() or after in ("=", "&", "/"))
    return not (glued and after) and bool(_AFTER_WORD.search(text[max(0, run.start() - 12) : run.start()]))
