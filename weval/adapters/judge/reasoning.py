"""A reply without what a server left in its text: reasoning before the answer, and tokens that end the turn."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from weval.adapters.judge.outcome import NoVerdict

_TAG = re.compile(
    r"<(?P<a>/?)(?P<x>think|thinking|thought|reasoning|seed:think)>|◁(?P<b>/?)(?P<y>think)▷|\[(?P<c>/?)(?P<z>THINK)\]",
    re.IGNORECASE,
)
_LINE_ENDS = re.compile(r"[ \t]*+(?:[\r\n]|\Z)")
_END_OF_TURN = re.compile(
    r"<\|(?:im_end|eot_id|eom_id|end_of_text|endoftext|end|return)\|>|</s>|<eos>|<end_of_turn>|<｜end▁of▁sentence｜>"
)


@dataclass(frozen=True, slots=True)
class Parts:
    """`answer` is what counts. `doubtful` stands before it: reasoning that nothing opened, or an answer that goes on
    behind a tag it quotes. No verdict is taken from there, but one that is not the answer's leaves no way to tell.
    """

    answer: str
    doubtful: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Tag:
    start: int
    end: int
    kind: str
    closes: bool


def parted(text: str) -> Parts:
    """What counts of a reply, and what stands before it. Linear in the length of the reply.

    >>> parted("<think>Or [[0]]?</think>[[1]]<|im_end|>").answer
    '[[1]]'

    Reasoning is known by its tags: think, thinking, thought, reasoning and seed:think in angle brackets, ◁think▷ and
    [THINK]. A block at the very start ends at its first closing tag. After that, an opening tag at the start of a line
    begins another, and a closing tag at the start or end of a line ends one even where none was opened: many templates
    open it themselves. Any other tag is a word in a sentence. Raises NoVerdict where a block is open at the end.

    A reply may end in tokens that end a turn, which some servers leave there; they are taken off.
    """
    text = _without_end(text)
    first = start = len(text) - len(text.lstrip())
    doubtful: list[str] = []
    opened: _Tag | None = None
    for tag in _tags(text):
        if tag.closes and (tag.kind == opened.kind if opened else _stands_out(text, start, tag)):
            if not opened or opened.start > first:
                doubtful.append(text[start : tag.start])
            start, opened = tag.end, None
        elif not tag.closes and not opened and _begins_line(text, start, tag):
            opened = tag
    if opened:
        raise NoVerdict("the reasoning was cut off")
    return Parts(text[start:], tuple(part for part in doubtful if part.strip()))


def _without_end(text: str) -> str:
    """The text without the end-of-turn tokens at its end. Anywhere else they are words like others."""
    start = end = 0
    for token in _END_OF_TURN.finditer(text):
        if not end or text[end : token.start()].strip():
            start = token.start()
        end = token.end()
    return text[:start] if end and not text[end:].strip() else text


def _tags(text: str) -> Iterator[_Tag]:
    for found in _TAG.finditer(text):
        kind = found["x"] or found["y"] or found["z"]
        yield _Tag(found.start(), found.end(), found[0][0] + kind.lower(), bool(found["a"] or found["b"] or found["c"]))


def _begins_line(text: str, start: int, tag: _Tag) -> bool:
    """Whether only blanks stand between a tag and the start of its line, or of the part."""
    at = tag.start
    while at > start and text[at - 1] in " \t":
        at -= 1
    return at == start or text[at - 1] in "\r\n"


def _stands_out(text: str, start: int, tag: _Tag) -> bool:
    return _begins_line(text, start, tag) or _LINE_ENDS.match(text, tag.end) is not None
