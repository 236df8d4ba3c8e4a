"""`weval train`: what is wrong is said at once; a run's result is text for people and JSON for machines."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Weval
from tests.training.made import RECIPE, make_recipe


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["cooking"], "weval: unknown training recipe 'cooking'"),
        (["cats", "--profile", "huge"], "weval: unknown profile 'huge'"),
        (["cats", "--set", "seed=many"], "weval: --set seed: "),
        (["cats", "--dry-run", "--export", "verl"], "weval: --dry-run and --export: give one of them"),
    ],
)
def test_what_is_wrong_is_one_line(weval: Weval, tmp_path: Path, arguments: list[str], said: str) -> None:
    make_recipe(tmp_path / "cats")
    found = weval("train", *arguments)
    assert found.code == 2 and found.out == ""
    assert found.err.startswith(said) and found.err.count("\n") == 1
    assert not (tmp_path / "trainings").exists()


def test_a_script_is_run_with_the_same_arguments(weval: Weval, tmp_path: Path) -> None:
    """One that only writes down how it was called, and what it would have come to."""
    folder = make_recipe(tmp_path / "cats")
    result = {
        "schema": 1, "recipe": "likes-cats", "profile": "tiny", "kind": "writer", "base": "small", "base_version": None,
        "steps": 3, "seconds": 60.0, "begin": {"loss": 2.0}, "end": {"loss": 1.0}, "model": "model", "preset": None,
        "card": "README.md",
    }  # fmt: skip
    (folder / "train.py").write_text(
        "import json, pathlib, sys\n"
        "out = pathlib.Path(sys.argv[sys.argv.index('--out') + 1])\n"
        "out.mkdir(parents=True)\n"
        "(out / 'arguments.json').write_text(json.dumps(sys.argv[1:]))\n"
        f"(out / 'result.json').write_text({json.dumps(result)!r})\n"
    )
    said = weval("train", "cats", "--set", "seed=5")
    assert (said.code, said.err) == (0, "")
    assert "likes-cats, profile tiny: 3 steps in 1.0 minutes" in said.out
    assert "model: trainings/likes-cats-tiny/model" in said.out
    arguments = json.loads(Path("trainings/likes-cats-tiny/arguments.json").read_text())
    assert arguments == ["--profile", "tiny", "--set", "seed=5", "--out", "trainings/likes-cats-tiny"]
    found = json.loads(weval("train", "cats", "--json", "--out", "other").out)
    assert found["begin"] == {"loss": 2.0} and found["steps"] == 3


def test_a_dry_run_and_an_export_train_nothing(weval: Weval, tmp_path: Path) -> None:
    make_recipe(tmp_path / "cats")
    said = weval("train", "cats", "--dry-run")
    assert said.code == 0 and "optimisation.learning_rate" in said.out
    assert json.loads(weval("train", "cats", "--dry-run", "--json").out)
    said = weval("train", "cats", "--export", "slurm")
    assert said.code == 0 and all(Path(path).is_file() for path in said.out.splitlines())
    assert not Path("trainings/likes-cats-tiny").exists()
    assert (tmp_path / "cats/recipe.yaml").read_text() == RECIPE
