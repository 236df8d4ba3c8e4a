from __future__ import annotations

import pytest
from pydantic import ValidationError

from weval.training.sections import Policy

GOOD = {"rollout_prompts": 4, "max_prompt_tokens": 8, "max_response_tokens": 8}


@pytest.mark.parametrize(
    ("field", "value"), [("critic_warmup", 1.0), ("temperature", 0.0), ("validation_temperature", -0.1), ("clip", 0.0)]
)
def test_what_makes_no_sense_is_refused(field: str, value: float) -> None:
    assert Policy.model_validate(GOOD).group_size == 5
    with pytest.raises(ValidationError, match=field):
        Policy.model_validate({**GOOD, field: value})
