"""How a script begins: what is wrong is said in one line, and the folder belongs to one process."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.training.made import make_recipe
from weval.files import read_json
from weval.training import begin, start
from weval.training.folder import TrainingRecord


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    return make_recipe(tmp_path / "recipe")


def ends(recipe: Path, *arguments: str) -> int:
    with pytest.raises(SystemExit) as end, begin(recipe, arguments):
        pass
    assert isinstance(end.value.code, int)
    return end.value.code


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--set", "optimisation.max_steps=many"], "weval: --set optimisation.max_steps: "),
        (["--set", "optimization.max_steps=3"], "weval: --set optimization.max_steps: a profile has no such field"),
        (["--set", "seed"], "weval: --set seed: is not key=value"),
        (["--profile", "huge"], "weval: unknown profile 'huge'"),
    ],
)
def test_wrong_arguments_end_with_one_line_and_2(
    recipe: Path, tmp_path: Path, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ends(recipe, *arguments, "--out", str(tmp_path / "out")) == 2
    err = capsys.readouterr().err
    assert err.startswith(said) and err.count("\n") == 1


def test_a_folder_is_held_by_one_process(recipe: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = ["--out", str(tmp_path / "out")]
    with begin(recipe, out):
        assert ends(recipe, *out) == 2
    assert "another training run is writing here" in capsys.readouterr().err


def test_what_is_trained_is_written_down_with_what_it_is_trained_on(recipe: Path, tmp_path: Path) -> None:
    with begin(recipe, ["--out", str(tmp_path / "out"), "--set", "seed=7"]) as training:
        training.claim({"pairs": "abc"})
        assert training.checkpoint() is None
        assert training.devices == 1
    record = read_json(tmp_path / "out/training.json", TrainingRecord)
    assert record.identity["data"] == {"pairs": "abc"}
    assert record.identity["profile"]["seed"] == 7
    assert "measure" not in record.identity["profile"]  # measuring otherwise trains nothing anew
    assert record.command == f"weval train {recipe} --out {tmp_path / 'out'} --set seed=7"
    assert record.environment["trl"]


def test_ctrl_c_before_the_first_step_says_so(recipe: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end, begin(recipe, ["--out", str(tmp_path / "out")]):
        raise KeyboardInterrupt
    assert end.value.code == 130
    assert "stopped; the same command goes on from the beginning" in capsys.readouterr().err


def test_only_the_first_process_writes(recipe: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RANK", "1")
    with begin(recipe, ["--out", str(tmp_path / "out")]) as training:
        training.claim({"pairs": "abc"})
    assert not (tmp_path / "out").exists()


def test_what_libraries_print_does_not_reach_standard_output(
    recipe: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with begin(recipe, ["--out", str(tmp_path / "out")]):
        print("a library")
    said = capsys.readouterr()
    assert said.out == "" and said.err == "a library\n"


def test_a_missing_library_is_named_with_its_extra(
    recipe: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(start, "missing", lambda extra: ["trl"])
    assert ends(recipe, "--out", str(tmp_path / "out")) == 2
    assert capsys.readouterr().err == "weval: Training needs trl: pip install 'weval[train]'\n"
