from __future__ import annotations

import json
from pathlib import Path

import pytest
from rich.cells import cell_len

from tests.cli.conftest import Weval


@pytest.fixture
def runs(weval: Weval) -> list[str]:
    """Three baselines on the bundled set."""
    names = ["rules", "length", "random"]
    for name in names:
        assert weval("run", "--model", name, "--task", "weval-mini").code == 0
    return [f"runs/{name}/weval-mini" for name in names]


def test_two_runs_in_full_and_three_in_short_within_80_columns(weval: Weval, runs: list[str]) -> None:
    two, three = weval("compare", *runs[:2]), weval("compare", *runs)
    assert two.code == three.code == 0
    assert "A is ahead of B in correlation by 0.848 (p <0.001)." in two.out
    assert "pairs in gold order" in two.out
    assert "A - C" in three.out
    assert max(cell_len(line) for line in (two.out + three.out).splitlines()) <= 80


def test_a_folder_stands_for_the_runs_in_it(weval: Weval, runs: list[str]) -> None:
    assert weval("compare", "runs").out == weval("compare", *sorted(runs)).out


def test_json_holds_every_test(weval: Weval, runs: list[str]) -> None:
    found = json.loads(weval("compare", *runs[:2], "--json").out)
    assert found["schema"] == 1
    assert {
        "value",
        "ci",
        "n",
        "n_differ",
        "p",
        "p_holm",
        "wilcoxon",
        "t",
        "effect_size",
        "items_needed",
        "detectable",
    } == set(found["duels"][0]["metrics"]["correlation"])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["runs/rules/weval-mini"], "one run"),
        (["runs/rules/weval-mini", "runs/rules/weval-mini"], "given twice"),
        (["runs/rules/weval-mini", "nowhere"], "no such folder"),
    ],
)
def test_what_cannot_be_compared_is_one_line(weval: Weval, runs: list[str], arguments: list[str], said: str) -> None:
    found = weval("compare", *arguments)
    assert (found.code, found.out) == (2, "")
    assert said in found.err
    assert found.err.count("\n") == 1


@pytest.mark.parametrize("out", ["", ".", "/dev/null", "runs/rules/weval-mini/scores.jsonl", "runs"])
def test_a_page_is_written_over_nothing_that_is_no_page(weval: Weval, runs: list[str], out: str) -> None:
    found = weval("compare", *runs[:2], "--out", out)
    assert (found.code, found.out, found.err.count("\n")) == (2, "", 1)
    assert weval("show", *runs[:1]).code == 0


def test_a_page_behind_a_link_is_written_where_it_leads(weval: Weval, runs: list[str], tmp_path: Path) -> None:
    (tmp_path / "link.html").symlink_to(tmp_path / "compare.html")
    assert weval("compare", *runs[:2], "--out", "link.html").code == 0
    assert (tmp_path / "link.html").is_symlink()
    assert (tmp_path / "compare.html").is_file()


def test_a_page_replaces_a_page(weval: Weval, runs: list[str], tmp_path: Path) -> None:
    for _ in range(2):
        assert weval("compare", *runs[:2], "--out", "new/compare.html").out.endswith("page: new/compare.html\n")
    assert (tmp_path / "new" / "compare.html").read_text().count("</html>") == 1


def test_settings_are_checked(weval: Weval, runs: list[str]) -> None:
    assert json.loads(weval("compare", *runs[:2], "--set", "resamples=200", "--json").out)["resamples"] == 200
    found = weval("compare", *runs[:2], "--set", "resample=200")
    assert (found.code, found.err.count("\n")) == (2, 1)
