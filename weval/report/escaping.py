"""Texts from outside in files for other programs: a spreadsheet computes none of them, TeX runs none of them."""

from __future__ import annotations

import re

from weval.report.excerpts import shown

DIGITS = 6
"""Decimals of figures for machines: beyond, two computers may differ."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""How a cell begins that a spreadsheet would take for a formula."""

_TEX = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "%": r"\%", "&": r"\&", "#": r"\#", "_": r"\_", "$": r"\$",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
}  # fmt: skip

_TYPESET = _TEX | {
    '"': r"\textquotedbl{}", "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}", "`": r"\textasciigrave{}",
    "[": "{[}", "]": "{]}", "–": r"\textendash{}", "—": r"\textemdash{}", "…": r"\dots{}", "×": r"\texttimes{}",
    "±": r"\textpm{}", "’": "'", "\u00a0": "~",
}  # fmt: skip
"""The same in a text that is typeset: no bracket is an option there."""

_LIGATURE = re.compile("(?<=([-',]))(?=\\1)")
"""Between two signs that TeX makes one of, as -- a dash."""


def csv_cell(value: object) -> object:
    """A value as it stands in a CSV: numbers cut to what can be relied on, texts that no spreadsheet computes.

    >>> csv_cell("=1+1"), csv_cell(0.12345678), csv_cell("-1.5")
    ("'=1+1", 0.123457, '-1.5')
    """
    if isinstance(value, float):
        return round(value, DIGITS)
    if isinstance(value, str):
        text = shown(value)
        return f"'{text}" if text.startswith(_FORMULA) and not _is_number(text) else text
    return value


def bib_text(text: str) -> str:
    """A text as a field of BibTeX has it.

    >>> bib_text("R&D {x}")
    'R\\\\&D \\\\{x\\\\}'
    """
    return "".join("''" if char == '"' else _TEX.get(char, char) for char in shown(text))


def latex_text(text: str) -> str:
    """A text as LaTeX typesets it, with every engine: of another script than Latin, the number of each character.

    >>> print(latex_text("50% of R&D: café 写"))
    50\\% of R\\&D: café {[}U+5199{]}
    """
    return "".join(_typeset(char) for char in _LIGATURE.sub("\0", shown(text).replace("\n", " ")))


def latex_number(text: str) -> str:
    """A figure, or an interval, with minus signs and no hyphens.

    >>> latex_number("-0.5")
    '$-$0.5'
    """
    return re.sub(r"(?<![\w.])-(?=\d)", "$-$", latex_text(text))


def _typeset(char: str) -> str:
    if char == "\0":  # no text has one: it would be shown as an escape
        return "{}"
    if found := _TYPESET.get(char):
        return found
    if char.isascii() or ("À" <= char <= "ÿ" and char.isalpha()):
        return char
    return f"{{[}}U+{ord(char):04X}{{]}}"


def _is_number(text: str) -> bool:
    return re.fullmatch(r"-?\d+(\.\d+)?", text) is not None
