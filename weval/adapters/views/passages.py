"""The sentences of a response that have most words of the requirement in them."""

from __future__ import annotations

import re
from functools import lru_cache

from weval.adapters.views.mentions import named, stem

_END = re.compile(r"(?<=[.!?。！？])\s+|(?<=[。！？])|\n+")
_MARKS = re.compile(r"[|*#>_`]+|(?<!\w)-+|-{2,}")
_UNSPACED = re.compile("[\u3400-\u9fff\u3040-\u30ff]")

BUDGET = 40
"""Words of all passages together; a Chinese or Japanese sign is one."""

_LONGEST, _SIGNS = 30, 210
"""Words, and characters, after which a sentence is cut."""


def passages(requirement: str, response: str, budget: int = BUDGET) -> str:
    """The nearest sentences in the order of the text, up to the budget; the first ones where none is near.

    >>> passages("Name the river.", "Dawn. A river ran by. It was cold. Rivers do that.", budget=7)
    'A river ran by. … Rivers do that.'
    """
    wanted = {stem(word) for word in named(requirement)}
    texts = pieces(response)
    shared = [sum(word in text.lower() for word in wanted) for text in texts]
    chosen, used = dict[int, str](), 0
    for at in sorted(range(len(texts)), key=lambda at: (-shared[at], at)):
        text = " ".join(texts[at].split()[:_LONGEST])[:_SIGNS]
        used += len(text.split()) + len(_UNSPACED.findall(text))
        if chosen and used > budget:
            break
        chosen[at] = text
    return " … ".join(chosen[at] for at in sorted(chosen))


@lru_cache(maxsize=2048)
def pieces(response: str) -> tuple[str, ...]:
    """The sentences, lines and table cells of a response without their marks, in order.

    >>> pieces("# Tea\\nHot. Good!")
    ('Tea', 'Hot.', 'Good!')
    """
    found = (" ".join(_MARKS.sub(" ", piece).split()) for piece in _END.split(response))
    return tuple(piece for piece in found if any(sign.isalnum() for sign in piece))
