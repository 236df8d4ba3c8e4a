from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.adapters.classifier.asking import scored, values
from weval.adapters.classifier import Classifier
from weval.adapters.classifier.runners import Contrast, Layered, Whole
from weval.types import Request, Unit

Asked = Callable[[Unit, int], list[Request]]


def runner(folder: Path, **settings: str) -> Any:
    engine: Any = Classifier(str(folder), **settings)._engine
    return engine.runner


def test_each_kind_of_model_gets_its_runner(rm: Path, lm: Path, other_lm: Path, bert: Path, gpt2: Path) -> None:
    assert isinstance(runner(rm), Layered)
    assert isinstance(runner(gpt2), Layered)
    assert isinstance(runner(bert, wire="{response}"), Whole)
    assert isinstance(runner(lm, head="vocab_logit", label="3"), Layered)
    contrast = runner(lm, head="dpo", reference_model=str(other_lm))
    assert isinstance(contrast, Contrast)
    assert contrast.shares


def test_an_encoder_shares_nothing_and_counts_its_padding(bert: Path, asked: Asked) -> None:
    model = Classifier(str(bert), wire="{query} {response}", batch_tokens="3000")
    values(model.score(asked("response", 3)))
    engine: Any = model._engine
    (effort,) = engine.runner.efforts()
    assert not engine.runner.shares
    assert effort.saved == 0
    assert effort.computed <= 1.15 * effort.asked


def test_a_policy_against_itself_has_no_reward(lm: Path, asked: Asked) -> None:
    found = scored(lm, asked("response", 1), head="dpo", reference_model=str(lm), bounded="true")
    assert set(found.values()) == {0.0}


def test_both_models_of_a_contrast_are_counted(lm: Path, other_lm: Path, asked: Asked) -> None:
    model = Classifier(str(lm), head="dpo", reference_model=str(other_lm))
    values(model.score(asked("response", 1)))
    engine: Any = model._engine
    policy, reference = engine.runner.efforts()
    assert policy.asked == reference.asked > 0


@pytest.mark.parametrize("name", ["0", "logits"])
def test_an_output_by_name_or_number(rm: Path, asked: Asked, name: str) -> None:
    found = scored(rm, asked("response", 1), head="remote_output", remote_code="true", output=name)
    assert found == pytest.approx(scored(rm, asked("response", 1)), abs=1e-4)
