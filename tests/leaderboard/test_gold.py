"""Gold for who checks: as the items have it, from them or from an index that a task brings."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from weval.errors import ConfigError, DataError
from weval.join import gold_of
from weval.leaderboard import gold as module
from weval.leaderboard.gold import INDEX, GoldIndex, gold_index, index_of, write_index
from weval.tasks import load_task, spec
from weval.tasks.spec import tasks_folder


@pytest.fixture
def tasks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The tasks, in a folder of the test's own."""
    folder = Path(shutil.copytree(tasks_folder(), tmp_path / "tasks"))
    for where in (spec, module):
        monkeypatch.setattr(where, "tasks_folder", lambda: folder)
    return folder


def test_the_index_of_a_task_has_every_item_and_none_of_its_texts(tasks: Path) -> None:
    task = load_task("weval-mini")
    items = list(task.items())
    path = write_index("weval-mini")
    assert path == tasks / "weval-mini" / INDEX
    text = path.read_text(encoding="utf-8")
    for item in items:
        texts = (item.instruction, *(r.text for r in item.requirements), *(c.response for c in item.candidates))
        assert not any(json.dumps(part, ensure_ascii=False)[1:-1] in text for part in texts)
    index = GoldIndex.model_validate_json(text)
    assert index.items == tuple(gold_of(item) for item in items)
    assert (index.task.sha256, index.options, index.notices) == (task.sha256, task.options, task.notices)


def test_it_is_read_in_place_of_the_items(tasks: Path) -> None:
    from_items = gold_index("weval-mini")
    assert from_items == index_of(load_task("weval-mini"))
    write_index("weval-mini")
    (tasks / "weval-mini" / "items.jsonl").unlink()
    assert gold_index("weval-mini") == from_items


def test_it_is_written_the_same_every_time(tasks: Path) -> None:
    once = write_index("weval-mini").read_bytes()
    assert write_index("weval-mini").read_bytes() == once
    assert once.count(b"\n") == 62  # a line per item, so that a change shows


def test_one_of_another_version_is_refused(tasks: Path) -> None:
    path = write_index("weval-mini")
    path.write_text(path.read_text().replace('"version": "1.0"', '"version": "0.9"'))
    with pytest.raises(DataError, match=r"gold\.json: is not of weval-mini 1\.0; make it: weval leaderboard index"):
        gold_index("weval-mini")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("kept", [["c1"]]),
        ("kept", [["c9"]] * 5),
        ("kept", [99] * 5),
        ("candidate_ids", ["a1"] * 5),
        ("lengths", [-1] * 5),
        ("met", [[2] * 5] * 5),
        ("types", ["taste"] * 5),
    ],
)
def test_one_that_contradicts_itself_is_refused(tasks: Path, field: str, value: Any) -> None:
    path = write_index("weval-mini")
    content = json.loads(path.read_text())
    content["items"][3][field] = value
    path.write_text(json.dumps(content))
    with pytest.raises(DataError, match=r"items\[3\]"):
        gold_index("weval-mini")


def test_a_task_without_items_here_says_what_to_do(tasks: Path) -> None:
    for path in tasks.glob(f"weval/{INDEX}"):
        path.unlink()
    with pytest.raises(DataError, match=r"weval: has no gold\.json and its items are not here.*weval fetch weval"):
        gold_index("weval")


def test_a_task_nobody_knows(tasks: Path) -> None:
    for name in ("wevil", "../tasks/weval-mini", "", "weval-mini/"):
        with pytest.raises(ConfigError, match="unknown task"):
            gold_index(name)


def test_to_be_superseded_changes_no_figure_that_was_published(tasks: Path) -> None:
    before = gold_index("weval-mini")
    path = tasks / "weval-mini" / "task.yaml"
    path.write_text(path.read_text().replace("licence:", "superseded_by: weval\nlicence:"))
    assert load_task("weval-mini").notices
    assert gold_index("weval-mini") == before
    with pytest.raises(
        ConfigError, match=r"^weval-gpt4o: was never released; each build is a data set of its own, with"
    ):
        gold_index("weval-gpt4o")
