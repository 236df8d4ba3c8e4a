"""One real result to show, and one with hostile names."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.factories import make_item, write_items
from weval.results import Estimate, Result
from weval.run import RunSpec, run

HOSTILE = "<script>alert(1)</script>[bold red]{{7*7}}"


@pytest.fixture(scope="session")
def result(tmp_path_factory: pytest.TempPathFactory) -> Result:
    """rules on weval-mini: every kind of figure is in it."""
    return run(RunSpec("rules", task="weval-mini", out=tmp_path_factory.mktemp("run"))).result


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Result:
    """A result whose names try everything."""
    folder: Path = tmp_path_factory.mktemp("hostile")
    items = [make_item(f"i{n}", category=HOSTILE, language=HOSTILE) for n in range(3)]
    found = run(RunSpec("length", data=write_items(folder / "items.jsonl", items), out=folder / "out")).result
    model = found.model.model_copy(update={"name": HOSTILE, "fingerprint": {"prompt": HOSTILE}})
    task = found.task.model_copy(update={"name": HOSTILE})
    return found.model_copy(update={"model": model, "task": task, "notices": (HOSTILE,)})


@pytest.fixture(scope="session")
def poor(result: Result) -> Result:
    """A result with missing items and undefined figures."""
    nothing: dict[str, Estimate | None] = dict.fromkeys(result.metrics)
    update = {
        "n_missing": 3,
        "publishable": False,
        "unpublishable_because": ("3 items have no score",),
        "released": None,
        "metrics": nothing | {"correlation": result.metrics["correlation"]},
    }
    return result.model_copy(update=update)
