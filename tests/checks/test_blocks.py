from __future__ import annotations

import pytest

from weval.checks.blocks import blocks, read_lines


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("Text\n---\nmore", "text rule text"),
        ("Title\n===", "text rule"),
        ("* * *", "rule"),
        ("———", "rule"),
        ("--", "text"),
        ("# A\ntext", "heading text"),
        ("##A", "heading"),
        ("#hashtag", "text"),
        ("####### seven", "text"),
        ("```\n# no\n- no\n```\nyes", "fence code code fence text"),
        ("~~~py\nx = 1", "fence code"),
        ("```markdown\n# A\n- b\n```", "blank heading text blank"),
        ("Here:\n```md\n# A\n```py\n# b\n```\nc\n```\nd", "text blank heading fence code fence text blank text"),
        ("```markdown\n# never closed", "blank heading"),
        ("```\n```markdown\n# in code\n```", "fence code code fence"),
        ("a | b\n--|--\n1 | 2", "table table table"),
        ("Plan:\n| a | b |\n|:-:|---|\n| 1 | 2 |\n\nend", "text table table table blank text"),
        ("a | b\nc | d", "text text"),
        ("> # A\n> b", "heading text"),
        ("    indented is no code", "text"),
        ("[Verse 1]: la la", "text"),
        ("<div>\n# A\n</div>", "text heading text"),
        ("one<br>two", "text text"),
        ("\u200b\n\ufeff", "blank blank"),
    ],
)
def test_kinds(text: str, kinds: str) -> None:
    assert " ".join(line.kind for line in read_lines(text)) == kinds


def test_a_break_inside_a_table_cell_is_a_space() -> None:
    assert [line.text for line in read_lines("| a<br>b |")] == ["| a b |"]


@pytest.mark.parametrize("end", ["\r\n", "\r", "\u2028", "\u2029"])
def test_line_ends(end: str) -> None:
    assert read_lines(f"a{end}{end}b") == read_lines("a\n\nb")


def test_blocks_part_at_everything_that_is_no_text() -> None:
    found = blocks("a\nb\n\nc\n# D\ne\n---\nf\n```\ng\n```\nh")
    assert [[line.text for line in block] for block in found] == [["a", "b"], ["c"], ["# D"], ["e"], ["f"], ["h"]]
