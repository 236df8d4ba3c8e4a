"""A recipe ends with a model, a preset, a card and figures; a model that was trained stays, whatever fails after it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.training.made import Cats, learn
from weval.adapters import open_adapter, preset_of
from weval.files import read_json
from weval.presets import read_preset_file
from weval.run import RunSpec, run
from weval.training import Training, begin, read_training
from weval.training.finishing import write_preset
from weval.training.folder import TrainingRecord
from weval.training.outcome import read_outcome


def test_the_preset_is_usable_from_anywhere(cats: Cats, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    preset = read_preset_file(cats.out / "preset.yaml")
    assert (preset.family, preset.reference) == ("classifier", "model")
    assert preset.settings == {"unit": "response", "wire": "{response}", "max_length": 64, "truncation": "right"}
    monkeypatch.chdir(tmp_path)
    for name in (f"preset:{cats.out}/preset.yaml", f"{cats.out}/preset.yaml"):
        assert open_adapter(name, {}).unit == "response"
    spec = RunSpec(f"{cats.out}/preset.yaml", task="weval-mini", limit=2, settings={"resamples": "100"}, out=tmp_path)
    assert run(spec).result.n_scored == 2


def test_the_record_says_that_it_is_finished(cats: Cats) -> None:
    assert read_json(cats.out / "training.json", TrainingRecord).finished


def test_what_cannot_be_measured_ends_with_2_and_the_same_command_measures_later(
    cats: Cats, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is trained anew for it: what is measured is no part of what is trained."""
    held, out = tmp_path / "held.jsonl", tmp_path / "out"
    shutil.copytree(cats.out, out)  # which other tests look at
    said = ["--out", str(out), "--set", f"measure.tasks={held}", "--set", "measure.settings.resamples=100"]

    def never(self, args, state, control, **_) -> None:
        raise AssertionError("a step too many")

    with pytest.raises(SystemExit) as end, begin(cats.recipe, said) as training:
        learn(training, on_step_begin=never)
    assert end.value.code == 2
    err = capsys.readouterr().err
    assert f"weval: trained, and kept in {out / 'model'}; not measured: {held}: no such file; later: weval" in err
    assert (out / "model/config.json").is_file()
    assert list(read_outcome(out).not_measured) == [str(held)]
    lines = Path("tasks/weval-mini/items.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)[:4]
    held.write_text("".join(lines), encoding="utf-8")
    with begin(cats.recipe, said) as training:
        learn(training, on_step_begin=never)
    result = read_outcome(out)
    assert result.not_measured == {} and result.measured[0].figures["correlation"] is not None
    assert "| held.jsonl | correlation |" in (out / "README.md").read_text(encoding="utf-8")


def test_a_judge_is_found_beside_its_preset(cats: Cats, tmp_path: Path) -> None:
    recipe, folder = read_training(str(cats.recipe))
    training = Training(recipe, folder, "tiny", recipe.profile("tiny"), tmp_path, "weval train")
    write_preset(training, "judge", "transformers/model", {"prompt": "critic-10", "temperature": "0.5"})
    found = preset_of(f"{tmp_path}/preset.yaml")
    assert found is not None and found.reference == "transformers/model"  # no such folder yet
    (tmp_path / "model").mkdir()
    found = preset_of(f"{tmp_path}/preset.yaml")
    assert found is not None and found.reference == f"transformers/{tmp_path}/model"
