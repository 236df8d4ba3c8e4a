"""A connection to a Ray cluster: one of this machine, or one that runs already. Quiet, and ended with the run."""

from __future__ import annotations

import importlib.util
import logging
import os
import secrets
import signal
import socket
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from weval.engine.head import Head
from weval.engine.inner import PRINT, found_address, read_environment, replaced
from weval.engine.options import EngineOptions
from weval.errors import ConfigError, missing_extra
from weval.files import one_line

_QUIET = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_BACKEND_LOG_LEVEL": "fatal", "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "1"}
"""Nothing is reported to anybody, or printed; a worker that was given no GPU sees none."""

_ONCE = {"RAY_NUM_REDIS_GET_RETRIES": "1"}
"""What answers at an address, and is no cluster, is tried once, for 40 s, and not for a quarter of an hour."""

EACH_CORE = 4
"""So many workers for each core of this machine are started here, and no more: each is a process with its own model."""

REACHED_WITHIN_S = 5.0
"""A cluster that does not take a connection within so many seconds is taken to be none."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """What a cluster has: CPU cores and GPUs in all, and those of each node. `name` is as the user said it."""

    name: str
    cpus: float
    gpus: float
    nodes: tuple[tuple[float, float], ...]

    def fits(self, cpus: float, gpus: float) -> int:
        """How many workers of such a size have room, node by node. Raises ConfigError where none ever has."""
        found = sum(_fit(node, cpus, gpus) for node in self.nodes)
        if not found:
            gpu_words = f" and {gpus:g} GPUs" if gpus else ""
            raise ConfigError(
                f"--set engine={self.name}: no node has {cpus:g} CPU cores{gpu_words} for a worker; "
                "see worker_cpus and worker_gpus"
            )
        return found


def _fit(node: tuple[float, float], cpus: float, gpus: float) -> int:
    """How often a worker fits into a node, in shares of a core or a GPU too.

    >>> _fit((0.8, 0), 0.1, 0), _fit((8, 2), 1, 0.7)
    (8, 2)
    """
    shares = [node[0] / cpus, *([node[1] / gpus] if gpus else [])]
    return int(min(shares) + 1e-6)  # 0.8 // 0.1 is 7


@contextmanager
def connected(options: EngineOptions, notice: Callable[[str], None] = lambda text: None) -> Iterator[Cluster]:
    """A cluster as the settings name it. `notice` is told what takes so long.

    Raises ConfigError where Ray is missing, where there is no such cluster, and for too many workers of this machine.
    """
    if importlib.util.find_spec("ray") is None:
        raise missing_extra("ray", "ray", "--set engine=ray")  # before anything is started
    cores = None if options.address else _cores(options)
    doing = f"connecting to {options.engine}" if options.address else "starting Ray on this machine"
    notice(f"{doing}; then workers start and load the model, so the first answer takes a while")
    with ExitStack() as stack:
        # Ray's ports are open to the network, whatever address it is given: of a token, nobody else knows it.
        token = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32)}
        stack.enter_context(_environment(_QUIET | (_ONCE if options.address else token)))
        head = stack.enter_context(Head(cores)) if cores else None
        ray_library()  # which takes as long as the other process does
        address = options.address or (head.address() if head else "")
        stack.enter_context(_connection(address, options))
        yield _described(options.engine)


def ray_library() -> Any:  # noqa: ANN401 - a module
    """Ray, with its data sets. Raises ConfigError where it is not installed."""
    try:
        importlib.import_module("ray.data")
    except ImportError as error:
        raise missing_extra("ray", "ray", "--set engine=ray") from error
    return importlib.import_module("ray")


def _cores(options: EngineOptions) -> float:
    """How many CPU cores a cluster of this machine offers: what its workers need, else what this process may use.

    Raises ConfigError where they are far more than it has.
    """
    here = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if not options.workers:
        return max(float(here), options.worker_cpus)
    if options.workers > EACH_CORE * here:
        raise ConfigError(
            f"--set workers={options.workers}: each is a process with a model of its own, and this machine has {here} "
            f"CPU cores; at most {EACH_CORE * here} are started here"
        )
    return options.workers * options.worker_cpus


def _check_reached(said: str, options: EngineOptions) -> None:
    """Raises ConfigError where nothing is at a cluster's address: Ray would try for minutes, and say nothing."""
    try:
        address = found_address(ray_library(), said)
    except ConnectionError as error:
        raise ConfigError(
            f"--set engine={options.engine}: no Ray cluster runs on this machine, and RAY_ADDRESS names none"
        ) from error
    host, _, port = address.rpartition(":")
    if not (host and port.isdecimal()):
        return  # of a later version, which knows better than we do
    try:
        socket.create_connection((host.strip("[]"), int(port)), REACHED_WITHIN_S).close()
    except (OSError, OverflowError) as error:
        why = one_line(str(getattr(error, "strerror", None) or error), 100)
        what = f"{host} is no known machine" if isinstance(error, socket.gaierror) else f"nothing is at {address}"
        raise ConfigError(f"--set engine={options.engine}: no Ray cluster answers; {what} ({why})") from error


@contextmanager
def _connection(address: str, options: EngineOptions) -> Iterator[None]:
    ray = ray_library()
    if ray.is_initialized():
        raise ConfigError("--set engine=ray: this process is connected to a Ray cluster already; ray.shutdown() first")
    read_environment(ray)
    with _silent():
        if options.address:
            _check_reached(address, options)
        try:
            with _nothing_printed(), _own_end():  # what goes wrong is raised as well
                ray.init(address=address, log_to_driver=False, logging_level=logging.CRITICAL)
        except (ConnectionError, RuntimeError, ValueError, ray.exceptions.RayError) as error:
            said = one_line(" ".join(str(error).split()), 300)
            hint = "; is its token in RAY_AUTH_TOKEN?" if "AuthToken" in str(error.__cause__) else ""
            raise ConfigError(f"--set engine={options.engine}: {said}{hint}") from error
        try:
            yield
        finally:
            ray.shutdown()


def _described(name: str) -> Cluster:
    alive = [node["Resources"] for node in ray_library().nodes() if node["Alive"]]
    nodes = tuple((float(node.get("CPU", 0)), float(node.get("GPU", 0))) for node in alive)
    return Cluster(name, sum(cpus for cpus, _ in nodes), sum(gpus for _, gpus in nodes), nodes)


@contextmanager
def _silent() -> Iterator[None]:
    """Without Ray's lines about what it does: what the user should know is said by us."""
    loggers = {name: logging.getLogger(name) for name in ("ray", "ray.data")}
    before = {name: logger.level for name, logger in loggers.items()}
    for logger in loggers.values():
        logger.setLevel(logging.CRITICAL + 1)
    try:
        with warnings.catch_warnings(), replaced(ray_library(), PRINT, lambda _: lambda *_, **__: None):
            warnings.filterwarnings("ignore", module=r"ray(\.|$)")  # it warns of its own settings
            yield
    finally:
        for name, logger in loggers.items():
            logger.setLevel(before[name])


@contextmanager
def _nothing_printed() -> Iterator[None]:
    """Standard error of this process for a while without what Ray's C++ writes there."""
    own = os.dup(2)
    try:
        with Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(own, 2)
        os.close(own)


@contextmanager
def _own_end() -> Iterator[None]:
    """What this process does at SIGTERM stays what it was: Ray would take it, and keep it when it is gone."""
    before = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        # Ray leaves other threads alone, as Python does; of a handler that is not Python's, nothing is known.
        if threading.current_thread() is threading.main_thread() and before is not None:
            signal.signal(signal.SIGTERM, before)


@contextmanager
def _environment(said: Mapping[str, str]) -> Iterator[None]:
    """Variables that are set for a while."""
    before = {name: os.environ.get(name) for name in said}
    os.environ.update(said)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value
