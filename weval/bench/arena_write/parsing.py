"""The verdict of a judge's reply, as three rules read it, and what a verdict is worth.

Arena-Write came without code. Its judge is asked for the five verdicts of Arena-Hard, so the two rules of Arena-Hard's
code are the published ones: v2 (lmarena/arena-hard-auto 196f6b82) and v0.1 (8fd0c830).
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import Literal, get_args

from weval.adapters.judge.released_rules import RELEASED
from weval.adapters.judge.verdicts import NoVerdict, read_brackets

Rule = Literal["v2", "v0.1", "repaired"]

VERDICTS = MappingProxyType({"A>>B": 1.0, "A>B": 1.0, "A=B": 0.5, "B>A": 0.0, "B>>A": 0.0})
"""The five verdicts and the points of A; those of B are 1 minus them."""

_SAID = re.compile(
    r"(?:(?P<tie>tie(?:, relatively the same)?)|assistant (?P<better>[AB]) is (?P<by>slightly|significantly) better)"
    r":? {0,3}\[\[(?P<label>[AB][<>=]{1,2}[AB])\]\]",
    re.IGNORECASE,
)
"""A verdict in words and in brackets, as Arena-Hard's prompt lists them: `Assistant A is slightly better: [[A>B]]`."""

_MIRRORED = {"B<<A": "A>>B", "B<A": "A>B", "B=A": "A=B", "A<B": "B>A", "A<<B": "B>>A"}


def parse_verdict(text: str, mode: Rule = "repaired") -> str | None:
    """The label that a reply gives, such as `A>>B`, or None. Linear in the reply's length; raises nothing.

    `repaired` gives one of the five verdicts, and only from double brackets that stand alone on the last line after
    any reasoning (read_brackets), or behind the words that Arena-Hard's prompt has for that verdict. `v2` gives the
    last label in double brackets, in any case, or in single ones where there is none; `v0.1` the one label in double
    brackets, None where there are two different ones. Their labels are any of the signs A, B, <, = and >, also ones
    that mean nothing (`A`, `A>=B`), from reasoning and quotations too.

    >>> parse_verdict("[[A]] is [[B<A]]", "v2"), parse_verdict("[[A]] is [[B<A]]", "v0.1")
    ('B<A', None)
    >>> parse_verdict("Both are long.\\nMy final verdict is tie: [[A=B]]")
    'A=B'
    """
    check_rule(mode)
    if mode != "repaired":
        return RELEASED[f"arena-{mode}"](text).label
    try:
        return read_brackets(_SAID.sub(_brackets, text), VERDICTS).label
    except NoVerdict:
        return None


def check_rule(rule: str) -> None:
    """Raises ValueError for what is no rule: it would act as one of them."""
    if rule not in get_args(Rule):
        raise ValueError(f"unknown rule {rule!r}: it is one of {', '.join(get_args(Rule))}")


def points_of_a(label: str | None) -> tuple[float, bool] | None:
    """The points of A and whether the verdict is a strong one, `>>`. None where there is no verdict.

    The other way to write one is understood: `B<<A` is `A>>B`.

    >>> points_of_a("B<<A"), points_of_a("B=A"), points_of_a("A")
    ((1.0, True), (0.5, False), None)
    """
    if label is None:
        return None
    label = _MIRRORED.get(label, label)
    return (VERDICTS[label], ">>" in label) if label in VERDICTS else None


def _brackets(said: re.Match[str]) -> str:
    """The brackets alone, if the words before them say the same; else all of it, which is then no verdict."""
    signs = {"slightly": ">", "significantly": ">>"}
    if said["tie"]:
        meant = "A=B"
    else:
        better = said["better"].upper()
        meant = better + signs[said["by"].lower()] + ("B" if better == "A" else "A")
    label = _MIRRORED.get(said["label"], said["label"])
    return f"[[{label}]]" if label == meant else said[0]
