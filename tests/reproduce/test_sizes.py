from __future__ import annotations

from pathlib import Path

import pytest

from weval.adapters.judge.adapter import tokens_about
from weval.errors import DataError
from weval.reproduce.sizes import read_sizes
from weval.tasks import load_task


def test_weights_are_as_told_or_by_a_shape_or_unknown() -> None:
    sizes = read_sizes()
    told, shaped = sizes.weights_of("deepseek-ai/DeepSeek-R1-0528"), sizes.weights_of("Qwen/Qwen2.5-7B-Instruct")
    assert told is not None and (told.met_b, told.parameters_b) == (37, 671)
    assert shaped is not None and (round(shaped.met_b, 2), shaped.memory_gb) == (7.62, 15.2)
    assert sizes.weights_of("nobody/knows") is None
    gated = sizes.weights_of("meta-llama/Llama-3.1-8B-Instruct")
    assert gated is not None and gated.gated, "what is told goes before the shape"


def test_what_is_said_of_the_bundled_set_is_so() -> None:
    said, items = read_sizes().tasks["weval-mini"], list(load_task("weval-mini").items())
    assert said.items == len(items)
    assert {said.responses} == {len(item.candidates) for item in items}
    assert {said.requirements} == {len(item.requirements) for item in items}
    queries = [tokens_about(item.query(item.requirement_ids)) for item in items]
    texts = [tokens_about(one.response) for item in items for one in item.candidates]
    assert said.query_tokens == pytest.approx(sum(queries) / len(queries), abs=0.5)
    assert said.response_tokens == pytest.approx(sum(texts) / len(texts), abs=0.5)


def test_the_released_set_has_the_counts_of_the_papers_table_1() -> None:
    said = read_sizes().tasks["weval"]
    assert (said.items, said.items * said.responses) == (550, 2750)
    assert said.items * said.responses * said.requirements == 13750


def test_every_size_has_a_source() -> None:
    sizes = read_sizes()
    every = [*sizes.weights.values(), *sizes.tasks.values(), *sizes.benchmarks.values(), *sizes.rows.values()]
    assert all(one.source for one in (sizes.gpu, *every))


def test_a_size_that_is_none_is_told_by_line_and_field(tmp_path: Path) -> None:
    (tmp_path / "sizes.yaml").write_text("gpu: { name: x, memory_gb: -1 }\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"sizes\.yaml:1: gpu"):
        read_sizes(tmp_path)
