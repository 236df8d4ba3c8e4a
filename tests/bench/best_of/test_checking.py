"""Which benchmarks have a best of n, and what makes texts differ."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.bench.scripted import requests
from weval.bench.best_of.checking import check_benchmark, check_temperature, check_written, seeds_of
from weval.bench.ready import BenchRun, Ready, prepare
from weval.bench.spec import bench_names
from weval.errors import ConfigError
from weval.run import Watcher

SERVER = {"writer.base_url": "http://localhost:1/v1"}


def ready(benchmark: str, data: Path, **settings: str) -> Ready:
    run = BenchRun(benchmark, model="server/writer", data=data, settings={**SERVER, **settings})
    return prepare(run, Watcher())


def test_where_nothing_is_written_nothing_is_chosen() -> None:
    for name in bench_names():
        if name == "rewardbench":
            with pytest.raises(ConfigError, match="--best-of: rewardbench: nothing is written in it"):
                check_written(name)
        else:
            check_written(name)


def test_the_published_arithmetic_is_refused(tmp_path: Path) -> None:
    check_benchmark(ready("longwrite-ruler", requests(tmp_path)))
    with pytest.raises(ConfigError, match="mode=original"):
        check_benchmark(ready("longwrite-ruler", requests(tmp_path), mode="original"))


def test_a_prompt_of_several_pieces_is_refused_and_of_one_is_not(tmp_path: Path) -> None:
    row = {"category": "tale", "title": "t", "writing_prompt": "Write. <SEED>", "seed_modifiers": ["Now."]}
    path = tmp_path / "prompts.json"
    path.write_text(json.dumps({"1": row}))
    judge = {"judge.base_url": "http://localhost:1/v1"}
    for pieces in ("3", "1"):
        run = BenchRun(
            "creative-writing", model="server/w", judge="server/j", data=path,
            settings={**SERVER, **judge, "iterations": pieces},
        )  # fmt: skip
        found = prepare(run, Watcher())
        if pieces == "1":
            check_benchmark(found)
            continue
        with pytest.raises(
            ConfigError, match="an item has 3 texts; one is chosen for each item; see --set iterations=1"
        ):
            check_benchmark(found)


def test_a_writer_that_always_writes_the_same_is_refused(tmp_path: Path) -> None:
    found = ready("longwrite-ruler", requests(tmp_path))
    check_temperature(found, {})
    check_temperature(found, {"writer.temperature": "0.2"})
    with pytest.raises(ConfigError, match=r"writer\.temperature=0: all texts of an item would be the same"):
        check_temperature(found, {"writer.temperature": "0"})


def test_each_sample_has_a_seed_of_its_own_where_the_writer_takes_one() -> None:
    seeds = list(seeds_of(BenchRun("finder", model="server/w"), {"writer.sampling_seed": "7"}, 3))
    assert seeds == [{"writer.sampling_seed": seed} for seed in ("7", "8", "9")]
    assert list(seeds_of(BenchRun("finder", model="anthropic/claude"), {}, 2)) == [{}, {}]
    assert list(seeds_of(BenchRun("finder", responses=Path("texts.jsonl")), {}, 2)) == [{}, {}]
