from __future__ import annotations

from pathlib import Path

import pytest
from rich.cells import cell_len

from tests.report.bench_runs import full, hostile, ruler
from tests.report.conftest import HOSTILE
from weval.bench.result import BenchResult, FurtherTable
from weval.report.bench_text import MAX_TABLE_ROWS, bench_text
from weval.report.bench_wording import figure_lines


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> BenchResult:
    """Of a run that has everything."""
    return full(tmp_path_factory.mktemp("runs") / "w").result


def test_every_figure_has_a_line_of_its_own(result: BenchResult) -> None:
    lines = bench_text(result).splitlines()
    header = next(line for line in lines if "95 % interval" in line)
    assert header.split()[0] == "value"
    assert header.endswith("items  missing  published  at worst")
    for figure in figure_lines(result):
        line = next(line for line in lines if line.startswith(f"{figure.label}  "))
        rest = line.removeprefix(figure.label).replace(" … ", "…").split()
        assert rest == [
            figure.value,
            figure.interval.replace(" … ", "…"),
            figure.n,
            figure.missing,
            figure.published,
            figure.worst,
        ]


def test_all_that_a_reader_must_know_is_said(result: BenchResult) -> None:
    text = bench_text(result)
    said = " ".join(text.split())
    assert "missing, 1 item: judge: the judge's verdict cannot be read" in said
    assert "repair dropped, on 1 item: a text whose verdict cannot be read is missing" in said
    assert "; S-bar without it " in said
    assert "Without effect here: " in said
    assert "S_l: how near the length is to the one asked for" in said
    assert "replies: 6 calls, answered by a file, 1 without a reply that can be read" in said
    assert "note: not publishable: some of its data are not the public files" in said
    assert "Published: what the benchmark's own script makes" in said
    assert "\n\n\n" not in text


def test_what_there_is_nothing_of_takes_no_room(tmp_path: Path) -> None:
    text = bench_text(ruler(tmp_path / "w").result)
    assert "published" not in text.splitlines()[3]
    assert "script stops" in text
    assert "\n\n\n" not in text


def test_further_tables_end_somewhere(result: BenchResult) -> None:
    rows = tuple((f"player {n}", *range(n, n + 30)) for n in range(MAX_TABLE_ROWS + 5))
    found = FurtherTable(name="r", title="Ratings", about="of games", headers=("player", *"x" * 30), rows=rows)
    text = bench_text(result.model_copy(update={"further": (found,)}))
    assert "Ratings: of games" in text
    assert f"player {MAX_TABLE_ROWS - 1}  " in text
    assert f"player {MAX_TABLE_ROWS}  " not in text
    assert "5 more rows and 13 more columns: see result.json" in text
    assert max(map(cell_len, text.splitlines())) <= 80


def test_hostile_names_move_no_cursor_and_stay_in_80_columns(tmp_path: Path) -> None:
    result = hostile(tmp_path / "w", HOSTILE * 25_000).result
    text = bench_text(result)
    assert all(line.isprintable() for line in text.splitlines())
    assert len(text) < 20_000
    assert max(map(cell_len, text.splitlines())) <= 80
