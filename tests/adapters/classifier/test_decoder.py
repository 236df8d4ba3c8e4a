from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import AutoModelForSequenceClassification, GPT2Config, GPT2Model, MistralConfig, MistralModel

from weval.adapters.classifier.decoder import Decoder, Effort
from weval.adapters.classifier.sharing import Batching, Cluster, Sequenced, clusters

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def layers(rm: Path) -> Any:
    return AutoModelForSequenceClassification.from_pretrained(rm).model.eval()


def texts(*lengths: int, prefix: int = 60) -> list[Sequenced]:
    """Texts that begin alike for so many tokens, and end in so many of their own."""
    draw = np.random.default_rng(0)
    start = draw.integers(5, 600, prefix)
    made = [np.concatenate([start, draw.integers(5, 600, n)]).astype(np.int32) for n in lengths]
    return [Sequenced(n, ids, len(ids) - 1 - n % 3) for n, ids in enumerate(made)]


def plain(layers: Any, text: Sequenced) -> torch.Tensor:
    hidden: torch.Tensor = layers(input_ids=torch.tensor([text.ids.tolist()])).last_hidden_state
    return hidden[0, text.first :]


@pytest.mark.parametrize("left", [False, True])
@pytest.mark.parametrize("budget", [1, 200, 10**6])
@torch.inference_mode()
def test_states_are_those_of_one_text_by_itself(layers: Any, left: bool, budget: int) -> None:
    some = texts(5, 9, 30, 31)
    shared = clusters(some)
    assert [cluster.shared for cluster in shared] == [60]
    for group in (shared, [Cluster(0, (text,)) for text in some]):
        found = Decoder(layers, CPU).states(group, Batching(budget, left=left))
        for text in some:
            assert found[text.key].shape[0] == len(text.ids) - text.first
            assert torch.allclose(found[text.key], plain(layers, text), atol=2e-5)


@torch.inference_mode()
def test_beginnings_of_several_lengths_are_computed_together(layers: Any) -> None:
    one = texts(5, 9, prefix=60)
    other = [
        Sequenced(10 + text.key, np.concatenate([np.arange(10, 64), text.ids[-9:]]).astype(np.int32), 60)
        for text in one
    ]
    group = [Cluster(60, tuple(one)), Cluster(54, tuple(other))]
    for left in (False, True):
        found = Decoder(layers, CPU).states(group, Batching(10**6, padding=10, left=left))
        for text in one + other:
            assert torch.allclose(found[text.key], plain(layers, text), atol=2e-5)


@torch.inference_mode()
def test_effort_counts_what_was_asked_computed_padded_and_saved(layers: Any) -> None:
    some = texts(10, 12, prefix=100)
    decoder = Decoder(layers, CPU)
    decoder.states([Cluster(100, tuple(some))], Batching(10**6))
    assert (decoder.effort.asked, decoder.effort.computed, decoder.effort.padding) == (222, 124, 2)
    assert decoder.effort.saved == 100
    assert Effort(10, 12, 2).saved == 0


def test_sharing_needs_full_attention_in_every_layer(layers: Any) -> None:
    assert Decoder(layers, CPU).can_share()
    sizes = {"hidden_size": 32, "intermediate_size": 32, "num_attention_heads": 2, "num_key_value_heads": 2}
    sliding = MistralModel(MistralConfig(vocab_size=50, num_hidden_layers=1, sliding_window=8, **sizes))
    assert not Decoder(sliding, CPU).can_share()
    assert Decoder(GPT2Model(GPT2Config(vocab_size=50, n_embd=32, n_layer=1, n_head=2)), CPU).can_share()


def test_layers_that_keep_nothing_cannot_share() -> None:
    class Layers(torch.nn.Module):
        config = GPT2Config(vocab_size=50, n_embd=32, n_layer=1, n_head=2)

        def forward(self, input_ids: torch.Tensor) -> None: ...

    assert not Decoder(Layers(), CPU).can_share()


@torch.inference_mode()
def test_older_transformers_call_the_cache_by_another_name(layers: Any) -> None:
    class Older(torch.nn.Module):
        """As before transformers 5.24."""

        def __init__(self) -> None:
            super().__init__()
            self.config = layers.config

        def forward(self, input_ids=None, attention_mask=None, position_ids=None, past_key_values=None, use_cache=None):
            return layers(
                input_ids=input_ids, attention_mask=attention_mask, position_ids=position_ids, cache=past_key_values,
                use_cache=use_cache,
            )  # fmt: skip

    some = texts(5, 9)
    decoder = Decoder(Older(), CPU)
    assert decoder.can_share()
    found = decoder.states(clusters(some), Batching(10**6))
    assert all(torch.allclose(found[text.key], plain(layers, text), atol=2e-5) for text in some)
