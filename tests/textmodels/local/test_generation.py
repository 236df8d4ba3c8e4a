"""Replies by transformers: as plain code writes them, whatever stands beside them in a batch."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, GPT2Config, GPT2LMHeadModel

from tests.small_models import edit_config, make_any, make_tokenizer
from tests.textmodels.asking import asked, chat_text, copied, plain_ids, prompts
from weval.textmodels.local.generation import Generator
from weval.types import Prompt


def by(model: Path, given: list[Prompt], **options: Any) -> Any:
    return asked(f"transformers/{model}", given, **({"device": "cpu", "max_tokens": 12} | options))


def test_the_likeliest_tokens_are_those_of_plain_code_in_any_batch(lm: Path) -> None:
    given, tokenizer = prompts(7), make_tokenizer()
    batched, alone = by(lm, given, temperature=0, batch_size=4), by(lm, given, temperature=0, batch_size=1)
    for prompt in given:
        ids = [token for token in plain_ids(lm, chat_text(prompt), 12) if token > 4]
        assert batched[prompt.id].text == alone[prompt.id].text == tokenizer.decode(ids)
        assert batched[prompt.id].tokens_in == len(AutoTokenizer.from_pretrained(lm)(chat_text(prompt))["input_ids"])


def test_absolute_positions_do_not_mind_padding(tmp_path: Path) -> None:
    model = make_any(tmp_path, (GPT2Config, GPT2LMHeadModel), n_embd=64, n_layer=2, n_head=4, n_positions=256)
    given = prompts(4)
    batched, alone = by(model, given, temperature=0, batch_size=4), by(model, given, temperature=0, batch_size=1)
    assert all(batched[prompt.id].text == alone[prompt.id].text for prompt in given)


def test_draws_depend_on_nothing_but_the_prompt_and_the_seed(lm: Path) -> None:
    given = prompts(4)
    said = {"temperature": 1.0, "sampling_seed": 7}
    torch.manual_seed(1)
    state = torch.random.get_rng_state()
    first = by(lm, given, **said)
    assert torch.equal(torch.random.get_rng_state(), state), "nobody else's numbers are used up"
    torch.manual_seed(2)
    again = by(lm, given[:1:-1], **said, batch_size=3)
    assert all(again[key].text == first[key].text for key in again)
    other = by(lm, given, temperature=1.0, sampling_seed=8)
    assert any(other[key].text != first[key].text for key in other)
    assert first["p0"].sent["sampling_seed"] == 7


def test_probabilities_are_a_softmax_over_all_tokens(lm: Path) -> None:
    given = prompts(3, labels=("1", "2"))
    replies = by(lm, given, temperature=0)
    drawn = by(lm, given, temperature=2.0)
    network: Any = AutoModelForCausalLM.from_pretrained(lm).eval()
    tokenizer = AutoTokenizer.from_pretrained(lm)
    for prompt in given:
        ids = tokenizer(chat_text(prompt), add_special_tokens=False)["input_ids"]
        with torch.inference_mode():
            shares = network(input_ids=torch.tensor([ids])).logits[0, -1].float().softmax(-1)
        found = replies[prompt.id].probabilities
        for token in ("1", " 1", "2", " 2"):
            number = tokenizer.convert_tokens_to_ids(token.replace(" ", "Ġ"))
            assert found[token] == pytest.approx(float(shares[number]), rel=1e-3)
            assert drawn[prompt.id].probabilities[token] == pytest.approx(found[token], rel=1e-3), "before temperature"
        assert sum(found.values()) <= 1
        assert max(found, key=found.__getitem__).strip() not in ("1", "2")
    assert by(lm, prompts(1))["p0"].probabilities == {}


def test_an_end_token_ends_a_reply_and_its_neighbours_go_on(lm: Path, tmp_path: Path) -> None:
    given = prompts(3)
    wanted = [plain_ids(lm, chat_text(prompt), 12) for prompt in given]
    end = next(token for token in wanted[1][3:] if token not in wanted[0] and token > 4)
    model = copied(lm, tmp_path / "lm")
    config = json.loads((model / "generation_config.json").read_text()) | {"eos_token_id": [end]}
    (model / "generation_config.json").write_text(json.dumps(config))
    replies = by(model, given, temperature=0, batch_size=3)
    assert replies["p1"].status == "ok"
    assert replies["p1"].tokens_out == wanted[1].index(end) + 1
    assert replies["p0"].status == "truncated"
    assert replies["p0"].text == make_tokenizer().decode([token for token in wanted[0] if token > 4])


def test_a_stop_text_ends_one_row_and_not_the_others(lm: Path) -> None:
    given = prompts(3)
    plain = by(lm, given, temperature=0)
    stop = plain["p1"].text[5:8]
    replies = by(lm, given, temperature=0, stop=stop)
    for key, reply in replies.items():
        before, found, _ = plain[key].text.partition(stop)
        assert reply.text == before
        assert reply.status == ("ok" if found else "truncated")
    assert replies["p1"].tokens_out is not None and replies["p1"].tokens_out < 12


def test_a_prompt_longer_than_the_model_reads_is_not_asked(lm: Path, tmp_path: Path) -> None:
    model = edit_config(copied(lm, tmp_path / "lm"), max_position_embeddings=60)
    given = [Prompt("long", (("user", "word " * 60),)), Prompt("near", (("user", "a " * 40),)), *prompts(2)]
    replies = by(model, given, temperature=0)
    assert (replies["long"].status, replies["long"].text, replies["long"].tokens_out) == ("truncated", "", 0)
    near = replies["near"]
    assert near.status == "truncated"
    assert near.tokens_in is not None
    assert near.tokens_out == near.sent["max_tokens"] == 60 - near.tokens_in
    assert replies["p0"].tokens_out == 12


def test_penalties_are_not_for_padding(lm: Path, tmp_path: Path) -> None:
    model = copied(lm, tmp_path / "lm")
    config = json.loads((model / "generation_config.json").read_text()) | {"repetition_penalty": 1.5, "pad_token_id": 2}
    (model / "generation_config.json").write_text(json.dumps(config))
    given = prompts(5)
    batched, alone = by(model, given, temperature=0, batch_size=5), by(model, given, temperature=0, batch_size=1)
    assert all(batched[key].text == alone[key].text for key in alone)
    assert batched["p0"].sent["repetition_penalty"] == 1.5


def test_what_does_not_fit_into_memory_is_halved_and_at_last_failed(lm: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given, sizes = prompts(6), list[int]()
    expected = by(lm, given, temperature=0)
    real = Generator._generated

    def small(self: Generator, batch: Any) -> Any:
        sizes.append(len(batch))
        if len(batch) > 2 or any(task.prompt.id == "p5" for task in batch):
            raise torch.OutOfMemoryError("CUDA out of memory")
        return real(self, batch)

    monkeypatch.setattr(Generator, "_generated", small)
    replies = by(lm, given, temperature=0, batch_size=6)
    assert sizes[0] == 6
    assert replies["p5"].status == "failed"
    assert "dtype=bfloat16" in str(replies["p5"].reason)
    assert all(replies[f"p{n}"].text == expected[f"p{n}"].text for n in range(5))
