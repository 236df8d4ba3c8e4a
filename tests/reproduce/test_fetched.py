from __future__ import annotations

from pathlib import Path

import pytest

from weval.adapters.judge.folder import read_judge
from weval.bench.spec import PinnedFile, read_bench
from weval.errors import ConfigError
from weval.pins import Pin
from weval.reproduce.fetched import is_fetched
from weval.tasks import PinnedSource, read_spec


def put(pin: Pin) -> Path:
    """Something in the place of a pinned file."""
    pin.cached.parent.mkdir(parents=True, exist_ok=True)
    pin.cached.write_bytes(b"x")
    return pin.cached


def test_a_task_is_here_while_its_file_is_in_the_cache() -> None:
    source = read_spec("weval").source
    assert isinstance(source, PinnedSource)
    assert not is_fetched("weval")
    path = put(source)
    assert is_fetched("weval")
    path.unlink()
    assert not is_fetched("weval")
    assert is_fetched("weval-mini")  # comes with weval


def test_a_benchmark_is_here_with_all_its_pinned_files() -> None:
    pinned = [file for file in read_bench("longbench-write").files.values() if isinstance(file, PinnedFile)]
    assert not is_fetched("longbench-write")
    paths = [put(pin) for pin in pinned]
    assert is_fetched("longbench-write")
    paths[0].unlink()
    assert not is_fetched("longbench-write")


def test_an_official_prompt_is_here_with_its_file() -> None:
    official = read_judge("critic-10").spec.official
    assert official is not None
    assert not is_fetched("critic-10")
    put(official.source)
    assert is_fetched("critic-10")


def test_of_an_unknown_name_it_is_said() -> None:
    with pytest.raises(ConfigError, match="unknown task, benchmark or prompt 'wval'"):
        is_fetched("wval")
