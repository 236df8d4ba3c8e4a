"""The pages of the guide as a reader uses them: blocks of text, files that they name, commands with their output."""

from __future__ import annotations

import contextlib
import io
import re
import runpy
import shlex
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from weval.cli.main import main

FENCE = re.compile(r"^```(\w*)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PORT = "8099"
"""Where the programs listen that a page starts; in a test another port, as a second test may run."""

STARTS_IN_S = 30.0


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, the name of the file it stands for, its text."""

    language: str
    file: str
    text: str


def blocks(page: Path) -> list[Block]:
    """The blocks of a page, in order."""
    return [Block(*found) for found in FENCE.findall(page.read_text(encoding="utf-8"))]


def prose(page: Path) -> str:
    """The page without its blocks."""
    return FENCE.sub("", page.read_text(encoding="utf-8"))


def shown(text: str) -> Iterator[tuple[str, str]]:
    """The commands of a console block, each with the output below it."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, _, output = part.partition("\n")
        yield command, output.rstrip("\n")


def assert_is_shown(output: str, expected: str, command: str) -> None:
    """Line by line; a line that is only an ellipsis stands for any lines."""
    pattern = "\n".join(".*" if line == "…" else re.escape(line) for line in expected.split("\n"))
    if not re.fullmatch(pattern, output, re.DOTALL):
        assert output == expected, command


@dataclass
class Reader:
    """Somebody who follows a page from top to bottom in a folder of their own, which is the working directory.

    Programs started with & are ended by `kill %1`, and at the latest with `leave`.
    """

    folder: Path
    port: str = PORT
    background: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def follows(self, page: Path) -> Iterator[tuple[str, str, str]]:
        """Writes the files of a page and types its commands: each with what was printed, and what the page shows."""
        for block in blocks(page):
            text = block.text.replace(PORT, self.port)
            if block.file:
                self.keeps(block.file, text)
            for command, expected in shown(text) if block.language == "console" else ():
                yield command, self.typed(command), expected

    def keeps(self, name: str, text: str) -> None:
        """Puts a block into the file that it names."""
        file = self.folder / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def typed(self, command: str) -> str:
        """What a command prints."""
        program, *arguments = shlex.split(command)
        if arguments[-1] == "&":
            self._started(arguments[:-1])
            return ""
        if program == "kill":
            self._ended()
            return ""
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed), contextlib.suppress(SystemExit):
            if program == "python":
                runpy.run_path(arguments[0])
            else:
                sys.argv[1:] = arguments
                main()
        return printed.getvalue().rstrip("\n")

    def leave(self) -> None:
        """Ends what runs, and forgets the modules that were imported from the folder."""
        self._ended()
        for name, module in list(sys.modules.items()):
            if Path(getattr(module, "__file__", None) or "/").is_relative_to(self.folder):
                del sys.modules[name]

    def _started(self, arguments: list[str]) -> None:
        """Starts a program in the background, and waits until it listens."""
        self.background.append(subprocess.Popen([sys.executable, *arguments], cwd=self.folder))
        until = time.monotonic() + STARTS_IN_S
        while time.monotonic() < until and self.background[-1].poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", int(self.port)), timeout=1):
                return
            time.sleep(0.02)
        raise AssertionError(f"{arguments[0]} does not listen at {self.port}")

    def _ended(self) -> None:
        for process in self.background:
            process.terminate()
            process.wait(10)
        self.background.clear()


def free_port() -> str:
    """A port that nobody uses now, of as many digits as the one in the pages: what is printed keeps its width."""
    for port in range(8100, 10_000):
        with contextlib.suppress(OSError), socket.socket() as tried:
            tried.bind(("127.0.0.1", port))
            return str(port)
    raise AssertionError("no port is free")
