"""What training came to is one folder that opens by itself, without pickles; LoRA is in its weights."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.training.made import TEXTS, Cats, learn
from weval.adapters import open_adapter
from weval.training import begin
from weval.types import Request


def scores(out: Path, texts: list[str]) -> list[float]:
    adapter = open_adapter(str(out / "preset.yaml"), {"device": "cpu"})
    requests = [Request(text, "g", "Q", "Q", None, (), (text,)) for text in texts]
    found = {score.request_id: score.values[0] for score in adapter.score(iter(requests))}
    return [found[text] for text in texts]


def test_the_model_lies_alone_in_its_folder_and_likes_what_it_was_taught(cats: Cats) -> None:
    names = {path.name for path in (cats.out / "model").iterdir()}
    assert {"config.json", "model.safetensors", "tokenizer.json"} <= names
    assert not any(name.endswith((".bin", ".pt", ".pth")) for name in names)
    cat, dog = scores(cats.out, ["a cat 3 sat", "a dog 3 sat"])
    assert cat > dog + 1


def test_a_lora_is_merged_and_scores_as_the_trained_model_does(cats: Cats, tmp_path: Path) -> None:
    import torch

    kept = {}

    def keep(self, args, state, control, model=None, processing_class=None, **_) -> None:
        with torch.inference_mode():
            ids = [torch.tensor([processing_class(text)["input_ids"]]) for text in TEXTS[:4]]
            model.eval()
            kept["scores"] = [float(model(input_ids=one).logits[0, 0]) for one in ids]

    out = tmp_path / "lora"
    said = ["--set", "model.lora.rank=4", "--set", "optimisation.learning_rate=0.02", "--out", str(out)]
    with begin(cats.recipe, said) as training:
        learn(training, on_train_end=keep)
    assert not (out / "model/adapter_config.json").exists() and (out / "model/model.safetensors").is_file()
    assert (out / "checkpoints/checkpoint-10/adapter_config.json").is_file()
    assert scores(out, TEXTS[:4]) == pytest.approx(kept["scores"], abs=1e-5)
    assert kept["scores"][0] > kept["scores"][2]
