"""S_l, S_q and what they are made of: THUDM/LongWriter 3fcfdff4, evaluation/{pred,eval_length,eval_quality}.py.

S_l says how near a text is to the length asked for, S_q is the mean of six dimensions; both from 0 to 100, higher is
better, and S-bar is the mean of the two.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

from weval.adapters.judge.outcome import shown
from weval.bench.items import Mode, is_original
from weval.bench.longbench_write.parsing import DIMENSIONS, HIGHEST, LOWEST
from weval.checks.words import count_words as words_seen
from weval.errors import DataError, OriginalError

_IDEOGRAPH = re.compile("[\u4e00-\u9fff]")
_ENGLISH_WORD = re.compile(r"\b[a-zA-Z]+\b")

BUCKETS = ("[0,500)", "[500,2000)", "[2000,4000)", "[4000,20000+]")
"""The ranges of required words that the paper tells apart. LongWrite-Ruler asks for up to 30,000."""

_STARTS = (500, 2000, 4000)


def count_words(text: str, mode: Mode = "repaired") -> int:
    """How long a text is: words of scripts with spaces, single characters of Chinese and Japanese.

    Repaired, it is what our checks count (weval.checks.words): a reader's words in any script; don't, well-known and
    GPT4 are one each, so is a Latin word or a number among Chinese characters; Markdown's marks, the numbers of lists
    and the addresses of links are none. The original counts the characters of one Unicode block and the runs of English
    letters that touch no other letter or digit: 使用Python编程 has four words there, GPT4 and café none, don't two.

    >>> count_words("使用Python编程"), count_words("使用Python编程", mode="original")
    (5, 4)
    """
    if is_original(mode):
        return len(_IDEOGRAPH.findall(text)) + len(_ENGLISH_WORD.findall(text))
    return words_seen(text)


def length_score(required: int, written: int, mode: Mode = "repaired") -> float:
    """S_l of one text, 0 to 100: 100 at the required length, 0 from four times as much and from a third of it.

    A text without words scores 0. Raises DataError for a length that cannot be; OriginalError in mode original where
    the published script divides by 0, which costs it the whole file.

    >>> length_score(1000, 500), length_score(1000, 2500)
    (50.0, 50.0)
    """
    if is_original(mode):
        return _original_length(required, written)
    if required <= 0 or written < 0:
        raise DataError(f"{written} words of {required} required: a length is above 0, and what is written not below")
    return _length(required, written) if written else 0.0


def dimension_score(value: float) -> float:
    """A score from 1 to 5, or a mean of such, as 0 to 100. What lies outside is not clamped: the original takes it.

    >>> dimension_score(4)
    75.0
    """
    return (value - 1) * 25.0


def quality(scores: Mapping[str, float]) -> float:
    """S_q of one text, 0 to 100: the mean of its six dimensions. Raises DataError where one is missing.

    >>> quality(dict.fromkeys(DIMENSIONS, 3))
    50.0
    """
    if missing := [dimension for dimension in DIMENSIONS if dimension not in scores]:
        raise DataError(f"there is no score of {missing[0]}")
    return fmean(dimension_score(scores[dimension]) for dimension in DIMENSIONS)


def quality_scores(items: Sequence[Any], mode: Mode = "repaired") -> dict[str, float | None]:
    """S_q of many texts by dimension, and the mean of the six as `total`; 0 to 100.

    An item is what parse_quality gave for it. None is missing and leaves the mean: how many are, tells who counts them.
    Without any other item the values are None. Raises DataError for an item that lacks a dimension, and for a score
    that is no number from 1 to 5. In mode original, raises OriginalError where the published script stops: for a value
    that is no number, for an item that is no object, and where no item is left.

    >>> quality_scores([dict.fromkeys(DIMENSIONS, 5), None])["total"]
    100.0
    """
    kept = [item for item in items if item is not None]
    if is_original(mode):
        return _original_quality(kept)
    if not kept:
        return dict.fromkeys((*DIMENSIONS, "total"))
    for item in kept:
        _check(item)
    means = {dimension: dimension_score(fmean(item[dimension] for item in kept)) for dimension in DIMENSIONS}
    return {**means, "total": fmean(means.values())}


def bucket(required: int) -> str:
    """Which of BUCKETS a required length is in.

    >>> bucket(500)
    '[500,2000)'
    """
    return BUCKETS[sum(required >= start for start in _STARTS)]


def _check(item: object) -> None:
    if not isinstance(item, Mapping):
        raise DataError(f"a verdict is no object of scores by dimension: {shown(str(item))}")
    for dimension in DIMENSIONS:
        score = item.get(dimension)
        if isinstance(score, bool) or not isinstance(score, int | float) or not LOWEST <= score <= HIGHEST:
            raise DataError(f"{dimension}: {shown(str(score))} is no number from {LOWEST} to {HIGHEST}")


def _length(required: int, written: int) -> float:
    if written > required:
        return float(100 * max(0, 1 - (written / required - 1) / 3))
    return float(100 * max(0, 1 - (required / written - 1) / 2))


def _original_length(required: int, written: int) -> float:
    try:
        return _length(required, written)
    except ZeroDivisionError:
        raise OriginalError(f"eval_length.py divides by 0 for {written} words of {required} required") from None


def _original_quality(kept: Sequence[Any]) -> dict[str, float | None]:
    scores: dict[str, float | None] = {}
    means = []
    try:
        for dimension in DIMENSIONS:
            values = [float(item[dimension]) if dimension in item else 3 for item in kept]
            means.append((sum(values) / len(values) - 1) * 25)
            scores[dimension] = means[-1]
    except (TypeError, ValueError, ArithmeticError) as error:
        raise OriginalError(f"eval_quality.py stops at its summary: {error}") from None
    scores["total"] = sum(means) / len(means)
    return scores
