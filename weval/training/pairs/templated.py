"""Pairs by construction: a requirement made by a template, true of one real text and false of another, or one that is
true and one that is false of the same text.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random

from weval.adapters.views import measured, stem
from weval.training.pairs.amounts import amount
from weval.training.pairs.editing import edited
from weval.training.pairs.records import TextPair, asked
from weval.training.pairs.wordings import AMOUNTS, AVOID, BEGIN, END, FORMS, MENTION, MENTION_BOTH
from weval.types import Item

_LONGEST = 4500
"""Characters of a text; longer ones are not used."""

_SAME_TEXT = 0.45
"""The share of pairs on one text and two requirements."""

_COMMON = 0.08
"""The share of texts above which a word is too common to be asked for."""

_FEW = 10
"""So many texts are never too many."""

_COUNTED = ("longest sentence", *AMOUNTS)
_COUNTED_WEIGHTS = (1.5, 4, 2, 2, 1, 1, 1, 1, 1, 1)
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_PHRASE = re.compile(r"\w{4,}(?: [\w'-]+)? \w{4,}")
_ENDS_WITH_QUESTION = re.compile(r"[?？][\s*_\"”]*\Z")


@dataclass(frozen=True, slots=True)
class _Text:
    """A text, whole or edited, of an item; what is counted in it and said of it."""

    item: Item
    text: str

    def count(self, name: str) -> int:
        return measured(self.text, self.item.language).counts[name]

    def has(self, form: str) -> bool:
        found = measured(self.text, self.item.language)
        if form == "question at the end":
            return bool(_ENDS_WITH_QUESTION.search(self.text))
        return found.counts[form] > 0 if form in found.counts else form in found.traits

    def asked(self, requirement: str) -> _Side:
        return self, requirement


_Side = tuple[_Text, str]
_Pair = tuple[_Side, _Side, str]


def templated(items: Sequence[Item], seed: int) -> Iterator[TextPair]:
    """Pairs without end, of amounts, forms, words named or forbidden, and first and last words; none without texts."""
    draw, words = Random(f"{seed} templated"), _Words(items)
    responses = [(item, c.response) for item in items for c in item.candidates if 0 < len(c.response) < _LONGEST]

    def text() -> _Text:
        item, response = draw.choice(responses)
        return _Text(item, edited(draw, response))

    def on_amounts() -> _Pair | None:
        return _on_amounts(draw, text(), text())

    def on_forms() -> _Pair | None:
        return _on_forms(draw, text(), text())

    def on_words() -> _Pair | None:
        return _on_words(draw, words, text(), text())

    def on_edges() -> _Pair | None:
        return _on_edges(draw, text(), text())

    makers: dict[Callable[[], _Pair | None], int] = {on_amounts: 8, on_forms: 3, on_words: 4, on_edges: 1}
    while responses:
        found = draw.choices([*makers], [*makers.values()])[0]()
        if found and found[0][0].text.strip() and found[1][0].text.strip():
            (chosen, true), (rejected, false), why = found
            yield TextPair(asked(chosen.item, chosen.text, true), asked(rejected.item, rejected.text, false), why)


def _on_amounts(draw: Random, first: _Text, second: _Text) -> _Pair | None:
    name = draw.choices(_COUNTED, _COUNTED_WEIGHTS)[0]
    n = first.count(name)
    true = amount(draw, name, n, true=True) if n else None
    if true is None:
        return None
    if draw.random() >= _SAME_TEXT:
        if true.holds(second.count(name)):
            return None
        return first.asked(true.text), second.asked(true.text), "amount"
    other = name if draw.random() < 0.6 else draw.choices(_COUNTED, _COUNTED_WEIGHTS)[0]
    false = amount(draw, other, first.count(other) or draw.randint(3, 8), true=False)
    if false is None or false.holds(first.count(other)):
        return None
    return first.asked(true.text), first.asked(false.text), "amount"


def _on_forms(draw: Random, first: _Text, second: _Text) -> _Pair | None:
    form = draw.choice([*FORMS])
    has = first.has(form)
    true = draw.choice(FORMS[form][0 if has else 1])
    if draw.random() < _SAME_TEXT:
        other = draw.choice([*FORMS])
        return first.asked(true), first.asked(draw.choice(FORMS[other][1 if first.has(other) else 0])), "form"
    return (first.asked(true), second.asked(true), "form") if second.has(form) != has else None


def _on_words(draw: Random, words: _Words, first: _Text, second: _Text) -> _Pair | None:
    ours, theirs = words.only_in(draw, first.text, second.text), words.only_in(draw, second.text, first.text)
    if len(ours) < 3 or len(theirs) < 3:
        return None
    kind = draw.random()
    if kind < 0.5:
        template = draw.choice(MENTION)
        if draw.random() < 0.3:
            ours, theirs = _phrases(draw, first.text, second.text) or (ours, theirs)
        true, false, why = template.format(ours[0]), template.format(theirs[0]), "mention"
    elif kind < 0.7:
        template = draw.choice(MENTION_BOTH)
        absent = theirs[:2] if draw.random() < 0.5 else [ours[2], theirs[0]]
        true, false, why = template.format(*ours[:2]), template.format(*absent), "mention"
    else:
        template = draw.choice(AVOID)
        true, false, why = template.format(*theirs[:2]), template.format(*ours[:2]), "avoid"
    return _either(draw, first, second, true, false, why)


def _phrases(draw: Random, first: str, second: str) -> tuple[list[str], list[str]] | None:
    """Two or three words that follow one another in the one text, and such of the other text."""
    ours, theirs = ([found[0] for found in _PHRASE.finditer(text)] for text in (first, second))
    if not ours or not theirs:
        return None
    mine, others = draw.choice(ours), draw.choice(theirs)
    return None if mine.lower() in second.lower() or others.lower() in first.lower() else ([mine], [others])


def _on_edges(draw: Random, first: _Text, second: _Text) -> _Pair | None:
    n, at_start = draw.randint(1, 4), draw.random() < 0.5
    ours, theirs = (text.text.split()[:n] if at_start else text.text.split()[-n:] for text in (first, second))
    template = draw.choice(BEGIN if at_start else END)
    true, false = template.format(" ".join(ours)), template.format(" ".join(theirs))
    return _either(draw, first, second, true, false, "edge") if true != false else None


def _either(draw: Random, first: _Text, second: _Text, true: str, false: str, why: str) -> _Pair:
    """One text and two requirements, or (what is true of the first being false of the second) two texts and one."""
    if draw.random() < _SAME_TEXT:
        return first.asked(true), first.asked(false), why
    return first.asked(true), second.asked(true), why


class _Words:
    """Words that are worth asking for: in some of the texts, in few."""

    def __init__(self, items: Sequence[Item]) -> None:
        texts = [candidate.response for item in items for candidate in item.candidates]
        counts = Counter(word for text in texts for word in {word.lower() for word in _WORD.findall(text)})
        most = max(_FEW, _COMMON * len(texts))
        self._known = {word for word, n in counts.items() if 1 < n <= most and len(word) >= 4 and word.isascii()}

    def only_in(self, draw: Random, text: str, other: str) -> list[str]:
        """Up to three of the text's words that are in no form in the other."""
        lower = other.lower()
        found = {w for w in _WORD.findall(text) if w.lower() in self._known and stem(w) not in lower}
        return draw.sample(sorted(found), min(3, len(found)))
