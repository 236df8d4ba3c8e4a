"""Ctrl-C and SIGTERM while a model is trained: the step is finished and saved first; a second signal does not wait."""

from __future__ import annotations

import os
import signal
import threading
from types import FrameType
from typing import Any

SIGNALS = (signal.SIGINT, signal.SIGTERM)

TOLD = b"\nstopping when the step is done and saved; once more to stop at once\n"


class Stopping:
    """Notes a signal instead of ending the process. In a thread other than the main one nothing is noted."""

    def __init__(self, *, tells: bool = True) -> None:
        self.asked = False
        self._tells = tells
        self._before: dict[signal.Signals, Any] = {}

    def listen(self) -> None:
        """From now on."""
        if threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, self._note) for number in SIGNALS if is_heard(number)}

    def release(self) -> None:
        """Signals do again what they did before."""
        for number, before in self._before.items():
            signal.signal(number, before)
        self._before = {}

    def agreed(self) -> bool:
        """Whether a signal came to this process or another of the run: all have to save the same step."""
        from torch import distributed

        if not (distributed.is_available() and distributed.is_initialized() and distributed.get_world_size() > 1):
            return self.asked
        said: list[bool | None] = [None] * distributed.get_world_size()
        distributed.all_gather_object(said, self.asked)
        return any(said)

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.asked = True
        self.release()
        if self._tells:
            os.write(2, TOLD)  # print is not for signal handlers: it may be in the middle of a line


def is_heard(number: signal.Signals) -> bool:
    """Whether a signal does something here: nohup, and a shell that starts us in the background, have some ignored."""
    return signal.getsignal(number) is not signal.SIG_IGN
