from __future__ import annotations

import pytest

from weval.bench.items import Mode
from weval.bench.longbench_v2.table import COLUMNS, HEADER, Answered, result, result_line
from weval.errors import DataError, OriginalError

ROWS = [
    Answered("easy", "short", True),
    Answered("easy", "medium", False),
    Answered("hard", "long", True),
    Answered("hard", "short", False),
    Answered("hard", "short", False),
]


def test_every_class_has_its_own_share() -> None:
    shares = [2 / 5, 1 / 2, 1 / 3, 1 / 3, 0, 1]
    assert result(ROWS) == pytest.approx({column: 100 * share for column, share in zip(COLUMNS, shares, strict=True)})
    assert result(ROWS, mode="original") == dict(zip(COLUMNS, [40.0, 50.0, 33.3, 33.3, 0.0, 100.0], strict=True))


@pytest.mark.parametrize("mode", ["original", "repaired"])
def test_a_call_that_failed_is_not_a_wrong_answer(mode: Mode) -> None:
    failed = [Answered("easy", "short", None)] * 3
    assert result([*ROWS, *failed], mode) == result(ROWS, mode)


def test_a_class_without_questions_has_no_share() -> None:
    rows = [row for row in ROWS if row.length != "medium"]
    assert result(rows)["Medium"] is None
    assert set(result([]).values()) == {None}
    with pytest.raises(OriginalError, match="Medium"):
        result(rows, mode="original")


def test_an_unknown_class_is_an_error_but_in_the_original() -> None:
    rows = [*ROWS, Answered("Easy", "Short", True)]
    with pytest.raises(DataError, match="difficulty: 'Easy' is none of easy, hard"):
        result(rows)
    with pytest.raises(DataError, match="length"):
        result([Answered("easy", "huge", True)])
    assert result(rows, mode="original") == result([*ROWS, Answered("hard", "long", True)], mode="original")


def test_the_table_is_that_of_the_original() -> None:
    assert HEADER.split("\t") == ["Model", "Overall", "Easy", "Hard", "Short", "Medium", "Long"]
    assert result_line("m", result(ROWS)) == result_line("m", result(ROWS, mode="original"))
