from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from tests.reproduce.checks.tables import ranked, results, size
from weval.report.checked import checked_markdown, checked_text
from weval.report.findings import Table, findings
from weval.reproduce.checks import Checks, checks

HOSTILE = "<b>|`A`\n# x\x1b[2J 名前"


@pytest.fixture(scope="module")
def published() -> Checks:
    return checks()


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Checks:
    folder: Path = tmp_path_factory.mktemp("results")
    rows = {HOSTILE: (80.0, 90.0, 33.3), "B": (80.0, 90.0, 50.0)}
    return checks(results(folder, size(100), ranked("Table 4", rows), ranked("Table 6", rows)))


def columns(line: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) == "W" else 1 for letter in line)


def test_the_terminal_is_not_wider_than_80_columns(published: Checks, hostile: Checks) -> None:
    for found in (published, hostile):
        lines = checked_text(found).splitlines()
        assert max(map(columns, lines)) <= 80
        assert all(line == line.rstrip() and line.isprintable() for line in lines)


def test_models_stay_apart_where_names_are_cut(published: Checks) -> None:
    names = [line[:22] for line in checked_text(published).splitlines() if line.startswith(("Qwen2.5-", "Skywork-"))]
    table_4 = names[:4]
    assert len(set(table_4)) == 4


def test_the_terminal_has_every_part(published: Checks) -> None:
    text = " ".join(checked_text(published).split())
    for section in findings(published):
        assert section.title in text
        for part in section.parts:
            if isinstance(part, Table):
                assert all(" ".join(row[1:]) in text for row in part.rows)
            else:
                assert " ".join(part.split()) in text


def test_markdown_says_the_same(published: Checks) -> None:
    parsed = MarkdownIt("commonmark").enable("table").parse(checked_markdown(published))
    read = ["".join(child.content for child in token.children or []) for token in parsed if token.type == "inline"]
    expected = []
    for section in findings(published):
        expected.append(section.title)
        for part in section.parts:
            expected += (
                [cell for row in (part.headers, *part.rows) for cell in row] if isinstance(part, Table) else [part]
            )
    assert read == expected
    levels = [token.tag for token in parsed if token.type == "heading_open"]
    assert levels == ["h1", *["h2"] * (len(levels) - 1)]


def test_a_name_is_no_markup_in_markdown(hostile: Checks) -> None:
    parsed = MarkdownIt("commonmark").enable("table").parse(checked_markdown(hostile))
    kinds = {child.type for token in parsed for child in token.children or []}
    assert kinds <= {"text", "text_special"}
    assert {token.type for token in parsed if token.type.startswith("html")} == set()
    rows = [token for token in parsed if token.type == "tr_open"]
    expected = [1 + len(p.rows) for section in findings(hostile) for p in section.parts if isinstance(p, Table)]
    assert len(rows) == sum(expected)
    assert r"\x1b" in checked_markdown(hostile).replace("\\\\", "\\")
