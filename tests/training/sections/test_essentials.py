"""What makes no sense in a run of any kind is refused by the name of its field."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from tests.training.sections.test_profile import GOOD
from weval.training.sections import Profile


@pytest.mark.parametrize(
    ("section", "field", "value"),
    [
        ("optimisation", "batch", 0),
        ("optimisation", "warmup", 1.0),  # transformers would take it for one step
        ("optimisation", "learning_rate", -1.0),
        ("optimisation", "schedule", "polynomial"),
        ("optimisation", "keep_checkpoints", 1),  # killed while the next is written, nothing would be left
        ("model", "dtype", "int8"),
        ("model", "freeze_layers", -1),
        ("data", "overlap", 2.0),
        ("data", "overlap", 0.0),  # any two texts would be one
        ("data", "sources", "x"),
        ("hardware", "peak_tflops", 0.0),
        ("hardware", "utilisation", 0.0),
    ],
)
def test_what_makes_no_sense_is_refused(section: str, field: str, value: object) -> None:
    with pytest.raises(ValidationError, match=field):
        Profile.model_validate({**GOOD, section: {**GOOD.get(section, {}), field: value}})
