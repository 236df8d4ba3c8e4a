"""Tables in either form: the same records, the same numbers of rows, the same complaints."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict

from weval.errors import ConfigError, DataError
from weval.files import Problems
from weval.tasks.arrow import BATCH_ROWS
from weval.tasks.shards import Shards
from weval.tasks.tables import ShardProblems, table_rows

needs_parquet = pytest.mark.skipif(importlib.util.find_spec("pyarrow") is None, reason="needs pyarrow")


class Poem(BaseModel):
    """A record, as strict as those of the benchmarks."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")

    title: str
    tags: tuple[str, ...] = ()


ROWS: list[dict[str, Any]] = [{"title": f"Tea {n}", "tags": ["a", "b"][: n % 3], "more": n} for n in range(5)]


def test_problems_of_several_files_name_each_its_own(tmp_path: Path) -> None:
    problems = ShardProblems(Shards(tmp_path, "a", (), ()))
    for name in ("a", "b"):
        for number in range(11):
            problems.of(tmp_path / name, number + 1, "title", "is missing")
    found = problems.error().problems
    assert (found[0], found[19]) == (f"{tmp_path}/a:1: title: is missing", f"{tmp_path}/b:9: title: is missing")
    assert found[20] == f"{tmp_path}: and 2 more problems"


def lines(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def table(path: Path, rows: list[dict[str, Any]]) -> Path:
    import pyarrow
    import pyarrow.parquet

    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), path)
    return path


def read(path: Path) -> list[tuple[int, Poem]]:
    problems = Problems(path)
    found = list(table_rows(path, Poem, ("title", "tags"), problems))
    problems.check()
    return found


@needs_parquet
def test_both_forms_give_the_same_rows(tmp_path: Path) -> None:
    found = read(table(tmp_path / "poems.jsonl", ROWS))  # its name says nothing
    assert found == read(lines(tmp_path / "poems.parquet", ROWS))
    assert found[2] == (3, Poem(title="Tea 2", tags=("a", "b")))


@needs_parquet
def test_rows_are_numbered_through_all_batches(tmp_path: Path) -> None:
    rows = [{"title": str(n)} for n in range(1, 2 * BATCH_ROWS + 2)]
    assert [(n, poem.title) for n, poem in read(table(tmp_path / "a", rows))] == [
        (n, str(n)) for n in range(1, 2 * BATCH_ROWS + 2)
    ]


@needs_parquet
@pytest.mark.parametrize("make", [lines, table])
def test_what_is_wrong_is_said_with_the_number_of_its_row(tmp_path: Path, make: Any) -> None:
    rows = [{"title": "Tea"}, {"title": None}, {"title": "Rain"}]
    with pytest.raises(DataError, match="poems:2: title: "):
        read(make(tmp_path / "poems", rows))


@needs_parquet
def test_no_rows_and_no_table(tmp_path: Path) -> None:
    import pyarrow
    import pyarrow.parquet

    schema = pyarrow.schema([("title", pyarrow.string())])
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist([], schema), tmp_path / "none")
    with pytest.raises(DataError, match="none: holds no rows"):
        read(tmp_path / "none")
    (tmp_path / "broken").write_bytes(b"PAR1" + b"\0" * 100 + b"PAR1")
    with pytest.raises(DataError, match=r"broken: is not a readable Parquet file \("):
        read(tmp_path / "broken")


def test_parquet_needs_a_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").write_bytes(b"PAR1")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ConfigError, match=r"reading a needs pyarrow: pip install 'weval\[parquet\]'"):
        read(tmp_path / "a")
