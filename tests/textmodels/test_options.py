"""Settings of text models: what may change a reply is in the fingerprint, what may not is left out."""

from __future__ import annotations

import pytest

from weval.errors import ConfigError
from weval.settings import updated
from weval.textmodels.options import TextModelOptions


def test_defaults_leave_everything_to_the_model() -> None:
    options = TextModelOptions()
    assert options.sampling() == {}
    assert options.fingerprint() == {}


def test_sampling_is_what_was_given() -> None:
    options = updated(TextModelOptions(), {"temperature": "0", "max_tokens": "5", "stop": "END", "effort": "low"})
    assert options.sampling() == {"temperature": 0.0, "max_tokens": 5, "stop": "END", "effort": "low"}
    assert options.fingerprint() == options.sampling()


def test_neutral_settings_exist_and_are_in_no_fingerprint() -> None:
    assert TextModelOptions.neutral <= set(TextModelOptions.model_fields)
    options = TextModelOptions(concurrency=3, timeout_s=9.0, key_env="K", batch="wait", batch_size=2, attempts=1)
    assert options.fingerprint() == {}
    assert TextModelOptions(base_url="http://h/v1").fingerprint() == {"base_url": "http://h/v1"}


@pytest.mark.parametrize(
    ("name", "value"),
    [("temperature", "3"), ("temperature", "nan"), ("top_p", "0"), ("max_tokens", "0"), ("effort", "very"),
     ("concurrency", "0"), ("timeout_s", "inf"), ("stop", ""), ("batch", "yes")],
)  # fmt: skip
def test_wrong_values_are_named(name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=f"--set {name}="):
        updated(TextModelOptions(), {name: value})
