"""A built site on this machine's loopback: nobody else sees it, and nothing but its files is served."""

from __future__ import annotations

from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import IO

from weval.errors import ConfigError
from weval.files import os_message

HOST = "127.0.0.1"

NAMES = ("127.0.0.1", "localhost")
"""What a browser may call this server: a page of another host that is made to lead here gets nothing."""


def site_server(folder: Path, port: int) -> ThreadingHTTPServer:
    """A server of a folder's files, not serving yet; port 0 takes a free one. Raises ConfigError for one in use."""
    if not 0 <= port <= 65535:
        raise ConfigError(f"--port {port}: from 0 to 65535")
    try:
        return _Server((HOST, port), partial(_Files, directory=str(folder)))
    except OSError as error:
        raise ConfigError(f"--port {port}: {os_message(error)}; --port 0 takes a free one") from error


def address_of(server: ThreadingHTTPServer) -> str:
    """Where it can be seen."""
    return f"http://{HOST}:{server.server_port}/"


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A browser that went away is no news."""


class _Files(SimpleHTTPRequestHandler):
    """The files of a folder, quietly; `index.html` for folders, no listings."""

    server_version, sys_version = "weval", ""

    def send_head(self) -> IO[bytes] | None:  # type: ignore[override] # the base names two kinds of IO
        if (self.headers.get("Host") or "").partition(":")[0] not in NAMES:
            self.send_error(HTTPStatus.FORBIDDEN, "not served under this name")
            return None
        return super().send_head()

    def list_directory(self, path: object) -> None:
        """A folder without an index is not there."""
        self.send_error(HTTPStatus.NOT_FOUND, "not found")

    def end_headers(self) -> None:
        """What was built a moment ago is seen at once."""
        self.send_header("Cache-Control", "no-cache")
        self.send_header("X-Content-Type-Options", "nosniff")
        super().end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing is printed."""
