from __future__ import annotations

import pytest
from pydantic import ValidationError

from weval.comparison import Difference


def test_a_difference_may_be_undefined_in_parts_and_knows_no_other_keys() -> None:
    known = {"value": 0.1, "ci": None, "n": 1, "n_differ": 1, "p": 1.0, "p_holm": 1.0}
    undefined = dict.fromkeys(("wilcoxon", "t", "effect_size", "items_needed", "detectable"))
    assert Difference(**known, **undefined).ci is None
    with pytest.raises(ValidationError):
        Difference(**known, **undefined, more=1)
