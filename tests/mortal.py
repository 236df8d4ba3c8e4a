"""A warm process whose forks are to be killed: what takes a second to import, each of them has at once.

It reads an order a line from standard input and answers each with how its fork ended. `Mortal` is its other end.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Self

import pandas  # noqa: F401 - which pyarrow would import, in each fork anew
import pyarrow.parquet  # noqa: F401

from weval import scorefiles
from weval.bench.replies import ReplyRow, StepReplies
from weval.bench.run import BenchRun, run_bench
from weval.errors import WevalError
from weval.files import write_text
from weval.indexed import IndexedLines
from weval.run import RunSpec, run
from weval.types import Request, Score

FAILED = 3
"""The exit code of an order that ended in an error of weval's."""


class Hiccuping:
    """Length, slowly; one answer in a hundred fails, and is asked for again when the run goes on."""

    unit = "response"
    reads_ids: ClassVar[bool] = False
    fingerprint: ClassVar[Mapping[str, Any]] = {"adapter": "Hiccuping"}

    def score(self, requests: Iterable[Request]) -> Iterator[Score]:
        for request in requests:
            time.sleep(0.0005)
            if os.urandom(1)[0] < 3:
                yield Score.missing(request, "failed", "a hiccup")
            else:
                yield Score.ok(request, float(len(request.responses[0]) % 17))


def _run(out: str, data: str, seal_rows: int) -> None:
    scorefiles.SEAL_ROWS = seal_rows
    run(RunSpec("plugin:tests.mortal:Hiccuping", data=Path(data), settings={"resamples": "100"}, out=Path(out)))


def _bench(out: str, data: str, responses: str, replies: str) -> None:
    settings = {"resamples": "100"}
    given = {"data": Path(data), "responses": Path(responses), "replies": Path(replies), "out": Path(out)}
    run_bench(BenchRun("longbench-write", "tea", "referee", settings=settings, **given))


def _seal(folder: str) -> None:
    """Seals a log, or finishes what was begun."""
    if (Path(folder) / scorefiles.SCORES).exists():
        scorefiles.seal(Path(folder))
    scorefiles.mend(Path(folder))


def _text(path: str, text: str) -> None:
    write_text(Path(path), text)


def _indexed(path: str, n: int) -> None:
    """Adds those of n rows that are not there yet."""
    lines = IndexedLines(Path(path), ReplyRow, lambda row: row.key, ours=True)
    for at in range(n):
        row = ReplyRow(item=f"i{at}", text="tea " * at)
        if row.key not in lines:
            lines.append(row)
    lines.close()


def _step(path: str, n: int) -> None:
    with StepReplies(Path(path), lambda row: row.came) as replies:
        for at in range(n):
            if not replies.attempts(f"i{at}", "1"):
                replies.add(ReplyRow(item=f"i{at}", text="tea " * at))


ORDERS: dict[str, Callable[..., None]] = {
    "run": _run, "bench": _bench, "seal": _seal, "text": _text, "indexed": _indexed, "step": _step,
}  # fmt: skip

EVENTS = ("open", "os.rename", "os.truncate", "os.remove", "os.mkdir")


def _die_at(nth: int, folder: str) -> None:
    """Has this process killed right before the nth time that it opens, renames, cuts or removes a file there."""
    left = nth

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal left
        if event in EVENTS and folder in str(arguments[0]):
            left -= 1
            if not left:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)


def _die_beyond(n_bytes: int) -> None:
    """Has this process killed by the write that would make any file longer; as much as fits is written before."""
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, n_bytes))


def _obey(order: dict[str, Any]) -> None:
    """In the fork, which never comes back."""
    code = 1
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        if at := order.get("event"):
            _die_at(at, order["folder"])
        if (beyond := order.get("beyond")) is not None:
            _die_beyond(beyond)
        ORDERS[order["do"]](**order["about"])
        code = 0
    except WevalError as error:
        print(f"weval: {error}", file=sys.stderr, flush=True)
        code = FAILED
    finally:
        os._exit(code)


def _end_of(child: int, after_s: float | None) -> int:
    """The exit code, or minus the signal. The child is killed after so many seconds."""
    deadline = None if after_s is None else time.monotonic() + after_s
    while deadline and time.monotonic() < deadline:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.0005)
    if deadline:
        os.kill(child, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


class Mortal:
    """Gives orders, and tells how each ended: an exit code, or minus the signal that ended it."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.mortal"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[1],
            env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate(timeout=60)

    def order(self, do: str, about: Mapping[str, Any], after_s: float | None = None, **death: Any) -> int:
        """Has it done, until it ends or is killed: after seconds, at the nth `event`, or `beyond` so many bytes."""
        assert self._process.stdin and self._process.stdout
        said = {"do": do, "about": about, "after_s": after_s, **death}
        self._process.stdin.write(json.dumps(said, default=str) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


def main() -> None:
    """Obeys until standard input ends. What is synced outlives a power cut, which nobody tries here."""
    os.fsync = lambda file: None
    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if not child:
            _obey(order)
        print(_end_of(child, order["after_s"]), flush=True)


if __name__ == "__main__":
    main()
