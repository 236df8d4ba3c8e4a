"""The line that a verdict stands on: [[verdict]] and nothing else. Knows the form, not what verdicts there are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from weval.adapters.judge.outcome import NoVerdict

_LIST_OR_HEADING = re.compile(r"(?:[-*+•]|#{1,6})\s+")
_DECORATION = str.maketrans("", "", "*_`")
_RUN = re.compile(r"\*+|_+|`+")
_MARKER = re.compile(
    r"(?:(?:so|thus|hence|therefore|overall|in conclusion),? )?(?:(?:the|my|our) )?(?:final |overall )?"
    r"(?:verdict|judge?ment|answer|conclusion|decision|evaluation|assessment|result|ranking|rating|score)"
    r"(?: ?[:：]| is ?[:：]?)"
    r"|(?:last|final) line ?[:：]"
    r"|(?:(?:因此|所以|综上(?:所述)?|綜上(?:所述)?)[,，:：]? ?)?(?:我的)?(?:最终|最終|最后|最後|综合|綜合)?(?:的)?"
    r"(?:结论|結論|判定|判断|判斷|判决|裁决|裁決|裁定|答案|结果|結果|评价|評價|评判|評判|评分|評分|排名|排序)(?:结果|結果)?"
    r"(?: ?[:：]|(?:是|为|為) ?[:：]?)",
    re.IGNORECASE,
)
"""What may announce a verdict: it ends in a colon, or in the verb of a sentence that can only assert what follows."""

_SUMMED_UP = re.compile(
    r"(?:so|thus|hence|therefore|overall|in short|in summary|in conclusion|to (?:conclude|sum up|summari[sz]e)"
    r"|因此|所以|总之|總之|综上(?:所述)?|綜上(?:所述)?) ?[:：]",
    re.IGNORECASE,
)
_CLAUSE_END = re.compile("[,.;!?，。；！？]")

_MAX_HEAD = 60
"""A marker with its decoration is no longer than this."""

_FENCE = re.compile(r"(`{3,}+|~{3,}+)([^`]*+)\Z")


@dataclass(frozen=True, slots=True)
class _Marked:
    """What stands in the brackets that a line begins with, whether a marker does before them, and whether the line is
    nothing but a verdict.
    """

    inside: str
    has_marker: bool
    alone: bool


def final_verdict(answer: str) -> str:
    """What stands in the brackets of the last line that is not empty, without the blanks around it.

    The line may have, before the brackets, the sign of a list or a heading and a marker such as `Final verdict:`,
    `结论：` or `So the answer is`; after them a full stop; and emphasis or a code span around any of it, closed again.
    It may be the one line of a code block. Anything else on it, and it mentions a verdict rather than giving one; and
    where the line before ends in a colon, that must announce a verdict of the judge's own, or this one is quoted
    (`The response ends with:`). Raises NoVerdict.
    """
    before, line = _last_lines(answer)
    marked = _marked(line)
    if marked is None:
        raise NoVerdict("the last line is no verdict in double brackets")
    if not marked.alone:
        raise NoVerdict("the last line has more on it than one verdict in double brackets")
    if not marked.has_marker and not _may_announce(before):
        raise NoVerdict("the line before the last announces a quotation")
    return marked.inside


def named_verdicts(text: str) -> Iterator[str]:
    """What stands in the brackets of each line that *begins* as a verdict does, whatever comes after on that line.

    They must not contradict the last: a reply that is cut off behind one would otherwise be read as that.
    """
    for line in _lines(text):
        if marked := _marked(line):
            yield marked.inside


def _lines(text: str) -> Iterator[str]:
    for line in text.replace("\r", "\n").split("\n"):
        if stripped := line.strip():
            yield stripped


def _may_announce(line: str) -> bool:
    """Whether the verdict after a line may be the judge's own: the line is no announcement, or one of a verdict."""
    said = line.translate(_DECORATION).strip()
    clause = _CLAUSE_END.split(said)[-1].strip(" #")
    own = _MARKER.fullmatch(clause) or _SUMMED_UP.fullmatch(clause)
    return not said.endswith((":", "：")) or own is not None


def _last_lines(answer: str) -> tuple[str, str]:
    """The last line that is not empty, of a code block that ends the answer its one line; and the line before."""
    lines, fence, begun = list(_lines(answer)), "", 0
    block: list[str] = []
    for at, line in enumerate(lines):
        found = _FENCE.match(line)
        block = []
        if found and not fence:
            fence, begun = found[1], at
        elif found and found[1].startswith(fence) and not found[2]:
            fence, block = "", lines[begun + 1 : at]
    if fence:
        raise NoVerdict("the reply ends in a code block that is not closed")
    if len(block) == 1:
        return "".join(lines[max(begun - 1, 0) : begun]), block[0]
    return "".join(lines[-2:-1]), "".join(lines[-1:])


def _marked(line: str) -> _Marked | None:
    """The verdict that a line begins with, if it does."""
    head, opened, rest = line.partition("[[")
    inside, closed, tail = rest.partition("]]")
    if not (opened and closed) or len(head) > _MAX_HEAD:
        return None
    if sign := _LIST_OR_HEADING.match(head):
        head = head[sign.end() :]
    marker = head.translate(_DECORATION).strip()
    if marker and not _MARKER.fullmatch(marker):
        return None
    alone = tail.translate(_DECORATION).strip() in ("", ".", "。") and _is_closed(f"{head}[[]]{tail}")
    return _Marked(inside.strip(), bool(marker), alone)


def _is_closed(text: str) -> bool:
    """Whether every run of decorations is closed by one like it, the inner before the outer."""
    opened: list[str] = []
    for run in _RUN.findall(text):
        if opened and opened[-1] == run:
            opened.pop()
        else:
            opened.append(run)
    return not opened
