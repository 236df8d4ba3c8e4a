"""log.txt of a step: what its command said, an attempt after the other, each headed by when and what."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from weval.errors import visible
from weval.files import one_line

LOG = "log.txt"

MAX_WHY = 300
"""Characters of a reason."""

TAIL = 2**14
"""Bytes of a log's end in which a reason is looked for."""

_ENDED = re.compile(rb"^# ended after (\d{1,9}\.\d) s", re.MULTILINE)
_BREAK = re.compile(r"[\r\n]")


def head(words: Sequence[str]) -> bytes:
    """The line that begins an attempt: the time, and the command as it could be typed."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return f"\n# {now} {visible(shlex.join(['weval', *words]))}\n".encode("utf-8", "backslashreplace")


def foot(code: int, seconds: float) -> bytes:
    """The line that ends one. An attempt without it was killed together with whoever started it."""
    return f"\n# ended after {seconds:.1f} s: {ending(code)}\n".encode()


def ending(code: int) -> str:
    """An exit code in words.

    >>> ending(0), ending(2), ending(-9)
    ('done', 'exit code 2', 'killed (signal 9), as when memory runs out')
    """
    if code < 0:
        return f"killed (signal {-code})" + (", as when memory runs out" if code == -9 else "")
    return f"exit code {code}" if code else "done"


def seconds_of(log: Path) -> float:
    """How long all attempts took that came to an end, in seconds."""
    try:
        with log.open("rb") as file:
            return sum(float(found[1]) for line in file if (found := _ENDED.match(line)))
    except OSError:
        return 0.0


class Tail:
    """What one attempt says, from where its log ended before."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._from = log.stat().st_size if log.exists() else 0

    def latest(self) -> str:
        """The last line so far; that of a bar, which ends lines with a carriage return, too."""
        return next(iter(self._lines_from_end()), "")

    def why(self, code: int) -> str:
        """What the attempt said of its failing: all errors of weval at its end, or else its last line."""
        said = list[str]()
        for line in self._lines_from_end():
            if not line.startswith("weval: "):
                said = said or [line]
                break
            said.insert(0, line.removeprefix("weval: "))
        return one_line("; ".join(said), MAX_WHY) if said and code >= 0 else ending(code)

    def _lines_from_end(self) -> Iterator[str]:
        """Lines with something in them, last first, as far as they stand in the end of the log."""
        try:
            with self._log.open("rb") as file:
                size = file.seek(0, 2)
                file.seek(max(self._from, size - TAIL))
                text = file.read().decode("utf-8", "replace")
        except OSError:
            return
        for line in reversed(_BREAK.split(text)):
            if (stripped := line.strip()) and not stripped.startswith("# "):
                yield stripped
