"""What every test can ask for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def shared() -> Path:
    """The folder of shared facts and conformance cases beside the checkout; the test is skipped where it is absent."""
    folder = Path(__file__).parents[2] / "shared"
    if not folder.is_dir():
        pytest.skip("needs ../shared, which is not here")
    return folder


@pytest.fixture(scope="session")
def _fonts(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tmp_path_factory.mktemp("matplotlib"))


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, _fonts: str) -> None:
    """Tests neither read nor fill the user's cache. The list of fonts, which takes a while, is made once for all."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
    monkeypatch.setenv("MPLCONFIGDIR", _fonts)


# --- small models, made once for all tests; torch loads for who asks for one -------------------------------------


@pytest.fixture(scope="session")
def rm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Qwen2 reward model with one label."""
    from tests import small_models

    return small_models.make_rm(tmp_path_factory.mktemp("rm"))


@pytest.fixture(scope="session")
def two_labels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Qwen2 classifier with two labels."""
    from tests import small_models

    return small_models.make_rm(tmp_path_factory.mktemp("two"), labels=2)


@pytest.fixture(scope="session")
def lm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Qwen2 language model."""
    from tests import small_models

    return small_models.make_lm(tmp_path_factory.mktemp("lm"))


@pytest.fixture(scope="session")
def other_lm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another one, with the same tokenizer."""
    from tests import small_models

    return small_models.make_lm(tmp_path_factory.mktemp("other"), seed=1)


@pytest.fixture(scope="session")
def gpt2(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A GPT-2 reward model: absolute positions."""
    from tests import small_models

    return small_models.make_gpt2(tmp_path_factory.mktemp("gpt2"))


@pytest.fixture(scope="session")
def bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A BERT classifier: an encoder."""
    from tests import small_models

    return small_models.make_bert(tmp_path_factory.mktemp("bert"))


@pytest.fixture(scope="session")
def asked() -> Callable[[Any, int], list[Any]]:
    """The requests about the first items of the bundled set."""
    from weval.plan import PlanOptions, plan
    from weval.tasks import load_task

    items = list(load_task("weval-mini").items())

    def requests(unit: Any, n_items: int) -> list[Any]:
        return [request for item in items[:n_items] for request, _ in plan(item, unit, PlanOptions())]

    return requests
