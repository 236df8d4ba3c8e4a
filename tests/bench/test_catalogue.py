from __future__ import annotations

import pytest

from weval.bench.benchmark import Benchmark
from weval.bench.catalogue import CLASSES, benchmark_class
from weval.bench.spec import bench_names
from weval.errors import ConfigError


def test_every_benchmark_has_a_description_and_a_class() -> None:
    assert sorted(CLASSES) == list(bench_names())
    for name in CLASSES:
        kind = benchmark_class(name)
        assert issubclass(kind, Benchmark) and kind.figures
        steps = kind.steps(kind.options_type())
        names = [step.name for step in steps]
        assert steps and len(set(names)) == len(names)
        assert all(step.prompt for step in steps if step.role == "judge")


def test_an_unknown_name_gets_the_nearest() -> None:
    with pytest.raises(ConfigError, match="unknown benchmark 'longbench-rite'; did you mean longbench-write"):
        benchmark_class("longbench-rite")
