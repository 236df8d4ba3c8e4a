from __future__ import annotations

import pytest

from weval.checks.marks import is_title, item_text, plain


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("**a** and *b* and ***c***", "a and b and c"),
        ("__a__ and _b_ but snake_case", "a and b but snake_case"),
        ("[site](https://x.org/a) and ![pic](p.png)", "site and pic"),
        ("`code` <b>bold</b> ~~gone~~", "code bold gone"),
        (r"\*not\* 5 < 6 > 4", "*not* 5 < 6 > 4"),
    ],
)
def test_plain(line: str, text: str) -> None:
    assert plain(line).split() == text.split()


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("- item", "item"),
        ("  • item", "item"),
        ("3. item", " item"),
        ("（2）item", "item"),
        ("2.5 km", "2.5 km"),
        ("-5 degrees", "-5 degrees"),
        ("## Title", "Title"),
        ("1999. was", "1999. was"),
    ],
)
def test_item_text(line: str, text: str) -> None:
    assert item_text(line) == text


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("**A title**", True),
        ("__A title:__", True),
        ("**A whole sentence.**", False),
        ("**Term** and more", False),
        ("**a** and **b**", False),
        ("****", False),
        ("plain", False),
    ],
)
def test_is_title(line: str, expected: bool) -> None:
    assert is_title(line) is expected
