"""Every folder under tasks/ is a whole task: a data-only change is fully tested here."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from weval.tasks import PinnedSource, load_task, read_spec, task_names
from weval.tasks.spec import tasks_folder
from weval.types import RequirementType

FOLDERS = sorted(path for path in tasks_folder().iterdir() if path.is_dir())


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name)
def test_a_task_is_described_and_has_a_card(folder: Path) -> None:
    spec = read_spec(folder.name)
    assert spec.name == folder.name
    card = (folder / "README.md").read_text(encoding="utf-8")
    assert card.startswith("# ")
    assert "icence" in card
    assert not list(folder.rglob("*.py")), "tasks are data and cards only"


@pytest.mark.parametrize("name", [n for n in task_names() if not isinstance(read_spec(n).source, PinnedSource)])
def test_bundled_items_load_and_match_their_hash(name: str) -> None:
    task = load_task(name)
    items = list(task.items())
    assert len(items) == task.n_items
    assert {item.language for item in items} == set(read_spec(name).languages)


def test_weval_mini_is_what_its_card_says() -> None:
    items = list(load_task("weval-mini").items())
    assert len(items) == 60
    assert set(Counter(item.category for item in items).values()) == {12}
    assert Counter(item.language for item in items) == {"en": 55, "zh": 3, "es": 1, "fr": 1}
    for item in items:
        assert [candidate.gold for candidate in item.candidates] == [5, 4, 3, 2, 1]
        assert len({requirement.type for requirement in item.requirements}) >= 3
    types: Counter[RequirementType | None] = Counter(q.type for item in items for q in item.requirements)
    assert None not in types
