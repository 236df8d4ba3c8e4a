from __future__ import annotations

from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

from tests.report.conftest import HOSTILE
from tests.report.reproductions import check, worst
from weval.report.reproduced_markdown import CHECKED, COMPARED, reproduced_markdown
from weval.report.reproduced_wording import CHECK
from weval.reproduce.outcome import Reproduction


def parsed(text: str) -> list[Token]:
    return MarkdownIt("gfm-like", {"linkify": False}).parse(text)


def tables(text: str) -> list[list[list[str]]]:
    """The cells of every table, its head first."""
    found: list[list[list[str]]] = []
    for before, token in zip(parsed(text), parsed(text)[1:], strict=False):
        if before.type == "table_open":
            found.append([])
        if token.type == "tr_open":
            found[-1].append([])
        if before.type in ("th_open", "td_open"):
            found[-1][-1].append("".join(child.content for child in token.children or []))
    return found


def test_every_cell_is_in_a_table(found: Reproduction) -> None:
    every = tables(reproduced_markdown(found))
    assert len(every) == len(found.tables) + 1  # the last has the steps
    assert [len(table) - 1 for table in every] == [4, 12, 4, 1, 7]
    assert every[1][0] == [*COMPARED]
    assert every[1][1][:5] == ["Qwen2.5-7B-Instruct-as-a-judge", "Correlation", "85.4", "91.7", "83.3 … 98.3"]
    assert every[1][1][5:] == ["58.3", "47.0 … 67.5", "+6.3", "within"]
    assert every[1][2][:3] == ["", "IL", "92.9"]
    assert every[-1][4][:3] == ["t4-blocked", "blocked", "1 min 2 s"]


def test_why_there_is_no_figure_and_what_is_known_follows(found: Reproduction) -> None:
    text = reproduced_markdown(found)
    assert "- Our-RM-7B: not run: t4-blocked: needs 1 GPU, here is none\n" in text
    assert "- Human: not run: nobody's rankings were released\n" in text
    assert "\n- On WEval-mini.\n" in text
    assert "4 within, 9 outside" in text


def test_a_check_says_so_first_and_compares_nothing(folder: Path, found: Reproduction) -> None:
    text = reproduced_markdown(check(folder))
    assert text.index(CHECK.replace("'", "'")) < text.index("Table 1")
    every = tables(text)
    assert every[1][0] == [*CHECKED]
    assert every[1][1] == [
        "Qwen2.5-7B-Instruct-as-a-judge",
        "Correlation",
        "91.7",
        "83.3 … 98.3",
        "58.3",
        "47.0 … 67.5",
        "",
    ]
    assert every[1][7][-1] == "not run"
    assert "85.4" not in text and "97.3" not in text
    assert tables(reproduced_markdown(found))[1][7][-1] == "not run"


def test_nothing_that_others_wrote_is_markup(found: Reproduction) -> None:
    text = reproduced_markdown(worst(found))
    kinds = {token.type for token in parsed(text)} | {
        child.type for token in parsed(text) for child in token.children or []
    }
    assert not kinds & {"html_block", "html_inline", "link_open", "image", "code_inline", "em_open", "fence", "s_open"}
    assert "\x1b" not in text and "\u202e" not in text
    (first, *_) = tables(text)
    assert all(len(row) == len(COMPARED) for row in first)
    assert any(HOSTILE in "".join(child.content for child in token.children or []) for token in parsed(text))
