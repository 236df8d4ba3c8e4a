from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from tests.cli.conftest import Weval
from weval.types import Certificate, Drift


def test_texts_and_requirements_in_a_table(weval: Weval) -> None:
    said = weval(
        "score", "--model", "keywords", "--query", "Write about tea.", "--requirement", "Mention water.",
        "--requirement", "Mention sugar.", "--response", "Sugar in hot water.", "--response", "Leaves.",
    )  # fmt: skip
    assert said.code == 0
    assert said.out == (
        "keywords, unit requirement\n\n"
        "                  score\n"
        "response 1          0.5\n"
        "  Mention water.    0.5\n"
        "  Mention sugar.    0.5\n"
        "response 2            0\n"
        "  Mention water.      0\n"
        "  Mention sugar.      0\n"
    )


def test_a_files_name_stands_for_what_is_in_it(weval: Weval, tmp_path: Path) -> None:
    (tmp_path / "essay.txt").write_text("12345", encoding="utf-8")
    said = weval("score", "--model", "length", "--response", "essay.txt", "--response", "no such file.txt", "--json")
    assert json.loads(said.out)["scores"] == [5.0, 16.0]
    long = weval("score", "--model", "length", "--response", "x" * 9000, "--response", "a\n/b", "--json")
    assert json.loads(long.out)["scores"] == [9000.0, 4.0]


def test_a_file_that_is_not_there_is_said(weval: Weval) -> None:
    said = weval("score", "--model", "length", "--response", "esay.txt", "--response", "Tea.", "--response", "yes/no")
    assert said.code == 0
    assert said.err == "note: esay.txt: no such file, so this is taken for the text itself\n"


def test_the_certificate_of_a_model_is_in_json(weval: Weval, monkeypatch: pytest.MonkeyPatch) -> None:
    drift = {"repeated": Drift(largest=0, flipped=0, n_pairs=4)}
    found = Certificate(n_texts=9, easy=(1.0, 0.0), drift=drift, computed={"dtype": "float32"})
    monkeypatch.setattr("weval.adapters.baselines.Length.certify", lambda self: found, raising=False)
    said = weval("score", "--model", "length", "--response", "Tea.", "--json")
    assert json.loads(said.out)["certificate"]["drift"] == {"repeated": {"largest": 0, "flipped": 0, "n_pairs": 4}}


def test_standard_input(weval: Weval, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("from a pipe"))
    assert json.loads(weval("score", "--model", "length", "--response", "-", "--json").out)["scores"] == [11.0]


def test_a_file_that_is_no_text(weval: Weval, tmp_path: Path) -> None:
    (tmp_path / "essay.txt").write_bytes(b"ab\xff")
    said = weval("score", "--model", "length", "--response", "essay.txt")
    assert (said.code, said.out) == (2, "")
    assert said.err == "weval: essay.txt: is not UTF-8 (byte 3)\n"


def test_wrong_use_is_one_line(weval: Weval) -> None:
    for arguments in (
        ["--model", "length"],
        ["--model", "nope", "--response", "a"],
        ["--model", "length", "--set", "x"],
    ):
        said = weval("score", *arguments)
        assert (said.code, said.out) == (2, "")
        assert said.err.startswith("weval: ") and said.err.count("\n") == 1
