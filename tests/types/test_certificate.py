from __future__ import annotations

import pytest
from pydantic import ValidationError

from weval.types import Certificate, Drift


def drift(largest: float) -> Drift:
    return Drift(largest=largest, flipped=0, n_pairs=1)


def certificate(**changes: float) -> Certificate:
    found = {name: drift(largest) for name, largest in changes.items()}
    return Certificate(n_texts=2, easy=(1.0, 0.0), drift=found, computed={})


def test_noise_is_the_largest_drift_that_a_run_makes_itself() -> None:
    assert certificate(batched=0.1, repeated=0.0, shared=0.3, float32=9.0, padding_side=8.0, own_class=7.0).noise == 0.3
    assert certificate(repeated=0.0).noise == 0.0
    assert certificate(float32=1.0).noise is None


@pytest.mark.parametrize("largest", [float("nan"), float("inf"), -1.0])
def test_a_drift_is_a_size(largest: float) -> None:
    with pytest.raises(ValidationError):
        drift(largest)


def test_it_comes_back_from_json() -> None:
    written = certificate(batched=0.1).model_copy(update={"computed": {"dtype": "float32", "bos": 1, "last": True}})
    assert Certificate.model_validate_json(written.model_dump_json()) == written
