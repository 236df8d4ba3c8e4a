"""How long one input may take, and how much memory: what takes more is a fault like any other."""

from __future__ import annotations

import contextlib
import resource
import signal
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

from weval.errors import DataError, WevalError

SECONDS = 5.0
"""Of processor time for one input of at most some kB: a hundred times what the slowest sound one takes."""

MEMORY_BYTES = 2**30
"""More than the process has already."""


class TooSlow(BaseException):
    """An input takes too long. No Exception, as somebody's handler might take it for one of theirs."""


def _stop(number: int, frame: FrameType | None) -> None:
    raise TooSlow(f"more than {SECONDS:g} s of processor time")


@contextlib.contextmanager
def bounded(seconds: float = SECONDS) -> Iterator[None]:
    """Raises TooSlow, or MemoryError, in what takes more than it may. For the main thread of a process."""
    before = signal.signal(signal.SIGPROF, _stop)
    limits = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (_mapped_bytes() + MEMORY_BYTES, limits[1]))
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
        resource.setrlimit(resource.RLIMIT_AS, limits)


def _mapped_bytes() -> int:
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()


@contextlib.contextmanager
def mended(*others: type[Exception]) -> Iterator[None]:
    """Lets pass what a user is told of bad content, and `others`, which callers are to expect; nothing else.

    Whatever an error says must be a few lines that move no cursor.
    """
    try:
        yield
    except (WevalError, *others) as error:
        said = error.problems if isinstance(error, DataError) else [str(error)]
        assert all(line.isprintable() for line in said), f"not printable: {said!r}"
        assert len(said) <= 200, f"{len(said)} lines"
