from __future__ import annotations

import pytest
from pydantic import ValidationError

from tests.factories import make_item
from weval.types import Requirement


def test_records_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        make_item().id = "other"


@pytest.mark.parametrize("more", ['"colour": 1', '"type": "tone"', '"id": 3'])
def test_unknown_keys_and_silent_conversions_are_refused(more: str) -> None:
    with pytest.raises(ValidationError):
        Requirement.model_validate_json(f'{{"id": "c1", "text": "Do it.", {more}}}')
