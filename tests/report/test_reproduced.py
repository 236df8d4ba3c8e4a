from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from rich.cells import cell_len

from tests.report.conftest import HOSTILE
from tests.report.reproductions import NAMES, check, worst
from weval.errors import ResultError, visible
from weval.folders import LOCK, held
from weval.report.reproduced import PAGE, reproduced_text, write_reproduction
from weval.report.reproduced_page import TABLES
from weval.report.reproduced_wording import CHECK
from weval.report.tables import WIDTH
from weval.reproduce.outcome import Reproduction


def lines_of(text: str, title: str) -> list[str]:
    """The lines of one table, its head and its notes among them."""
    start = text.index(title)
    end = re.search(r"\n\n(?=(Table|Figure) \d|Released is)", text[start:])
    return text[start : start + end.start()].splitlines() if end else []


def test_a_row_stands_above_its_columns_with_all_that_is_known(found: Reproduction) -> None:
    lines = lines_of(reproduced_text(found), "Table 4. ")
    at = lines.index("Qwen2.5-7B-Instruct-as-a-judge")
    assert lines[2].split() == ["published", "released", "headline", "diff.", "verdict"]
    assert lines[at + 1].split() == [
        "Correlation",
        "85.4",
        "91.7",
        "[83.3,",
        "98.3]",
        "58.3",
        "[47.0,",
        "67.5]",
        "+6.3",
        "within",
    ]
    assert lines[at + 3].split()[0] == "PL"
    assert lines[lines.index("Writing-Critic-7B") + 1].split()[-2:] == ["-97.3", "outside"]


def test_a_row_that_was_not_run_says_once_why(found: Reproduction) -> None:
    lines = lines_of(reproduced_text(found), "Table 4. ")
    at = lines.index("Our-RM-7B")
    assert lines[at + 1].split() == ["Correlation", "94.6", "–", "–", "–", "not", "run"]
    assert lines[at + 4] == "  not run: t4-blocked: needs 1 GPU, here is none"
    assert sum("needs 1 GPU" in line for line in lines) == 1


def test_intervals_stand_below_where_lines_would_be_too_long(found: Reproduction) -> None:
    lines = lines_of(reproduced_text(found), "Table 5. ")
    at = next(index for index, line in enumerate(lines) if line.startswith("  WritingBench"))
    assert lines[at].split() == ["WritingBench", "57.0", "83.3", "83.3", "+26.3", "outside"]
    low, high = re.findall(r"\[([\d.]+), ([\d.]+)\]", lines[at + 1])[0]
    assert float(low) < 83.3 < float(high)
    assert lines[at + 2].split()[0] == "Arena-Write"


def test_counts_have_no_interval_and_gains_have_a_sign(found: Reproduction) -> None:
    text = reproduced_text(found)
    assert re.search(r"responses +2750 +300 +300 +-2450  outside\n", text)
    assert re.search(r"Arena-Write +4\.6 +53\.3 +55\.0 \[", text)


def test_how_many_and_how_to_read_it_is_at_the_end(found: Reproduction) -> None:
    text = reproduced_text(found)
    assert text.endswith("21 cells: 4 within, 9 outside, 0 not compared, 8 not run\n7 steps: 5 done, 2 blocked")
    assert "Released is computed as the paper's script does" in text
    assert "note: On WEval-mini." in text


def test_a_check_says_so_first_and_compares_nothing(folder: Path, found: Reproduction) -> None:
    text = reproduced_text(check(folder))
    assert " ".join(text.split("\n\n")[1].split()) == CHECK
    for word in ("published ", "diff.", "verdict ", "within", "outside", "85.4", "94.6", "97.3", "57.0"):
        assert word not in text.replace("published values", "").partition("Released is")[0].replace("not run", "")
    lines = lines_of(text, "Table 4. ")
    assert lines[2].split() == ["released", "headline"]
    at = lines.index("Qwen2.5-7B-Instruct-as-a-judge")
    assert lines[at + 1] == "  checks instead of a judge"  # what stands there for it
    assert lines[at + 2].split() == ["Correlation", "91.7", "[83.3,", "98.3]", "58.3", "[47.0,", "67.5]"]
    assert lines[lines.index("Our-RM-7B") + 2].startswith("  not run: t4-blocked")
    assert text.splitlines()[-2] == "21 cells: 13 with figures, 8 not run"


@pytest.mark.parametrize("as_check", [False, True])
def test_no_line_is_wider_than_a_terminal_whatever_names_are(found: Reproduction, as_check: bool) -> None:
    text = reproduced_text(worst(found).model_copy(update={"is_check": as_check}))
    assert max(map(cell_len, text.splitlines())) <= WIDTH
    assert "\x1b" not in text and "\u202e" not in text and "\x07" not in text
    joined = text.replace("\n", "").replace(" ", "")
    for name in NAMES:  # whole, though over several lines
        assert visible(name).replace(" ", "") in joined
    assert "100.00" in text
    assert ("+200.00" in text) is not as_check


def test_figures_that_no_terminal_has_room_for_are_cut(found: Reproduction) -> None:
    table = found.tables[1]
    cell = table.rows[0].cells[0]
    assert cell.headline
    huge = cell.model_copy(update={"headline": cell.headline.model_copy(update={"value": 1e120})})
    row = table.rows[0].model_copy(update={"cells": (huge, *table.rows[0].cells[1:])})
    other = found.model_copy(update={"tables": (table.model_copy(update={"rows": (row,)}),)})
    assert max(map(cell_len, reproduced_text(other).splitlines())) <= WIDTH


def test_all_files_are_written_and_the_record_is_read_back(found: Reproduction, tmp_path: Path) -> None:
    written = write_reproduction(found, tmp_path / "new")
    assert [*written] == ["tables.md", "tables.tex", "tables.csv", PAGE, "reproduction.json"]
    assert {path.name for path in (tmp_path / "new").iterdir()} - {LOCK} == {*written} == {*TABLES, PAGE}
    record = written["reproduction.json"].read_text()
    assert Reproduction.model_validate_json(record) == found
    assert json.loads(record)["schema"] == 1
    before = {name: path.read_bytes() for name, path in written.items()}
    write_reproduction(found, tmp_path / "new")
    assert before == {name: path.read_bytes() for name, path in written.items()}


def test_a_folder_that_cannot_be_written_is_one_error(found: Reproduction, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ResultError, match="cannot make the folder"):
        write_reproduction(found, tmp_path / "file")
    (tmp_path / PAGE).mkdir()
    with pytest.raises(ResultError, match=f"cannot write .*{PAGE}"):
        write_reproduction(found, tmp_path)


def test_two_commands_write_one_after_the_other(
    found: Reproduction, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("weval.report.reproduced.WAIT_S", 0.1)
    with held(tmp_path), pytest.raises(ResultError, match="another weval reproduce is writing here"):
        write_reproduction(found, tmp_path)
    assert {path.name for path in tmp_path.iterdir()} <= {LOCK}
    assert write_reproduction(found, tmp_path)[PAGE].is_file()


def test_without_any_table_there_is_still_a_text(found: Reproduction) -> None:
    text = reproduced_text(found.model_copy(update={"tables": (), "steps": ()}))
    assert text.endswith("0 cells: 0 within, 0 outside, 0 not compared, 0 not run\n0 steps: none")
    assert HOSTILE not in text
