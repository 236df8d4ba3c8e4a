"""The card: front matter that the Hub reads, what it was trained on by hash, figures with intervals, no paths."""

from __future__ import annotations

import json
import re
from pathlib import Path

import yaml

from tests.training.made import Cats
from weval.results import Estimate
from weval.training import Training, read_training
from weval.training.card import add_section, draw_curve, write_card
from weval.training.outcome import Measured, read_outcome


def card_of(folder: Path) -> tuple[dict[str, object], str]:
    _, front, body = (folder / "README.md").read_text(encoding="utf-8").split("---\n", 2)
    return yaml.safe_load(front), body


def test_the_card_says_what_somebody_would_ask(cats: Cats) -> None:
    front, body = card_of(cats.out)
    assert front["pipeline_tag"] == "text-classification" and "reward-model" in front["tags"]
    assert "base_model" not in front  # a small model has none on the Hub
    headings = re.findall(r"^## (.*)$", body, re.MULTILINE)
    assert headings == ["What it was trained on", "Not for", "Measured", "The curve", "Settings"]
    assert "| texts | " + "0" * 64 in body and "- Cats are better." in body
    assert "learning_rate: 0.01" in body and "![Curve of training](curve.svg)" in body
    assert str(cats.out.parent) not in body


def test_figures_stand_with_their_intervals_and_foreign_texts_break_nothing(cats: Cats, tmp_path: Path) -> None:
    recipe, folder = read_training(str(cats.recipe))
    for name in ("training.json", "curve.jsonl"):
        (tmp_path / name).write_bytes((cats.out / name).read_bytes())
    record = json.loads((tmp_path / "training.json").read_text(encoding="utf-8"))
    record["identity"]["data"]["replies of /home/me/runs"] = "0" * 64
    (tmp_path / "training.json").write_text(json.dumps(record), encoding="utf-8")
    profile = recipe.profile("tiny", {"model.base": "Qwen/Qwen2.5-7B-Instruct"})
    figures = {"correlation": Estimate(value=0.5, ci=(0.4, 0.6), n=50), "reading": None}
    result = read_outcome(cats.out).model_copy(
        update={
            "measured": (Measured(name="weval-mini", folder="runs/weval-mini", figures=figures),),
            "not_measured": {"a|b<c>": "no key"},
            "base": "Qwen/Qwen2.5-7B-Instruct",
        }
    )
    training = Training(recipe, folder, "tiny", profile, tmp_path, "weval train")
    write_card(training, result, ["one\n## two", "<img src=x>"])
    front, body = card_of(tmp_path)
    assert front["base_model"] == "Qwen/Qwen2.5-7B-Instruct"
    (index,) = front["model-index"]
    assert index["results"][0]["dataset"]["name"] == "weval-mini"
    assert index["results"][0]["metrics"] == [{"type": "correlation", "value": 0.5}]
    assert "| weval-mini | correlation | 0.500 | 0.400 … 0.600 | 50 |" in body
    assert "| weval-mini | reading | – | – | 0 |" in body
    assert "Not measured: a\\|b&lt;c>." in body
    assert "\n## two" not in body and "<img" not in body
    assert "| replies of runs | " in body and "/home/me" not in body


def test_figures_on_what_was_trained_on_are_no_claim(cats: Cats, tmp_path: Path) -> None:
    recipe, folder = read_training(str(cats.recipe))
    for name in ("training.json", "curve.jsonl"):
        (tmp_path / name).write_bytes((cats.out / name).read_bytes())
    figures = {"correlation": Estimate(value=0.5, ci=(0.4, 0.6), n=50)}
    named = tuple(Measured(name=name, folder=f"runs/{name}", figures=figures) for name in ("weval-mini", "weval"))
    result = read_outcome(cats.out).model_copy(update={"measured": named})
    profile = recipe.profile("tiny", {"data.allow": "weval-mini"})
    write_card(Training(recipe, folder, "tiny", profile, tmp_path, "weval train"), result)
    front, body = card_of(tmp_path)
    assert [one["dataset"]["name"] for one in front["model-index"][0]["results"]] == ["weval"]
    assert body.count("figures on that say nothing") == 1 and "items of weval-mini: figures" in body


def test_a_section_is_added_once(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("# Title\n\n## Measured\n\nold\n", encoding="utf-8")
    for text in ("first", "second"):
        add_section(tmp_path, "Beside length", text)
    add_section(tmp_path, "Measured", "new")
    said = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert said == "# Title\n\n## Measured\n\nnew\n\n## Beside length\n\nsecond\n"


def test_the_same_curve_is_the_same_drawing(cats: Cats, tmp_path: Path) -> None:
    draw_curve(tmp_path)
    assert not list(tmp_path.iterdir())
    (tmp_path / "curve.jsonl").write_bytes((cats.out / "curve.jsonl").read_bytes())
    draw_curve(tmp_path)
    drawn = (tmp_path / "curve.svg").read_bytes()
    assert drawn.startswith(b"<?xml") and drawn == (cats.out / "curve.svg").read_bytes()
