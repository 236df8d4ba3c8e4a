"""Profiles refuse what makes no sense, and every choice that needs one is described."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from weval.training.sections import Lora, Model, Optimisation, Profile

GOOD = {
    "model": {"base": "small"},
    "data": {"source": "weval-mini"},
    "optimisation": {"learning_rate": 0.1, "batch": 2, "micro_batch": 1},
}


def test_what_is_left_out_has_its_default() -> None:
    profile = Profile.model_validate(GOOD)
    assert profile.seed == 0 and profile.policy is None
    assert profile.optimisation == Optimisation(learning_rate=0.1, batch=2, micro_batch=1)
    assert Model(base="small").lora is None and Lora().targets == "all-linear"


@pytest.mark.parametrize(
    ("section", "field", "value"),
    [
        ("optimisation", "batch", 0),
        ("optimisation", "warmup", 1.5),
        ("optimisation", "learning_rate", -1.0),
        ("optimisation", "schedule", "polynomial"),
        ("model", "dtype", "int8"),
        ("model", "freeze_layers", -1),
        ("data", "overlap", 2.0),
        ("data", "sources", "x"),
    ],
)
def test_what_makes_no_sense_is_refused(section: str, field: str, value: object) -> None:
    with pytest.raises(ValidationError, match=field):
        Profile.model_validate({**GOOD, section: {**GOOD[section], field: value}})
