"""The server of a service: in this thread until Ctrl-C, or in another one for as long as a block runs."""

from __future__ import annotations

import contextlib
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from weval.errors import AdapterError, ConfigError, missing_extra
from weval.files import os_message
from weval.remote.posting import is_loopback
from weval.serving.batching import Batcher
from weval.serving.connections import ending_idle
from weval.serving.routes import application
from weval.serving.service import Service

if TYPE_CHECKING:
    import uvicorn

KEEP_ALIVE_S = 75
"""How long an idle connection is kept: longer than clients do, or they would write into one that is being closed."""

MAX_CONNECTIONS = 4096
BACKLOG = 2048
STARTING_S = 30.0

ENDING_S = 5.0
"""How long a batch may take whose clients were waited for in vain, before it is left to end with the program."""


def serve(service: Service, host: str, port: int, started: Callable[[str], None] = lambda url: None) -> None:
    """Answers until Ctrl-C or SIGTERM, and finishes what is in work. `started` is told the URL. Main thread only.

    Raises ConfigError for an address that cannot be listened on, and for one of a network without a key.
    """
    with _listening(service, host, port) as listener, _scoring(service) as batcher, _ended_by_sigterm():
        server = _server(service, batcher)
        started(_url(listener))
        with contextlib.suppress(KeyboardInterrupt):  # what uvicorn raises again when all is done
            server.run([listener])


@contextmanager
def running(service: Service, host: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
    """A server in a thread of its own, while the block runs; gives its URL. Port 0 is a free one.

    Raises ConfigError as `serve` does.
    """
    with _listening(service, host, port) as listener, _scoring(service) as batcher:
        server = _server(service, batcher)
        thread = threading.Thread(target=server.run, args=([listener],), name="weval-serving", daemon=True)
        url = _url(listener)
        thread.start()
        try:
            _await_start(server, thread)
            yield url
        finally:
            server.should_exit = True
            thread.join(service.options.finish_s + STARTING_S)


def _await_start(server: uvicorn.Server, thread: threading.Thread) -> None:
    until = time.monotonic() + STARTING_S
    while not server.started:
        if not thread.is_alive() or time.monotonic() > until:
            raise AdapterError("the server did not start")
        time.sleep(0.005)


@contextmanager
def _scoring(service: Service) -> Iterator[Batcher]:
    batcher = Batcher(service.adapter, service.options)
    batcher.start()
    try:
        yield batcher
    finally:
        batcher.close(ENDING_S)


@contextmanager
def _listening(service: Service, host: str, port: int) -> Iterator[socket.socket]:
    """A socket that listens. Raises ConfigError."""
    needs_key = ConfigError(
        f"--host {host}: others could ask there; give a key, in an environment variable, by --key-env NAME"
    )
    if not is_loopback(host) and not service.key.secret:
        raise needs_key
    try:
        listener = _bound(host, port)
    except (OSError, OverflowError) as error:
        said = os_message(error) if isinstance(error, OSError) else str(error)
        raise ConfigError(f"--host {host} --port {port}: {said}") from None
    with listener:
        if not is_loopback(listener.getsockname()[0]) and not service.key.secret:  # localhost may be any address
            raise needs_key
        yield listener


def _bound(host: str, port: int) -> socket.socket:
    """A socket at an address, of the protocol TCP by name: asyncio sends at once (TCP_NODELAY) on no other.

    A reply would wait 40 ms for the client's kernel otherwise, as it does on sockets of `socket.create_server`.
    """
    family, kind, protocol, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP, flags=socket.AI_PASSIVE
    )[0]
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _server(service: Service, batcher: Batcher) -> uvicorn.Server:
    try:
        import uvicorn

        app, connection = application(service, batcher), ending_idle(KEEP_ALIVE_S)
    except ImportError as error:
        raise missing_extra(str(error.name), "serve", "weval serve") from error
    config = uvicorn.Config(
        app,
        http=connection,
        lifespan="off",
        ws="none",
        log_config=None,
        log_level="warning",
        access_log=False,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=service.options.finish_s,
        limit_concurrency=MAX_CONNECTIONS,
    )
    return uvicorn.Server(config)


@contextmanager
def _ended_by_sigterm() -> Iterator[None]:
    """SIGTERM ends the program as Ctrl-C does."""

    def stop(*_: Any) -> None:  # noqa: ANN401 - of a signal
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
