"""In which language a request is made, where its file does not say so."""

from __future__ import annotations

import re

_IDEOGRAPH = re.compile("[\u4e00-\u9fff]")

_OPENING = 200
"""What is asked for stands at the start; material to work on, often in another language, comes behind it."""


def language_of(request: str) -> str:
    """`zh` for a request with Chinese characters at its start, in the first 200, else `en`.

    >>> language_of("Write a label for the inkstone 端砚."), language_of("Write a fable." + " Please." * 30 + " 端砚")
    ('zh', 'en')
    """
    return "zh" if _IDEOGRAPH.search(request[:_OPENING]) else "en"
