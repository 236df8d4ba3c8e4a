"""A real server of OpenAI's chat protocol on loopback: `transformers serve`, in a process of its own.

It stands for every server that weval does not know. Of what it is asked it takes temperature, top_p, max_tokens, stop
and seed; logprobs, response_format and reasoning_effort it passes over in silence, other names it refuses with 422. The
model is the name of its folder, and no other is answered.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

STARTS_IN_S = 120.0
"""Alone it takes five seconds; beside other work it may have to wait for a processor."""

_LISTENS = re.compile(r"Uvicorn running on (http://127\.0\.0\.1:\d+)")


@contextmanager
def real_server(model: Path, log: Path) -> Iterator[str]:
    """The base URL, up to /v1, of a server of this model, which is gone afterwards. What it says goes into `log`."""
    program = Path(sys.executable).with_name("transformers")
    command = [program, "serve", model, "--host", "127.0.0.1", "--port", "0", "--device", "cpu"]
    environment = os.environ | {"HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}
    with log.open("wb") as said:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=said, stderr=said, env=environment, start_new_session=True
        )
    try:
        yield f"{_address(process, log)}/v1"
    finally:
        _end(process)


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    """Where it listens: the port is its own choice, so that nobody can take it in between."""
    until = time.monotonic() + STARTS_IN_S
    while time.monotonic() < until and process.poll() is None:
        found = _LISTENS.search(log.read_text(errors="replace"))
        if found and _answers(found[1]):
            return found[1]
        time.sleep(0.1)
    raise AssertionError(f"`transformers serve` does not answer (rc {process.poll()}):\n{log.read_text()[-4000:]}")


def _answers(address: str) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"{address}/health", timeout=5) as response:
            return bool(response.status == 200)
    except OSError:
        return False


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ends it with all that it has started."""
    for how in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, how)
            process.wait(10)
        except ProcessLookupError:
            break
        except subprocess.TimeoutExpired:
            continue
        else:
            break
    process.wait(10)
