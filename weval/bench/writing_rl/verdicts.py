"""Which of two texts a judge of Writing-RL prefers: A, B, or C for a tie.

Source: Tongyi-Zhiwen/Writing-RL at 3f16f2986e1fd0c7fff0708ada26726001e3772f, verl/utils/reward_score/writing_rl.py.
"""

from __future__ import annotations

import re
from typing import Literal, cast, get_args

from weval.adapters.judge.lines import named_verdicts
from weval.adapters.judge.outcome import NoVerdict
from weval.adapters.judge.reasoning import parted
from weval.bench.items import Mode, is_original

Label = Literal["A", "B", "C"]
LABELS: tuple[Label, ...] = get_args(Label)

_BRACKETED = re.compile(r"\[\[([ABC])\]\]")
_DECORATION = str.maketrans("", "", "*_`\"'.。 \t")


def parse_verdict(text: str | None, mode: Mode = "repaired") -> Label | None:
    """The verdict of a reply, None if it gives none; a call that failed, None, gives none. Linear, and raises nothing.

    Repaired: the last line outside reasoning must end in one verdict, [[A]], [[B]] or [[C]], and name no other; no line
    may begin with another one. Original: the first that is in double brackets, quotations too; without one, A if there
    is a capital A anywhere in the reply, else B, else C.

    >>> [parse_verdict("Assistant B is better", mode) for mode in ("original", "repaired")]
    ['A', None]
    >>> parse_verdict('Say "[[A]]" if A is better.\\nI do not: [[B]]')
    'B'
    """
    original = is_original(mode)
    if text is None:
        return None
    if original:
        return bracketed(text) or next((label for label in LABELS if label in text), None)
    try:
        parts = parted(text)
    except NoVerdict:
        return None
    last = next((line for line in reversed(parts.answer.splitlines()) if line.strip()), "")
    found = list(_BRACKETED.finditer(last))
    if not found or last[found[-1].end() :].translate(_DECORATION):
        return None
    said = {match[1] for match in found}
    said |= {name for part in (*parts.doubtful, parts.answer) for name in named_verdicts(part) if name in LABELS}
    return cast(Label, said.pop()) if len(said) == 1 else None


def bracketed(text: str) -> Label | None:
    """The first verdict in double brackets, wherever it stands.

    >>> bracketed("[[b]] or [[C]]")
    'C'
    """
    found = _BRACKETED.search(text)
    return cast(Label, found[1]) if found else None
