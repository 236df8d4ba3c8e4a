"""A judge's answer about one point of a checklist, in our own form or as the published prompt asks for it."""

from __future__ import annotations

from collections.abc import Sequence

from weval.adapters.judge.outcome import NoVerdict
from weval.adapters.judge.reasoning import parted
from weval.adapters.judge.verdicts import read_brackets
from weval.bench.finder.parsing import judged_original, parse_answer, read_answer

ANSWERS = {"Yes": 1, "No": 0}
"""What our own form ends with, in double brackets, and what it is worth."""


def read_met(text: str) -> bool:
    """Whether a reply says that a point is met: by [[Yes]] or [[No]] on its last line, else as read_answer has it.

    A reply in which double brackets stand is in our own form or in none. It may explain itself first, but not begin
    with the other answer. Raises NoVerdict, which says why it does not say. Linear in the reply's length.

    >>> read_met("Section 2 names all four.\\n[[Yes]]"), read_met("No. It is not there.")
    (True, False)
    """
    answer = parted(text).answer
    if "[[" not in answer:
        return read_answer(text)
    said = bool(read_brackets(text, ANSWERS).values[0])
    first = next(line for line in answer.splitlines() if line.strip())
    if parse_answer(first) not in (None, said):
        raise NoVerdict("the answer says both Yes and No")
    return said


def met_original(replies: Sequence[str | None]) -> tuple[bool, int]:
    """What the published script takes a point for, and how often it asks; see judged_original.

    Its prompt asks for the word alone: of a reply in our own form it gets the word in the brackets.

    >>> met_original(["There is nothing on it.\\n[[Yes]]"]), met_original(["Yes. There is a note on it."])
    ((True, 1), (False, 1))
    """
    return judged_original([None if text is None else _as_published(text) for text in replies])


def _as_published(text: str) -> str:
    try:
        return read_brackets(text, ANSWERS).label if "[[" in text else text
    except NoVerdict:
        return text
