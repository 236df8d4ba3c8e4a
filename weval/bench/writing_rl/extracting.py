"""The text of a response without what is around it, and JSON in a judge's reply.

Source: Tongyi-Zhiwen/Writing-RL at 3f16f298, verl/utils/reward_score/writing_rl.py.
"""

from __future__ import annotations

import ast
import json
import re
import warnings

from weval.adapters.judge.outcome import NoVerdict
from weval.adapters.judge.reasoning import parted
from weval.bench.items import Mode, is_original
from weval.errors import OriginalError
from weval.replied import Unsound, object_in

_TURNS = ("Assistant:", "<|im_start|>assistant")
_THOUGHT = "</think>"

_FENCE_BEGINS = re.compile(r"(?:```json|```|json)\s*+(?=\{)")
_FENCE_ENDS = re.compile(r"\}(?=\s*+(```|json))")
_FLAT = re.compile(r"\{[^{}]*\}")

_LONGEST_LITERAL = 10_000


def extract_solution(text: str, mode: Mode = "repaired") -> str | None:
    """The response that is judged. Linear.

    Repaired: all but the reasoning before it, None if that was cut off. Original: what follows the first `Assistant:`,
    even in a story, or else the first turn of an assistant, and of that what stands between the first two closing tags
    of reasoning.

    >>> story = "<think>Plan.</think>Assistant: a story."
    >>> extract_solution(story, mode="original"), extract_solution(story)
    (' a story.', 'Assistant: a story.')
    """
    if is_original(mode):
        turn = next((turn for turn in _TURNS if turn in text), None)
        after = text.split(turn, 1)[1] if turn else text
        return after.split(_THOUGHT)[1].strip() if _THOUGHT in after else after
    try:
        return parted(text).answer.strip()
    except NoVerdict:
        return None


def extract_json(text: str | None, mode: Mode = "repaired") -> object:
    """The JSON value in a reply, None if there is none. Linear.

    Repaired: the object that the reply consists of, outside reasoning, bare or in one code block; see object_in of
    weval.replied. Original: the reply
    as a whole, else the first block that can be read, else the last pair of braces without others in it. The original
    also runs a reply that is no JSON as Python. Nothing is run here: up to 10,000 characters are read as literals, or a
    sum of numbers, and for anything else that it would run there is no value. Raises OriginalError where the original
    stops, at numbers too long to be read and at lists too deep.

    >>> extract_json("{'a': 1}", mode="original"), extract_json("{'a': 1}")
    ({'a': 1}, None)
    """
    original = is_original(mode)
    if not text:
        return None
    if original:
        return _original(text)
    try:
        return object_in(text)
    except Unsound:
        return None


def _original(text: str) -> object:
    found: object
    whole = text.strip("json|`").strip()
    try:
        found = json.loads(whole)
    except (ValueError, RecursionError):
        found = _literal(whole)
    if found is None:
        found = next((value for block in _blocks(text) if (value := _read(block)) is not _NOTHING), None)
    if found is None:
        values = [value for braces in _FLAT.findall(text) if (value := _read(braces)) is not _NOTHING]
        found = values[-1] if values else None
    return found


_NOTHING = object()


def _read(text: str) -> object:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return _NOTHING
    except (ValueError, RecursionError) as error:
        raise OriginalError(f"JSON that the original stops at: {error}") from None


def _blocks(text: str) -> list[str]:
    """The objects between the signs of code blocks, each up to the nearest end. One pattern for it all would go over
    the text again for every sign that nothing closes.
    """
    ends = _FENCE_ENDS.finditer(text)
    end, at, blocks = next(ends, None), 0, []
    while begin := _FENCE_BEGINS.search(text, at):
        while end and end.start() <= begin.end():
            end = next(ends, None)
        if end is None:
            break
        blocks.append(text[begin.end() : end.end()])
        at = end.end(1)
    return blocks


def _literal(text: str) -> object:
    if len(text) > _LONGEST_LITERAL:
        return None
    try:
        with warnings.catch_warnings():  # of what looks odd in Python
            warnings.simplefilter("ignore")
            tree = ast.parse(text, mode="eval").body
        return _sum(tree) if isinstance(tree, ast.BinOp) else ast.literal_eval(tree)
    except (ValueError, SyntaxError, TypeError, ArithmeticError, MemoryError, RecursionError):
        return None


def _sum(tree: ast.expr) -> complex:
    """Of numbers, with plus and minus only. Raises ValueError."""
    if isinstance(tree, ast.BinOp) and isinstance(tree.op, ast.Add):
        return _sum(tree.left) + _sum(tree.right)
    if isinstance(tree, ast.BinOp) and isinstance(tree.op, ast.Sub):
        return _sum(tree.left) - _sum(tree.right)
    value = ast.literal_eval(tree)
    if not isinstance(value, int | float | complex):
        raise ValueError("no sum of numbers")
    return value
