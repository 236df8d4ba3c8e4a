"""`weval serve`: what is refused in one line, and a server in a process of its own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.cli.conftest import Weval

SECRET = "sk-0123456789abcdef"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "MODEL"),
        (["first"], "weval: first: judges a list of responses; what is served scores one at a time"),
        (["lenght"], "did you mean length"),
        (["length", "--set", "max_batch=0"], "--set max_batch=0: must be at least 1"),
        (["length", "--set", "window=3"], "unknown setting 'window'"),
        (["length", "--port", "70000"], "--port"),
        (["length", "--host", "0.0.0.0"], "weval: --host 0.0.0.0: others could ask there; give a key"),
        (["length", "--key-env", "NO_SUCH_KEY"], "--key-env=NO_SUCH_KEY: this environment variable is not set"),
        (["length", "--key-env", SECRET], "--key-env: names an environment variable that is set"),
    ],
)
def test_wrong_arguments_end_with_2_and_one_line(weval: Weval, arguments: list[str], words: str) -> None:
    said = weval("serve", *arguments)
    assert (said.code, said.out) == (2, "")
    assert words in " ".join(said.err.split())
    assert "Traceback" not in said.err
    assert SECRET not in said.err


def test_a_server_that_says_how_to_ask_it(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "weval", "serve", "keywords", "--port", "0", "--key-env", "RM_KEY"]
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, env={**os.environ, "RM_KEY": SECRET}, cwd=tmp_path
    ) as process:
        try:
            assert process.stderr
            said = process.stderr.readline()
            found = re.fullmatch(
                r"weval serve: keywords at (http://127\.0\.0\.1:\d+); Ctrl-C ends it\. "
                r"To ask: weval run --model http:\1/weval --set unit=requirement\n",
                said,
            )
            assert found
            with httpx.Client(trust_env=False) as client:
                assert client.get(f"{found[1]}/health").status_code == 401
                told = client.post(
                    f"{found[1]}/predict",
                    json={"question": "Mention water.", "answer": "Some water."},
                    headers={"Authorization": f"Bearer {SECRET}"},
                )
            assert told.json() == {"value": 0.5, "model": "keywords"}
            process.send_signal(signal.SIGINT)
            assert process.stderr.read() == "weval serve: stopped\n"
            assert process.wait(10) == 0
        finally:
            process.kill()
