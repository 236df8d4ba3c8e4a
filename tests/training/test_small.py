"""A small base is the same for the same texts and seed, pads with a token of its own, and speaks ChatML."""

from __future__ import annotations

from pathlib import Path

import pytest

from weval.errors import ConfigError
from weval.hashes import sha256_of
from weval.training.sections import SmallModel
from weval.training.small import make_small, make_tokenizer

TEXTS = ["A cat sat on a mat.", "Ein Hund läuft.", "猫在垫子上。"] * 5
SIZE = SmallModel(vocabulary=300, hidden=32, layers=2, heads=2)


def test_the_same_texts_and_seed_make_the_same_model(tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        make_small(tmp_path / name, SIZE, TEXTS, "lm", seed=seed)
    hashes = {name: sha256_of(tmp_path / name / "model.safetensors") for name in "abc"}
    assert hashes["a"] == hashes["b"] != hashes["c"]
    assert sha256_of(tmp_path / "a/tokenizer.json") == sha256_of(tmp_path / "c/tokenizer.json")
    assert not list(tmp_path.glob(".*"))


def test_its_tokenizer_keeps_every_text_and_has_a_chat_template() -> None:
    tokenizer = make_tokenizer(TEXTS, 400)
    assert tokenizer.pad_token_id != tokenizer.eos_token_id
    for text in (*TEXTS[:3], "never seen: Ω🙂\n\tx"):
        assert tokenizer.decode(tokenizer(text)["input_ids"]) == text
    said = tokenizer.apply_chat_template(
        [{"role": "user", "content": "Hi"}], tokenize=False, add_generation_prompt=True
    )
    assert said == "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n"
    assert tokenizer(said)["input_ids"].count(tokenizer.eos_token_id) == 1


def test_sizes_that_do_not_go_together_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"model\.small: hidden=33"):
        make_small(tmp_path / "x", SIZE.model_copy(update={"hidden": 33}), TEXTS, "lm", seed=0)
