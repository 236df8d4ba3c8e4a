"""Numbers that are written in words, as digits: English, Spanish, French, and Chinese before a measure word."""

from __future__ import annotations

import re

_SMALL = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
]  # fmt: skip
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_OTHER = {
    "dos": 2, "tres": 3, "cuatro": 4, "cinco": 5, "seis": 6, "siete": 7, "ocho": 8, "nueve": 9, "diez": 10,
    "doce": 12, "quince": 15, "veinte": 20, "treinta": 30, "cien": 100,
    "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "sept": 7, "huit": 8, "neuf": 9, "dix": 10, "onze": 11,
    "douze": 12, "quinze": 15, "vingt": 20, "trente": 30,
    "single": 1, "dozen": 12,
}  # fmt: skip
_VALUES = {name: value for value, name in enumerate(_SMALL)} | {
    name: 10 * value for value, name in enumerate(_TENS, start=2)
} | _OTHER  # fmt: skip
_WORD = "|".join(sorted(_VALUES, key=len, reverse=True))
_TENS_ONES = rf"(?:{'|'.join(_TENS)})[- ](?:{'|'.join(_SMALL[1:10])})"
_PART = rf"(?:{_TENS_ONES}|{_WORD})"
# "two hundred and fifty", but "between one hundred and two hundred" are two, and so is "a hundred five-word lines".
_MORE = rf"(?: (?:and )?(?:{_TENS_ONES}|{'|'.join([*_TENS, *_SMALL[:0:-1]])})\b(?!-|[ -](?:hundred|thousand)\b))"
_HUNDRED = rf"(?:{_PART}|a)[ -]hundred\b{_MORE}?"
_THOUSAND = rf"(?:{_PART}|a)[ -]thousand\b(?: (?:and )?(?:{'|'.join(_SMALL[1:10])}) hundred\b{_MORE}?|{_MORE})?"
_NUMBER = re.compile(rf"\b(?:{_THOUSAND}|{_HUNDRED}|{_PART})\b")
_GROUPED = re.compile(r"(?<![\d.,])\d{1,3}(?:,\d{3})+(?![\d,])")
_HAN_DIGITS = {name: value for value, name in enumerate("零一二三四五六七八九")} | {"两": 2}
_HAN_SCALES = {"十": 10, "百": 100, "千": 1000}
_HAN_SIGNS = "[零一二三四五六七八九两十百千]"
_HAN = re.compile(f"(?<!{_HAN_SIGNS}){_HAN_SIGNS}++(?=个?[字词句段节行条点项处次篇章问])")  # each sign is read once


def with_digits(text: str) -> str:
    """The text, in lower case, with digits for numbers in words, and no commas within numbers.

    >>> with_digits("twenty-five words, 1,200 letters, two hundred lines, 三百二十个字")
    '25 words, 1200 letters, 200 lines, 320个字'
    """
    text = _GROUPED.sub(lambda found: found[0].replace(",", ""), text)
    return _HAN.sub(_han, _NUMBER.sub(_worded, text))


def _worded(found: re.Match[str]) -> str:
    total = part = 0
    for word in re.split("[ -]", found[0]):
        if word == "thousand":
            total, part = part * 1000, 0
        elif word == "hundred":
            part *= 100
        elif word != "and":
            part += 1 if word == "a" else _VALUES[word]
    return str(total + part)


def _han(found: re.Match[str]) -> str:
    total = digit = 0
    for sign in found[0]:
        if sign in _HAN_SCALES:
            total, digit = total + (digit or 1) * _HAN_SCALES[sign], 0
        else:
            digit = _HAN_DIGITS[sign]
    return str(total + digit)
