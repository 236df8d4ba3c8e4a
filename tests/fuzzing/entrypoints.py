"""The entry points through which foreign bytes come in, each with a function that takes any bytes and must not fail.

Such a function makes something of the bytes that weval reads (tests/fuzzing/source.py) and has it read. It may return,
or raise an error of weval's, which says what is wrong; anything else is a fault, as is taking too long or too much
memory (tests/fuzzing/bounds.py). Every parser and reader of files is behind one of the eight.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

from tests.fuzzing import descriptions, items, replies, rows, runs, servers, submissions, texts
from tests.fuzzing.bounds import bounded

ENTRY_POINTS: Mapping[str, Callable[[bytes], None]] = {
    "items": items.fuzz,
    "runs": runs.fuzz,
    "descriptions": descriptions.fuzz,
    "replies": replies.fuzz,
    "servers": servers.fuzz,
    "submissions": submissions.fuzz,
    "rows": rows.fuzz,
    "texts": texts.fuzz,
}
"""By name."""


READY: Mapping[str, Callable[[], object]] = {
    "runs": runs.templates,
    "servers": servers.ready,
    "submissions": submissions.ready,
    "rows": rows.ready,
}
"""What is made once in a process, and takes as long as it takes."""


@cache
def _made_ready(name: str) -> None:
    if name in READY:
        READY[name]()


def tried(name: str, data: bytes) -> None:
    """One input to one entry point. Raises whatever is a fault."""
    _made_ready(name)
    with bounded():
        ENTRY_POINTS[name](data)
