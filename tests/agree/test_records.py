"""What is found, as records."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from weval.agree import Coefficient


def test_a_coefficient_is_a_number_with_its_counts() -> None:
    found = Coefficient(value=0.5, ci=None, n_items=1, n_subjects=3)
    assert found.ci is None
    for wrong in ({"value": float("nan")}, {"more": 1}, {"n_items": 1.5}):
        with pytest.raises(ValidationError):
            Coefficient.model_validate(found.model_dump() | wrong)
