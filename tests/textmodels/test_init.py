"""Backends by name: settings that would do nothing are refused, and nothing loads before it is asked."""

from __future__ import annotations

import importlib.util
import subprocess
import sys

import pytest

from weval.errors import ConfigError
from weval.textmodels import TEXT_MODELS, TextModelOptions, backend_of, open_text_model


@pytest.mark.parametrize("name", TEXT_MODELS)
def test_backends_use_settings_that_exist(name: str) -> None:
    backend = TEXT_MODELS[name]
    assert backend.uses <= set(TextModelOptions.model_fields)
    assert importlib.util.find_spec(backend.location.partition(":")[0])


def test_the_name_is_before_the_first_slash() -> None:
    assert backend_of("server/org/model")[1] == "org/model"


@pytest.mark.parametrize(
    ("reference", "said"), [("opnai/gpt-4o", "did you mean openai"), ("openai", "openai/MODEL"), ("server/", "server/")]
)
def test_other_references_are_refused(reference: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        backend_of(reference)


def test_a_setting_without_effect_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"device, dtype: has no effect with server/"):
        open_text_model("server/m", TextModelOptions(base_url="http://h/v1", device="cpu", dtype="float16"))


def test_opening_loads_no_library_and_opens_nothing() -> None:
    code = (
        "import sys\nfrom weval.textmodels import *\n"
        "open_text_model('server/m', TextModelOptions(base_url='http://127.0.0.1:1/v1'))\n"
        "print(sorted({'openai', 'httpx2', 'anthropic', 'torch', 'transformers'} & sys.modules.keys()))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
