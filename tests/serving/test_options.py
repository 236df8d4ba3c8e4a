"""The settings of `weval serve`."""

from __future__ import annotations

import pytest

from weval.adapters import ADAPTERS, family_settings
from weval.errors import ConfigError
from weval.serving.options import ServeOptions
from weval.settings import updated


def test_settings_of_the_server_have_names_that_no_model_uses() -> None:
    taken = {name for family in ADAPTERS for name in family_settings(family)}
    assert not taken & set(ServeOptions.model_fields)


@pytest.mark.parametrize(
    ("setting", "value"), [("max_batch", "0"), ("max_wait_ms", "-1"), ("max_queue", "x"), ("finish_s", "1.5")]
)
def test_settings_out_of_range(setting: str, value: str) -> None:
    with pytest.raises(ConfigError, match=f"--set {setting}={value}: must be"):
        updated(ServeOptions(), {setting: value})
