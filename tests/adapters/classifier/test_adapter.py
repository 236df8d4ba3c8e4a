from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from tests import small_models
from tests.adapters.classifier.asking import scored, values
from weval.adapters import open_adapter
from weval.adapters.classifier import Classifier
from weval.errors import ConfigError
from weval.types import Certified, Request, Unit

Asked = Callable[[Unit, int], list[Request]]


def test_it_keeps_the_contract(rm: Path) -> None:
    model = open_adapter(f"classifier:{rm}", {"unit": "requirement"})
    assert isinstance(model, Certified)
    assert (model.unit, model.reads_ids) == ("requirement", False)


def test_nothing_is_loaded_before_it_is_needed() -> None:
    program = (
        "import sys; from weval.adapters.classifier import Classifier; c = Classifier('no/such'); "
        "list(c.score([]) if 'torch' in sys.modules else []); print('torch' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert ran.stdout.strip() == "False"


def test_no_requests_load_no_model(tmp_path: Path) -> None:
    assert list(Classifier(str(tmp_path / "nothing here")).score([])) == []


def test_the_fingerprint_follows_weights_settings_and_device(tmp_path: Path) -> None:
    folder = small_models.make_rm(tmp_path / "a")
    first = dict(Classifier(str(folder)).fingerprint)
    assert first == dict(Classifier(str(folder), batch_tokens="5", sharing="false").fingerprint)
    assert first["device"] == "cpu"
    assert first != dict(Classifier(str(folder), dtype="bfloat16").fingerprint)
    small_models.make_rm(folder, seed=1)
    assert first["version"] != Classifier(str(folder)).fingerprint["version"]


def test_the_fingerprint_knows_the_reference_too(lm: Path, other_lm: Path) -> None:
    found = Classifier(str(lm), head="dpo", reference_model=str(other_lm)).fingerprint
    assert found["reference"] == Classifier(str(other_lm)).fingerprint["version"]


def test_a_missing_library_is_named_with_the_install_line(rm: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(ConfigError, match=r"needs torch and transformers: pip install 'weval\[hf\]'"):
        Classifier(str(rm)).fingerprint  # noqa: B018 - found when asked for
    with pytest.raises(ConfigError, match=r"needs torch and transformers: pip install 'weval\[hf\]'"):
        Classifier(str(rm)).certify()


def test_scores_do_not_depend_on_the_window(rm: Path, asked: Asked) -> None:
    requests = asked("response", 3)
    assert scored(rm, requests, window="4") == pytest.approx(scored(rm, requests), abs=1e-4)


def test_who_takes_answers_one_by_one_is_not_left_in_inference_mode(rm: Path, asked: Asked) -> None:
    stream = Classifier(str(rm)).score(asked("response", 1))
    next(stream)
    assert not torch.is_inference_mode_enabled()
    assert torch.is_grad_enabled()


def test_a_run_may_be_stopped_between_answers(rm: Path, asked: Asked) -> None:
    requests = asked("response", 2)
    stream = Classifier(str(rm)).score(requests)
    first = next(stream)
    stream.close()
    rest = [request for request in requests if request.id != first.request_id]
    assert len(values(Classifier(str(rm)).score(rest))) == 9
