"""What can be served, and what is refused before anybody asks."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.serving.scorers import asking
from weval.errors import ConfigError
from weval.serving.service import open_service
from weval.types import Request


def test_a_model_with_its_settings_and_those_of_the_server() -> None:
    service = open_service("keywords", {"max_batch": "7"})
    assert service.options.max_batch == 7
    assert service.about() == {
        "model": "keywords",
        "unit": "requirement",
        "fingerprint": {"adapter": "Keywords", "revision": 1},
    }


def test_a_reward_model_is_loaded_and_tried_first(rm: Path) -> None:
    said: list[str] = []
    service = open_service(f"classifier:{rm}", {"unit": "requirement", "batch_tokens": "512"}, notice=said.append)
    assert said[0] == "trying the model on fixed texts"
    assert service.adapter.unit == "requirement"
    assert service.about()["fingerprint"]["settings"] == {"unit": "requirement"}


@pytest.mark.parametrize(
    ("model", "settings", "said"),
    [
        ("first", {}, "^first: judges a list of responses; what is served scores one at a time$"),
        ("scores:mine.jsonl", {}, "^scores:mine.jsonl: "),
        ("lenght", {}, "did you mean length"),
        ("length", {"max_bach": "3"}, "unknown setting 'max_bach'; did you mean max_batch"),
        ("length", {"max_batch": "no"}, "--set max_batch=no: must be a whole number"),
    ],
)
def test_what_cannot_be_served(
    model: str, settings: dict[str, str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine.jsonl").write_text('{"item_id": "i", "candidate_id": "c", "score": 1}\n', encoding="utf-8")
    with pytest.raises(ConfigError, match=said) as caught:
        open_service(model, settings)
    assert "\n" not in str(caught.value)


def test_questions_of_the_other_unit_are_told_apart() -> None:
    whole: Request = asking("a")[0]
    (named,) = asking("a", requirement="Mention water.")
    assert open_service("length", {}).complaint(whole) is None
    assert "whole responses" in str(open_service("length", {}).complaint(named))
    assert open_service("keywords", {}).complaint(named) is None
    assert "unit=requirement" in str(open_service("keywords", {}).complaint(whole))
