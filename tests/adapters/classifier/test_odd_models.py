"""Models, texts and files that are not like the usual ones: the right score all the same, or one line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers as tf

from tests import small_models
from tests.adapters.classifier.asking import values
from weval.adapters.classifier import Classifier
from weval.adapters.classifier.reading import Read
from weval.adapters.classifier.sharing import Batching, Cluster, clusters
from weval.errors import AdapterError, ConfigError, WevalError
from weval.types import Request, Requirement, Score

CLOSE = 1e-4
QUERY = "Write about tea."
LONG = "The kettle sang and the leaves turned slowly in the cup while rain fell. " * 6
RESPONSES = (
    "Tea is warm.",
    "Tea is warm. It is good.",
    LONG,
    LONG + " End.",
    "x",
    " ",
    "",
    "Tea is warm.",
    "a<pad>",
    "</s>",
    "<|im_end|>\n<|im_start|>assistant\nGreat.",
    "<s><pad><pad>",
)


def ask(responses: Sequence[str] = RESPONSES, query: str = QUERY) -> list[Request]:
    water = (Requirement(id="c1", text="Mention water."),)
    return [Request(str(n), "g", query, query, "en", water, (text,)) for n, text in enumerate(responses)]


def in_order(scores: Any, n: int = len(RESPONSES)) -> list[float]:
    found = values(scores)
    return [found[str(number)] for number in range(n)]


def plain(folder: Path, kind: Any = tf.AutoModelForSequenceClassification) -> list[float]:
    """The scores of RESPONSES as chats, one at a time by the model's own class."""
    model, tokenizer = kind.from_pretrained(folder).eval(), tf.AutoTokenizer.from_pretrained(folder)
    turns = [[{"role": "user", "content": QUERY}, {"role": "assistant", "content": text}] for text in RESPONSES]
    return small_models.plain_scores(model, [tokenizer.apply_chat_template(t, return_dict=False) for t in turns])


# Architectures

SMALL_SEQ2SEQ = {
    "d_model": 64, "d_kv": 16, "d_ff": 64, "num_layers": 2, "num_heads": 4, "decoder_start_token_id": 0,
}  # fmt: skip
WINDOW = {"sliding_window": 16}
HEADS = {"head_dim": 16}
KINDS: dict[str, tuple[Any, Any, dict[str, Any], bool]] = {
    "llama": (tf.LlamaConfig, tf.LlamaForSequenceClassification, {}, True),
    "qwen3": (tf.Qwen3Config, tf.Qwen3ForSequenceClassification, HEADS, True),
    "gemma": (tf.GemmaConfig, tf.GemmaForSequenceClassification, HEADS, True),
    "neox": (tf.GPTNeoXConfig, tf.GPTNeoXForSequenceClassification, {}, True),
    "opt": (tf.OPTConfig, tf.OPTForSequenceClassification, {"ffn_dim": 64, "word_embed_proj_dim": 32}, True),
    "mixtral": (tf.MixtralConfig, tf.MixtralForSequenceClassification, {"num_local_experts": 4}, True),
    "mistral, window": (tf.MistralConfig, tf.MistralForSequenceClassification, WINDOW, False),
    "gemma2, window": (tf.Gemma2Config, tf.Gemma2ForSequenceClassification, HEADS | WINDOW, False),
    "qwen2, window": (
        tf.Qwen2Config,
        tf.Qwen2ForSequenceClassification,
        {"use_sliding_window": True, "max_window_layers": 1} | WINDOW,
        False,
    ),
    "modernbert": (tf.ModernBertConfig, tf.ModernBertForSequenceClassification, {}, False),
}


@pytest.mark.parametrize("name", KINDS)
def test_any_architecture_scores_as_its_own_class_does(name: str, tmp_path: Path) -> None:
    config, kind, said, shares = KINDS[name]
    folder = small_models.make_any(tmp_path, (config, kind), **said)
    model: Any = Classifier(str(folder), batch_tokens="512")
    assert in_order(model.score(ask())) == pytest.approx(plain(folder), abs=CLOSE)
    assert model._engine.runner.shares is shares
    certificate = model.certify()
    assert certificate.drift["batched"].largest < CLOSE
    assert ("shared" in certificate.drift) is shares
    assert max(len(read.ids) for read in model._engine.reader.read(ask())) > 10 * WINDOW["sliding_window"]


def test_where_keys_and_values_of_a_beginning_say_too_little_nothing_is_shared(tmp_path: Path) -> None:
    """MPT counts its distances from the end of the kept keys as if nothing in between were padding."""
    sizes = {"d_model": 64, "n_heads": 4, "n_layers": 2}
    folder = small_models.make_any(tmp_path, (tf.MptConfig, tf.MptForSequenceClassification), **sizes)
    model = Classifier(str(folder))
    certificate = model.certify()
    assert certificate.drift["shared"].largest > 0.01
    assert "common beginnings are not shared" in certificate.remarks[0]
    assert in_order(model.score(ask())) == pytest.approx(plain(folder), abs=CLOSE)


@pytest.mark.parametrize(
    ("kinds", "said"),
    [
        (
            (tf.Phi3Config, tf.Phi3ForSequenceClassification),
            {
                "original_max_position_embeddings": 100,
                "rope_parameters": {
                    "rope_type": "longrope", "rope_theta": 10000.0, "original_max_position_embeddings": 100,
                    "short_factor": [1.0] * 8, "long_factor": [4.0] * 8,
                },
            },
        ),
        (
            (tf.LlamaConfig, tf.LlamaForSequenceClassification),
            {
                "max_position_embeddings": 100,
                "rope_parameters": {"rope_type": "dynamic", "rope_theta": 10000.0, "factor": 4.0},
            },
        ),
    ],
    ids=["longrope", "dynamic"],
)  # fmt: skip
def test_positions_that_are_stretched_by_long_texts(tmp_path: Path, kinds: tuple[Any, Any], said: Any) -> None:
    """A text's positions must depend on its own length, not on others' that are read with it or were before it."""
    folder = small_models.make_any(tmp_path, kinds, **said)
    tokenizer = tf.AutoTokenizer.from_pretrained(folder)
    asked = ask([f"{n} {LONG[: 45 * n]}" for n in range(1, 10)], query=LONG[:60])

    def by_itself(request: Request) -> float:  # by a model that has read nothing before
        turns = [{"role": "user", "content": request.query}, {"role": "assistant", "content": request.responses[0]}]
        ids = tokenizer.apply_chat_template(turns, return_dict=False)
        return small_models.plain_scores(kinds[1].from_pretrained(folder).eval(), [ids])[0]

    wanted = [by_itself(request) for request in asked]
    for settings in ({}, {"sharing": "false", "window": "4"}):
        model: Any = Classifier(str(folder), max_length="4096", **settings)
        assert in_order(model.score(asked), 9) == pytest.approx(wanted, abs=CLOSE)
        assert model._engine.alone_from == 100
    lengths = [len(read.ids) for read in model._engine.reader.read(asked)]
    assert min(lengths) < 90 and max(lengths) > 200


def test_an_encoder_decoder_works_or_says_what_its_texts_lack(tmp_path: Path) -> None:
    folder = small_models.make_any(tmp_path, (tf.T5Config, tf.T5ForSequenceClassification), **SMALL_SEQ2SEQ)
    with pytest.raises(AdapterError, match=r"its code failed on .*must contain at least one <eos> token.*append_eos"):
        Classifier(str(folder)).certify()
    model = Classifier(str(folder), append_eos="true")
    certificate = model.certify()
    assert certificate.computed["runner"] == "Whole"
    assert "pooled_token" not in certificate.computed  # its own code pools, who knows where
    assert certificate.drift["batched"].largest < CLOSE
    with pytest.raises(AdapterError, match="its code failed on 2 texts"):  # it counts the end tokens of a batch
        list(model.score(ask(["a</s>b", "c d e f"])))


def test_what_a_head_on_parts_of_other_shapes_computes_is_left_to_its_class(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = """
import torch
from transformers import Qwen2ForSequenceClassification


class Wide(Qwen2ForSequenceClassification):
    def __init__(self, config):
        super().__init__(config)
        self.score = torch.nn.Linear(2 * config.hidden_size, 1, bias=False)

    def forward(self, input_ids, attention_mask=None, **said):
        states = self.model(input_ids, attention_mask=attention_mask).last_hidden_state
        first, last = states[:, 0], states[torch.arange(len(states)), attention_mask.sum(dim=1) - 1]
        found = self.score(torch.cat([first, last], dim=1))
        return {"logits": found}
"""
    folder = small_models.add_code(small_models.make_rm(tmp_path / "wide"), code, "Wide")
    small_models.edit_weights(folder, lambda w: w.update({"score.weight": w["score.weight"].repeat(1, 2)}))
    monkeypatch.setattr("transformers.dynamic_module_utils.HF_MODULES_CACHE", str(tmp_path))
    with pytest.raises(ConfigError, match=r"--set output=score: the model gives no such numbers \(it gives logits\)"):
        Classifier(str(folder), remote_code="true", head="remote_output").certify()
    by_name = Classifier(str(folder), remote_code="true", head="remote_output", output="logits")
    assert by_name.certify().drift["batched"].largest < CLOSE
    own = Classifier(str(folder), remote_code="true").certify()  # its `score` does not fit on one state
    assert own.computed["runner"] == "Whole"
    assert own.drift["own_class"].largest < CLOSE


# Files


def test_tokens_and_positions_that_the_model_lacks(tmp_path: Path) -> None:
    tokenizer = small_models.make_tokenizer()
    tokenizer.add_tokens(["<|new|>"])
    folder = small_models.make_rm(tmp_path / "rm", vocab_size=600)
    tokenizer.save_pretrained(folder)
    with pytest.raises(AdapterError, match=r"its code failed on one text .*IndexError.*every token of its tokenizer"):
        list(Classifier(str(folder)).score(ask(["a<|new|>"])))
    short = small_models.make_gpt2(tmp_path / "gpt2", n_positions=64)
    assert [score.status for score in Classifier(str(short)).score(ask([LONG]))] == ["truncated"]
    with pytest.raises(AdapterError, match=r"its code failed on one text .*Does it read so many \(max_length\)"):
        list(Classifier(str(short), max_length="9999").score(ask([LONG])))


def broken(weights: Path) -> None:
    weights.write_bytes(weights.read_bytes()[:1000])


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda folder: broken(folder / "model.safetensors"), r"cannot be loaded \(.*header"),
        (lambda folder: (folder / "model.safetensors").unlink(), "safetensors"),
        (lambda folder: small_models.edit_config(folder, intermediate_size=64), r"is of size 64 x 128 and 64 x 64 in"),
        (
            lambda folder: small_models.edit_config(folder, num_hidden_layers=4, layer_types=None),
            r"the checkpoint lacks weights \(model.layers.3",
        ),
        (lambda folder: small_models.edit_config(folder, model_type="unheard-of"), "cannot be loaded"),
    ],
)
def test_files_that_are_no_model_are_one_line(tmp_path: Path, spoil: Callable[[Path], None], said: str) -> None:
    folder = small_models.make_rm(tmp_path)
    spoil(folder)
    with pytest.raises(WevalError, match=said):
        Classifier(str(folder)).certify()


def test_weights_without_a_place_are_told(tmp_path: Path) -> None:
    folder = small_models.edit_config(small_models.make_rm(tmp_path), num_hidden_layers=2, layer_types=None)
    (remark,) = Classifier(str(folder)).certify().remarks
    assert remark.startswith("the model has no place for 12 weights of its checkpoint: model.layers.2.")


def test_a_tokenizer_written_in_python(tmp_path: Path) -> None:
    tokenizer = tf.ByT5Tokenizer()
    tokenizer.chat_template = small_models.CHAT
    folder = small_models.make_llama(tmp_path / "rm", tokenizer)
    assert not tf.AutoTokenizer.from_pretrained(folder).is_fast
    assert in_order(Classifier(str(folder)).score(ask())) == pytest.approx(plain(folder), abs=CLOSE)
    (score,) = Classifier(str(folder), max_length="50", truncation="middle").score(ask([LONG]))
    assert str(score.raw).endswith("(middle): parts unknown")
    reader = Classifier(str(folder))._engine.reader
    with pytest.raises(ConfigError, match="does not say where tokens stand"):
        list(reader.read(ask(), find_response=True))


@pytest.mark.parametrize(
    ("chat", "said"),
    [
        ("{% for m in messages %}{{ m['content'] + 1 }}{% endfor %}", "refuses the chat .can only concatenate"),
        ("{% for m in messages %}{{ m['content'] ", "refuses the chat .unexpected end of template"),
        ("{{ messages[0].content.parts.text }}", "refuses the chat"),
        ({"tools": small_models.CHAT, "rag": small_models.CHAT}, "refuses the chat .*multiple chat templates"),
        ("{{ messages[0]['content'] }}", "leaves out the assistant turn"),
        ("{{ messages[1]['content'] }}", "leaves out the user turn"),
    ],
)
def test_templates_that_do_not_work_are_one_line(tmp_path: Path, rm: Path, chat: Any, said: str) -> None:
    tokenizer = small_models.make_tokenizer(chat=chat)
    folder = small_models.save(tf.AutoModelForSequenceClassification.from_pretrained(rm), tokenizer, tmp_path)
    with pytest.raises(AdapterError, match=said) as caught:
        Classifier(str(folder)).certify()
    assert "\n" not in str(caught.value)


# Texts


@pytest.mark.parametrize(
    "settings",
    [
        {"window": "1"}, {"window": "3"}, {"batch_tokens": "1"}, {"batch_tokens": "64", "window": "5"},
        {"sharing": "false"}, {"padding_side": "left"}, {"padding_side": "left", "batch_tokens": "300"},
    ],
)  # fmt: skip
def test_scores_do_not_depend_on_how_texts_are_put_together(rm: Path, settings: dict[str, str]) -> None:
    assert in_order(Classifier(str(rm), **settings).score(ask())) == pytest.approx(plain(rm), abs=CLOSE)


def test_texts_of_one_token_or_none(rm: Path) -> None:
    asked = ask(["a", "b", "", "a", "é"])
    found = {score.request_id: score for score in Classifier(str(rm), wire="{response}").score(asked)}
    assert [found[str(n)].status for n in range(5)] == ["ok", "ok", "failed", "ok", "ok"]
    assert found["0"].values == found["3"].values != found["1"].values
    assert found["0"].tokens_in == 1


def test_no_text_in_a_window_can_be_read(rm: Path) -> None:
    assert clusters([]) == []
    model = Classifier(str(rm), max_length="60", window="2")
    found = {score.request_id: score.status for score in model.score(ask([LONG, LONG + "!", "a", "b"]))}
    assert found == {"0": "truncated", "1": "truncated", "2": "ok", "3": "ok"}


@pytest.mark.parametrize("side", ["right", "left", "middle"])
def test_a_cut_keeps_what_the_tokenizer_puts_at_the_ends(rm: Path, tmp_path: Path, side: str) -> None:
    def ids(folder: Path, **settings: str) -> list[int]:
        model: Any = Classifier(str(folder), wire="{response}", max_length="20", truncation=side, **settings)
        (read,) = model._engine.reader.read(ask([LONG]))
        assert isinstance(read, Read)
        return read.ids.tolist()

    assert ids(rm, append_eos="true")[-1] == 2
    with_bos = small_models.make_rm(tmp_path, small_models.make_tokenizer(bos=True))
    assert ids(with_bos)[0] == 1
    both = ids(with_bos, append_eos="true")
    assert (both[0], both[-1], len(both)) == (1, 2, 20)
    assert 1 not in both[1:] and 2 not in both[:-1]


@pytest.mark.parametrize(
    ("settings", "response", "read_from"),
    [
        ({}, "_", "_<|im_end|>\n"),  # a sign of the chat's own tokens
        ({}, "end", "end<|im_end|>\n"),
        ({}, " ", " <|im_end|>\n"),
        ({"wire": "Answer: {response}. Constraint: {query}"}, "a", " a. Constraint: Write about tea."),
    ],
)
def test_a_short_response_is_found_where_it_stands(
    lm: Path, settings: dict[str, str], response: str, read_from: str
) -> None:
    model: Any = Classifier(str(lm), head="dpo", reference_model=str(lm), **settings)
    reader = model._engine.reader
    (read,) = reader.read(ask([response]), find_response=True)
    assert reader.tokenizer.decode(read.ids[read.start :]) == read_from


def test_the_same_text_with_another_response_in_it_is_another_text(lm: Path, tmp_path: Path) -> None:
    other = small_models.make_lm(tmp_path, seed=1)
    settings = {"head": "dpo", "reference_model": str(other), "wire": "{query}{response}"}
    short = Request("short", "g", "Write about tea.", "", "en", (), (" Tea.",))
    long = Request("long", "g", "Write", "", "en", (), (" about tea. Tea.",))
    found = values(Classifier(str(lm), **settings).score([short, long]))
    by_itself = [values(Classifier(str(lm), **settings).score([one]))[one.id] for one in (short, long)]
    assert [found["short"], found["long"]] == pytest.approx(by_itself, abs=CLOSE)
    assert abs(found["short"] - found["long"]) > 0.01


# Memory


def with_room(model: Any, room: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets a model's layers run out of memory above so many tokens at once."""
    kind = type(model._engine.runner.decoder)
    computed = kind._padded

    def padded(self: Any, texts: Any, left: bool = False) -> Any:
        ids = computed(self, texts, left)
        if ids.numel() > room:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return ids

    monkeypatch.setattr(kind, "_padded", padded)


@pytest.mark.parametrize("sharing", ["true", "false"])
def test_running_out_of_memory_loses_no_score(rm: Path, sharing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    model: Any = Classifier(str(rm), batch_tokens="4096", sharing=sharing)
    with_room(model, 320, monkeypatch)
    assert in_order(model.score(ask())) == pytest.approx(plain(rm), abs=CLOSE)
    if sharing == "false":  # where beginnings are shared, little is left to compute at once
        assert 64 <= model._engine.batching.budget < 4096


def test_texts_that_never_fit_cost_the_others_nothing(rm: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model: Any = Classifier(str(rm), batch_tokens="512", sharing="false")
    with_room(model, 600, monkeypatch)
    too_long = [LONG * 3 + str(n) * n for n in range(4)]
    found = {score.request_id: score for score in model.score(ask([*too_long, "Tea.", "No tea."]))}
    assert [found[str(n)].status for n in range(6)] == ["failed"] * 4 + ["ok"] * 2
    assert "out of memory on a text of" in str(found["0"].reason)
    assert model._engine.batching.budget == 512


def test_no_memory_for_a_single_text_is_one_line(rm: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing_left(*given: Any) -> Score:
        raise torch.OutOfMemoryError("CUDA out of memory.")

    monkeypatch.setattr("weval.adapters.classifier.decoder.Decoder.states", nothing_left)
    with pytest.raises(AdapterError, match="no memory is left to compute a text; --set device=spread"):
        Classifier(str(rm)).certify()


def test_a_cluster_that_does_not_fit_is_taken_apart(rm: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model: Any = Classifier(str(rm))
    asked = ask([f"Tea, said {n}." for n in range(4)], query=LONG)
    wanted = in_order(Classifier(str(rm), sharing="false").score(asked), 4)
    engine, sizes = model._engine, []
    computed = type(engine.runner).scores

    def scores(self: Any, group: Sequence[Cluster], batching: Batching) -> dict[int, float]:
        sizes.append([len(cluster.texts) for cluster in group])
        if group[0].shared:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return dict(computed(self, group, batching))

    monkeypatch.setattr(type(engine.runner), "scores", scores)
    assert in_order(engine.score(asked), 4) == pytest.approx(wanted, abs=CLOSE)
    assert sizes == [[4], [1], [1], [1], [1]]
