from __future__ import annotations

import pytest

from weval.adapters.views import numbers


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Write exactly 7 sentences.", [7]),
        ("Use 150-1,200 words in Three parts.", [3, 150, 1200]),
        ("one two three four five", [1, 2, 3, 4]),
        ("Two, 2 and twice.", [2]),
        ("Card 1234567890123 and ² and ٣.", [3]),
        ("Be kind.", []),
    ],
)
def test_numbers_that_are_named(text: str, found: list[int]) -> None:
    assert numbers(text) == found
