"""A Ray cluster of this machine, held by a process that ends it when whoever asked for it is gone.

Ray's own processes can outlive a driver that was killed, and leave their folder behind. This one waits for the end of
its standard input, which comes however the driver ends, and then takes both away. It is in a session of its own, so
that Ctrl-C reaches the driver alone.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from weval.engine.inner import GET_NODE, replaced
from weval.errors import ConfigError
from weval.files import one_line

STORE_BYTES = 256 * 2**20
"""Shared memory for what is on its way; what has no room there lies in files of the cluster's folder."""

STARTS_WITHIN_S, ENDS_WITHIN_S = 180, 60
"""A cluster of one machine is up in six seconds and ends in two, where nothing else runs."""


MAX_FOLDER_BYTES = 19
"""Of the folder for temporary files, where it is used."""


class Head:
    """The process, as whoever asks for it sees it. Use as a context manager: it is started, and ended."""

    def __init__(self, cpus: float) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__, str(cpus)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for stream in (self._process.stdin, self._process.stdout):
            if stream:
                stream.close()
        try:
            self._process.wait(ENDS_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def address(self) -> str:
        """The cluster's, once it is up. Raises ConfigError where it does not come up."""
        assert self._process.stdout
        line = self._process.stdout.readline()
        said: dict[str, str] = json.loads(line) if line else {"fault": "its process ended"}
        if "address" not in said:
            raise ConfigError(f"--set engine=ray: the cluster did not start ({said['fault']})")
        return said["address"]


def main() -> None:
    """Starts a cluster of so many CPU cores as the argument says, tells its address, and waits for the end."""
    answers, cpus = _own_output(), float(sys.argv[1])
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    # A folder that nobody else may enter: Ray lets everybody write in those that it makes.
    outer = Path(tempfile.mkdtemp(prefix="weval-", dir=_short(tempfile.gettempdir())))
    try:
        with _started(outer / "ray", cpus) as said:
            answers.write(json.dumps(said) + "\n")
            answers.flush()
            sys.stdin.read()
    finally:
        shutil.rmtree(outer, ignore_errors=True)


def _short(folder: str) -> str:
    """A place for sockets, whose paths may have 103 bytes, 84 of them Ray's and ours: no user's own, with a long name.

    >>> _short("/var/folders/zz/zyxvpxvq6csfxvn_n0000000000000/T")
    '/tmp'
    """
    return folder if len(os.fsencode(folder)) <= MAX_FOLDER_BYTES else str(Path(os.sep, "tmp"))


def _own_output() -> IO[str]:
    """Standard output for what this process says; whatever Ray prints goes nowhere."""
    own = os.fdopen(os.dup(1), "w")
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), 1)
    return own


@contextmanager
def _started(folder: Path, cpus: float) -> Iterator[dict[str, Any]]:
    import ray

    try:
        with replaced(ray, GET_NODE, lambda get_node: partial(_patient, get_node)):
            context: Any = ray.init(
                address="local",
                num_cpus=cpus,  # type: ignore[arg-type] # Ray takes halves, as it says elsewhere
                object_store_memory=STORE_BYTES,
                include_dashboard=False,
                log_to_driver=False,
                _temp_dir=str(folder),
            )
    except Exception as error:  # noqa: BLE001 - whatever it is, the driver says it
        yield {"fault": one_line(f"{type(error).__name__}: {' '.join(str(error).split())}", 200)}
        return
    try:
        yield {"address": context.address_info["gcs_address"]}
    finally:
        with contextlib.suppress(Exception):
            ray.shutdown()


def _patient(get_node: Callable[..., Any], *said: Any) -> Any:  # noqa: ANN401 - as Ray has them
    """A node that is coming up, for longer than Ray itself waits for one."""
    end = time.monotonic() + STARTS_WITHIN_S
    while True:
        try:
            return get_node(*said)
        except RuntimeError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


if __name__ == "__main__":
    main()
