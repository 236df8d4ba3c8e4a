from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.adapters.classifier.asking import scored
from weval.adapters.classifier import Classifier, building
from weval.adapters.classifier.building import BATCH_TOKENS, agrees, one_by_one
from weval.adapters.classifier.runners import Whole
from weval.errors import AdapterError, ConfigError
from weval.types import Request, Unit

Asked = Callable[[Unit, int], list[Request]]


def test_settings_reach_the_engine(rm: Path) -> None:
    engine: Any = Classifier(str(rm), batch_tokens="77", window="5", sharing="false", padding_side="left")._engine
    assert (engine.batching.budget, engine.window, engine.sharing, engine.batching.left) == (77, 5, False, True)
    engine = Classifier(str(rm))._engine
    assert engine.batching.budget == BATCH_TOKENS["cpu"]


def test_where_ours_is_not_what_the_class_computes_its_own_is_used(
    rm: Path, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = scored(rm, asked("response", 2))
    monkeypatch.setattr(building.PooledHead, "first", lambda self, read: 3)  # the wrong token
    model = Classifier(str(rm))
    engine: Any = model._engine
    assert isinstance(engine.runner, Whole)
    found = {score.request_id: score.values[0] for score in model.score(asked("response", 2))}
    assert found == pytest.approx(wanted, abs=1e-4)


def test_agreement_is_on_every_fixed_text(rm: Path, two_labels: Path) -> None:
    engine: Any = Classifier(str(rm))._engine
    assert len(one_by_one(engine.runner, engine.reader)) == 9
    assert agrees(engine.runner, engine.runner, engine.reader, "float32")
    other: Any = Classifier(str(two_labels), head="logit_difference", label="1", other_label="0")._engine
    assert not agrees(engine.runner, other.runner, engine.reader, "float32")


def test_logits_computed_in_a_way_of_its_own_are_no_log_probabilities(
    lm: Path, other_lm: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(building, "agrees", lambda *given: False)
    with pytest.raises(AdapterError, match="computes its logits in a way of its own"):
        Classifier(str(lm), head="dpo", reference_model=str(other_lm))._engine  # noqa: B018 - built when asked for


def test_dpo_needs_a_reference(lm: Path) -> None:
    with pytest.raises(ConfigError, match="--set head=dpo: needs the model that training began with"):
        Classifier(str(lm), head="dpo")._engine  # noqa: B018


def test_two_labels_are_not_one(two_labels: Path) -> None:
    with pytest.raises(ConfigError, match="has 2 labels; choose one by --set head=class --set label=1"):
        Classifier(str(two_labels))._engine  # noqa: B018
