"""How long a test lets something compute."""

import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def cpu_within(seconds: float, of: object = "") -> Iterator[None]:
    """Fail if what is inside takes this process `seconds` of a core or more.

    Wall time would be that of whatever else the machine does. For what only waits, this is no measure.
    `of` is named in the failure.
    """
    began = time.process_time()
    yield
    took = time.process_time() - began
    assert took < seconds, f"{of} took {took:.1f} s of a core, and may take {seconds:g}".lstrip()
