"""Bullets and numbered items."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from weval.checks.blocks import Line, blocks, read_lines
from weval.checks.marks import BULLET, NUMBER, WORD, number_at_start

_DEEPEST = 10  # nested lists deeper than this are noise; without a bound, many lists would take quadratic time


def count_bullets(response: str) -> int:
    """Lines that begin with a bullet (- * + – with a space after it, • ◦ ▪ ✓ and the like with or without).

    Nested ones count. A line that begins with "•" counts each further "•" in it as well. Rules, table rows, code and
    bullets with nothing behind them do not count, nor do em dashes (dialogue).
    """
    total = 0
    for line in read_lines(response):
        match = BULLET.match(line.text) if line.kind in ("text", "heading") else None
        if match and WORD.search(line.text, match.end()):
            total += 1
            if "•" in match[0]:
                total += line.text.count("•", match.end())
    return total


def _value(match: re.Match[str]) -> int:
    if match["circled"]:
        return ord(match["circled"]) - 0x2460 + 1
    if match["keycap"]:
        return int(match["k"] or 10)
    return int(match["a"] or match["b"])


@lru_cache(maxsize=64)
def count_numbered(response: str) -> int:
    """Items numbered in sequence from 1: "1." "1)" "(1)" "1、" "１．" ① 1️⃣, also in bold or in a heading.

    At the start of a line an item counts if its number is 1 or goes on from an item before it (lists may nest and start
    anew). Within a line ("… 1. … 2. … 3. …") at least 1 and 2 must follow one another in one paragraph, and the first
    must open the paragraph or follow punctuation, so years, decimals, versions and "in 1999. 2." do not count.
    Letters, Roman and Chinese numerals and "Step 1" do not count.
    """
    groups = [block for block in blocks(response) if block[0].kind != "table"]
    by_line = [_numbers_at_line_starts(block) for block in groups]
    kept = _in_sequence(by_line)
    total, after = 0, 1
    for block, numbers in zip(reversed(groups), reversed(kept), strict=True):
        # A paragraph with one item, followed by a paragraph with the next: what stands inline is no list.
        inline = _inline_numbers("\n".join(line.text for line in block)) if len(numbers) < 2 and after < 2 else 0
        total += max(len(numbers), inline)
        after = numbers[0] if numbers else after
    return total


def _numbers_at_line_starts(block: Sequence[Line]) -> list[int]:
    found = (number_at_start(line.text) for line in block)
    return [_value(match) for match in found if match]


def _in_sequence(groups: list[list[int]]) -> list[list[int]]:
    """The numbers that are 1 or go on from an open list; a nested list closes when an outer one goes on."""
    open_lists: list[int] = []
    kept: list[list[int]] = []
    for numbers in groups:
        own = []
        for number in numbers:
            if number - 1 in open_lists:
                while open_lists[-1] != number - 1:
                    open_lists.pop()
                open_lists[-1] = number
            elif number == 1:
                open_lists = [*open_lists[-_DEEPEST:], 1]
            else:
                continue
            own.append(number)
        kept.append(own)
    return kept


def _inline_numbers(text: str) -> int:
    expected = 1
    for match in NUMBER.finditer(text):
        before = text[max(0, match.start() - 4) : match.start()]
        if _value(match) != expected or before[-1:].isalnum() or before[-1:] in (".", ","):
            continue
        if expected == 1 and not (match["paren"] or _opens_list(before)):
            continue
        expected += 1
    return expected - 1 if expected > 2 else 0


def _opens_list(before: str) -> bool:
    tail = before.rstrip(" \t*_(（")
    return not tail or tail[-1] in ":;,.!?-–—\n：；，。！？、"
