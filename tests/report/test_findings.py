"""The sentences follow the numbers: other tables, other sentences."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.reproduce.checks.tables import ranked, results, size
from weval.report.findings import Section, Table, findings
from weval.reproduce.checks import Checks, checks
from weval.reproduce.checks.repeats import OWN


@pytest.fixture(scope="module")
def published() -> Checks:
    return checks()


def said(sections: list[Section], number: int) -> str:
    return " ".join(part for part in sections[number].parts if isinstance(part, str))


def tables(sections: list[Section], number: int) -> list[Table]:
    return [part for part in sections[number].parts if isinstance(part, Table)]


def found(tmp_path: Path, *given: dict[str, Any]) -> list[Section]:
    return findings(checks(results(tmp_path, *given)))


def test_what_the_published_tables_come_to(published: Checks) -> None:
    sections = findings(published)
    assert said(sections, 0).startswith(
        "15 rows of Table 4, Table 6 and Table 7, of 550 instructions with 5 candidates"
    )
    bounds = said(sections, 1)
    assert "has 3 of them in place at most" in bounds
    assert "PL + 0.6 (100 - PL)" in bounds
    assert "By the printed formula none of 15 can be: IL is 5.3 to 15.5 points too high, rounded or not." in bounds
    assert "By the script's all 15 can be." in bounds
    counts = said(sections, 2)
    assert "14 of 15 of the printed ones" in counts
    assert "No smaller number of instructions can make all of these." in counts
    assert "436/550 is 79.27, 437/550 is 79.45" in counts
    assert "Or 437/550, which is 0.7945 at the script's four decimals" in counts
    repeats = said(sections, 3)
    assert "Writing-Critic-7B has the same correlation in Table 4, Table 6 and Table 7 (80.6)." in repeats
    assert "78.7 and 78.0, 4 of 550 instructions more" in repeats
    assert "it is in 8 of 9 columns" in repeats
    judges = said(sections, 4)
    assert '"yes at 99%" beats all 15 on PL, and all rows but' in judges
    assert "A coin that says yes at 99.6% or more beats every printed row" in judges
    assert 'Gold order adds 0.0 points to "a logit for the whole text"' in said(sections, 5)


def test_every_row_of_the_record_has_its_row(published: Checks) -> None:
    sections = findings(published)
    bounds = tables(sections, 1)
    assert [table.headers[0] for table in bounds] == ["Table 4", "Table 6", "Table 7"]
    rows = [row for table in bounds for row in table.rows]
    assert [row[0] for row in rows] == [each.row.name for each in published.bounds]
    assert ("Our-RM-7B", "94.6", "97.3", "78.0", "91.20", "no", "97.30 … 98.65", "yes") in rows
    by_script, by_ours, beaten = tables(sections, 4)
    assert len(by_script.rows) == len(by_ours.rows) == len(beaten.rows) == len(published.judges.judges)
    assert beaten.rows[0] == ("the same of every text", "15", "15", "15", "15")
    for table in tables(sections, 5):
        assert [row[0] for row in table.rows] == [each.name for each in published.ties.types]
        for row in table.rows:
            assert float(row[5]) == pytest.approx(float(row[4]) - float(row[3]), abs=0.11)


def test_rows_that_the_printed_formula_allows_are_not_accused(tmp_path: Path) -> None:
    sections = found(tmp_path, size(), ranked("Table 4", {"A": (90.0, 80.0, 60.0), OWN: (90.0, 95.0, 50.0)}))
    bounds = said(sections, 1)
    assert "By the printed formula 1 of 2 can be: IL is 15.0 to 15.0 points too high" in bounds
    assert "By the script's 1 of 2 can be." in bounds
    assert "1 of 2 still can be." in bounds
    assert "only since values are rounded" not in bounds


def test_tables_without_oddities_are_told_as_such(tmp_path: Path) -> None:
    sections = found(tmp_path, size(10), ranked("Table 4", {"A": (60.0, 60.0, 10.0), OWN: (90.0, 90.0, 50.0)}))
    counts = said(sections, 2)
    assert "all 2 of the printed ones" in counts
    assert "which is no such value" not in counts
    assert "No smaller number of instructions can make all of these." in counts
    repeats = said(sections, 3)
    assert "No model has one figure twice." in repeats
    assert "is above the paper's own model" not in repeats
    assert "it is in all 3 columns" in repeats


def test_fewer_instructions_that_do_are_named(tmp_path: Path) -> None:
    sections = found(tmp_path, size(100), ranked("Table 4", {"A": (60.0, 60.0, 50.0), "B": (60.0, 60.0, 33.3)}))
    counts = said(sections, 2)
    assert "As few as 2 instructions can make all of these." in counts
    assert "B (Table 4) has 33.3, which is no such value: 33/100 is 33.00, 34/100 is 34.00." in counts
    assert "several rankings of every instruction, 3 at least; or be of other instructions, 3 at least" in counts
    assert "Rounding it twice, or cutting decimals off, does not make it one." in counts


def test_coins_that_beat_nothing_are_not_said_to(tmp_path: Path) -> None:
    perfect = {"A": (100.0, 100.0, 100.0)}
    judges = said(found(tmp_path, size(), ranked("Table 4", perfect)), 4)
    assert " beats " not in judges


def test_a_type_that_stays_best_is_said_once(published: Checks) -> None:
    types = tuple(each for each in published.ties.types if each.name in ("a logit for the whole text", "yes or no"))
    ties = published.ties.model_copy(update={"types": types})
    last = said(findings(published.model_copy(update={"ties": ties})), 5)
    assert '"yes or no" is best by both.' in last
