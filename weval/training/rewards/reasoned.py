"""The form that a reasoning writer keeps to: <think>…</think><answer>…</answer>, of which only the answer is judged.

Source: Rainier-rq1/From_Coarse_to_Fine at beff173d, WRL: instruction_reward.py (full match, else no reward) and
dataset.py (the system prompt, which the paper does not mention).
"""

from __future__ import annotations

import re

SYSTEM = (
    "Output your answer strictly following the format: "
    "<think> [your step-by-step analysis] </think><answer>[your answer]</answer>"
)
"""What the released training tells the policy: the exact text that its models were trained with."""

_THINK, _ANSWER, _END = "<think>", "<answer>", "</answer>"
_BETWEEN = re.compile(r"</think>\s*<answer>")


def answer_in(text: str) -> str | None:
    """The answer of a text that is nothing but reasoning and answer; None for every other text. Linear.

    White space may stand between the two and nowhere else. As the released pattern: the answer begins after the first
    place where reasoning ends and an answer begins, and reaches to the end.

    >>> answer_in("<think>Short.</think> <answer>A haiku.</answer>"), answer_in("A haiku.")
    ('A haiku.', None)
    """
    if not text.startswith(_THINK) or not text.endswith(_END):
        return None
    found = _BETWEEN.search(text, len(_THINK))
    if found is None or found.end() > len(text) - len(_END):
        return None
    return text[found.end() : -len(_END)]
