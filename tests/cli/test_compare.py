from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from rich.cells import cell_len

from tests.cli.conftest import Weval
from weval.cli.main import main

NAMES = ("rules", "length", "random")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three baselines on the bundled set, run once by the command line."""
    folder = tmp_path_factory.mktemp("made")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for name in NAMES:
            patch.setattr("sys.argv", ["weval", "run", "--model", name, "--task", "weval-mini"])
            with pytest.raises(SystemExit) as end:
                main()
            assert not end.value.code
    return folder / "runs"


@pytest.fixture
def runs(weval: Weval, made: Path, tmp_path: Path) -> list[str]:
    """The three in the folder of this test."""
    shutil.copytree(made, tmp_path / "runs")
    return [f"runs/{name}/weval-mini" for name in NAMES]


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
    assert "unknown setting 'resample'; did you mean resamples?" in found.err
    said = [weval(*verb, "--set", "engine=ray").err for verb in (("compare", *runs[:2]), ("rescore", runs[0]))]
    assert all("unknown setting 'engine'" in line and "metric, " in line for line in said)
