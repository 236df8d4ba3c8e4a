"""A judge's Yes or No: OPPO-PersonalAI/FINDER_DEFT bdabeb9d, checklist_eval/llm_judge.py, or mended.

The original looks for "yes" or "true" anywhere, and for "no" or "false", with which it is No: `Yes. The article notes.`
is No there, `untrue` is Yes, and what it cannot read is No. Here the answer is a word, or there is none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from weval.adapters.judge.outcome import NoVerdict, none_in, shown
from weval.adapters.judge.reasoning import parted
from weval.bench.items import Mode, is_original

_TRIES = 5
_LAST_LINES = 5
_WORDS = {"yes": True, "no": False, "是": True, "是的": True, "否": False}
_MARKS = r"[\s*_`#\"'“”‘’「」\[\]()]*+"
_LABEL = r"(?:(?:the|my|final) ){0,2}(?:answer|verdict)(?: is)?|(?:最终)?(?:答案|结论)(?:是|为)?"
_OPENING = re.compile(
    rf"{_MARKS}(?:(?:{_LABEL})[\s*_:：]++)?{_MARKS}(?P<word>yes|no|是的?|否)"
    r"(?P<after>\s*(?:[^\w\s]|_++(?!\w)).*|\s*)",
    re.IGNORECASE,
)
"""How a line begins that answers: with the word, before which `Answer:` may stand, and then a sign or nothing."""

_HEDGE = re.compile(
    r"[\W_]*+(?:but|however|although|though|except|only|partially|partly|mostly|not fully|not entirely"
    r"|但|不过|然而|部分|只是)(?![a-z])",
    re.IGNORECASE,
)
_LAST_WORD = re.compile(r"\w+\Z")
_LONGEST_WORD = max(map(len, _WORDS))


def parse_answer(text: str | None, mode: Mode = "repaired", reasoning: str | None = None) -> bool | None:
    """Whether a reply says that a requirement is met: True, False, or None where it does not say; see read_answer.

    In mode original what the published script takes it for, which is never None: an empty or unclear reply is No. It
    alone looks at `reasoning`, if there is no text: at its last five lines.

    >>> parse_answer("Yes. The article notes all points."), parse_answer("untrue")
    (True, None)
    >>> parse_answer("Yes. The article notes all points.", mode="original"), parse_answer("untrue", mode="original")
    (False, True)
    """
    if is_original(mode):
        return _original(text, reasoning)
    try:
        return read_answer(text or "")
    except NoVerdict:
        return None


def read_answer(text: str) -> bool:
    """Whether a reply says that a requirement is met. Raises NoVerdict, which says why it does not say.

    Outside reasoning the first line begins with the word Yes or No (是, 是的 or 否), before which marks and `Answer:`
    may stand; after it comes a sign or the end of the line, so that `No doubt it does` is no answer. What follows may
    explain it, but not take it back: no hedge right after it (`Yes, but not fully`), no line that begins with the other
    word in the same way, and not the other word as the very last. Nor must reasoning that nothing opened hold another
    answer. Linear in the reply's length.
    """
    parts = parted(text)
    lines = [line for line in parts.answer.splitlines() if line.strip()]
    if not lines:
        raise NoVerdict("there is nothing after the reasoning" if text.strip() else "the reply is empty")
    opening = _OPENING.fullmatch(lines[0])
    if opening is None:
        raise none_in(parts.answer, f"the answer does not begin with Yes or No: {shown(lines[0].strip())}")
    if _HEDGE.match(opening["after"]):
        raise NoVerdict(f"the answer is hedged: {shown(lines[0].strip())}")
    said = _WORDS[opening["word"].casefold()]
    others = (line for part in parts.doubtful for line in part.splitlines())
    for line in (*lines[1:], *others):
        if (later := _OPENING.fullmatch(line)) and _WORDS[later["word"].casefold()] != said:
            raise NoVerdict("the answer says both Yes and No")
    if _WORDS.get(_last_word(parts.answer), said) != said:
        raise NoVerdict("the answer says both Yes and No")
    return said


def judged_original(replies: Sequence[str | None]) -> tuple[bool, int]:
    """What the published script takes an item for, and how often it asks. None is a call that failed; the last repeats.

    It asks again for a failed call only, up to five times in all, and then takes the item for one that is not met.

    >>> judged_original([None, None, "Yes"]), judged_original([None])
    ((True, 3), (False, 5))
    """
    for attempt in range(_TRIES):
        reply = replies[min(attempt, len(replies) - 1)]
        if reply is not None:
            return _original(reply, None), attempt + 1
    return False, _TRIES


def _original(text: str | None, reasoning: str | None) -> bool:
    if not text and reasoning:
        text = "\n".join(reasoning.strip().split("\n")[-_LAST_LINES:])
    said = (text or "").lower()
    is_yes, is_no = ("yes" in said or "true" in said), ("no" in said or "false" in said)
    return is_yes and not is_no


def _last_word(answer: str) -> str:
    """The last word in lower case, signs after it left out; nothing where it is longer than an answer can be."""
    end = len(answer)
    while end and not answer[end - 1].isalnum():
        end -= 1
    word = _LAST_WORD.search(answer, max(0, end - _LONGEST_WORD - 1), end)
    return word[0].casefold() if word else ""
