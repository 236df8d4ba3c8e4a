from __future__ import annotations

import pytest
from markdown_it import MarkdownIt

from weval.errors import visible
from weval.report.markdown import paragraph, pipe_table

HOSTILE = [
    "<script>alert(1)</script>",
    "<!-- hidden",
    "<div hidden",
    "a | b",
    "[x](javascript:alert(1))",
    "![x](https://example.org/a.png)",
    "https://example.org",
    "www.example.org and WWW.example.org",
    "$x$ and $$y$$",
    "`code` *em* __strong__ ~~no~~",
    "back\\slash \\| pipe",
    "&lt;b&gt; &copy;",
    "# heading",
    "- item",
    "+ item",
    "12. item",
    "3) item",
    "=====",
    "> quoted",
    "    indented",
    "two\nlines",
    "bell\x07 and \x1b[31m red",
    "",
]


def tokens(text: str) -> list[str]:
    """The kinds of marks in a text, all extensions of GitHub's included."""
    reader = MarkdownIt("gfm-like", {"linkify": False})
    found = reader.parse(text)
    return [token.type for token in found] + [child.type for token in found for child in token.children or []]


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_in_a_paragraph_is_markup(text: str) -> None:
    shown = paragraph(text)
    kinds = set(tokens(shown))
    assert kinds <= {"paragraph_open", "inline", "paragraph_close", "text", "text_special"}
    assert shown.isprintable()
    assert "s://" not in shown and "www." not in shown.lower()  # GitHub makes links of addresses
    assert shown.count("$") == shown.count("\\$")  # and formulas of what is between dollars


@pytest.mark.parametrize("text", HOSTILE)
def test_what_is_read_is_what_was_written(text: str) -> None:
    lines = [token for token in MarkdownIt().parse(paragraph(text)) if token.type == "inline"]
    read = "".join(child.content for line in lines for child in line.children or [])
    assert read == visible(text.strip())


def test_a_cell_ends_where_it_should() -> None:
    shown = pipe_table(["name", "PL"], [[text, "0.5"] for text in HOSTILE])
    assert len(shown.splitlines()) == len(HOSTILE) + 2
    kinds = tokens(shown)
    assert kinds.count("td_open") == 2 * len(HOSTILE)
    assert set(kinds) - {"inline", "text", "text_special"} == {
        f"{name}_{end}" for name in ("table", "thead", "tbody", "tr", "th", "td") for end in ("open", "close")
    }


def test_figures_stand_to_the_right() -> None:
    assert pipe_table(["a", "b", "c"], [["x", "1", "2"]]).splitlines() == [
        "| a | b | c |",
        "|---|---:|---:|",
        "| x | 1 | 2 |",
    ]
