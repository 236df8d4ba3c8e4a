"""A scripted writer with seeds, a judge that likes length, and a finished best of four."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.adapters.servers import Server
from tests.bench.best_of.raters import Seeded, best_of_run, judged, written
from tests.bench.scripted import requests
from tests.textmodels.servers import chatting
from weval.bench.best_of import BestOf, run_best_of


@pytest.fixture
def seeded() -> Seeded:
    """Who writes and judges."""
    return Seeded(writes=written, judges=judged)


@pytest.fixture
def seeded_server(seeded: Seeded) -> Iterator[Server]:
    """Where they are asked."""
    with chatting(seeded) as found:
        yield found


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Three requests."""
    return requests(tmp_path, 3)


@pytest.fixture
def done(seeded_server: Server, data: Path, tmp_path: Path) -> BestOf:
    """Best of four by length."""
    return run_best_of(best_of_run(seeded_server, data, tmp_path / "root"))
