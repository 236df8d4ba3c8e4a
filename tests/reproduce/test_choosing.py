from __future__ import annotations

import pytest

from weval.errors import ConfigError
from weval.reproduce.choosing import choose_tables, chosen_steps
from weval.reproduce.manifest import Cells, Column, Profile, Row, Run, Step, Table

COLUMNS = (Column(name="one", label="One", figure="il"), Column(name="two", label="Two", figure="pl"))


def table(name: str, *rows: Row) -> Table:
    return Table(id=name, label=name, title=name, published=f"p-{name}", columns=COLUMNS, rows=rows)


CELLS = Cells(
    tables=(
        table("table3", Row(name="Anna", step="c-anna")),
        table("table4", Row(name="Anna", step="a-anna"), Row(name="Ben (big)", step="a-ben")),
        table("table5", Row(name="Anna", steps={"one": "b-anna", "two": "gone"}), Row(name="Nobody", why="left")),
        table("figure4-a", Row(name="Anna", step="a-anna", minus="a-ben")),
        table("figure4-b", Row(name="Ben (big)", step="lost")),
    )
)
STEPS: dict[str, Step] = {
    name: Run(does="run", about=name, model="length") for name in ("a-anna", "a-ben", "b-anna", "c-anna", "rm")
}
PROFILE = Profile(name="p", title="P", about="p", is_check=True, absent={"gone": "nobody has it"}, steps=STEPS)


def ids(*wanted: str, rows: tuple[str, ...] = ()) -> list[str]:
    return [one.id for one in choose_tables(CELLS, wanted, rows)]


def steps(*wanted: str, rows: tuple[str, ...] = (), only: tuple[str, ...] = ()) -> list[str]:
    return chosen_steps(CELLS, PROFILE, wanted, rows, only)


def test_without_a_choice_it_is_the_usual_tables() -> None:
    assert ids() == ["table4", "table5"]  # 6 and 7 are not among these cells


def test_tables_come_in_the_order_of_print() -> None:
    assert ids("table5", "table3") == ["table3", "table5"]


def test_a_figure_stands_for_all_its_parts_and_a_number_for_no_longer_one() -> None:
    assert ids("figure4") == ["figure4-a", "figure4-b"]
    assert ids("figure4-b") == ["figure4-b"]
    with pytest.raises(ConfigError, match="unknown table 'table'"):
        ids("table")


def test_an_unknown_table_is_told_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r"unknown table 'table9'; did you mean table\d"):
        ids("table4", "table9")


def test_rows_are_those_that_hold_a_text_in_capitals_or_not() -> None:
    (found,) = choose_tables(CELLS, (), ("BEN (",))
    assert (found.id, [row.name for row in found.rows]) == ("table4", ["Ben (big)"])
    both = choose_tables(CELLS, (), ("ben", "nobody"))
    assert [(one.id, len(one.rows)) for one in both] == [("table4", 1), ("table5", 1)]


def test_a_text_that_no_row_holds_is_an_error_with_the_rows_that_there_are() -> None:
    with pytest.raises(ConfigError, match=r"--rows 'Carl': no row of table3 holds that \(Anna\)"):
        ids("table3", rows=("anna", "Carl"))


def test_steps_are_those_of_the_rows_each_once_without_those_that_there_are_not() -> None:
    assert steps() == ["a-anna", "a-ben", "b-anna"]
    assert steps("figure4") == ["a-anna", "a-ben"], "a gain needs both; lost is not in the profile"
    assert steps("table4", rows=("ben",)) == ["a-ben"]
    assert steps("table5", rows=("nobody",)) == []


def test_only_these_steps_also_those_of_no_row() -> None:
    assert steps(only=("rm", "a-ben", "rm")) == ["rm", "a-ben"]


def test_a_step_that_there_is_not_is_told_with_the_nearest_or_with_why() -> None:
    with pytest.raises(ConfigError, match="--only a-bean: no step of the profile p; did you mean a-ben"):
        steps(only=("a-bean",))
    with pytest.raises(ConfigError, match="--only xyz: no step of the profile p; weval reproduce --plan names them"):
        steps(only=("xyz",))
    with pytest.raises(ConfigError, match="--only gone: the profile p has no such step: nobody has it"):
        steps(only=("gone",))
