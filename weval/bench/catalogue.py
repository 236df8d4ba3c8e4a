"""Which class is behind the name of a benchmark. Its module is loaded when it is asked for."""

from __future__ import annotations

import importlib
from typing import Any

from weval.bench.benchmark import Benchmark
from weval.bench.spec import bench_names
from weval.errors import unknown

CLASSES: dict[str, str] = {
    "arena-write": "weval.bench.arena_write.benchmark:ArenaWrite",
    "creative-writing": "weval.bench.creative_writing.benchmark:CreativeWriting",
    "finder": "weval.bench.finder.benchmark:Finder",
    "longbench-v2": "weval.bench.longbench_v2.benchmark:LongBenchV2",
    "longbench-write": "weval.bench.longbench_write.benchmark:LongBenchWrite",
    "longwrite-ruler": "weval.bench.longbench_write.benchmark:LongWriteRuler",
    "race": "weval.bench.race.benchmark:Race",
    "rewardbench": "weval.bench.rewardbench.benchmark:RewardBench",
    "writingbench": "weval.bench.writingbench.benchmark:WritingBench",
}
"""By name, where the class is; tasks/NAME/bench.yaml describes the data."""


def benchmark_class(name: str) -> type[Benchmark[Any]]:
    """The class of a benchmark. Raises ConfigError for an unknown name."""
    if name not in CLASSES:
        raise unknown("benchmark", name, bench_names())
    module, _, found = CLASSES[name].partition(":")
    chosen: type[Benchmark[Any]] = getattr(importlib.import_module(module), found)
    return chosen
