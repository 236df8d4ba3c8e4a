"""Accuracy over all questions, by difficulty and by length.

Source: THUDM/LongBench at 2e00731f8d0bff23dc4325161044d0ed8af94c1e, result.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from weval.bench.items import Mode, is_original
from weval.errors import DataError, OriginalError

DIFFICULTIES = ("easy", "hard")
LENGTHS = ("short", "medium", "long")
COLUMNS = ("Overall", *(name.capitalize() for name in (*DIFFICULTIES, *LENGTHS)))
HEADER = "\t".join(("Model", *COLUMNS))
"""The first line of the original's table."""


class Answered(NamedTuple):
    """A question and whether it was answered correctly.

    A reply that takes no choice does not answer the question, and is wrong; where no reply came, `correct` is None.
    """

    difficulty: str
    length: str
    correct: bool | None


def result(rows: Iterable[Answered], mode: Mode = "repaired") -> dict[str, float | None]:
    """Percent of questions answered correctly, by column of the original's table.

    Where no reply came the question is missing, in both modes, for the caller to count. Repaired: not rounded; None for
    a class without questions; raises DataError for an unknown class. Original: at one decimal; what is not easy is
    hard, what is neither short nor medium is long; raises OriginalError for a class without questions.

    >>> result([Answered("easy", "short", True), Answered("hard", "short", False)])["Overall"]
    50.0
    """
    of: dict[str, list[bool]] = {column: [] for column in COLUMNS}
    for row in rows:
        if row.correct is None:
            continue
        for column in ("overall", *_classes(row, mode)):
            of[column.capitalize()].append(row.correct)
    if not is_original(mode):
        return {column: 100 * sum(right) / len(right) if right else None for column, right in of.items()}
    if empty := [column for column, right in of.items() if not right]:
        raise OriginalError(f"no question of the class {empty[0]}: the original divides by zero")
    return {column: round(100 * sum(right) / len(right), 1) for column, right in of.items()}


def result_line(name: str, figures: Mapping[str, float | None]) -> str:
    """A line of the original's table, with a dash for what is undefined.

    >>> result_line("tiny", dict.fromkeys(COLUMNS, 25.0) | {"Long": None})
    'tiny\\t25.0\\t25.0\\t25.0\\t25.0\\t25.0\\t–'
    """
    values = (figures[column] for column in COLUMNS)
    return "\t".join((name, *("–" if value is None else str(round(value, 1)) for value in values)))


def _classes(row: Answered, mode: Mode) -> tuple[str, str]:
    if is_original(mode):
        difficulty = row.difficulty if row.difficulty == "easy" else "hard"
        return difficulty, row.length if row.length in ("short", "medium") else "long"
    for kind, value, known in (("difficulty", row.difficulty, DIFFICULTIES), ("length", row.length, LENGTHS)):
        if value not in known:
            raise DataError(f"{kind}: {value!r} is none of {', '.join(known)}")
    return row.difficulty, row.length
