from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from tests.small_models import make_tokenizer
from weval.adapters.classifier.heads import CHUNK, Choice, LikelihoodHead, PooledHead, TokenHead, pooled
from weval.adapters.classifier.options import ClassifierOptions
from weval.adapters.classifier.reading import Read
from weval.errors import ConfigError
from weval.settings import updated
from weval.types import Request


def ids(*tokens: int) -> Any:
    return np.array(tokens, dtype=np.int32)


def choice(n_outputs: int, **said: str) -> Choice:
    return Choice.of(updated(ClassifierOptions(), said), make_tokenizer(), n_outputs, "m")


def test_choices() -> None:
    raw = torch.tensor([[1.0, 3.0]])
    assert choice(1)(raw[:, :1]).tolist() == [1.0]
    assert choice(2, head="class", label="1")(raw).tolist() == pytest.approx([1 / (1 + np.exp(-2))])
    assert choice(2, head="logit_difference", label="1", other_label="0")(raw).tolist() == [2.0]


def test_half_precision_is_left_before_a_softmax() -> None:
    raw = torch.tensor([[0.0, 9.0]], dtype=torch.bfloat16)
    found = choice(2, head="class", label="1")(raw)
    assert found.dtype == torch.float32
    assert found.item() < 1  # in bfloat16 it would be 1, and tied with everything above


@pytest.mark.parametrize(
    ("n_outputs", "said", "message"),
    [
        (2, {}, "m has 2 labels; choose one"),
        (2, {"head": "class", "label": "2"}, "m has no label 2: they are 0 to 1"),
        (1, {"head": "class", "label": "1"}, "m has no label 1: it has a single one, as head=logit reads"),
        (2, {"head": "logit_difference", "label": "0", "other_label": "5"}, "no label 5"),
        (600, {"head": "vocab_logit", "token": "two words here"}, "tokens to m, not one"),
    ],
)
def test_a_label_must_be_there(n_outputs: int, said: dict[str, str], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        choice(n_outputs, **said)


def test_a_token_by_its_text() -> None:
    tokenizer = make_tokenizer()
    (wanted,) = tokenizer("e")["input_ids"]
    assert choice(600, head="vocab_logit", token="e") == Choice("vocab_logit", wanted)


def test_the_last_token_that_is_not_padding() -> None:
    assert pooled(ids(7, 0, 8, 0, 0), 0) == 2
    assert pooled(ids(7, 0, 8), 0) == 2
    assert pooled(ids(7, 8, 0), None) == 2
    assert pooled(ids(0, 0), 0) == 0


def a_read(*tokens: int, start: int | None = None) -> Read:
    return Read(Request("r", "g", "", "", None, (), ("",)), ids(*tokens), start)


def test_where_heads_need_states() -> None:
    layer = torch.nn.Linear(2, 1)
    assert PooledHead(layer, Choice("logit"), 9).first(a_read(1, 2, 9)) == 1
    assert TokenHead(layer, Choice("vocab_logit")).first(a_read(1, 2, 9)) == 2
    assert LikelihoodHead(layer).first(a_read(1, 2, 3, start=2)) == 1


def test_a_pooled_score_is_the_layer_on_the_first_state_in_float32() -> None:
    layer = torch.nn.Linear(2, 1).to(torch.bfloat16)
    states = torch.tensor([[1.5, 2.25], [9.0, 9.0]], dtype=torch.bfloat16)
    (found,) = PooledHead(layer, Choice("logit"), None).scores([states], [ids(1, 2)]).tolist()
    wanted = layer.weight.double() @ states[0].double() + layer.bias.double()
    assert found == pytest.approx(wanted.item(), rel=1e-6)


def test_a_wrapped_layer_computes_for_itself() -> None:
    layer = torch.nn.Sequential(torch.nn.Linear(2, 1))
    states = torch.randn(1, 2)
    assert PooledHead(layer, Choice("logit"), None).scores([states], [ids(1)]).item() == layer(states).item()


@pytest.mark.parametrize("size", [1, 5, CHUNK, CHUNK + 1, 2 * CHUNK + 7])
def test_the_log_probability_of_a_response_is_summed_over_its_tokens_in_parts(size: int) -> None:
    torch.manual_seed(size)
    layer, states = torch.nn.Linear(8, 50, bias=False), torch.randn(size + 1, 8)
    tokens = torch.randint(0, 50, (size + 4,))
    with torch.inference_mode():
        logs = layer(states[:-1]).log_softmax(-1)
        wanted = logs.gather(1, tokens[-size:, None]).double().sum().item()
        found = LikelihoodHead(layer).scores([states], [tokens.numpy().astype(np.int32)]).item()
    assert found == pytest.approx(wanted, abs=1e-4)
