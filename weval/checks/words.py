"""Words, characters and sentences.

No word segmenter is used: the unit of Chinese length limits is the character (字数), not the word, and a segmenter
would give a number that no writer and no word processor shows. Thai, Lao, Khmer and Burmese, written without spaces,
are counted by spaces and hence far too low.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from weval.checks.blocks import blocks, read_lines
from weval.checks.marks import compose, is_title, item_text, plain

# Han, kana (without the middle dot) and the iteration mark: written without spaces, counted one by one.
_CHARACTER = (
    "\u3005\u3007\u3040-\u30fa\u30fc-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9d\U00020000-\U0003ffff"
)
# Em dash and bar, and the punctuation of Chinese and Japanese, which is written without spaces.
_BETWEEN = "—―⸺⸻\u3001-\u3003\u3008-\u3020\u30fb，．：；！？（）［］｛｝｜、。｡､·•“”"
_TOKEN = re.compile(rf"[{_CHARACTER}]|[^\s{_CHARACTER}{_BETWEEN}]+")
_LETTER_OR_DIGIT = re.compile(r"[^\W_]")
_TITLE_AT_END = re.compile(r"(?:^|[\s(])(?:M|MM|Mme|Mlle|Mr|Mrs|Ms|Dr|Dra|Prof|Sr|Sra|Srta)\.\s*$")
_MISSED_END = re.compile(r"(?:[.!?…][)\]]|…)\s+(?=[^\W\d_a-z]|[¿¡«“\"])")
_WINDOW = 2000


def words_in(text: str) -> int:
    """Words of one text without marks: tokens between spaces and em dashes that hold a letter or a digit.

    >>> words_in("Don't re-read p. 3 — it's 2.5 km."), words_in("我有3个apple。")
    (7, 5)
    """
    return sum(1 for token in _TOKEN.findall(text) if _LETTER_OR_DIGIT.search(token))


@lru_cache(maxsize=8)
def count_words(response: str) -> int:
    """Words as a word processor counts them, over everything a reader sees.

    A word is a run without spaces that holds a letter or a digit; hyphens, apostrophes, slashes and decimal points do
    not end it, an em dash does. Each Han or kana character is a word of its own; a run of letters or digits among them
    is one; Hangul goes by spaces. Headings, table cells and code count. Markdown's marks do not, nor does the number of
    a list item at the start of its line; a link counts by its text, not its address.
    """
    return sum(words_in(text) for text in _visible(response))


def count_characters(response: str, language: str | None) -> int:
    """Characters a reader sees: punctuation and single spaces count, line breaks and Markdown's marks do not.

    In Chinese and Japanese spaces do not count. Accented letters are one character however they are encoded.
    """
    texts = (compose(" ".join(text.split())) for text in _visible(response))
    spaceless = base_language(language, response) in ("zh", "ja")
    return sum(len(text.replace(" ", "")) if spaceless else len(text) for text in texts)


def base_language(language: str | None, response: str) -> str:
    """The language code without region; where it is unknown, told by the script: kana, mostly Han, or else English."""
    if language:
        return re.split("[-_]", language.lower())[0]
    sample = response[:2000]
    if 10 * len(re.findall("[\u3040-\u30ff]", sample)) > len(sample):
        return "ja"
    return "zh" if 3 * len(re.findall("[\u4e00-\u9fff]", sample)) > len(sample) else "en"


@lru_cache(maxsize=64)
def sentences(response: str, language: str) -> tuple[str, ...]:
    """The sentences of the running text; see count_sentences."""
    found: list[str] = []
    for block in blocks(response):
        if block[0].kind == "text":
            for unit in _units(line.text for line in block):
                found.extend(_split(unit, language))
    return tuple(found)


def count_sentences(response: str, language: str | None) -> int:
    """Sentences of paragraphs and list items.

    A line break ends a sentence unless the next line goes on in lower case or the line ends with a comma; a list item
    never runs into the next. A line without a full stop is a sentence too (an item, a line of a song), but headings,
    tables, code, separators and lines wholly in bold are not. A quotation within a sentence does not end it in scripts
    with capitals; in Chinese “……。” does.
    """
    return len(sentences(response, base_language(language, response)))


def longest_sentence(response: str, language: str | None) -> int:
    """Words of the longest sentence, sentences and words being those of sentence_count and word_count."""
    return max(map(words_in, sentences(response, base_language(language, response))), default=0)


@lru_cache(maxsize=8)
def _visible(response: str) -> tuple[str, ...]:
    """What a reader sees of each line."""
    seen = []
    for line in read_lines(response):
        if line.kind == "code":
            seen.append(line.text)
        elif line.kind == "table":
            seen.append(plain(line.text.replace("|", " ")))
        elif line.kind in ("heading", "text"):
            seen.append(plain(item_text(line.text)))
    return tuple(seen)


def _units(lines: Iterable[str]) -> Iterator[str]:
    """A block's lines, joined where a sentence goes on over the line break."""
    unit = ""
    for line in lines:
        if is_title(line):
            text, goes_on = "", False
        else:
            own = item_text(line)
            text = plain(own).strip()
            goes_on = own == line and bool(unit) and (unit[-1] in ",，、" or text[:1].islower())
        if goes_on:
            unit += " " + text
        else:
            yield unit
            unit = text
    yield unit


def _split(unit: str, language: str) -> Iterator[str]:
    """The sentences of one unit. Pieces without a letter or digit (an emoji, a stray mark) are none."""
    waiting: list[str] = []
    for piece in _pieces(unit, language):
        waiting.append(piece)
        # "1. First" and "M. Dupont" are cut after the number and the title: put together again.
        if any(c.isalpha() for c in piece) and not _TITLE_AT_END.search(piece[-12:]):
            yield "".join(waiting)
            waiting = []
    rest = "".join(waiting)
    if _LETTER_OR_DIGIT.search(rest):
        yield rest


def _pieces(unit: str, language: str) -> Iterator[str]:
    """sentencex in windows, since it takes quadratic time on some unusual texts (1.0.32 and before).

    The last piece of a window may be cut short: the next window begins with it, or, if it is long, is joined to it.
    """
    from sentencex import segment

    start, held = 0, ""
    while start < len(unit):
        window = unit[start : start + _WINDOW]
        *pieces, last = segment(language, window) or [window]
        is_end = start + _WINDOW >= len(unit)
        start += len(window) if is_end or len(last) > _WINDOW // 2 else len(window) - len(last)
        if is_end:
            pieces.append(last)
        for piece in pieces:
            yield from _mend(held + piece)
            held = ""
        if not is_end and len(last) > _WINDOW // 2:
            held += last
    if held:
        yield from _mend(held)


def _mend(piece: str) -> Iterator[str]:
    """Ends that sentencex does not see: "(It was late.) Fine." and "Yes… Then"."""
    start = 0
    for match in _MISSED_END.finditer(piece):
        yield piece[start : match.end()]
        start = match.end()
    yield piece[start:]
