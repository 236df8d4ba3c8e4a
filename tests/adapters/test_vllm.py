"""Reward models in vLLM: scores are those of the classifier, and what vLLM is told. vLLM itself does not run here."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load_file, save_file

from tests import small_models
from tests.adapters import fake_vllm
from tests.adapters.classifier.asking import WIRE
from tests.adapters.classifier.asking import scored as by_classifier
from tests.adapters.fake_vllm import Fake, refused
from tests.adapters.fake_vllm import values as scored
from weval.adapters.classifier import Classifier
from weval.adapters.vllm import Vllm, VllmOptions
from weval.errors import AdapterError, ConfigError
from weval.run import RunSpec, run
from weval.types import Certified, Request, Requirement

Asked = Callable[[Any, int], list[Request]]


@pytest.fixture(autouse=True)
def vllm(monkeypatch: pytest.MonkeyPatch) -> Fake:
    return fake_vllm.install(monkeypatch)


# scores


def test_scores_are_those_of_the_classifier(rm: Path, asked: Asked) -> None:
    requests = asked("response", 8)
    found = scored(rm, requests)
    assert found == pytest.approx(by_classifier(rm, requests), abs=1e-4)
    assert min(found.values()) < 0 and max(found.values()) > 1


@pytest.mark.parametrize(
    "settings",
    [
        {"head": "class", "label": "1", "unit": "requirement", "wire": WIRE},
        {"head": "logit_difference", "label": "1", "other_label": "0", "append_eos": "true"},
        {"head": "class", "label": "0", "dtype": "bfloat16", "max_length": "150", "truncation": "middle"},
        {"head": "logit_difference", "label": "0", "other_label": "1", "wire": "{query} {response}", "user": "x"},
    ],
)
def test_heads_texts_and_precision_are_those_of_the_classifier(
    two_labels: Path, asked: Asked, settings: dict[str, str]
) -> None:
    requests = asked(settings.get("unit", "response"), 3)
    tolerance = 0.02 if "dtype" in settings else 1e-4
    assert scored(two_labels, requests, **settings) == pytest.approx(
        by_classifier(two_labels, requests, **settings), abs=tolerance
    )


def test_one_bos_whoever_puts_it(tmp_path: Path, asked: Asked, vllm: Fake) -> None:
    tokenizer = small_models.make_tokenizer(chat="<s>" + small_models.CHAT, bos=True)
    folder = small_models.make_llama(tmp_path / "llama", tokenizer)
    requests = asked("response", 2)
    for settings in ({}, {"wire": "{query} {response}"}):
        assert scored(folder, requests, **settings) == pytest.approx(
            by_classifier(folder, requests, **settings), abs=1e-4
        )
        for ids in vllm.started[-1].calls[0]:
            assert ids.count(1) == 1


def test_long_texts_have_the_statuses_of_the_classifier(rm: Path, asked: Asked) -> None:
    requests = asked("response", 4)
    sizes = sorted(score.tokens_in or 0 for score in Vllm(str(rm)).score(requests))
    limit = sizes[len(sizes) // 2]
    for truncation in ("none", "right", "left", "middle"):
        settings = {"max_length": str(limit), "truncation": truncation}
        ours, other = (
            {score.request_id: score for score in kind(str(rm), **settings).score(requests)}
            for kind in (Vllm, Classifier)
        )
        for name, score in ours.items():
            assert (score.status, score.reason, score.raw) == (other[name].status, other[name].reason, other[name].raw)
            assert score.values == pytest.approx(other[name].values, abs=1e-4)
        assert {score.status for score in ours.values()} == ({"ok", "truncated"} if truncation == "none" else {"ok"})


def test_nothing_is_loaded_for_nothing(rm: Path, vllm: Fake) -> None:
    assert list(Vllm(str(rm)).score([])) == []
    assert vllm.started == []


def test_tokens_and_seconds_are_recorded(rm: Path, asked: Asked, vllm: Fake) -> None:
    found = list(Vllm(str(rm)).score(asked("response", 2)))
    assert sum(score.tokens_in or 0 for score in found) == sum(map(len, vllm.started[0].calls[0]))
    assert all(score.seconds and score.seconds > 0 for score in found)


# how vLLM is started


def test_what_vllm_is_told(rm: Path, asked: Asked, vllm: Fake) -> None:
    scored(rm, asked("response", 1), gpu_memory_utilization="0.5", enforce_eager="true", sharing="false")
    assert vllm.started[0].arguments == {
        "model": str(rm),
        "dtype": "float32",
        "max_model_len": 4096,
        "hf_overrides": None,
        "tensor_parallel_size": 1,
        "trust_remote_code": False,
        "gpu_memory_utilization": 0.5,
        "enforce_eager": True,
        "enable_prefix_caching": False,
    }
    scored(rm, asked("response", 1), dtype="bfloat16", max_length="900")
    plain = vllm.started[1].arguments
    assert (plain["dtype"], plain["max_model_len"], "enable_prefix_caching" in plain) == ("bfloat16", 900, False)


def test_a_checkpoint_in_bfloat16_stays_so(tmp_path: Path, rm: Path, asked: Asked, vllm: Fake) -> None:
    folder = Path(shutil.copytree(rm, tmp_path / "m"))
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"dtype": "bfloat16"}))
    scored(folder, asked("response", 1))
    assert vllm.started[0].dtype == "bfloat16"


def test_labels_are_counted_in_the_weights(tmp_path: Path, rm: Path, asked: Asked, vllm: Fake) -> None:
    folder = Path(shutil.copytree(rm, tmp_path / "m"))
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({k: v for k, v in config.items() if "label" not in k}))
    requests = asked("response", 1)
    assert scored(folder, requests) == pytest.approx(by_classifier(rm, requests), abs=1e-4)
    assert vllm.started[0].arguments["hf_overrides"] == {"num_labels": 1}


# what it is


def test_the_fingerprint_holds_what_could_change_a_score(rm: Path, two_labels: Path, vllm: Fake) -> None:
    plain = Vllm(str(rm)).fingerprint
    assert json.loads(json.dumps(plain)) == plain
    assert plain == Vllm(str(rm), window="1", sharing="false", gpu_memory_utilization="0.3").fingerprint
    others = [
        Vllm(str(two_labels)),
        *(Vllm(str(rm), **{name: value}) for name, value in [("dtype", "bfloat16"), ("max_length", "9")]),
        *(Vllm(str(rm), **{name: value}) for name, value in [("enforce_eager", "true"), ("tensor_parallel_size", "2")]),
    ]
    assert all(other.fingerprint != plain for other in others)
    assert vllm.started == []
    assert (Vllm.reads_ids, Vllm(str(rm)).unit) == (False, "response")
    assert Vllm(str(rm), unit="requirement").unit == "requirement"
    assert isinstance(Vllm(str(rm)), Certified)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"head": "dpo"}, "vLLM gives what a classification head gives, nothing else; use --model classifier:org/rm"),
        ({"head": "vocab_logit", "label": "1"}, "--set head=vocab_logit: vLLM gives what a classification head gives"),
        ({"head": "remote_method"}, "--set head=remote_method: vLLM gives"),
        ({"head": "remote_output"}, "--set head=remote_output: vLLM gives"),
        ({"token": "yes"}, "--set token: is for head=vocab_logit, and has no effect with head=logit"),
        ({"head": "class"}, "--set head=class: needs the label"),
        ({"window": "0"}, "--set window=0: "),
        ({"gpu_memory_utilization": "1.5"}, "--set gpu_memory_utilization=1.5: "),
        ({"tensor_parallel_size": "0"}, "--set tensor_parallel_size=0: "),
        ({"device": "cpu"}, "--set device=cpu: "),
    ],
)
def test_settings_that_make_no_sense(settings: dict[str, str], said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Vllm("org/rm", **settings)
    assert said in str(caught.value)
    assert str(caught.value).isprintable()


def test_every_setting_is_described() -> None:
    assert all(field.description for field in VllmOptions.model_fields.values())


# models that it does not take


def test_models_that_are_for_the_classifier(rm: Path, lm: Path, tmp_path: Path, asked: Asked) -> None:
    lora = small_models.make_lora(tmp_path / "lora", rm, task="FEATURE_EXTRACTION")
    said = refused(lora, ConfigError, asked("response", 1))
    assert "is a LoRA checkpoint; merge it into its base" in said
    assert said.endswith(f"or use --model classifier:{lora}")
    assert "the checkpoint has no trained head. Is it a reward model?" in refused(lm, AdapterError)


def test_a_checkpoint_that_is_damaged(rm: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(rm, tmp_path / "m"))
    (folder / "config.json").write_text("{")
    assert "config.json" in refused(folder, AdapterError)
    (folder / "config.json").unlink()
    assert "holds no model" in refused(folder, ConfigError)


def test_a_head_with_another_name_is_left_to_vllm(rm: Path, tmp_path: Path, vllm: Fake, asked: Asked) -> None:
    """Its own classes have heads of other names: only a language model's checkpoint is refused before it is asked."""
    folder = Path(shutil.copytree(rm, tmp_path / "m"))
    weights = load_file(folder / "model.safetensors")
    weights["v_head.weight"] = weights.pop("score.weight")
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    scored(folder, asked("response", 1))
    assert vllm.started[0].arguments["hf_overrides"] is None


# the whole way


def test_a_run_is_that_of_the_classifier(rm: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    task: Any = {"task": "weval-mini", "limit": 4}
    ours, other = (run(RunSpec(model=f"{family}:{rm}", **task)).result for family in ("vllm", "classifier"))
    assert ours.metrics == other.metrics
    assert ours.n_scored == 4


def test_requirements_are_part_of_the_text(two_labels: Path) -> None:
    def request(requirement: str) -> Request:
        asked = Requirement(id="c1", text=requirement)
        return Request(requirement, "g", "Q", "Q", "en", (asked,), ("A response.",), asked)

    settings = {"unit": "requirement", "wire": WIRE, "head": "class", "label": "1"}
    found = scored(two_labels, [request("Use ten words."), request("End with a dot.")], **settings)
    assert len({*found.values()}) == 2
