"""Scores by criterion, as a judge of Creative Writing Bench writes them: `Elegant Prose: 12`, a line for each.

Source: EQ-bench/creative-writing-bench at e7ab0091, core/scoring.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from weval.adapters.judge.outcome import NoVerdict
from weval.adapters.judge.reasoning import parted
from weval.bench.creative_writing.criteria import CRITERIA
from weval.bench.items import Mode, is_original

HIGHEST = 20.0
"""Scores go from 0 to here."""

_BARE = re.compile(r":\s*(?:Score\s+)?(-?\d+(?:\.\d+)?)")
_BRACKETED = re.compile(r":\s*\[(-?\d+(?:\.\d+)?)\]")

_VALUE = re.compile(
    r"(?P<open>\[\s*+)?(?:score\s++)?(?P<number>-?[0-9]++(?:\.[0-9]++)?+)(?(open)\s*+\])"
    r"(?:\s*+(?:/\s*+20|out of 20)(?!\.?[0-9]))?+(?:\s*+[.;,]?+\s*+\Z|\s++[-(]\s*+(?![0-9]))",
    re.IGNORECASE,
)
_LIST_SIGN = re.compile(r"(?:[-+•]|\(?[0-9]{1,3}[.)])\s++")
_PLAIN = str.maketrans({"’": "'", "‘": "'", "‑": "-", "–": "-", "—": "-", "：": ":"} | dict.fromkeys("*_`#"))


def parse_scores(text: str, mode: Mode = "repaired") -> dict[str, float]:
    r"""The scores in a judge's reply by criterion; what it does not say is not there. Linear, and raises nothing.

    Repaired: outside reasoning, lines of a criterion's name, a colon and a number, which may stand on the next line,
    in brackets, before `/20` or a remark. List signs, numbering, emphasis and case do not count, nor blanks beside a
    stroke or hyphen; other lines are ignored. A criterion with a value outside 0 to 20, or with two different ones, is
    not read. Names are those of CRITERIA. Original: whatever stands before any colon that a number follows is a name,
    as it stands; values above 20 are dropped, those below 0 are kept, bracketed ones and later ones win.

    >>> parse_scores("- **Coherent:** 15/20\nmeandering: [ 3 ]\nIt ends at 12: 30 is late.\nElegant Prose: 21")
    {'Coherent': 15.0, 'Meandering': 3.0}
    >>> parse_scores("- Coherent: 15\nTime 12:30", mode="original")
    {'- Coherent': 15.0}
    """
    if is_original(mode):
        return _original(text)
    said: dict[str, set[float]] = {}
    for name, value in _lines_with_scores(text):
        said.setdefault(name, set()).add(value)
    sure = {name: next(iter(values)) for name, values in said.items() if len(values) == 1}
    return {name: sure[name] for name in CRITERIA if 0 <= sure.get(name, -1.0) <= HIGHEST}


def _original(text: str) -> dict[str, float]:
    """The original's patterns begin `(.*?):`, which goes over a line again for every character of it. The same names
    come of looking for the rest of a pattern: a name begins at its line, or behind the match before it.
    """
    scores: dict[str, float] = {}
    for pattern in (_BARE, _BRACKETED):
        end = 0
        for found in pattern.finditer(text):
            name = text[max(end, text.rfind("\n", end, found.start()) + 1) : found.start()]
            end, value = found.end(), float(found[1])
            if value <= HIGHEST:
                scores[name.strip()] = value
    return scores


def _lines_with_scores(text: str) -> Iterator[tuple[str, float]]:
    try:
        answer = parted(text).answer
    except NoVerdict:
        return
    waiting: str | None = None  # a name whose number has yet to come
    for line in answer.translate(_PLAIN).splitlines():
        if not line.strip():
            continue
        if waiting and (value := _number(line)) is not None:
            yield waiting, value
        name, colon, rest = line.partition(":")
        known = _criterion(name) if colon else None
        if known and (value := _number(rest)) is not None:
            yield known, value
        waiting = known if not rest.strip() else None


def _number(text: str) -> float | None:
    found = _VALUE.match(text.strip())
    return float(found["number"]) if found else None


def _key(name: str) -> str:
    """A name without case, and without blanks where they mean nothing: `Voice / Tone` is `Voice/Tone`."""
    return re.sub(r" ?([/-]) ?", r"\1", " ".join(name.casefold().split()))


_BY_KEY = {_key(name): name for name in CRITERIA}
_LONGEST = 100
"""No line begins with more than this before the colon of a criterion, its list sign and numbering included."""


def _criterion(name: str) -> str | None:
    """The criterion that a line begins with, behind at most a list sign and a number."""
    rest = name.strip()
    if len(rest) > _LONGEST:
        return None
    for _ in range(2):
        rest = rest[sign.end() :] if (sign := _LIST_SIGN.match(rest)) else rest
    return _BY_KEY.get(_key(rest))
