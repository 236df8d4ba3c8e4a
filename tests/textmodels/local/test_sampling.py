"""The settings on top of a model's own: what is used is what is recorded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from transformers import AutoConfig, GenerationConfig

from weval.textmodels.local.sampling import MAX_TOKENS, Sampling, own_generation_config
from weval.textmodels.options import TextModelOptions

OWN = {"do_sample": True, "temperature": 0.6, "top_p": 0.8, "top_k": 20, "repetition_penalty": 1.05}


def of(own: dict[str, Any], **options: Any) -> Sampling:
    return Sampling.of(TextModelOptions(**options), GenerationConfig(**own))


def test_without_a_word_the_model_decides() -> None:
    found = of(OWN)
    assert found.is_random
    assert found.sent == {"temperature": 0.6, "top_p": 0.8, "top_k": 20, "repetition_penalty": 1.05}
    assert found.max_tokens == MAX_TOKENS
    assert of({"max_new_tokens": 99}).max_tokens == 99
    assert of({}).sent == {"temperature": 0.0}


def test_what_is_set_goes_before_what_the_model_says() -> None:
    found = of(OWN, temperature=1.0, top_p=1.0, max_tokens=5, stop="x", sampling_seed=3)
    wanted = {
        "temperature": 1.0,
        "top_p": 1.0,
        "top_k": 20,
        "repetition_penalty": 1.05,
        "stop": "x",
        "sampling_seed": 3,
    }
    assert {**found.sent, "max_tokens": 5} == {**wanted, "max_tokens": 5}
    assert found.max_tokens == 5


def test_the_likeliest_tokens_are_not_drawn() -> None:
    found = of(OWN, temperature=0, top_p=0.5, sampling_seed=3)
    assert not found.is_random
    assert found.config.do_sample is False
    assert found.sent == {"temperature": 0.0, "top_p": None, "sampling_seed": None, "repetition_penalty": 1.05}


def test_drawing_is_from_all_tokens_where_nobody_says_otherwise() -> None:
    found = of({}, temperature=1.0)
    assert (found.config.top_k, found.config.top_p) == (0, 1.0), "50 is transformers' own idea"
    assert "top_k" not in found.sent


def test_beams_and_lengths_of_a_configuration_are_not_taken_over() -> None:
    config = of({"num_beams": 4, "num_return_sequences": 2, "max_length": 21}).config
    assert (config.num_beams, config.num_return_sequences, config.max_length) == (1, 1, None)


@pytest.mark.parametrize("own", [{"repetition_penalty": 1.1}, {"no_repeat_ngram_size": 3}])
def test_penalties_mind_padding(own: dict[str, Any]) -> None:
    assert of(own).minds_padding
    assert not of({}).minds_padding


def test_a_model_without_a_generation_config_has_that_of_its_configuration(lm: Path, tmp_path: Path) -> None:
    config = AutoConfig.from_pretrained(lm)
    assert own_generation_config(lm, config).eos_token_id == 2
    assert own_generation_config(tmp_path, config).eos_token_id == 2
