"""Files of a language model: found, told apart, loaded; nothing that could run code."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from tests.small_models import edit_config, edit_weights, make_tokenizer
from tests.textmodels.asking import copied
from weval.errors import AdapterError, ConfigError
from weval.repository import located
from weval.textmodels.local.checkpoint import (
    explained,
    load_config,
    load_model,
    load_tokenizer,
)
from weval.textmodels.local.transformers_library import context_of


def test_weights_that_are_not_there_are_not_made_up(lm: Path, tmp_path: Path) -> None:
    folder = copied(lm, tmp_path / "lm")
    edit_weights(folder, lambda weights: weights.pop("model.layers.1.mlp.up_proj.weight"))
    with pytest.raises(AdapterError, match=r"lacks weights \(model\.layers\.1\.mlp\.up_proj\.weight\)"):
        load_model(located(str(folder), None), "auto", "cpu")


def test_code_of_a_repository_is_not_run(lm: Path, tmp_path: Path) -> None:
    folder = edit_config(copied(lm, tmp_path / "lm"), auto_map={"AutoModelForCausalLM": "own.Own"}, model_type="own")
    (folder / "own.py").write_text("raise SystemExit('ran')")
    with pytest.raises((AdapterError, ConfigError), match=r"code of its own|does not recognize"):
        load_config(located(str(folder), None))


def test_a_model_is_loaded_as_asked(lm: Path) -> None:
    found = located(str(lm), None)
    model = load_model(found, "bfloat16", "cpu")
    assert model.dtype == torch.bfloat16
    assert not model.training
    assert context_of(model.config) == 4096
    assert load_tokenizer(found)("Hello")["input_ids"] == make_tokenizer()("Hello")["input_ids"]


def test_faults_of_libraries_are_one_line() -> None:
    for error, kind in (
        (ImportError("no sentencepiece"), ConfigError),
        (RuntimeError("CUDA\nout of memory"), AdapterError),
    ):
        with pytest.raises(kind, match="m: ") as caught, explained("m", "failed"):
            raise error
        assert str(caught.value).isprintable()
