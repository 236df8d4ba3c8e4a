"""What the reading of a judge's reply comes to: a verdict, or none and why. Never a number that was not given."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from weval.errors import visible

MAX_SHOWN = 40
"""Of what stands where a verdict should, a reason repeats so many characters."""

_OPENING = 300
"""A refusal shows within so many characters."""

_APOSTROPHES = str.maketrans(dict.fromkeys("\u2019\u2018\u02bc\u00b4`\uff07", "'"))

_CANNOT = r"(?:can(?:not|'t| not)|won't|will not|(?:am|'m) (?:unable|not able) to)"
_SERVE = (
    "(?:help|assist|comply|fulfil|provide|evaluate|judge|rate|rank|score|assess|compare|review|continue|engage|"
    "participate|process|respond|answer|discuss|support|do (?:that|this))"
)
_REFUSAL = re.compile(
    r"(?:(?:(?:i'm|i am) )?(?:very |so |really )?sorry|(?:my )?apologies|i apologi[sz]e|unfortunately)[,.]? "
    rf"(?:but )?i ?{_CANNOT}"
    rf"|(?:as an ai[ \w]{{0,30}}, )?i ?{_CANNOT} {_SERVE}\b"
    r"|i (?:must|have to) (?:respectfully )?(?:decline|refuse)\b"
    r"|(?:非常|很|十分)?(?:抱歉|对不起|對不起|不好意思)[,，。!！ ]{0,3}(?:但)?我(?:无法|無法|不能|没有办法|没法)"
    r"|(?:作为|作為)(?:一个|一個|一名)? ?(?:ai|人工智能)[^,，。]{0,20}[,，]我(?:无法|無法|不能)"
    r"|我(?:无法|無法|不能)(?:为您|为你)?(?:提供|协助|協助|帮助|幫助|回答|满足|完成|处理|參與|参与|评估|評估|评判|继续)"
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """One reading of one reply.

    `values` holds one number; for a ranking one per response in the order shown: minus its rank, mid-ranks for ties,
    so that higher is better everywhere. `label` is the verdict as it was asked for: `A>B`, `7`, `3 > 1 = 2`.
    """

    values: tuple[float, ...]
    label: str


class NoVerdict(Exception):
    """A reply that gives none. Its text says why in one line; `status` is what becomes of the request.

    The parsers know `unparsed` and `refused` only; `truncated` and `failed` are for replies that are not read at all.
    """

    def __init__(self, reason: str, status: Literal["unparsed", "refused", "truncated", "failed"] = "unparsed") -> None:
        super().__init__(visible(reason))
        self.status = status


def none_in(answer: str, reason: str) -> NoVerdict:
    """Why an answer that was read gives no verdict; if it begins as a refusal, then that is why.

    The list of beginnings is short on purpose: what it misses is `unparsed`, which is missing all the same.

    >>> none_in("I\u2019m sorry, but I can\u2019t help with that.", "there is no verdict").status
    'refused'
    """
    opening = " ".join(answer[:_OPENING].translate(_APOSTROPHES).casefold().lstrip("*_# \r\n\t").split())
    if _REFUSAL.match(opening):
        return NoVerdict(f"the judge refused: {shown(answer.strip())}", "refused")
    return NoVerdict(reason)


def shown(text: str) -> str:
    """The text in quotes, as far as a reason repeats it.

    >>> shown("7 of 10, " * 10)
    "'7 of 10, 7 of 10, 7 of 10, 7 of 10, 7 of…'"
    """
    return repr(text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}…")
