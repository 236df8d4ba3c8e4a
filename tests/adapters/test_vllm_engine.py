"""vLLM's offline interface: the order of texts, what a certificate finds, and one line for every fault."""

from __future__ import annotations

import json
import math
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests import small_models
from tests.adapters import fake_vllm
from tests.adapters.classifier.asking import WIRE
from tests.adapters.fake_vllm import Fake, answering, refused
from tests.adapters.fake_vllm import values as scored
from weval.adapters.vllm import Vllm
from weval.errors import AdapterError, ConfigError
from weval.types import Request

Asked = Callable[[Any, int], list[Request]]


@pytest.fixture(autouse=True)
def vllm(monkeypatch: pytest.MonkeyPatch) -> Fake:
    return fake_vllm.install(monkeypatch)


# scores


def test_texts_that_begin_alike_follow_each_other_and_the_same_is_asked_once(
    rm: Path, asked: Asked, vllm: Fake
) -> None:
    requests = asked("response", 6)
    mixed = [*requests[::2], *requests[1::2], *[Request(f"again-{r.id}", *_rest(r)) for r in requests[:3]]]
    found = scored(rm, mixed)
    assert len(found) == len(requests) + 3
    assert all(found[f"again-{r.id}"] == found[r.id] for r in requests[:3])
    (texts,) = vllm.started[0].calls
    assert len(texts) == len(requests)
    assert texts == sorted(texts)


def _rest(request: Request) -> tuple[Any, ...]:
    return (request.group, request.query, request.instruction, None, request.requirements, request.responses)


def test_requests_are_drawn_a_window_at_a_time(rm: Path, asked: Asked, vllm: Fake) -> None:
    requests, drawn = asked("response", 4), []
    stream = (drawn.append(request.id) or request for request in requests)
    adapter = Vllm(str(rm), window="8")
    first = next(adapter.score(stream))
    assert first.status == "ok"
    assert len(drawn) == 8
    assert scored(rm, requests, window="3") == pytest.approx(scored(rm, requests), abs=1e-5)
    assert [len(call) for call in vllm.started[1].calls] == [3] * 6 + [2]


def test_its_log_stays_out_of_the_results(rm: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VLLM_LOGGING_LEVEL", "DEBUG")
    _ = Vllm(str(rm)).fingerprint
    assert os.environ["VLLM_LOGGING_STREAM"] == "ext://sys.stderr"
    assert os.environ["VLLM_LOGGING_LEVEL"] == "DEBUG"


# the certificate


def test_a_certificate(rm: Path, vllm: Fake) -> None:
    found = Vllm(str(rm)).certify()
    assert found.n_texts == 9
    assert set(found.drift) == {"repeated", "batched"}
    assert found.noise == 0
    assert found.easy[0] != found.easy[1]
    assert (found.computed["runner"], found.computed["vllm"], found.computed["dtype"]) == ("vLLM", "0.33.0", "float32")
    assert found.computed["max_length"] == 4096
    assert found.remarks == ()
    assert json.loads(found.model_dump_json())
    assert [len(call) for call in vllm.started[0].calls] == [1] * 18 + [9] * 2


def test_a_certificate_for_requirements(two_labels: Path) -> None:
    found = Vllm(str(two_labels), unit="requirement", wire=WIRE, head="class", label="1").certify()
    assert found.n_texts == 18


def test_texts_that_end_in_the_pad_token_are_remarked(tmp_path: Path, asked: Asked) -> None:
    folder = small_models.make_rm(tmp_path / "m", small_models.make_tokenizer(pad_token="</s>"))
    adapter = Vllm(str(folder), append_eos="true")
    assert adapter.certify().remarks == (
        "texts end in the pad token: vLLM reads the score there, transformers at the token before it",
    )


def test_a_sigmoid_is_found_out(rm: Path, monkeypatch: pytest.MonkeyPatch, vllm: Fake) -> None:
    monkeypatch.setattr(fake_vllm.LLM, "_activated", lambda self, raw, params: raw.sigmoid())
    assert "gives scores between 0 and 1 only" in refused(rm, AdapterError)


@pytest.mark.parametrize("settings", [{"head": "class"}, {"head": "logit_difference", "other_label": "0"}])
def test_a_softmax_is_found_out(two_labels: Path, monkeypatch: pytest.MonkeyPatch, settings: dict[str, str]) -> None:
    monkeypatch.setattr(fake_vllm.LLM, "_activated", lambda self, raw, params: raw.softmax(-1))
    said = refused(two_labels, AdapterError, label="1", **settings)
    assert said.endswith("vLLM gives probabilities where raw outputs were asked for")


def test_scores_that_are_random_or_do_not_look_at_the_text(
    rm: Path, monkeypatch: pytest.MonkeyPatch, vllm: Fake
) -> None:
    answering(monkeypatch, lambda call, n: [float(call) ** 2 - 5])
    assert "scored twice, a text got scores" in refused(rm, AdapterError)
    answering(monkeypatch, lambda call, n: [2.5])
    assert "the same score (2.5): it does not score the response" in refused(rm, AdapterError)


def test_scores_that_others_change_are_remarked(rm: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    n_alone = 18  # nine texts, each twice

    def answer(call: int, prompt: int) -> list[float]:
        return [2.0 * prompt - 3] if call > n_alone else [(call - 1) % 9 - 3.0]

    answering(monkeypatch, answer)
    found = Vllm(str(rm)).certify()
    assert found.drift["batched"].largest == 8
    assert found.remarks[0].startswith("together with others, texts got other scores than alone")


def test_a_model_that_reads_too_little(rm: Path) -> None:
    assert "reads 20 tokens, too few for the texts it is tried on" in refused(rm, AdapterError, max_length="20")


# faults


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (RuntimeError("Engine core initialization failed.\nSee root cause above."), "(RuntimeError: Engine core init"),
        (ValueError("larger than the maximum number of tokens in KV cache (100)"), "--set max_length=… takes less"),
        (MemoryError("CUDA out of memory"), "--set max_length=… takes less memory, tensor_parallel_size=… more GPUs"),
        (AssertionError(), "vLLM cannot load it (AssertionError: )"),
        (SystemExit(1), "vLLM cannot load it (SystemExit: 1)"),
    ],
)
def test_an_engine_that_does_not_start(
    rm: Path, monkeypatch: pytest.MonkeyPatch, vllm: Fake, error: BaseException, said: str
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(vllm.module, "LLM", broken)
    assert said in refused(rm, AdapterError)


def test_more_gpus_than_there_are(rm: Path) -> None:
    assert "World size (2) is larger than the number of available GPUs" in refused(
        rm, AdapterError, tensor_parallel_size="2"
    )


def test_an_engine_that_dies(rm: Path, monkeypatch: pytest.MonkeyPatch, vllm: Fake, asked: Asked) -> None:
    def dead(*_: Any, **__: Any) -> None:
        raise RuntimeError("EngineCore encountered an issue.\nSee stack trace (above)")

    monkeypatch.setattr(fake_vllm.LLM, "classify", dead)
    said = refused(rm, AdapterError, asked("response", 1))
    assert said == f"{rm}: vLLM failed (RuntimeError: EngineCore encountered an issue. See stack trace (above))"


def test_ctrl_c_passes_through(rm: Path, monkeypatch: pytest.MonkeyPatch, asked: Asked) -> None:
    def stopped(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(fake_vllm.LLM, "classify", stopped)
    with pytest.raises(KeyboardInterrupt):
        list(Vllm(str(rm)).score(asked("response", 1)))


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_numbers_that_overflow(
    rm: Path, monkeypatch: pytest.MonkeyPatch, vllm: Fake, asked: Asked, value: float
) -> None:
    answering(monkeypatch, lambda call, n: [value if n == 2 else 1.0])
    said = refused(rm, AdapterError, asked("response", 1))
    assert f"gave {value} for a text of" in said
    assert said.endswith("--set dtype=bfloat16, or float32")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda call, n: None, "vLLM gave 0 rows of outputs for 5 texts"),
        (lambda call, n: [1.0] if n else None, "vLLM gave 4 rows of outputs for 5 texts"),
        (lambda call, n: [], "vLLM gave 5 rows of outputs for 5 texts"),
        (lambda call, n: [1.0] * (n + 1), "vLLM gave 5 rows of outputs for 5 texts"),
        (lambda call, n: ["high"], "vLLM failed (ValueError: could not convert"),
        (lambda call, n: [1.0, 2.0], "has 2 labels; choose one by --set head=class --set label=1"),
    ],
)
def test_answers_that_do_not_fit(
    rm: Path, monkeypatch: pytest.MonkeyPatch, vllm: Fake, asked: Asked, answer: Callable[[int, int], Any], said: str
) -> None:
    answering(monkeypatch, answer)
    assert said in refused(rm, ConfigError if "labels" in said else AdapterError, asked("response", 1))


def test_a_label_that_the_model_has_not(two_labels: Path, asked: Asked) -> None:
    assert "has no label 2: they are 0 to 1" in refused(
        two_labels, ConfigError, asked("response", 1), head="class", label="2"
    )


def test_without_vllm_the_install_line_is_given(rm: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "vllm", None)
    for attempt in (lambda: Vllm(str(rm)).fingerprint, lambda: Vllm(str(rm)).certify()):
        with pytest.raises(ConfigError, match=r"needs vllm, and an NVIDIA GPU: pip install 'weval\[vllm\]'$"):
            attempt()


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ImportError("libcuda.so.1: cannot open shared object file"), "vLLM does not start here (libcuda.so.1: cannot"),
        (RuntimeError("no\nGPU"), "vLLM does not start here (no\\nGPU)"),
        (ModuleNotFoundError("No module named 'xgrammar'", name="xgrammar"), "vLLM lacks xgrammar; install it anew"),
    ],
)
def test_a_vllm_that_does_not_fit_the_machine(
    rm: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, said: str
) -> None:
    def broken(name: str) -> None:
        raise error

    monkeypatch.setattr("weval.textmodels.local.vllm_library.importlib.import_module", broken)
    assert said in refused(rm, ConfigError)
