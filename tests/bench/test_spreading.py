"""Which models of a benchmark go to workers; tests/engine/test_spread.py has a writer that does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import weval.engine.cluster
from tests.bench.scripted import NAME, requests
from weval.bench.ready import BenchRun, Ready, prepare
from weval.bench.spreading import at_work
from weval.engine.cluster import Cluster
from weval.engine.options import EngineOptions
from weval.engine.spread import Engine, SpreadText
from weval.errors import ConfigError
from weval.run import Watcher

URL = "http://127.0.0.1:1/v1"


def ready(data: Path, model: str, **settings: str) -> Ready:
    said = {"judge.base_url": URL} | settings
    return prepare(BenchRun(NAME, model=model, judge="server/judge", data=data, settings=said), Watcher())


def engine(found: Ready) -> Engine:
    return Engine(found.engine, lambda text: None)


@pytest.fixture
def two_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cluster that nobody connects to."""

    @contextmanager
    def connected(options: EngineOptions, notice: object) -> Iterator[Cluster]:
        yield Cluster(options.engine, 8, 2, ((8, 2),))

    monkeypatch.setattr(weval.engine.cluster, "connected", connected)


def test_this_process_asks_by_itself(tmp_path: Path) -> None:
    found = ready(requests(tmp_path), f"transformers/{tmp_path}")
    with at_work(found, engine(found)) as same:
        assert same is found


@pytest.mark.usefixtures("two_gpus")
def test_a_model_behind_an_api_stays_here(tmp_path: Path) -> None:
    found = ready(requests(tmp_path), f"transformers/{tmp_path}", engine="ray:auto")
    with at_work(found, engine(found)) as spread:
        writer, judge = spread.cast.steps["responses"], spread.cast.steps["replies"]
        assert isinstance(writer, SpreadText) and judge is found.cast.steps["replies"]
        assert (writer._pool.size.workers, writer._pool.size.gpus, writer._pool.size.batch) == (2, 1, 16)
        assert writer._pool.desk.work.name == f"transformers/{tmp_path}"


@pytest.mark.usefixtures("two_gpus")
@pytest.mark.parametrize(
    ("model", "settings", "size"),
    [
        ("vllm/some/model", {"writer.max_tokens": "1000"}, (2, 1, 512)),
        ("vllm/some/model", {"writer.tensor_parallel_size": "2", "writer.max_tokens": "32768"}, (1, 2, 64)),
        ("transformers/./here", {"writer.device": "cpu"}, (8, 0, 16)),
        ("transformers/./here", {"worker_gpus": "0.5", "worker_batch": "3"}, (4, 0.5, 3)),
    ],
)
def test_workers_are_as_large_as_their_model(tmp_path: Path, model: str, settings: dict[str, str], size: Any) -> None:
    found = ready(requests(tmp_path), model, engine="ray", **settings)
    with at_work(found, engine(found)) as spread:
        writer = spread.cast.steps["responses"]
        assert isinstance(writer, SpreadText)
        assert (writer._pool.size.workers, writer._pool.size.gpus, writer._pool.size.batch) == size


def test_where_nothing_is_computed_nothing_is_spread(tmp_path: Path) -> None:
    found = ready(requests(tmp_path), "server/writer", engine="ray", **{"writer.base_url": URL})
    with pytest.raises(ConfigError, match=f"engine=ray: {NAME} is asked by one process"), at_work(found, engine(found)):
        raise AssertionError("nothing is started")
    given = replace(found, cast=replace(found.cast, steps=dict.fromkeys(found.cast.steps)))
    with pytest.raises(ConfigError, match="asks nothing"), at_work(given, engine(given)):
        raise AssertionError("nothing is started")


@pytest.mark.usefixtures("two_gpus")
def test_more_workers_than_have_room_are_refused(tmp_path: Path) -> None:
    found = ready(requests(tmp_path), "vllm/some/model", engine="ray:auto", workers="3")
    with (
        pytest.raises(ConfigError, match="workers=3: ray:auto has room for 2 of this size"),
        at_work(found, engine(found)),
    ):
        raise AssertionError("nothing is started")
