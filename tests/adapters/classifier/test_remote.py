from __future__ import annotations

from pathlib import Path

import pytest

from tests import small_models
from weval.adapters.classifier import Classifier
from weval.errors import AdapterError, ConfigError
from weval.types import Request

MODEL = """
from transformers import Qwen2ForSequenceClassification


class Scoring(Qwen2ForSequenceClassification):
    calls = 0

    def get_score(self, tokenizer, messages):
        text = tokenizer.apply_chat_template(messages, tokenize=False)
        said = tokenizer(text, return_tensors="pt", add_special_tokens=False)
        return self(**said).logits[0, 0]

    def drifting(self, tokenizer, messages):
        Scoring.calls += 1
        return float(self.get_score(tokenizer, messages)) + 50 * Scoring.calls

    def nothing(self, tokenizer, messages):
        return float("nan")

    def failing(self, tokenizer, messages):
        raise KeyError("no\\nsuch thing")
"""


@pytest.fixture(scope="module")
def remote(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A reward model that brings its own code."""
    folder = small_models.make_rm(tmp_path_factory.mktemp("remote"))
    (folder / "scoring.py").write_text(MODEL, encoding="utf-8")
    config = (folder / "config.json").read_text(encoding="utf-8")
    named = '{"auto_map": {"AutoModelForSequenceClassification": "scoring.Scoring"},'
    (folder / "config.json").write_text(config.replace("{", named, 1), encoding="utf-8")
    return folder


@pytest.fixture(autouse=True)
def _own_modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """transformers copies foreign code into a folder of its own before it runs it."""
    monkeypatch.setattr("transformers.dynamic_module_utils.HF_MODULES_CACHE", str(tmp_path))


def model(folder: Path, method: str = "get_score") -> Classifier:
    return Classifier(str(folder), head="remote_method", method=method, remote_code="true")


def request(response: str = "Hot water.") -> Request:
    return Request("r", "g", "Write about tea.", "Write about tea.", "en", (), (response,))


def test_the_models_own_method_scores_the_chat(remote: Path) -> None:
    (score,) = model(remote).score([request()])
    (plain,) = Classifier(str(remote)).score([request()])
    assert score.values[0] == pytest.approx(plain.values[0], abs=1e-5)
    found = model(remote).certify()
    assert set(found.drift) == {"repeated"}
    assert "own code" in found.remarks[0]


def test_foreign_code_is_not_run_unless_allowed(remote: Path) -> None:
    with pytest.raises(ConfigError, match="allow it by --set remote_code=true"):
        Classifier(str(remote), head="remote_method")
    assert list(Classifier(str(remote)).score([request()]))  # the stock class, which has the same weights


@pytest.mark.parametrize(
    ("method", "message"),
    [
        ("missing", "--set method=missing: .* has no such method"),
        ("nothing", "its method nothing gave nan"),
        ("failing", r"its method failing failed \(KeyError: 'no\\nsuch thing'\)"),
        ("drifting", "scored twice, a text got scores .* apart"),
    ],
)
def test_a_method_that_does_not_work_is_said_in_one_line(remote: Path, method: str, message: str) -> None:
    with pytest.raises((AdapterError, ConfigError), match=message) as caught:
        model(remote, method).certify()
    assert str(caught.value).isprintable()
