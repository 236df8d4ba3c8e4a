"""One real result to show, and one with hostile names."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.factories import write_items
from weval.readback import Outcome
from weval.reproduce.outcome import Reproduction
from weval.results import Estimate, Result
from weval.run import RunSpec, run
from weval.types import Candidate, Item, Requirement

HOSTILE = "<script>alert(1)</script>[bold red]{{7*7}}"

HOSTILE_TEXT = (
    "</svg></div></details><img src=x onerror=alert(1)>$\\frac{$ {% raw %} \x1b[31m\x07\u202egnp.exe\u2066 写作 🦜 "
)


def hostile_item(number: int) -> Item:
    """An item with the worst of texts in every place for one; the longest response is kept least."""
    requirements = [
        Requirement(id=f"c{i}{HOSTILE}", type="style", text=HOSTILE_TEXT * 40, check=None) for i in range(1, 4)
    ]
    return Item(
        id=f"i{number}{HOSTILE}",
        category=HOSTILE,
        language=HOSTILE,
        instruction=HOSTILE_TEXT * 400,
        requirements=tuple(requirements),
        candidates=tuple(
            Candidate(
                id=f"a{i}{HOSTILE}",
                kept=tuple(requirement.id for requirement in requirements[: 4 - i]),
                response=(HOSTILE_TEXT * i * 1_000)[:1_000_000],
            )
            for i in range(1, 4)
        ),
    )


@pytest.fixture(scope="session")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """rules on weval-mini: every kind of figure is in it."""
    return run(RunSpec("rules", task="weval-mini", out=tmp_path_factory.mktemp("runs") / "rules"))


@pytest.fixture(scope="session")
def result(outcome: Outcome) -> Result:
    """Its result."""
    return outcome.result


@pytest.fixture(scope="session")
def hostile_outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """A run whose names and texts try everything."""
    folder: Path = tmp_path_factory.mktemp("hostile")
    items = [hostile_item(n) for n in range(3)]
    found = run(RunSpec("length", data=write_items(folder / "items.jsonl", items), out=folder / "runs" / "out"))
    model = found.result.model.model_copy(update={"name": HOSTILE, "fingerprint": {"prompt": HOSTILE}})
    task = found.result.task.model_copy(update={"name": HOSTILE})
    return replace(found, result=found.result.model_copy(update={"model": model, "task": task, "notices": (HOSTILE,)}))


@pytest.fixture(scope="session")
def hostile(hostile_outcome: Outcome) -> Result:
    """Its result."""
    return hostile_outcome.result


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


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the reproduction below lies."""
    return tmp_path_factory.mktemp("reproduction")


@pytest.fixture(scope="session")
def found(folder: Path) -> Reproduction:
    """A reproduction of small real steps."""
    from tests.report.reproductions import real  # which takes the hostile names from here

    return real(folder)
