"""The recipes sft and reference_sft: through their train.py, from an item's answers and from ladders."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.training.supervised.made import ANIMALS, losses, run_recipe, write
from weval.files import read_json
from weval.training.outcome import read_outcome
from weval.training.supervised.heldout import HELDOUT, HeldOut


def source(recipe: str, folder: Path) -> Path:
    """Eight prompts with a good and a bad answer each."""
    rows = []
    for animal in ANIMALS:
        said = {"id": animal, "instruction": f"Say {animal}.", "requirements": [{"id": "c1", "text": "Loud."}]}
        good, bad = f"{animal} {animal} {animal}!", animal
        if recipe == "sft":
            answers = [{"id": "b", "kept": 0, "response": bad}, {"id": "g", "kept": 1, "response": good}]
            rows.append(said | {"candidates": answers})
        else:
            prompt = [{"role": "user", "content": f"Say {animal}. Loud."}]
            rungs = [{"writer": str(n), "response": text, "grade": float(n)} for n, text in enumerate((bad, good))]
            rows.append(said | {"prompt": prompt, "references": rungs})
    return write(folder / "source.jsonl", rows)


@pytest.mark.parametrize("recipe", ["sft", "reference_sft"])
def test_the_loss_falls_and_the_run_ends(recipe: str, tmp_path: Path) -> None:
    settings = {
        "data.source": str(source(recipe, tmp_path)), "data.train": "6", "data.holdout": "2",
        "optimisation.epochs": "", "optimisation.max_steps": "8", "optimisation.max_tokens": "80",
    }  # fmt: skip
    out = run_recipe(recipe, tmp_path / "out", settings)
    curve = losses(out)
    assert len(curve) == 8 and curve[-1] < 0.8 * curve[0]
    assert (out / "model" / "model.safetensors").is_file() and read_outcome(out).kind == "writer"
    change = read_json(out / HELDOUT, HeldOut).loss.change
    assert change and change.ci and change.ci[1] < 0
    card = (out / "README.md").read_text(encoding="utf-8")
    assert "subject of research" in card and "reward" not in card.split("## Not for")[1].split("##")[0]
