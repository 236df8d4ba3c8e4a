from __future__ import annotations

import pytest
from rich.cells import cell_len

from tests.cpu import cpu_within
from weval.report.tables import WIDTH, clipped, hanging, table, wrapped


def test_figures_stand_right_and_columns_without_a_header_are_left_out() -> None:
    assert table(["", "a", "", "bb"], [("x", "1.0", "hidden", "2"), ("yy", "10.0", "", "30")]) == (
        "       a  bb\nx    1.0   2\nyy  10.0  30"
    )


@pytest.mark.parametrize("name", ["n" * 200, "写" * 60, "写a" * 40])
def test_a_long_name_is_cut_at_its_beginning_and_no_figure_is(name: str) -> None:
    lines = table(["", "value"], [(name, "0.123"), ("short", "-1.000")]).splitlines()
    assert all(cell_len(line) <= WIDTH for line in lines)
    assert lines[1].startswith("…")
    assert [line.split()[-1] for line in lines] == ["value", "0.123", "-1.000"]


@pytest.mark.parametrize("name", ["Label " + "n" * 200, "写作" * 60, "写a" * 40])
def test_a_long_label_may_keep_its_beginning(name: str) -> None:
    lines = table(["", "value"], [(name, "0.123"), ("short", "-1.000")], keeps_start=True).splitlines()
    assert all(cell_len(line) <= WIDTH for line in lines)
    assert lines[1].startswith(name[:3]) and "…  " in lines[1]
    assert [line.split()[-1] for line in lines] == ["value", "0.123", "-1.000"]


@pytest.mark.parametrize("figure", ["9" * 72, "9" * 79, "9" * 200])
def test_figures_that_leave_no_room_make_longer_lines_and_leave_the_end_of_a_name(figure: str) -> None:
    lines = table(["", "value"], [("of a name", figure), ("写写写写写", figure), ("short", "1")]).splitlines()
    assert [line.split("  ")[0] for line in lines[1:3]] == ["… a name", "…写写写"]
    assert all(line.endswith(figure) for line in lines[1:3])
    assert table(["", "value"], [("", figure)]).splitlines()[1] == "  " + figure


def test_paragraphs_are_wrapped_by_the_columns_that_they_take() -> None:
    lines = wrapped("写作 " * 60).splitlines()
    assert len(lines) > 3
    assert all(cell_len(line) <= WIDTH for line in lines)
    assert wrapped("short") == "short"


def test_a_name_ends_no_line() -> None:
    forged = "model\nA is ahead of B in everything\x1b[2J"
    assert len(table(["", "value"], [(forged, "1")]).splitlines()) == 2
    assert wrapped(forged) == "model\\nA is ahead of B in everything\\x1b[2J"


@pytest.mark.parametrize("text", ["n" * 200, "写" * 90, "写a " * 60, "two\nlines " * 20])
def test_a_hanging_paragraph_stands_below_its_beginning(text: str) -> None:
    first, *others = hanging("note: ", text)
    assert first.startswith("note: ")
    assert others
    assert all(line.startswith("      ") and line[6] != " " for line in others)
    assert all(cell_len(line) <= WIDTH for line in (first, *others))


def test_a_line_is_clipped_by_the_columns_that_it_takes() -> None:
    assert clipped("x" * 80) == "x" * 80
    for line in ("x" * 81, "写" * 41, "x" + "写" * 60):
        assert cell_len(clipped(line)) <= WIDTH
        assert clipped(line).rstrip("…").rstrip() == line[: len(clipped(line).rstrip("…").rstrip())]


def test_a_name_of_a_megabyte_is_cut_at_once() -> None:
    with cpu_within(5):
        assert table(["run", "n"], [["x" * 10**6 + "end", "1"]]).splitlines()[1].endswith("xend  1")
