from __future__ import annotations

import pytest

from weval.bench.settings import bench_setting_lines
from weval.errors import ConfigError
from weval.textmodels import TextModelOptions


def test_the_settings_of_a_benchmark_its_writer_and_its_judge() -> None:
    lines = bench_setting_lines("longbench-write")
    assert {"mode=repaired", "set=all", "tries=3", "wording=own", "prompt=", "resamples="} <= lines.keys()
    assert {"writer.temperature=0.5", "writer.max_tokens=32768", "writer.timeout_s=3600.0"} <= lines.keys()
    assert {"judge.temperature=0.5", "judge.max_tokens=2048", "judge.timeout_s=180.0"} <= lines.keys()
    assert len([line for line in lines if line.startswith("judge.")]) == len(TextModelOptions.model_fields)
    assert all(lines.values())


def test_where_nobody_judges_there_is_nothing_to_set_of_a_judge() -> None:
    assert not [line for line in bench_setting_lines("longwrite-ruler") if line.startswith("judge.")]
    with pytest.raises(ConfigError, match="unknown benchmark"):
        bench_setting_lines("longwriter")
