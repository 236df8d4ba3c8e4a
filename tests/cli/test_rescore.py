from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Weval


def test_the_same_bytes_again(weval: Weval) -> None:
    assert weval("run", "--model", "keywords", "--task", "weval-mini", "--out", "r").code == 0
    before = Path("r/result.json").read_bytes()
    Path("r/report.html").unlink()
    said = weval("rescore", "r")
    assert said.code == 0
    assert "keywords on weval-mini" in said.out
    assert Path("r/result.json").read_bytes() == before
    assert Path("r/report.html").exists()


def test_a_setting_of_scoring_is_refused(weval: Weval) -> None:
    assert weval("run", "--model", "length", "--task", "weval-mini", "--out", "r").code == 0
    said = weval("rescore", "r", "--set", "judged_on=own")
    assert said.code == 2
    assert "unknown setting 'judged_on'" in said.err
