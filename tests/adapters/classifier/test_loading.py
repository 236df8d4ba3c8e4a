"""Models from files: what must not pass in silence, and one printable line for everything that goes wrong."""

from __future__ import annotations

import json
import shutil
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from peft import PeftModel
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification, AutoTokenizer

from tests import small_models
from tests.adapters.classifier.asking import scored
from weval.adapters.classifier import Classifier, loading
from weval.adapters.classifier.loading import explained, load_model, load_tokenizer, token_limit
from weval.adapters.classifier.options import ClassifierOptions
from weval.errors import AdapterError, ConfigError, WevalError
from weval.repository import located
from weval.settings import updated
from weval.textmodels.local.transformers_library import require_libraries
from weval.types import Request

WEIGHTS, ADAPTER = "model.safetensors", "adapter_model.safetensors"

Change = Callable[[Path], Any]


@pytest.fixture(autouse=True)
def _foreign_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Code of a repository is copied to where it can be imported: not into the user's cache."""
    for name in ("transformers.dynamic_module_utils", "transformers.utils.hub"):
        monkeypatch.setattr(f"{name}.HF_MODULES_CACHE", str(tmp_path / "modules"))
    monkeypatch.setattr(sys, "path", [*sys.path])


def read(folder: Path, **settings: str) -> loading.Loaded:
    options = updated(ClassifierOptions(), settings)
    require_libraries(f"Scoring with {folder}")
    return load_model(located(str(folder), None, remote_code=options.remote_code), options)


def edited(name: str, **fields: Any) -> Change:
    """Changes fields of a JSON file; None takes one out."""

    def change(folder: Path) -> None:
        content = json.loads((folder / name).read_text()) | fields
        (folder / name).write_text(json.dumps({key: value for key, value in content.items() if value is not None}))

    return change


def overwritten(name: str, content: bytes) -> Change:
    return lambda folder: (folder / name).write_bytes(content)


def code(text: str) -> Change:
    """A model that is code of its own."""
    named = {"AutoConfig": "mine.C", "AutoModelForSequenceClassification": "mine.M", "AutoModel": "mine.M"}

    def change(folder: Path) -> None:
        edited("config.json", model_type="mine", auto_map=named)(folder)
        (folder / "mine.py").write_text(text)

    return change


def line_of(error: WevalError, folder: Path, kind: type[WevalError]) -> str:
    """What it says after the model's name: one line that fits a terminal's few."""
    said = str(error)
    assert type(error) is kind
    assert said.isprintable()
    assert said.startswith(f"{folder}: ")
    return said.removeprefix(f"{folder}: ").replace(str(folder), "FOLDER")


def refused(folder: Path, kind: type[WevalError] = AdapterError, **settings: str) -> str:
    with pytest.raises(WevalError) as caught:
        read(folder, **settings)
    return line_of(caught.value, folder, kind)


@pytest.fixture
def spoilt(rm: Path, tmp_path: Path) -> Callable[..., Path]:
    """A copy of a model with something changed; the reward model, if none is named."""

    def copy(change: Change, source: Path = rm) -> Path:
        folder = Path(shutil.copytree(source, tmp_path / "m"))
        change(folder)
        return folder

    return copy


# weights and configuration


@pytest.mark.parametrize(
    ("change", "kind", "said"),
    [
        (lambda f: (f / WEIGHTS).unlink(), ConfigError, "has no weights in safetensors files"),
        (lambda f: (f / WEIGHTS).rename(f / "pytorch_model.bin"), ConfigError, "pickle files (*.bin) could run code"),
        (overwritten(WEIGHTS, b"\xff" * 1000), AdapterError, "its weights are damaged, get them again: Error while"),
        (overwritten(WEIGHTS, b""), AdapterError, "its weights are damaged, get them again"),
        (overwritten(WEIGHTS, b"version https://git-lfs.github.com/spec/v1"), AdapterError, "its weights are damaged"),
        (lambda f: overwritten(WEIGHTS, (f / WEIGHTS).read_bytes()[:-99])(f), AdapterError, "its weights are damaged"),
        (overwritten("config.json", b"{"), AdapterError, "config file at 'FOLDER/config.json' is not a valid JSON"),
        (overwritten("config.json", b"[1]"), AdapterError, "cannot be loaded ("),
        (overwritten("config.json", b"{}"), AdapterError, "Should have a `model_type` key in its config.json"),
        (edited("config.json", model_type="m9"), AdapterError, "`m9`, which this transformers does not know: update"),
        (edited("config.json", model_type="clip"), AdapterError, "for this kind of AutoModel: AutoModelForSequenceC"),
        (edited("config.json", hidden_size=32), AdapterError, "is of size 600 x 64 and 600 x 32 in the checkpoint"),
        (edited("config.json", hidden_size="many"), AdapterError, "Field 'hidden_size' expected int, got str"),
        (edited("config.json", num_attention_heads=0), AdapterError, "cannot be loaded (ZeroDivisionError: "),
        (edited("config.json", hidden_act="no"), AdapterError, "cannot be loaded (KeyError: 'no')"),
        (
            edited("config.json", num_hidden_layers=4, layer_types=None),
            AdapterError,
            "the checkpoint lacks weights (mo",
        ),
        (edited("config.json", quantization_config={"quant_method": "gptq", "bits": 4}), ConfigError, "pip install"),
    ],
)
def test_files_that_make_no_model(
    spoilt: Callable[..., Path], change: Change, kind: type[WevalError], said: str
) -> None:
    folder = spoilt(change)
    assert said in refused(folder, kind)


def test_a_language_model_has_no_trained_head(lm: Path) -> None:
    assert refused(lm) == (
        "the checkpoint has no trained head (score.weight would be random). Is it a reward model? A language model can "
        "be asked by --set head=vocab_logit or --set head=dpo"
    )


def test_a_reward_model_is_no_language_model(rm: Path) -> None:
    assert refused(rm, head="vocab_logit", label="1").startswith("the checkpoint lacks weights (lm_head.weight)")


def test_labels_are_counted_in_the_weights(spoilt: Callable[..., Path]) -> None:
    """Configurations of old checkpoints do not say how many there are, and two is what transformers takes then."""
    folder = spoilt(edited("config.json", id2label=None, label2id=None, num_labels=None))
    assert read(folder).config.num_labels == 1


@pytest.mark.parametrize("device", ["cuda", "cuda:0", "mps"])
def test_a_device_that_is_not_there(rm: Path, monkeypatch: pytest.MonkeyPatch, device: str) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    with pytest.raises(ConfigError, match=f"^--set device={device}: there is none that torch can use$"):
        read(rm, device=device)


def test_an_attention_that_is_not_installed(rm: Path) -> None:
    said = refused(rm, ConfigError, attention="flash_attention_2")
    assert "FlashAttention2" in said
    assert said.endswith("; --set attention=sdpa does without")


# code of its own


def test_code_needs_permission(spoilt: Callable[..., Path]) -> None:
    assert refused(spoilt(code("1 / 0"))) == (
        "cannot be loaded (needs code of its own: read it, then --set remote_code=true, and --set revision=COMMIT for "
        "the Hub)"
    )


@pytest.mark.parametrize(
    ("text", "kind", "said"),
    [
        ("1 / 0", AdapterError, "cannot be loaded (ZeroDivisionError: division by zero)"),
        ("def broken(:", AdapterError, "cannot be loaded (SyntaxError: invalid syntax"),
        ("assert False, 'a\\nb'", AdapterError, "cannot be loaded (AssertionError: a b)"),
        ("raise SystemExit(0)", AdapterError, "cannot be loaded (SystemExit: 0)"),
        ("import not_here_at_all", ConfigError, "packages that were not found in your environment: not_here_at_all"),
        ("x = 1", AdapterError, "cannot be loaded (AttributeError: "),
    ],
)
def test_code_that_fails(spoilt: Callable[..., Path], text: str, kind: type[WevalError], said: str) -> None:
    assert said in refused(spoilt(code(text)), kind, remote_code="true")


def test_code_that_is_not_there(spoilt: Callable[..., Path]) -> None:
    folder = spoilt(code(""))
    (folder / "mine.py").unlink()
    assert "does not appear to have a file named mine.py" in refused(folder, remote_code="true")


def test_code_is_stopped_by_ctrl_c() -> None:
    with pytest.raises(KeyboardInterrupt), explained("m"):
        raise KeyboardInterrupt


def test_our_own_errors_are_not_wrapped() -> None:
    with pytest.raises(ConfigError, match=r"^ours$"), explained("m"):
        raise ConfigError("ours")


def test_no_memory_says_what_takes_less() -> None:
    said = r"^m: does not fit into the device's memory; --set device=spread, or dtype=bfloat16$"
    with pytest.raises(AdapterError, match=said), explained("m"):
        raise torch.OutOfMemoryError("CUDA out of memory.\nTried to allocate")


@pytest.mark.parametrize("package", ["torch", "transformers"])
def test_missing_libraries_give_the_install_line(monkeypatch: pytest.MonkeyPatch, rm: Path, package: str) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ConfigError, match=r"needs torch and transformers: pip install 'weval\[hf\]'"):
        _ = Classifier(str(rm)).fingerprint


# tokenizers


def without_tokenizer(folder: Path) -> None:
    for path in folder.glob("tokenizer*"):
        path.unlink()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (without_tokenizer, "has no tokenizer that can be read (no vocabulary); copy the files of its base model's"),
        (lambda f: (f / "tokenizer.json").unlink(), "has no tokenizer that can be read"),
        (overwritten("tokenizer.json", b"{"), "its tokenizer cannot be loaded (Expecting property name"),
        (overwritten("tokenizer.json", b"{}"), "its tokenizer cannot be loaded (KeyError: "),
        (overwritten("tokenizer_config.json", b"{"), "its tokenizer cannot be loaded ("),
        (overwritten("chat_template.jinja", b"\xff\xfe"), "its tokenizer cannot be loaded ('utf-8' codec"),
    ],
)
def test_tokenizers_that_are_none(spoilt: Callable[..., Path], change: Change, said: str) -> None:
    """Of no files at all transformers 5 makes a Qwen2 tokenizer that knows one token."""
    folder = spoilt(change)
    with pytest.raises(WevalError) as caught:
        load_tokenizer(located(str(folder), None), ClassifierOptions())
    assert line_of(caught.value, folder, AdapterError).startswith(said)


def test_the_smaller_limit_counts(rm: Path) -> None:
    tokenizer: Any = AutoTokenizer.from_pretrained(rm)
    config = read(rm).config
    assert token_limit(tokenizer, config, ClassifierOptions()) == 4096
    tokenizer.model_max_length = 100
    assert token_limit(tokenizer, config, ClassifierOptions()) == 100
    assert token_limit(tokenizer, config, ClassifierOptions(max_length=7)) == 7
    tokenizer.model_max_length = 10**30
    assert token_limit(tokenizer, SimpleNamespace(), ClassifierOptions()) is None


# LoRA


@pytest.fixture(scope="module")
def lora(lm: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A reward model as layers on a language model; the head is in the adapter's file."""
    return small_models.make_lora(tmp_path_factory.mktemp("lora"), lm, save_head=True)


def plain(folder: Path, kind: Any, base: Path, requests: list[Request], **said: Any) -> Any:
    """The model as peft's documentation loads it, and the token ids of the requests."""
    tokenizer = AutoTokenizer.from_pretrained(base)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = PeftModel.from_pretrained(kind.from_pretrained(base, **said), folder).eval()
    chats = [
        [{"role": "user", "content": request.query}, {"role": "assistant", "content": request.responses[0]}]
        for request in requests
    ]
    texts = tokenizer.apply_chat_template(chats, tokenize=False)
    return model, tokenizer(texts, add_special_tokens=False)["input_ids"]


def test_a_head_in_the_adapter_is_used(lora: Path, lm: Path, asked: Callable[..., list[Request]]) -> None:
    requests = asked("response", 2)
    model, ids = plain(lora, AutoModelForSequenceClassification, lm, requests, num_labels=1)
    wanted = dict(zip([r.id for r in requests], small_models.plain_scores(model, ids), strict=True))
    found = scored(lora, requests)
    assert found == pytest.approx(wanted, abs=1e-4)
    assert max(found.values()) - min(found.values()) > 0.01


def test_layers_on_a_reward_model_use_its_head(rm: Path, tmp_path: Path, asked: Callable[..., list[Request]]) -> None:
    folder = small_models.make_lora(tmp_path / "lora", rm, task="FEATURE_EXTRACTION")
    assert "score" not in "".join(load_file(folder / ADAPTER))
    requests = asked("response", 1)
    model, ids = plain(folder, AutoModelForSequenceClassification, rm, requests)
    wanted = dict(zip([r.id for r in requests], small_models.plain_scores(model, ids), strict=True))
    assert scored(folder, requests) == pytest.approx(wanted, abs=1e-4)
    assert scored(rm, requests) != pytest.approx(wanted, abs=1e-2)


def test_a_lora_policy_has_its_base_for_a_reference(
    lm: Path, tmp_path: Path, asked: Callable[..., list[Request]]
) -> None:
    folder = small_models.make_lora(tmp_path / "lora", lm, task="CAUSAL_LM")
    requests = asked("response", 1)
    found = scored(folder, requests, head="dpo", beta="0.5")
    assert found == pytest.approx(scored(folder, requests, head="dpo", beta="0.5", reference_model=str(lm)), abs=1e-3)
    model, ids = plain(folder, AutoModelForCausalLM, lm, requests)
    tokenizer = AutoTokenizer.from_pretrained(lm)
    for request, text in zip(requests, ids, strict=True):
        asking = [{"role": "user", "content": request.query}]
        before = tokenizer.apply_chat_template(asking, tokenize=False) + "<|im_start|>assistant\n"
        start = len(tokenizer(before, add_special_tokens=False)["input_ids"])

        def likelihood(text: list[int] = text, start: int = start) -> float:
            with torch.inference_mode():
                logits = model(input_ids=torch.tensor([text])).logits[0, :-1].log_softmax(-1)
            return float(logits[range(len(text) - 1), text[1:]][start - 1 :].double().sum())

        policy = likelihood()
        with model.disable_adapter():
            assert found[request.id] == pytest.approx(0.5 * (policy - likelihood()), abs=1e-3)


def test_the_base_is_part_of_what_a_model_is(lora: Path, lm: Path, spoilt: Callable[..., Path], tmp_path: Path) -> None:
    other = spoilt(overwritten("vocab.txt", b"x"), lm)
    moved = Path(shutil.copytree(lora, tmp_path / "lora"))
    same = {name: value for name, value in Classifier(str(moved)).fingerprint.items() if name != "version"}
    edited("adapter_config.json", base_model_name_or_path=str(other))(moved)
    seen = Classifier(str(moved)).fingerprint
    assert {name for name, value in same.items() if seen[name] != value} == {"base"}


def dropped(*parts: str) -> Change:
    """Takes weights out of an adapter's file."""

    def change(folder: Path) -> None:
        kept = {name: w for name, w in load_file(folder / ADAPTER).items() if not any(p in name for p in parts)}
        save_file(kept, folder / ADAPTER)

    return change


def renamed(folder: Path) -> None:
    weights = load_file(folder / ADAPTER)
    save_file({name.replace("self_attn", "attention"): weight for name, weight in weights.items()}, folder / ADAPTER)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (edited("adapter_config.json", base_model_name_or_path=None), "its adapter_config.json names no base model"),
        (edited("adapter_config.json", base_model_name_or_path=""), "its adapter_config.json names no base model"),
        (edited("adapter_config.json", base_model_name_or_path=3), "its adapter_config.json names no base model"),
        (edited("adapter_config.json", peft_type="NEW"), "cannot be loaded (KeyError: 'NEW')"),
        (edited("adapter_config.json", target_modules=["no"]), "cannot be loaded (No modules were targeted"),
        (edited("adapter_config.json", r=8), "size mismatch for base_model.model.model.layers.0"),
        (overwritten("adapter_config.json", b"{"), "adapter_config.json is not JSON"),
        (overwritten(ADAPTER, b"123"), "its weights are damaged, get them again"),
        (dropped("score"), "the checkpoint has no trained head (score.weight would be random)"),
        (dropped("layers.1"), "its adapter_model.safetensors lacks weights (base_model.model.model.layers.1."),
        (renamed, "its adapter_model.safetensors lacks weights (base_model.model.model.layers.0."),
        (lambda f: (f / ADAPTER).rename(f / "other.safetensors"), "has no adapter_model.safetensors; a pickle file"),
    ],
)
def test_adapters_that_are_not_whole(spoilt: Callable[..., Path], lora: Path, change: Change, said: str) -> None:
    """PEFT only warns of layers that its file has no weights for: they would do nothing."""
    assert said in refused(spoilt(change, lora))


def test_layers_without_a_head_on_a_language_model(lm: Path, tmp_path: Path) -> None:
    folder = small_models.make_lora(tmp_path / "lora", lm, task="CAUSAL_LM")
    assert refused(folder).startswith("the checkpoint has no trained head (score.weight would be random)")


def test_a_base_that_is_not_there(spoilt: Callable[..., Path], lora: Path) -> None:
    folder = spoilt(edited("adapter_config.json", base_model_name_or_path="./nowhere"), lora)
    with pytest.raises(ConfigError, match=r"^\./nowhere: no such folder"):
        read(folder)


def test_without_peft_the_install_line_is_given(monkeypatch: pytest.MonkeyPatch, lora: Path) -> None:
    monkeypatch.setitem(sys.modules, "peft", None)
    with pytest.raises(ConfigError, match=r"needs peft: pip install 'weval\[hf\]'"):
        read(lora)
