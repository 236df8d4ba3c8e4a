from __future__ import annotations

import pytest

from weval.report.escaping import bib_text, csv_cell, latex_number, latex_text


@pytest.mark.parametrize("text", ["=1+1", "+1", "-x", "@sum", "\t=1", "＝1"])
def test_a_spreadsheet_computes_no_text(text: str) -> None:
    assert str(csv_cell(text)).startswith("'") or not text.startswith("\t")
    assert not str(csv_cell(text)).startswith(("=", "+", "-", "@", "\t", "＝"))


def test_numbers_stay_numbers() -> None:
    assert csv_cell("-1.5") == "-1.5"
    assert csv_cell(1 / 3) == 0.333333
    assert csv_cell(7) == 7


@pytest.mark.parametrize("char", ["\\", "{", "}", "%", "&", "#", "_", "$", "~", "^"])
def test_no_sign_is_a_command_in_latex(char: str) -> None:
    assert latex_text(char) != char
    assert latex_text(f"a{char}{char}b").startswith("a")
    assert bib_text(char) != char


def test_signs_that_tex_makes_one_of_stay_two() -> None:
    assert latex_text("a--b") == "a-{}-b"
    assert latex_text("''") == "'{}'"
    assert latex_text("[x]") == "{[}x{]}"
    assert latex_text("two\nlines") == "two lines"


def test_other_scripts_are_told_by_their_numbers() -> None:
    assert latex_text("é写🦜") == "é{[}U+5199{]}{[}U+1F99C{]}"
    assert latex_text("\x1b\x00") == r"\textbackslash{}x1b\textbackslash{}x00"


def test_figures_have_minus_signs() -> None:
    assert latex_number("-0.5 … -0.1") == r"$-$0.5 \dots{} $-$0.1"
    assert latex_number("Qwen2.5-7B") == "Qwen2.5-7B"
