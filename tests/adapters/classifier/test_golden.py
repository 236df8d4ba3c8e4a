"""Ours against plain transformers code: one request at a time, pooled as the model's own class pools."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification, AutoTokenizer

from tests import small_models
from tests.adapters.classifier.asking import WIRE, scored
from weval.adapters.texts import TextOptions
from weval.types import Request, Unit

Asked = Callable[[Unit, int], list[Request]]

CLOSE = 1e-4


@pytest.fixture(scope="module")
def pad_is_eos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A reward model whose pad token is its end token, and whose chat ends in it."""
    ends = small_models.CHAT.removesuffix("{% endif %}") + "{% else %}</s>{% endif %}"
    tokenizer = small_models.make_tokenizer(chat=ends, pad_token="</s>")
    return small_models.make_rm(tmp_path_factory.mktemp("eos"), tokenizer)


def text_of(request: Request, tokenizer: Any, wire: str | None) -> dict[str, Any]:
    options = TextOptions(unit="requirement" if request.requirement else "response", wire=wire)
    if wire:
        return dict(tokenizer(options.text(request), return_tensors="pt"))
    text = tokenizer.apply_chat_template(options.messages(request), tokenize=False)
    return dict(tokenizer(text, return_tensors="pt", add_special_tokens=False))


def plain(
    folder: Path, requests: list[Request], read: Callable[[torch.Tensor], float], wire: str | None = None
) -> dict[str, float]:
    """Scores as anybody would write it down."""
    model, tokenizer = AutoModelForSequenceClassification.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)
    model.eval()
    found = {}
    with torch.inference_mode():
        for request in requests:
            said = text_of(request, tokenizer, wire)
            found[request.id] = read(model(said["input_ids"], attention_mask=said["attention_mask"]).logits[0])
    return found


def first(logits: torch.Tensor) -> float:
    return float(logits[0])


def largest_difference(ours: dict[str, float], golden: dict[str, float]) -> float:
    assert ours.keys() == golden.keys()
    return max(abs(ours[name] - golden[name]) for name in golden)


def in_every_way(
    ask: Callable[..., dict[str, float]],
    requests: list[Request],
    golden: dict[str, float],
    close: float = CLOSE,
    budgets: tuple[str, ...] = ("1", "300", "1000000"),
) -> None:
    """Small and large budgets, both padding sides, sharing on and off, every time in another order."""
    ways = product(budgets, ("right", "left"), ("true", "false"))
    for n, (batch_tokens, padding_side, sharing) in enumerate(ways):
        shuffled = random.Random(n).sample(requests, len(requests))
        ours = ask(shuffled, batch_tokens=batch_tokens, padding_side=padding_side, sharing=sharing)
        assert largest_difference(ours, golden) <= close, (batch_tokens, padding_side, sharing)


@pytest.mark.slow
def test_five_hundred_requirements_in_the_papers_manner(tmp_path: Path, asked: Asked) -> None:
    tokenizer = small_models.make_tokenizer(vocabulary=4000)
    folder = small_models.make_rm(tmp_path, tokenizer, labels=2, hidden_size=32, num_hidden_layers=2)
    requests = asked("requirement", 20)
    assert len(requests) == 500
    golden = plain(folder, requests, lambda logits: float(logits.softmax(-1)[1]), WIRE)
    ask = partial(scored, folder, unit="requirement", head="class", label="1", wire=WIRE)
    in_every_way(ask, requests, golden, budgets=("300", "1000000"))  # one at a time is how the golden ones were made


def test_chats_by_response(rm: Path, asked: Asked) -> None:
    requests = asked("response", 8)
    in_every_way(partial(scored, rm), requests, plain(rm, requests, first))


def test_pad_equal_to_eos_is_scored_as_the_models_own_class_does(pad_is_eos: Path, asked: Asked) -> None:
    requests = asked("response", 4)
    in_every_way(partial(scored, pad_is_eos), requests, plain(pad_is_eos, requests, first))


def test_absolute_positions(gpt2: Path, asked: Asked) -> None:
    requests = asked("response", 4)
    in_every_way(partial(scored, gpt2), requests, plain(gpt2, requests, first))


def test_an_encoder(bert: Path, asked: Asked) -> None:
    requests = asked("response", 4)
    golden = plain(bert, requests, first, "{query} {response}")
    for batch_tokens in ("1", "1500", "100000"):
        ours = scored(bert, requests[::-1], wire="{query} {response}", batch_tokens=batch_tokens)
        assert largest_difference(ours, golden) <= CLOSE


def test_the_difference_of_two_labels(two_labels: Path, asked: Asked) -> None:
    requests = asked("response", 4)
    golden = plain(two_labels, requests, lambda logits: float(logits[1] - logits[0]))
    ask = partial(scored, two_labels, head="logit_difference", label="1", other_label="0")
    in_every_way(ask, requests, golden)


def test_the_logit_of_a_token(lm: Path, asked: Asked) -> None:
    requests = asked("response", 4)
    model, tokenizer = AutoModelForCausalLM.from_pretrained(lm), AutoTokenizer.from_pretrained(lm)
    golden = {}
    with torch.inference_mode():
        for request in requests:
            golden[request.id] = float(model(text_of(request, tokenizer, None)["input_ids"]).logits[0, -1, 7])
    in_every_way(partial(scored, lm, head="vocab_logit", label="7"), requests, golden)


def test_the_implicit_reward_of_dpo(lm: Path, other_lm: Path, asked: Asked) -> None:
    requests = asked("response", 3)
    tokenizer = AutoTokenizer.from_pretrained(lm)
    golden = dict.fromkeys([request.id for request in requests], 0.0)
    for folder, sign in ((lm, 1), (other_lm, -1)):
        model = AutoModelForCausalLM.from_pretrained(folder)
        for request in requests:
            messages = TextOptions().messages(request)
            prompt = tokenizer.apply_chat_template(messages[:1], tokenize=False, add_generation_prompt=True)
            start = len(tokenizer(prompt, add_special_tokens=False)["input_ids"])
            ids = text_of(request, tokenizer, None)["input_ids"]
            with torch.inference_mode():
                logs = model(ids).logits[0, start - 1 : -1].log_softmax(-1)
            golden[request.id] += sign * float(logs.gather(1, ids[0, start:, None]).double().sum())
    ask = partial(scored, lm, head="dpo", reference_model=str(other_lm))
    in_every_way(ask, requests, golden, close=10 * CLOSE)  # differences of sums over a thousand tokens
    halved = ask(requests, beta="0.5")
    assert largest_difference({name: 2 * value for name, value in halved.items()}, ask(requests)) <= CLOSE
