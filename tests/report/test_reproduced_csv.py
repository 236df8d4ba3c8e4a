from __future__ import annotations

import csv
import io
from pathlib import Path

from tests.report.reproductions import check, worst
from weval.report.reproduced_csv import HEADERS, reproduced_csv
from weval.reproduce.outcome import Reproduction


def rows_of(found: Reproduction) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(reproduced_csv(found), newline="")))


def test_a_line_is_a_cell_and_says_all_that_the_record_does(found: Reproduction) -> None:
    rows = rows_of(found)
    cells = [(table, row, cell) for table in found.tables for row in table.rows for cell in row.cells]
    assert len(rows) == len(cells) == 21
    for line, (table, row, cell) in zip(rows, cells, strict=True):
        assert [*line] == ["profile", "kind", *HEADERS]
        assert (line["table"], line["row"], line["column"]) == (table.id, row.name, cell.column)
        assert line["verdict"] == cell.verdict
        assert line["why"] == (cell.why or "")
        assert line["published"] == ("" if cell.published is None else str(cell.published))
        for name, figure in (("released", cell.released), ("headline", cell.headline)):
            told = [line[name], line[f"{name}_low"], line[f"{name}_high"], line[f"{name}_items"]]
            if figure is None:
                assert told == [""] * 4
            else:
                ends = figure.ci or ("", "")
                assert told[0] == str(round(figure.value, 6))
                assert told[1:3] == [str(end if end == "" else round(float(end), 6)) for end in ends]
                assert told[3] == str(figure.n)


def test_lines_end_as_rfc_4180_has_them(found: Reproduction) -> None:
    text = reproduced_csv(found)
    assert text.count("\r\n") == 22
    assert "\n" not in text.replace("\r\n", "")


def test_each_line_of_a_check_says_that_it_is_one(folder: Path, found: Reproduction) -> None:
    rows = rows_of(check(folder))
    assert {row["kind"] for row in rows} == {"check"}
    assert {row["published"] for row in rows} == {row["difference"] for row in rows} == {""}
    assert any(row["headline"] for row in rows)
    assert {row["kind"] for row in rows_of(found)} == {"reproduction"}


def test_no_cell_is_a_formula(found: Reproduction) -> None:
    hostile = worst(found)
    row = hostile.tables[0].rows[0].model_copy(update={"name": '=HYPERLINK("https://example.org")', "about": "+1\n2,3"})
    table = hostile.tables[0].model_copy(update={"rows": (row,)})
    (line, *_) = rows_of(hostile.model_copy(update={"tables": (table,)}))
    assert line["row"] == '\'=HYPERLINK("https://example.org")'
    assert line["stands_for"] == "'+1\n2,3"
    assert "\x1b" not in reproduced_csv(hostile)
    assert len(rows_of(hostile)) == 12
