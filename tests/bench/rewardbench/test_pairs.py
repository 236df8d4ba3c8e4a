"""Pairs from JSON Lines and from Parquet, and what is wrong with them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.bench.scripted import write_rows
from weval.bench.rewardbench.pairs import Pair, pairs
from weval.errors import DataError

ROW = {"prompt": "What is tea?", "chosen": "A drink.", "rejected": "", "subset": "hep-go", "id": 7}
PUBLISHED = {**ROW, "chosen_model": "human", "rejected_model": "gpt"}


def test_the_published_layout_is_read(tmp_path: Path) -> None:
    (found,) = pairs(write_rows(tmp_path / "filtered.jsonl", [PUBLISHED]))
    assert found == Pair.model_validate(ROW)
    assert found.name == "hep-go/7"


def test_parquet_is_read_alike(tmp_path: Path) -> None:
    import pyarrow
    import pyarrow.parquet

    rows = [{**PUBLISHED, "id": at} for at in range(1200)]
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), tmp_path / "filtered.parquet")
    assert list(pairs(tmp_path / "filtered.parquet")) == list(pairs(write_rows(tmp_path / "filtered.jsonl", rows)))


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        ([{**ROW, "subset": "hep-cobol"}], "1: subset: 'hep-cobol' is no subset of RewardBench"),
        ([ROW, ROW], "2: id: hep-go/7 is there already"),
        ([{**ROW, "id": True}], "1: id"),
        ([{**ROW, "chosen": None}], "1: chosen: "),
        ([{"prompt": "?"}], "1: chosen: "),
        ([], " is empty"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(tmp_path: Path, rows: list[dict[str, Any]], complaint: str) -> None:
    with pytest.raises(DataError) as error:
        list(pairs(write_rows(tmp_path / "filtered.jsonl", rows)))
    assert f"filtered.jsonl:{complaint}" in str(error.value)


@pytest.mark.parametrize("rows", [[{**ROW, "subset": "hep-cobol"}], [{**ROW, "chosen": None}], [{"prompt": "?"}]])
def test_of_parquet_too(tmp_path: Path, rows: list[dict[str, Any]]) -> None:
    import pyarrow
    import pyarrow.parquet

    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), tmp_path / "filtered.parquet")
    with pytest.raises(DataError, match=r"filtered\.parquet:1: (subset|chosen)"):
        list(pairs(tmp_path / "filtered.parquet"))


@pytest.mark.parametrize("content", [b"PAR1", b"PAR1" + b"\0" * 100 + b"PAR1"])
def test_broken_parquet(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "filtered.parquet").write_bytes(content)
    with pytest.raises(DataError, match="is not a readable Parquet file"):
        list(pairs(tmp_path / "filtered.parquet"))


def test_parquet_without_rows(tmp_path: Path) -> None:
    import pyarrow
    import pyarrow.parquet

    schema = pyarrow.schema([("prompt", pyarrow.string())])
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist([], schema), tmp_path / "filtered.parquet")
    with pytest.raises(DataError, match="holds no rows"):
        list(pairs(tmp_path / "filtered.parquet"))
