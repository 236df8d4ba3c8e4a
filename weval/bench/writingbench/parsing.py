"""What WritingBench shows its judge of a response, and what it makes of the judge's reply."""

from __future__ import annotations

from weval.adapters.judge import released_rules
from weval.adapters.judge.reasoning import parted
from weval.adapters.judge.verdicts import NoVerdict, read_score
from weval.bench.items import Mode, is_original

LOW, HIGH = 1, 10
"""The scores of WritingBench."""


def parse_reply(text: str, mode: Mode = "repaired") -> int | None:
    """The score that a judge's reply gives, 1 to 10, or None. Linear in the reply's length; raises nothing.

    `repaired` reads the integer at `score` of the JSON object that ends the answer, and nothing else (read_score).
    `original` is the check of the published script, faults included: the characters j, s, o, n, | and ` are taken off
    both ends, and the rest is JSON with a reason that is text and a score that *equals* one of 1 to 10, so that `true`
    is 1 and a block with a line break behind it has none. Where the script raises (it runs eval() on what is no JSON)
    there is no score; nothing is run here.
    Source: X-PLUG/WritingBench ae2d5176, evaluate_benchmark.py.

    >>> parse_reply('{"score": true, "reason": "Warm."}', mode="original")
    1
    >>> parse_reply('{"score": true, "reason": "Warm."}') is None
    True
    """
    if is_original(mode):
        value = released_rules.RELEASED["writingbench"](text).value
        return None if value is None else int(value)
    try:
        return int(read_score(text, "score", LOW, HIGH).values[0])
    except NoVerdict:
        return None


def judged_response(text: str, mode: Mode = "repaired") -> str | None:
    r"""What the judge sees of a response.

    `repaired` leaves out reasoning by its tags, the tokens that end a turn (reasoning.parted) and blanks before the
    text; None where the reasoning was cut off, so that there is no response. `original` is what follows the first
    closing tag with two line breaks behind it, and everything where there is none: reasoning that ends in another way
    is judged with the rest.

    >>> judged_response("<think>a</think>\nB", mode="original"), judged_response("<think>a</think>\nB")
    ('<think>a</think>\nB', 'B')
    """
    if is_original(mode):
        return released_rules.judged_response(text)
    try:
        return parted(text).answer.lstrip()
    except NoVerdict:
        return None
