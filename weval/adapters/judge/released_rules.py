r"""How published evaluations read their judges' replies, rule by rule as their code does, faults included.

For reproduction only: these rules take verdicts from quotations, from reasoning and from numbers out of range. The one
thing they do not take over is a number for a reply in which nothing matched. Three of them count 0 there or drop the
row; here it has no value, stays missing, and is counted as 0 in the released figures by `released_failures: zero`.
The code is our own. Facts about the originals, by repository, commit and file:

- weval-binary: Rainier-rq1/From_Coarse_to_Fine 9e31c7cb, WEval/llm_judge.py. First `[[digits]]`, any integer; none: 0.
- weval-critic: the same, WEval/WritingBench-Critic.py. First `"score": digits`, cut at a point, any integer; none: 0.
- writingbench: X-PLUG/WritingBench ae2d5176, evaluate_benchmark.py. JSON with a score that equals one of 1 to 10 (so
  true is 1) and a reason that is text; none: asked again, up to 15 times. It also runs eval() on what is no JSON;
  none of its recorded replies came to a score that way, and here nothing is run.
- arena-v2: lmarena/arena-hard-auto 196f6b82, gen_judgment.py. The last label in double brackets, in any case; in
  single ones if there is none. A label it does not know stops its leaderboard.
- arena-v0.1: the same, 8fd0c830. The one label in double brackets; two different ones: the game is dropped.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

_REASONING_END = "</think>\n"
_RESPONSE_REASONING_END = "</think>\n\n"
_BINARY = re.compile(r"\[\[(\d+)\]\]")
_CRITIC = re.compile(r'"score"\s*:\s*(\d+)')
_ARENA = (re.compile(r"\[\[([AB<>=]+)\]\]"), re.compile(r"\[([AB<>=]+)\]"))
_SCORES = range(1, 11)

_ARENA_V01_POINTS = {"A>>B": 1.0, "A>B": 1.0, "A=B": 0.5, "B>A": 0.0, "B>>A": 0.0}
_ARENA_V2_POINTS = _ARENA_V01_POINTS | {"B=A": 0.5, "A<B": 0.0, "A<<B": 0.0, "B<A": 1.0, "B<<A": 1.0}


@dataclass(frozen=True, slots=True)
class Released:
    """What a published rule makes of a reply. `label` is what it matched, None where nothing did.

    `value` is what it counts: an integer for the rules with scores, for the arenas the points of A (1, 0.5 or 0; the
    originals count a `>>` three times). None where nothing matched, where a label is not one that it knows, and for an
    integer too large for a float.
    """

    value: float | None
    label: str | None


def judged_response(text: str) -> str:
    """The part of a response that WritingBench shows its judge: what follows the first closing tag and two line breaks.

    >>> judged_response("<think>a</think>\\n\\nB")
    'B'
    """
    before, end, after = text.partition(_RESPONSE_REASONING_END)
    return after if end else before


def _weval_binary(reply: str) -> Released:
    return _integer(_BINARY.search(_after_reasoning(reply)))


def _weval_critic(reply: str) -> Released:
    return _integer(_CRITIC.search(_after_reasoning(reply)))


def _writingbench(reply: str) -> Released:
    try:
        said = json.loads(reply.strip("json|`"))
    except (ValueError, RecursionError):
        return Released(None, None)
    if not isinstance(said, dict) or "score" not in said or not isinstance(said.get("reason"), str):
        return Released(None, None)
    found = next((score for score in _SCORES if said["score"] == score), None)
    return Released(None if found is None else float(found), None if found is None else json.dumps(said["score"]))


def _arena_v2(reply: str) -> Released:
    upper = reply.upper()
    labels = next((found for pattern in _ARENA if (found := pattern.findall(upper))), [])
    return _points(labels[-1] if labels else None, _ARENA_V2_POINTS)


def _arena_v01(reply: str) -> Released:
    labels = set(_ARENA[0].findall(reply))
    return _points(labels.pop() if len(labels) == 1 else None, _ARENA_V01_POINTS)


def _after_reasoning(reply: str) -> str:
    before, end, after = reply.partition(_REASONING_END)
    return after if end else before


def _integer(found: re.Match[str] | None) -> Released:
    if found is None:
        return Released(None, None)
    try:
        return Released(float(int(found[1])), found[1])
    except (ValueError, OverflowError):  # more digits than int() takes, or than a float holds
        return Released(None, found[1])


def _points(label: str | None, points: Mapping[str, float]) -> Released:
    return Released(None if label is None else points.get(label), label)


RELEASED: dict[str, Callable[[str], Released]] = {
    "weval-binary": _weval_binary,
    "weval-critic": _weval_critic,
    "writingbench": _writingbench,
    "arena-v2": _arena_v2,
    "arena-v0.1": _arena_v01,
}
"""By name: the whole text of a reply to what the published rule makes of it. They raise nothing, in linear time."""
