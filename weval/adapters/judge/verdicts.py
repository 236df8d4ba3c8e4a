"""Strict readers of a judge's reply: one verdict in the form that was asked for, or none and why. They never guess.

Every reader takes the whole reply, leaves out reasoning and end-of-turn tokens itself, and takes time linear in the
reply's length. What raises NoVerdict in all of them: an empty answer, reasoning that does not end, and two different
verdicts in the form asked for. The last also holds where what parts them may be the end of reasoning: `[[0]]`, a line
with a closing tag, `[[1]]` can be a verdict after reasoning, or a verdict before a quotation from a response that
closes the tag. So a valid reply that is cut off anywhere is never read as another verdict (of read_label, from where
the answer begins).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from weval.adapters.judge.labels import check_labels, mirrored
from weval.adapters.judge.lines import final_verdict, named_verdicts
from weval.adapters.judge.objects import leading_object, whole_number
from weval.adapters.judge.outcome import NoVerdict, Verdict, none_in, shown
from weval.adapters.judge.reasoning import Parts, parted

__all__ = ["NoVerdict", "Verdict", "read_brackets", "read_label", "read_object", "read_ranking", "read_score"]

_T = TypeVar("_T")

_COMPARISON = re.compile(r"(\w+) *([<>=]+) *(\w+)", re.ASCII)
_DECORATION = "*_`"


def read_brackets(text: str, values: Mapping[str, float]) -> Verdict:
    """The label that stands in double brackets on the last line, and nothing else with it (see lines.final_verdict).

    The label is one of `values`, in the same case; blanks may stand around it and around its signs. The other way to
    write a comparison is understood where it is no label itself: `B<A` is `A>B`, and `B=A` is `A=B`.

    >>> read_brackets("B is wordy.\\n\\n**Verdict:** [[A > B]]", {"A>B": 1, "A=B": 0.5, "B>A": 0})
    Verdict(values=(1.0,), label='A>B')
    """

    def read(inside: str) -> Verdict:
        label = _known(inside, values)
        if label is None:
            raise NoVerdict(f"{shown(inside)} is none of the verdicts {', '.join(values)}")
        return Verdict((float(values[label]),), label)

    return _last_line(text, read)


def read_ranking(text: str, n: int) -> Verdict:
    """The ranking in double brackets on the last line: `[[3 > 1 = 2]]`, best first, every number from 1 to n once.

    >>> read_ranking("[[3 > 1 = 2]]", 3)
    Verdict(values=(-2.5, -2.5, -1.0), label='3 > 1 = 2')
    """
    return _last_line(text, lambda inside: _ranking(inside, n))


def read_score(text: str, field: str, low: int, high: int) -> Verdict:
    """The integer at `field`, from `low` to `high`, of the JSON object that ends the answer, bare or in a code block.

    The block may lack its end if the object is whole; see objects.leading_object for what may stand before it.

    >>> read_score('```json\\n{"reason": "Dull.", "score": 3}\\n```', "score", 1, 10)
    Verdict(values=(3.0,), label='3')
    """

    def made(found: Mapping[str, object]) -> int:
        if field not in found:
            raise NoVerdict(f"the JSON object has no {field}")
        return whole_number(found[field], low, high)

    score = read_object(text, field, made)
    return Verdict((float(score),), str(score))


def read_object(text: str, field: str, made: Callable[[Mapping[str, object]], _T]) -> _T:
    """What `made` makes of the JSON object that ends the answer, bare or in a code block; it may raise NoVerdict.

    `field` is one of its keys: see objects.leading_object for what may stand before it, and how its numbers are given.

    >>> read_object('{"tea": "green"}', "tea", dict)
    {'tea': 'green'}
    """

    def read(part: str) -> tuple[_T, bool]:
        found = leading_object(part, field)
        return made(found.value), found.is_last

    parts = _parts(text)
    value, is_last = _or_refused(parts, lambda: read(parts.answer))
    if not is_last:
        raise NoVerdict("there is text after the JSON object")
    for part in parts.doubtful:
        if (other := _if_any(read, part)) and other[0] != value:
            raise NoVerdict(f"two different verdicts: {shown(str(other[0]))} and {shown(str(value))}")
    return value


def read_label(text: str, values: Mapping[str, float]) -> Verdict:
    """The label that the whole answer is, for judges that answer with one character. Same case; emphasis, a code span
    and a full stop around it do not count.

    Raises ConfigError for labels of which one begins with another: cut off, that would be the other.

    >>> read_label(" **7**\\n", {"7": 7, "8": 8}).values
    (7.0,)
    """
    check_labels(values)

    def read(part: str) -> Verdict:
        label = said = part.strip()
        if said not in values:
            label = said.strip(_DECORATION).removesuffix(".").removesuffix("。").strip(_DECORATION)
        if label not in values:
            raise NoVerdict(f"the answer {shown(said)} is none of {', '.join(values)}")
        return Verdict((float(values[label]),), label)

    parts = _parts(text)
    verdict = _or_refused(parts, lambda: read(parts.answer))
    return _uncontradicted(verdict, (said for part in parts.doubtful if (said := _if_any(read, part))))


def _parts(text: str) -> Parts:
    parts = parted(text)
    if not parts.answer.strip():
        raise NoVerdict("there is nothing after the reasoning" if text.strip() else "the reply is empty")
    return parts


def _last_line(text: str, read: Callable[[str], Verdict]) -> Verdict:
    parts = _parts(text)
    verdict = _or_refused(parts, lambda: read(final_verdict(parts.answer)))
    named = dict.fromkeys(inside for part in (*parts.doubtful, parts.answer) for inside in named_verdicts(part))
    return _uncontradicted(verdict, (said for inside in named if (said := _if_any(read, inside))))


def _or_refused(parts: Parts, read: Callable[[], _T]) -> _T:
    try:
        return read()
    except NoVerdict as none:
        raise none_in(parts.answer, str(none)) from None


def _if_any(read: Callable[[str], _T], text: str) -> _T | None:
    try:
        return read(text)
    except NoVerdict:
        return None


def _uncontradicted(verdict: Verdict, others: Iterable[Verdict]) -> Verdict:
    for other in others:
        if other.values != verdict.values or other.label != verdict.label:
            raise NoVerdict(f"two different verdicts: {shown(other.label)} and {shown(verdict.label)}")
    return verdict


def _known(inside: str, values: Mapping[str, float]) -> str | None:
    if inside in values:
        return inside
    found = _COMPARISON.fullmatch(inside)
    if found is None:
        return None
    return next((label for label in ("".join(found.groups()), mirrored(*found.groups())) if label in values), None)


def _ranking(inside: str, n: int) -> Verdict:
    numbers = {str(number): number for number in range(1, n + 1)}
    ranks: dict[int, float] = {}
    blocks = []
    for names in inside.split(">"):
        block: set[int] = set()
        for name in map(str.strip, names.split("=")):
            if name not in numbers:
                raise NoVerdict(f"the ranking names {shown(name)}, which is no number from 1 to {n}")
            if (number := numbers[name]) in block or number in ranks:
                raise NoVerdict(f"the ranking names response {name} twice")
            block.add(number)
        # Tied ones share the mean of the ranks that they take up together.
        ranks |= dict.fromkeys(block, len(ranks) + (len(block) + 1) / 2)
        blocks.append(" = ".join(map(str, sorted(block))))
    if missing := [str(number) for number in numbers.values() if number not in ranks]:
        raise NoVerdict(f"the ranking lacks response{'s' if len(missing) > 1 else ''} {', '.join(missing)}")
    return Verdict(tuple(-ranks[number] for number in numbers.values()), " > ".join(blocks))
