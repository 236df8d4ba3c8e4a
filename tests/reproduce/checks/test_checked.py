from __future__ import annotations

from pathlib import Path

import pytest

from tests.reproduce.checks.tables import TABLE_4, ranked, results, size
from weval.errors import DataError
from weval.reproduce.checks import Checks, checks


def test_the_findings_about_the_published_tables_are_of_all_rows() -> None:
    found = checks()
    assert (found.n_items, found.n_candidates) == (550, 5)
    assert len(found.bounds) == len(found.counts.rows) == 15
    assert Checks.model_validate_json(found.model_dump_json()) == found
    assert checks() == found


def test_other_tables_can_be_checked(tmp_path: Path) -> None:
    found = checks(results(tmp_path, size(60, 4), ranked("Table 4", TABLE_4)))
    assert [each.row.name for each in found.bounds] == list(TABLE_4)
    assert found.bounds[0].printed_most == 75.0  # 50 + 2/4 of the rest
    assert found.judges.judges[0].headline.il == 25.0


def test_without_tables_there_is_nothing_to_check(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="needs tables with"):
        checks(tmp_path)
