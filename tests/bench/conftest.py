"""What tests of benchmarks share: a scripted writer and judge, and the server that they answer on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.adapters.servers import Server
from tests.bench.scripted import Scripted
from tests.textmodels.servers import chatting


@pytest.fixture
def scripted() -> Scripted:
    """Who writes and judges."""
    return Scripted()


@pytest.fixture
def server(scripted: Scripted) -> Iterator[Server]:
    """Where they are asked."""
    with chatting(scripted) as found:
        yield found
