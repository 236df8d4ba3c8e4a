"""Task folders and anyone's own files."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from tests.factories import make_item, write_items, write_rows
from weval.errors import ConfigError, DataError
from weval.tasks import fetch_task, load_data, load_task, read_spec, spec, task_lines, task_names
from weval.tasks.sources import BundledSource, PinnedSource

BUNDLED = """\
name: tiny
version: "1.0"
title: A tiny task
description: Two items.
licence: CC0
languages: [en]
source:
  kind: bundled
  path: items.jsonl
  sha256: {sha256}
"""
PINNED = """\
name: far
version: "1.0"
title: A task from far away
description: Not here yet.
licence: as published
languages: [en]
source:
  kind: github
  repository: owner/repo
  commit: 0123456789abcdef0123456789abcdef01234567
  path: data/items.jsonl
  blob: {blob}
options:
  layout: items
"""


@pytest.fixture
def rooms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a bundled task `tiny` and a pinned one `far`, both of the same two items."""
    folder = tmp_path / "tasks"
    for name in ("tiny", "far"):
        (folder / name).mkdir(parents=True)
    items = write_items(folder / "tiny" / "items.jsonl", [make_item("i1"), make_item("i2")])
    content = items.read_bytes()
    blob = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
    (folder / "tiny" / "task.yaml").write_text(BUNDLED.format(sha256=hashlib.sha256(content).hexdigest()))
    (folder / "far" / "task.yaml").write_text(PINNED.format(blob=blob))
    monkeypatch.setattr(spec, "tasks_folder", lambda: folder)
    return folder


# --- the tasks weval brings


@pytest.mark.parametrize("name", task_names())
def test_every_task_is_described(name: str) -> None:
    found = read_spec(name)
    assert found.name == name
    assert len(found.description) < 200


def test_the_bundled_task_is_whole() -> None:
    task = load_task("weval-mini")
    assert (task.n_items, task.notices, task.version) == (60, (), "1.0")
    assert {tuple(c.gold for c in item.candidates) for item in task.items()} == {(5, 4, 3, 2, 1)}
    assert fetch_task("weval-mini") == task.path


def test_the_published_tasks_name_their_source() -> None:
    for name in ("weval", "dropout-real"):
        source = read_spec(name).source
        assert isinstance(source, PinnedSource)
        assert source.repository == "Rainier-rq1/From_Coarse_to_Fine"


# --- task folders


def test_a_bundled_task(rooms: Path) -> None:
    task = load_task("tiny")
    assert [item.id for item in task.items()] == [item.id for item in task.items()] == ["i1", "i2"]
    assert (task.name, task.n_items, task.path) == ("tiny", 2, rooms / "tiny" / "items.jsonl")
    assert isinstance(read_spec("tiny").source, BundledSource)


def test_a_bundled_task_with_other_items_is_refused(rooms: Path) -> None:
    write_items(rooms / "tiny" / "items.jsonl", [make_item("i3")])
    with pytest.raises(DataError, match=r"is not the file that task\.yaml names"):
        load_task("tiny")


def test_a_pinned_task_is_brought_by_hand(rooms: Path) -> None:
    assert task_lines() == {"tiny": "Two items.", "far": "Not here yet. (weval fetch far)"}
    path = fetch_task("far", rooms / "tiny")
    assert task_lines()["far"] == "Not here yet."
    assert fetch_task("far") == path
    task = load_task("far")
    assert [item.id for item in task.items()] == ["i1", "i2"]


def test_a_task_that_was_never_released_says_how_it_is_built(rooms: Path) -> None:
    _described(rooms, "lost", "  kind: unreleased\n")
    assert task_lines()["lost"] == "Not here yet. (weval build all lost, or --data FILE)"
    for use in (load_task, fetch_task):
        with pytest.raises(
            ConfigError,
            match=r"^lost: its items were never released; build them: weval build all lost, or --data FILE$",
        ):
            use("lost")


def test_a_superseded_task_says_by_what(rooms: Path) -> None:
    text = (rooms / "tiny" / "task.yaml").read_text()
    (rooms / "tiny" / "task.yaml").write_text(text.replace("licence:", "superseded_by: tiny-2\nlicence:"))
    said = "superseded by tiny-2, whose figures are not comparable with its own"
    for task in (load_task("tiny"), load_data(rooms / "tiny")):
        assert (task.notices, task.data_notices) == ((said,), ())
    assert task_lines()["tiny"] == f"Two items. ({said})"


def _described(folder: Path, name: str, source: str) -> None:
    (folder / name).mkdir()
    head = PINNED.format(blob="0" * 40).replace("name: far", f"name: {name}")
    (folder / name / "task.yaml").write_text(head[: head.index("source:")] + "source:\n" + source)


def test_settings_reach_the_options(rooms: Path) -> None:
    assert load_task("tiny", {"gold": "partial"}).options.gold == "partial"
    with pytest.raises(ConfigError, match="--set gold=x"):
        load_task("tiny", {"gold": "x"})


def test_an_unknown_task_names_the_nearest(rooms: Path) -> None:
    for use in (load_task, read_spec, fetch_task):
        with pytest.raises(ConfigError, match=r"unknown task 'tny'; did you mean tiny\?"):
            use("tny")


@pytest.mark.parametrize("name", ["../tiny", "tiny/../far", "", "/etc"])
def test_a_task_name_is_no_path(rooms: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="unknown task"):
        load_task(name)


@pytest.mark.parametrize("path", ["../far/items.jsonl", "/etc/passwd", "a/b", ".hidden", "..", ""])
def test_bundled_items_lie_in_their_folder(rooms: Path, path: str) -> None:
    text = (rooms / "tiny" / "task.yaml").read_text()
    (rooms / "tiny" / "task.yaml").write_text(text.replace("path: items.jsonl", f"path: '{path}'"))
    with pytest.raises(DataError, match=r"task\.yaml:9: source\.path: "):
        load_task("tiny")


# --- own data


def test_own_data_has_the_name_of_its_file(tmp_path: Path) -> None:
    path = write_items(tmp_path / "mine.jsonl", [make_item()])
    task = load_data(path)
    assert (task.name, task.version, task.n_items) == ("mine", "own-data", 1)
    assert task.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


RELEASED: list[dict[str, Any]] = [
    {"prompt": "Write. A. B.", "chosen": "x", "constraint": ["A.", "B."], "instruction_id_list": ["k1", "k2"]},
    {"prompt": "Write. A.", "chosen": "y", "constraint": ["A."], "instruction_id_list": ["k1"]},
]


def test_the_layout_is_told_by_the_first_record(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "r.jsonl", RELEASED)
    (item,) = load_data(path).items()
    assert item.instruction == "Write."
    with pytest.raises(DataError, match="id: is missing"):
        load_data(path, {"layout": "items"})
    with pytest.raises(DataError, match="prompt: is missing"):
        load_data(write_items(tmp_path / "i.jsonl", [make_item()]), {"layout": "released"})


def test_an_id_is_said_to_be_double_however_far_the_lines(tmp_path: Path) -> None:
    path = write_items(
        tmp_path / "i.jsonl", [make_item("same"), *(make_item(f"i{n}") for n in range(500)), make_item("same")]
    )
    with pytest.raises(DataError, match=r"i\.jsonl:502: id: 'same' is already the id of line 1$"):
        load_data(path)


def test_ties_in_gold_have_to_be_meant(tmp_path: Path) -> None:
    path = write_items(tmp_path / "i.jsonl", [make_item(kept=((1, 2), (1,), (2,)))])
    with pytest.raises(DataError, match=r":1: candidates: kept counts tie \(\[2, 1, 1\]\); --set gold=partial"):
        load_data(path)
    assert load_data(path, {"gold": "partial"}).n_items == 1


def test_an_item_whose_candidates_all_tie_ranks_nothing(tmp_path: Path) -> None:
    path = write_items(tmp_path / "i.jsonl", [make_item(kept=((1,), (2,)))])
    with pytest.raises(DataError, match="all keep 1 of the requirements; nothing to rank"):
        load_data(path, {"gold": "partial"})


def test_items_of_different_shapes_may_share_a_file(tmp_path: Path) -> None:
    path = write_items(tmp_path / "i.jsonl", [make_item("a"), make_item("b", kept=((1,), ()), n_requirements=1)])
    assert load_data(path).n_items == 2


def test_a_file_that_changes_while_it_is_used_is_noticed(tmp_path: Path) -> None:
    path = write_items(tmp_path / "i.jsonl", [make_item("a")])
    task = load_data(path)
    path.write_text("{}\n")
    with pytest.raises(DataError, match="id: is missing"):
        list(task.items())


def test_kept_counts_without_sets_are_noticed(tmp_path: Path) -> None:
    data = write_items(tmp_path / "items.jsonl", [make_item("i1", kept=(3, 1)), make_item("i2")])
    assert load_data(data).notices == (
        "2 candidates say only how many requirements they kept, not which: no reading for their items",
    )


# --- a folder with a task in it


def test_a_folder_is_a_task_under_its_own_name(rooms: Path) -> None:
    task = load_data(rooms / "tiny")
    assert (task.name, task.version, task.n_items) == ("tiny", "1.0", 2)
    assert task.path == rooms / "tiny" / "items.jsonl"
    assert task == load_task("tiny"), "as if it were one of ours"
    assert load_data(rooms / "tiny" / "items.jsonl").version == spec.OWN_DATA


def test_a_folder_has_options_of_its_own_that_settings_go_before(rooms: Path) -> None:
    text = (rooms / "tiny" / "task.yaml").read_text()
    (rooms / "tiny" / "task.yaml").write_text(text + "options: {gold: partial}\n")
    assert load_data(rooms / "tiny").options.gold == "partial"
    assert load_data(rooms / "tiny", {"gold": "distinct"}).options.gold == "distinct"


def test_a_folder_with_other_items_than_it_says_is_refused(rooms: Path) -> None:
    write_items(rooms / "tiny" / "items.jsonl", [make_item("i1"), make_item("i3")])
    with pytest.raises(DataError, match=r"items\.jsonl: is not the file that task\.yaml names"):
        load_data(rooms / "tiny")


def test_a_folder_without_items_is_no_data(rooms: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"task\.yaml: source: no items lie beside it \(kind github\)"):
        load_data(rooms / "far")
    (rooms / "tiny" / "items.jsonl").unlink()
    with pytest.raises(DataError, match=r"items\.jsonl: no such file"):
        load_data(rooms / "tiny")
    (tmp_path / "empty").mkdir()
    with pytest.raises(
        DataError, match=r"empty: is a folder without task\.yaml and without items \(\.jsonl, \.parquet"
    ):
        load_data(tmp_path / "empty")
    with pytest.raises(DataError, match=r"tiny/task\.yaml: describes a task; name its folder"):
        load_data(rooms / "tiny" / "task.yaml")


def test_a_folder_with_a_bad_task_yaml_is_named(rooms: Path) -> None:
    (rooms / "tiny" / "task.yaml").write_text("name: tiny\ncolour: red\n")
    with pytest.raises(DataError, match=r"task\.yaml:2: colour"):
        load_data(rooms / "tiny")
