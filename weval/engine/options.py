"""What --set takes for who answers: this process, or workers. None of it is part of what a run is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, Field

from weval.errors import ConfigError
from weval.types import Record

LOCAL, RAY = "local", "ray"


def _engine(name: str) -> str:
    kind, _, address = name.partition(":")
    if name not in (LOCAL, RAY) and not (kind == RAY and address.strip()):
        raise ValueError(f"{name!r} is unknown; one of {LOCAL}, {RAY}, {RAY}:ADDRESS")
    if "://" in address:
        raise ValueError(f"{name!r}: runs on a node of the cluster, as {RAY}:auto or {RAY}:HOST:PORT")
    # Ray takes other words: by `local` it would start a cluster that everybody on the network can use.
    if address and address != "auto" and not re.fullmatch(r".+:[0-9]{1,5}", address):
        raise ValueError(f"{name!r}: neither {RAY}:auto nor {RAY}:HOST:PORT")
    return name


class EngineOptions(Record):
    """Who answers requests. The same run may be continued with others of these."""

    engine: Annotated[str, AfterValidator(_engine)] = Field(
        default=LOCAL, description="local; ray: workers on this machine; ray:ADDRESS: on a cluster (ray:auto)"
    )
    workers: int | None = Field(default=None, ge=1, le=10_000, description="ray: processes; default: as many as fit")
    worker_cpus: float = Field(default=1.0, gt=0, le=1024, description="ray: CPU cores of each worker")
    worker_gpus: float | None = Field(
        default=None, ge=0, le=64, description="ray: GPUs of each worker; default: 1 for models, where there are any"
    )
    worker_batch: int | None = Field(
        default=None,
        ge=1,
        le=100_000,
        description="ray: requests that a worker is given at once; default: 64, text models 16, vllm 512",
    )

    @property
    def address(self) -> str | None:
        """Where the cluster is; None for one of this machine's own."""
        return self.engine.partition(":")[2] or None

    @property
    def is_local(self) -> bool:
        """Whether this process answers."""
        return self.engine == LOCAL


def check_engine(given: Mapping[str, str]) -> None:
    """Raises ConfigError for settings of workers where there are none."""
    idle = [name for name in given if name != "engine"]
    if idle and given.get("engine", LOCAL) == LOCAL:
        raise ConfigError(f"--set {', '.join(idle)}: has no effect with engine={LOCAL}")


def without_engine(settings: Mapping[str, str]) -> dict[str, str]:
    """The settings that say what a run is, without those that say where it is computed: a cluster is nobody's business.

    >>> without_engine({"seed": "3", "engine": "ray:10.0.0.1:6379"})
    {'seed': '3'}
    """
    return {name: value for name, value in settings.items() if name not in EngineOptions.model_fields}
