"""Which words of a requirement stand in the response, and which do not."""

from __future__ import annotations

import re

from weval.adapters.views.numbers import NUMBERS

_WORD = re.compile(r"[^\W_\u3040-\u30ff\u3400-\u9fff]+(?:['’-][^\W_]+)*")
_QUOTED = re.compile(
    r"\"([^\"]{1,60})\"|“([^”]{1,60})”|«([^»]{1,60})»|「([^」]{1,60})」|『([^』]{1,60})』"
    r"|(?<!\w)['‘]((?:[^'’‘]|(?<=\w)['’](?=\w)){1,60})['’](?!\w)"  # an apostrophe within a word ends no quotation
)
_UNSPACED = re.compile("[\u3400-\u9fff\u3040-\u30ff]{2,4}")
_MOST = 7

_WORDS = """
about above after again against all also an another answer any anywhere appear are around article ask at avoid based
be because been before begin beginning being between both bring bullet but by contain containing contains content
could describe directly do does during each else end ending ends entire essay every exactly example explain
explicitly feature few final first following for format from full give has have heading her his how if in include
including incorporate integrate into it its itself keep last least leave less let letter like limit line lines list
long make markdown mention middle more most must name named names need never no not number numbered on only or other
others over own paragraph paragraphs per phrase piece place point points present provide put refer reference
references response rest say second section sections sentence sentences short should show single so some something
somewhere start starting starts story style such table talk tell text than that the their them then there these they
third this those through throughout times title to together tone total under use used uses using very well were what
when where which while who whole whose will with within without word words would write writing written you your
"""
_ABOUT_WRITING = frozenset(_WORDS.split())
"""Words that say how to write, not of what: whether they stand in the response tells nothing."""


def mentions(requirement: str, response: str) -> str:
    """What the requirement names, in two lists: found in the response (how often, above once), and absent from it.

    >>> mentions("Name the river Nile and 'two boats'.", "On rivers sail two boats.")
    'in text: two boats, river ; absent: nile'
    """
    text = _flat(response)
    present, absent = list[str](), list[str]()
    for wanted in map(_flat, named(requirement)):
        n = _times(wanted, text)
        (present if n else absent).append(wanted if n < 2 else f"{wanted} {n}")
    said = f"in text: {', '.join(present[:_MOST]) or 'none'}"
    return f"{said} ; absent: {', '.join(absent[:_MOST])}" if absent else said


def named(requirement: str) -> list[str]:
    """What a requirement names: texts in quotation marks, then words of four letters or more and capitalised ones.

    Words about writing and numbers are left out; a run of Chinese or Japanese signs is taken in pieces.

    >>> named("Include the word 'tea' and two facts about Assam.")
    ['tea', 'facts', 'Assam']
    """
    found = {text.lower(): text for text in quoted(requirement)}
    in_quotes = " ".join(found)
    for word in _WORD.findall(requirement):
        lower = word.lower()
        counts = len(word) >= 4 or (len(word) > 1 and word[0].isupper())
        if counts and not (lower in _ABOUT_WRITING or lower in NUMBERS or lower.isdigit() or lower in in_quotes):
            found.setdefault(lower, word)
    return [*found.values(), *dict.fromkeys(_UNSPACED.findall(requirement))]


def quoted(text: str) -> list[str]:
    """The texts in quotation marks, without a full stop or comma that stands within them.

    >>> quoted("Say 'it’s tea,' and don't say “coffee”.")
    ['it’s tea', 'coffee']
    """
    found = ("".join(groups).strip().strip(".,") for groups in _QUOTED.findall(text))
    return [each for each in found if each]


def stem(word: str) -> str:
    """The beginning by which forms of a word are known as the same, in lower case.

    >>> stem("Rivers"), stem("tea")
    ('rive', 'tea')
    """
    return word.lower()[: max(4, len(word) - 2)]


def _flat(text: str) -> str:
    return " ".join(text.lower().replace("’", "'").split())


def _times(wanted: str, text: str) -> int:
    """How often it stands there: a word by its stem at the start of words, anything else as it is."""
    if " " in wanted or not wanted[0].isalpha() or wanted[0] >= "\u2e80":
        return text.count(wanted)
    return len(re.findall(rf"(?<![^\W_]){re.escape(stem(wanted))}", text))
