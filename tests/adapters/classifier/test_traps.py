"""Every known trap of scalar reward models: a small model falls into it in plain code, and does not here.

Each test has two halves. `plain` is how such a model is scored elsewhere; the assertion on it shows that the trap is
there. Then the classifier gives the right score, or stops in one line.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from tests import small_models
from tests.adapters.classifier.asking import scored, values
from weval.adapters.classifier import Classifier
from weval.errors import AdapterError, ConfigError
from weval.types import Request, Requirement, Score

CLOSE = 1e-4
QUERY = "Write about tea."
RESPONSES = (
    "Tea is warm.",
    "Leaves, water and a little patience: then the cup is full, and the rain may fall as it likes.",
    "No.",
    "Would you like milk?\n\nSome do. Others take a slice of lemon, and look out of the window for a long time.",
    "Tea is cold.",
    "茶",
    "- water\n- leaves",
    "It rained, and nobody came. " * 6,
)
TURNS = "{% for m in messages %}{{ m['role'] }}\n{{ m['content'] }}"
ENDS_IN_EOS = TURNS + "{% if loop.last %}</s>{% else %}\n{% endif %}{% endfor %}"
TURNS_END_IN_EOS = TURNS + "</s>\n{% endfor %}"
BEGINS_WITH_BOS = "<s>" + TURNS + "\n{% endfor %}"

LEGACY = """
import torch
from transformers import Qwen2ForSequenceClassification
from transformers.modeling_outputs import SequenceClassifierOutput


class Legacy(Qwen2ForSequenceClassification):
    def forward(self, input_ids, attention_mask=None, **said):
        logits = self.score(self.model(input_ids, attention_mask=attention_mask).last_hidden_state)
        ends = torch.eq(input_ids, self.config.pad_token_id).int().argmax(-1) - 1
        return SequenceClassifierOutput(logits=logits[torch.arange(len(input_ids)), ends])
"""

UNMASKED = """
from transformers import BertForSequenceClassification


class Unmasked(BertForSequenceClassification):
    def forward(self, input_ids, attention_mask=None, **said):
        return super().forward(input_ids=input_ids)
"""

DROPPING = """
import torch
from transformers import Qwen2ForSequenceClassification


class Dropping(Qwen2ForSequenceClassification):
    def forward(self, input_ids, attention_mask=None, **said):
        found = super().forward(input_ids=input_ids, attention_mask=attention_mask)
        found["logits"] = torch.nn.functional.dropout(found.logits, p=0.5, training=True)
        return found
"""

SQUASHED = """
from transformers import Qwen2ForSequenceClassification


class Squashed(Qwen2ForSequenceClassification):
    def forward(self, input_ids, attention_mask=None, **said):
        found = super().forward(input_ids=input_ids, attention_mask=attention_mask)
        found["logits"] = found.logits.sigmoid()
        return found
"""


@pytest.fixture(autouse=True)
def _own_modules(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """transformers copies foreign code into a folder of its own before it runs it."""
    monkeypatch.setattr("transformers.dynamic_module_utils.HF_MODULES_CACHE", str(tmp_path_factory.mktemp("modules")))


def ask(responses: Sequence[str] = RESPONSES, query: str = QUERY) -> list[Request]:
    water = (Requirement(id="c1", text="Mention water."),)
    return [Request(str(n), "g", query, query, "en", water, (text,)) for n, text in enumerate(responses)]


def ours(folder: Path, requests: Sequence[Request] | None = None, **settings: str) -> list[float]:
    """Scores in the order of the requests."""
    requests = ask() if requests is None else requests
    found = scored(folder, requests, **settings)
    return [found[request.id] for request in requests]


def load(folder: Path, **said: Any) -> tuple[Any, Any]:
    """A model and its tokenizer, as anybody loads them."""
    model = AutoModelForSequenceClassification.from_pretrained(folder, **said)
    return model.eval(), AutoTokenizer.from_pretrained(folder)


def chats(tokenizer: Any, responses: Sequence[str] = RESPONSES, query: str = QUERY, **said: Any) -> list[Any]:
    """The chats by the tokenizer's own template, as tokens (or as texts, with tokenize=False)."""
    asked = [[{"role": "user", "content": query}, {"role": "assistant", "content": text}] for text in responses]
    return [tokenizer.apply_chat_template(turns, **({"return_dict": False} | said)) for turns in asked]


@torch.inference_mode()
def alone(model: Any, texts: Sequence[Sequence[int]]) -> list[float]:
    """The first logit of each text by itself."""
    return [float(model(input_ids=torch.tensor([list(ids)])).logits[0, 0]) for ids in texts]


@torch.inference_mode()
def together(model: Any, tokenizer: Any, texts: Sequence[Sequence[int]], side: str = "right") -> list[float]:
    """The first logit of each text in one padded batch."""
    tokenizer.padding_side = side
    padded = tokenizer.pad({"input_ids": [list(ids) for ids in texts]}, return_tensors="pt")
    found = model(input_ids=padded["input_ids"], attention_mask=padded["attention_mask"])
    return [float(value) for value in found.logits[:, 0]]


def furthest(one: Sequence[float], other: Sequence[float]) -> float:
    return max(abs(a - b) for a, b in zip(one, other, strict=True))


# Padding and pooling


def test_padding_on_the_left_shifts_absolute_positions(gpt2: Path) -> None:
    model, tokenizer = load(gpt2)
    texts = chats(tokenizer)
    right = alone(model, texts)
    assert furthest(together(model, tokenizer, texts), right) < CLOSE
    assert furthest(together(model, tokenizer, texts, "left"), right) > 0.5
    for side in ("right", "left"):
        assert furthest(ours(gpt2, padding_side=side, sharing="false"), right) < CLOSE
    assert Classifier(str(gpt2)).certify().drift["padding_side"].largest < CLOSE


@pytest.fixture(scope="module")
def pad_is_eos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A reward model whose pad token is its end token, and whose chat ends in it."""
    tokenizer = small_models.make_tokenizer(chat=ENDS_IN_EOS, pad_token="</s>")
    return small_models.make_rm(tmp_path_factory.mktemp("eos"), tokenizer)


def test_pad_that_is_eos_pools_the_token_before(pad_is_eos: Path) -> None:
    model, tokenizer = load(pad_is_eos)
    texts = chats(tokenizer)
    assert all(ids[-1] == tokenizer.eos_token_id for ids in texts)
    own = alone(model, texts)
    assert furthest(own, alone(model, [ids[:-1] for ids in texts])) < CLOSE  # its last token is not looked at
    model.config.pad_token_id = None
    assert furthest(own, alone(model, texts)) > 0.5
    for settings in ({}, {"batch_tokens": "1"}, {"sharing": "false"}, {"padding_side": "left"}):
        assert furthest(ours(pad_is_eos, **settings), own) < CLOSE
    computed = Classifier(str(pad_is_eos)).certify().computed
    assert computed["last_token"] == "</s>"
    assert computed["pooled_is_last"] is False
    assert computed["pooled_token"] != "</s>"


@pytest.mark.parametrize("settings", [{}, {"head": "remote_output", "output": "logits"}])
def test_pooling_before_the_first_pad_scores_the_prompt(tmp_path: Path, settings: dict[str, str]) -> None:
    tokenizer = small_models.make_tokenizer(chat=TURNS_END_IN_EOS, pad_token="</s>")
    folder = small_models.add_code(small_models.make_rm(tmp_path / "legacy", tokenizer), LEGACY, "Legacy")
    model, tokenizer = load(folder, trust_remote_code=True)
    plain = alone(model, chats(tokenizer))
    assert len(plain) == 8
    assert furthest(plain, plain[:1] * 8) < CLOSE  # eight responses, one score
    assert abs(plain[0] - alone(model, chats(tokenizer, RESPONSES[:1], "Another prompt."))[0]) > 0.5
    with pytest.raises(AdapterError, match="an answer and a text beside the point the same score"):
        Classifier(str(folder), remote_code="true", **settings).certify()


def test_no_pad_token_is_no_batch(tmp_path: Path) -> None:
    tokenizer = small_models.make_tokenizer(pad_token=None)
    folder = small_models.make_rm(tmp_path, tokenizer, pad_token_id=None)
    model, tokenizer = load(folder)
    texts = chats(tokenizer)
    with pytest.raises(ValueError, match="Cannot handle batch sizes > 1"):
        model(input_ids=torch.tensor([texts[0], texts[0]]))
    assert furthest(ours(folder), alone(model, texts)) < CLOSE
    found = Classifier(str(folder)).certify()
    assert found.drift["batched"].largest < CLOSE
    assert found.computed["pooled_is_last"] is True


def test_without_an_attention_mask_padding_is_read(tmp_path: Path) -> None:
    folder = small_models.add_code(small_models.make_bert(tmp_path / "unmasked"), UNMASKED, "Unmasked")
    model, tokenizer = load(folder, trust_remote_code=True)
    texts = [tokenizer(f"{QUERY} {text}")["input_ids"] for text in RESPONSES]
    plain = alone(model, texts)
    assert furthest(together(model, tokenizer, texts), plain) > 0.1
    careful = Classifier(str(folder), remote_code="true", wire="{query} {response}")
    certificate = careful.certify()
    assert certificate.drift["batched"].largest > 0.1
    assert "texts are computed one by one: in a batch with others they got other scores" in certificate.remarks
    found = values(careful.score(ask()))
    assert furthest([found[request.id] for request in ask()], plain) < CLOSE


# What stands at the ends of a text


def test_a_second_bos_moves_scores(tmp_path: Path) -> None:
    folder = small_models.make_rm(tmp_path, small_models.make_tokenizer(chat=BEGINS_WITH_BOS, bos=True))
    model, tokenizer = load(folder)
    doubled = [tokenizer(text)["input_ids"] for text in chats(tokenizer, tokenize=False)]
    assert all(ids[:2] == [tokenizer.bos_token_id] * 2 for ids in doubled)
    once = alone(model, [ids[1:] for ids in doubled])
    assert furthest(alone(model, doubled), once) > 0.1
    assert furthest(ours(folder), once) < CLOSE
    computed = Classifier(str(folder)).certify().computed
    assert (computed["bos"], computed["first_token"]) == (1, "<s>")


@pytest.mark.parametrize("settings", [{"wire": "<s>{query} {response}"}, {"special_tokens": "yes"}])
def test_a_text_that_brings_its_own_bos_gets_no_other(tmp_path: Path, settings: dict[str, str]) -> None:
    folder = small_models.make_rm(tmp_path, small_models.make_tokenizer(chat=BEGINS_WITH_BOS, bos=True))
    for act in (lambda model: list(model.score(ask())), lambda model: model.certify()):
        with pytest.raises(AdapterError, match="begins with '<s>' and the tokenizer adds another; --set special_tok"):
            act(Classifier(str(folder), **settings))


def test_the_tokenizer_cannot_be_asked_for_an_eos(tmp_path: Path) -> None:
    folder = small_models.make_rm(tmp_path, small_models.make_tokenizer(bos=True))
    model, tokenizer = load(folder)
    texts = [f"{QUERY} {text}" for text in RESPONSES]
    before = [tokenizer(text)["input_ids"] for text in texts]
    wanted = [[*ids, tokenizer.eos_token_id] for ids in before]
    tokenizer.add_eos_token = True  # does nothing in older versions; in newer ones it takes the BOS away, in silence
    assert all(tokenizer(text)["input_ids"] != ids for text, ids in zip(texts, wanted, strict=True))
    assert tokenizer.eos_token_id not in tokenizer(texts[0], add_special_tokens=False)["input_ids"]  # nor for a chat
    with_end = alone(model, wanted)
    assert furthest(alone(model, before), with_end) > 0.5
    settings = {"wire": "{query} {response}", "append_eos": "true"}
    assert furthest(ours(folder, **settings), with_end) < CLOSE
    computed = Classifier(str(folder), **settings).certify().computed
    assert (computed["bos"], computed["eos"], computed["last_token"]) == (1, 1, "</s>")


def test_a_chat_ends_in_an_eos_where_that_is_asked_for(rm: Path) -> None:
    model, tokenizer = load(rm)
    texts = chats(tokenizer)
    with_end = alone(model, [[*ids, tokenizer.eos_token_id] for ids in texts])
    assert furthest(with_end, alone(model, texts)) > 0.5
    assert furthest(ours(rm, append_eos="true"), with_end) < CLOSE
    assert Classifier(str(rm), append_eos="true").certify().computed["last_token"] == "</s>"
    assert Classifier(str(rm)).certify().computed["eos"] == 0  # which shows where it is missing


# Cut texts


def cut(tokenizer: Any, query: str, response: str, side: str) -> list[int]:
    """A text of 60 tokens, as transformers cuts it."""
    tokenizer.truncation_side = side
    ids: list[int] = tokenizer(f"{query} {response}", truncation=True, max_length=60)["input_ids"]
    return ids


LONG = "The kettle sang, and the leaves turned slowly in the cup. " * 12
CUTTABLE = {"wire": "{query} {response}", "max_length": "60"}


def test_cut_on_the_right_two_endings_are_one(rm: Path) -> None:
    model, tokenizer = load(rm)
    endings = [LONG + "It ends well.", LONG + "asdf 12 asdf 12"]
    good, bad = alone(model, [cut(tokenizer, QUERY, text, "right") for text in endings])
    assert good == bad  # and a strict "better than" counts that as wrong
    assert {score.status for score in Classifier(str(rm), **CUTTABLE).score(ask(endings))} == {"truncated"}
    found = list(Classifier(str(rm), **CUTTABLE, truncation="right").score(ask(endings)))
    assert [score.values[0] for score in found] == pytest.approx([good, bad], abs=CLOSE)
    assert all(str(score.raw).endswith("(right): response") for score in found)
    kept = ours(rm, ask(endings), **CUTTABLE, truncation="middle")
    assert abs(kept[0] - kept[1]) > 0.01


def test_cut_on_the_left_two_prompts_are_one(rm: Path) -> None:
    model, tokenizer = load(rm)
    prompts = ["Write about tea in verse.", "Write about coffee, and name three towns."]
    one, other = alone(model, [cut(tokenizer, query, LONG, "left") for query in prompts])
    assert one == other
    asked = [*ask([LONG], prompts[0]), *ask([LONG], prompts[1])]
    assert {score.status for score in Classifier(str(rm), **CUTTABLE).score(asked)} == {"truncated"}
    found = list(Classifier(str(rm), **CUTTABLE, truncation="left").score(asked))
    assert [score.values[0] for score in found] == pytest.approx([one, other], abs=CLOSE)
    assert all("(left): query, response" in str(score.raw) for score in found)
    kept = [ours(rm, [request], **CUTTABLE, truncation="middle")[0] for request in asked]
    assert abs(kept[0] - kept[1]) > 0.01


# Precision


def test_half_precision_moves_scores_and_the_certificate_says_how_far(rm: Path) -> None:
    exact, tokenizer = load(rm)
    narrow, _ = load(rm, dtype=torch.bfloat16)
    texts = chats(tokenizer)
    assert furthest(alone(narrow, texts), alone(exact, texts)) > 0.01
    model: Any = Classifier(str(rm), dtype="bfloat16")
    before = {name: tensor.clone() for name, tensor in model._loaded.model.state_dict().items()}
    assert model.certify().drift["float32"].largest > 0.01
    after = model._loaded.model.state_dict()
    assert all(tensor.dtype == torch.bfloat16 and torch.equal(tensor, before[name]) for name, tensor in after.items())
    assert "float32" not in Classifier(str(rm), dtype="float32").certify().drift


def test_what_overflows_is_never_a_loss(tmp_path: Path) -> None:
    def enlarge(weights: dict[str, torch.Tensor]) -> None:
        for name in ("gate_proj", "up_proj"):
            weights[f"model.layers.0.mlp.{name}.weight"] *= 200

    folder = small_models.edit_weights(small_models.make_rm(tmp_path), enlarge)
    model, tokenizer = load(folder, dtype=torch.float16)
    chosen, rejected, *_ = alone(model, chats(tokenizer))
    assert chosen != chosen
    assert not chosen > rejected and not rejected > chosen  # wrong either way, and nobody is told
    for act in (lambda model: list(model.score(ask())), lambda model: model.certify()):
        with pytest.raises(AdapterError, match=r"gave nan for a text of .* overflow; --set dtype=bfloat16, or float32"):
            act(Classifier(str(folder), dtype="float16"))
    with pytest.raises(AdapterError):
        Score("0", "ok", (chosen,))
    assert len(ours(folder, dtype="float32")) == 8


def test_nothing_is_quantised_because_of_a_name(tmp_path: Path) -> None:
    folder = small_models.make_rm(tmp_path / "tulu-7b-int8-8bit")
    model, tokenizer = load(folder)
    plain = alone(model, chats(tokenizer))
    with torch.no_grad():
        for weight in model.model.layers.parameters():
            step = weight.abs().max().clamp(min=1e-9) / 127
            weight.copy_((weight / step).round() * step)
    assert furthest(alone(model, chats(tokenizer)), plain) > 0.01  # what eight bits would do
    found: Any = Classifier(str(folder))
    assert {tensor.dtype for tensor in found._loaded.model.parameters()} == {torch.float32}
    assert furthest(ours(folder), plain) < CLOSE


@pytest.mark.skipif(importlib.util.find_spec("bitsandbytes") is not None, reason="shows what is said without it")
def test_a_quantised_checkpoint_whose_library_is_missing_says_so(tmp_path: Path) -> None:
    folder = small_models.make_rm(tmp_path)
    small_models.edit_config(folder, quantization_config={"quant_method": "bitsandbytes", "load_in_8bit": True})
    with pytest.raises(ConfigError, match="requires bitsandbytes"):
        Classifier(str(folder)).certify()


# Heads


def test_a_language_model_has_no_head(lm: Path) -> None:
    rankings, tokenizer = set(), AutoTokenizer.from_pretrained(lm)
    for seed in range(3):
        torch.manual_seed(seed)
        model, _ = load(lm)
        assert model.config.num_labels == 2  # nobody asked for two
        found = alone(model, chats(tokenizer))
        rankings.add(tuple(sorted(range(len(found)), key=found.__getitem__)))
    assert len(rankings) == 3
    for act in (lambda model: list(model.score(ask())), lambda model: model.certify()):
        with pytest.raises(AdapterError, match=r"has no trained head \(score.weight would be random\)"):
            act(Classifier(str(lm)))


def test_two_labels_are_no_score(two_labels: Path) -> None:
    model, tokenizer = load(two_labels)
    with torch.inference_mode():
        both = [model(input_ids=torch.tensor([ids])).logits[0].tolist() for ids in chats(tokenizer)]
    assert isinstance(both[0] > both[1], bool)  # lists compare by their first number: a plausible result of nothing
    with pytest.raises(ConfigError, match="has 2 labels; choose one by --set head=class --set label=1, or --set head="):
        Classifier(str(two_labels)).certify()
    difference = ours(two_labels, head="logit_difference", label="1", other_label="0")
    assert difference == pytest.approx([b - a for a, b in both], abs=CLOSE)


def test_sizes_that_do_not_fit_are_named(tmp_path: Path) -> None:
    folder = small_models.edit_config(small_models.make_bert(tmp_path), id2label={"0": "no", "1": "yes"}, label2id=None)
    torch.manual_seed(0)
    model, _ = load(folder, ignore_mismatched_sizes=True)
    assert model.classifier.weight.shape == (2, 64)  # loaded, and random
    with pytest.raises(AdapterError, match=r"classifier.bias is of size 1 and 2 in the checkpoint and by config.json"):
        Classifier(str(folder), wire="{response}").certify()


def test_a_sigmoid_ties_what_is_good(tmp_path: Path) -> None:
    from transformers import pipeline

    folder = small_models.make_rm(tmp_path)
    small_models.edit_weights(folder, lambda weights: weights["score.weight"].mul_(3))
    model, tokenizer = load(folder)
    texts = chats(tokenizer, tokenize=False)
    squashed = [found["score"] for found in pipeline("text-classification", model=model, tokenizer=tokenizer)(texts)]
    assert squashed.count(1.0) >= 2
    raw = ours(folder)
    assert raw == pytest.approx(alone(model, chats(tokenizer)), rel=CLOSE, abs=CLOSE)  # some are near 0, some 40
    assert len(set(raw)) == 8 and max(raw) > 1


def test_scores_within_0_and_1_must_be_meant(tmp_path: Path) -> None:
    folder = small_models.add_code(small_models.make_rm(tmp_path / "squashed"), SQUASHED, "Squashed")
    model, tokenizer = load(folder, trust_remote_code=True)
    assert all(0 <= value <= 1 for value in alone(model, chats(tokenizer)))
    with pytest.raises(AdapterError, match=r"scores between 0 and 1 only .* --set bounded=true"):
        Classifier(str(folder), remote_code="true").certify()
    assert Classifier(str(folder), remote_code="true", bounded="true").certify().n_texts == 9


def test_a_softmax_keeps_the_order_of_responses_to_one_prompt(two_labels: Path) -> None:
    share = ours(two_labels, head="class", label="1")
    difference = ours(two_labels, head="logit_difference", label="1", other_label="0")
    assert all(0 <= value <= 1 for value in share)
    assert share == pytest.approx(torch.tensor(difference).sigmoid().tolist(), abs=CLOSE)
    apart = [n for n in range(8) if abs(difference[n]) < 15]  # further out, float32 has no numbers left: ties
    assert len(apart) > 3
    assert sorted(apart, key=share.__getitem__) == sorted(apart, key=difference.__getitem__)
    assert Classifier(str(two_labels), head="class", label="1").certify().n_texts == 9  # bounded, and meant to be


# What is random


def test_dropout_that_cannot_be_switched_off(tmp_path: Path) -> None:
    folder = small_models.add_code(small_models.make_rm(tmp_path / "dropping"), DROPPING, "Dropping")
    model, tokenizer = load(folder, trust_remote_code=True)
    torch.manual_seed(0)
    assert furthest(alone(model, chats(tokenizer)), alone(model, chats(tokenizer))) > 0.1  # in spite of eval()
    for settings in ({}, {"head": "remote_output", "output": "logits"}):
        torch.manual_seed(1)  # the easy pair is not dropped whole
        with pytest.raises(AdapterError, match=r"scored twice, a text got scores .* apart"):
            Classifier(str(folder), remote_code="true", **settings).certify()


def test_a_model_in_train_mode(tmp_path: Path) -> None:
    folder = small_models.make_gpt2(tmp_path, resid_pdrop=0.5)
    model, tokenizer = load(folder)
    right = alone(model, chats(tokenizer))
    model.train()
    torch.manual_seed(0)
    assert furthest(alone(model, chats(tokenizer)), right) > 0.1
    assert furthest(ours(folder), right) < CLOSE
    assert Classifier(str(folder)).certify().drift["repeated"].largest == 0


# Chats


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("{% for m in messages %}{% if m['role'] == 'system' %}{{ raise_exception('System role not supported') }}"
         "{% endif %}{{ m['content'] }}\n{% endfor %}", r"refuses the chat \(System role not supported\)"),
        ("{% for m in messages if m['role'] != 'system' %}{{ m['content'] }}\n{% endfor %}", "leaves out the system"),
    ],
)  # fmt: skip
def test_a_system_turn_is_never_passed_off_as_a_user_turn(tmp_path: Path, template: str, said: str) -> None:
    folder = small_models.make_rm(tmp_path, small_models.make_tokenizer(chat=template))
    _, tokenizer = load(folder)
    system = {"role": "system", "content": "Judge verse only."}
    turns = [system, {"role": "user", "content": QUERY}, {"role": "assistant", "content": "Tea."}]
    renamed = [{**turn, "role": ("user", "assistant")[n % 2]} for n, turn in enumerate(turns)]
    assert "Judge verse only." in tokenizer.apply_chat_template(renamed, tokenize=False)  # by index: nobody complains
    with pytest.raises(AdapterError, match=said):
        Classifier(str(folder), system="Judge verse only.").certify()
    assert Classifier(str(folder)).certify().n_texts == 9


def test_another_chat_template_is_another_model(tmp_path: Path) -> None:
    folders = [
        small_models.make_rm(tmp_path / str(n), small_models.make_tokenizer(chat=chat))
        for n, chat in enumerate((small_models.CHAT, BEGINS_WITH_BOS))
    ]
    assert furthest(*[alone(model, chats(tokenizer)) for model, tokenizer in map(load, folders)]) > 0.5
    one, other = (Classifier(str(folder)) for folder in folders)
    assert one.fingerprint["version"] != other.fingerprint["version"]
    assert one.certify().computed["first_token"] != other.certify().computed["first_token"]


def test_without_a_chat_template_nothing_is_guessed(tmp_path: Path) -> None:
    folder = small_models.make_rm(tmp_path, small_models.make_tokenizer(chat=None))
    for act in (lambda model: list(model.score(ask())), lambda model: model.certify()):
        with pytest.raises(ConfigError, match="has no chat template; give the exact text it was trained on"):
            act(Classifier(str(folder)))
    assert len(ours(folder, wire="{query} {response}")) == 8
