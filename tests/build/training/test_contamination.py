from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.build.prompted import Notes, draft, left_out, made, put
from tests.factories import make_item, write_items
from weval.build.training.contamination import Evaluated, hashes, not_here
from weval.errors import ConfigError
from weval.hashes import git_blob_of, sha256_of
from weval.tasks import load_data, load_task, read_spec, task_names
from weval.tasks.sources import PinnedSource

MINI = list(load_task("weval-mini").items())
SPEC = {"name": "far", "version": "1", "title": "Far", "description": "Far.", "licence": "none", "languages": ["en"]}
NEW = "Explain to my neighbour how the ferry timetable of our island works in winter."


@pytest.fixture
def known() -> Evaluated:
    found = Evaluated(0.5)
    found.add(load_task("weval-mini"))
    return found


def test_every_item_is_found_by_instruction_and_by_query(known: Evaluated) -> None:
    for item in MINI:
        for text in (item.instruction, item.query(item.requirement_ids), item.instruction.upper() + "!!"):
            found = known.find(text)
            assert found and found.share == 1.0 and found.item.startswith("weval-mini/")


def test_an_item_is_found_inside_a_longer_text_and_with_a_few_words_changed(known: Evaluated) -> None:
    item = next(item for item in MINI if len(item.instruction.split()) > 25)
    words = item.instruction.split()
    assert known.find(f"{NEW} {item.instruction} {NEW}")
    assert known.find(" ".join(["Please", *words[:-1], "thanks"]))
    assert known.find(" ".join(words[: len(words) // 2]))
    assert known.find(NEW) is None
    assert known.find(" ".join(reversed(words))) is None


def test_chinese_is_compared_by_characters(known: Evaluated) -> None:
    item = next(item for item in MINI if item.language == "zh")
    found = known.find("另外，" + item.instruction[2:])
    assert found and found.item == f"weval-mini/{item.id}"
    assert known.find("请为我的猫写一封道歉信，语气要真诚，不要提到昨天晚上的鱼。") is None


def test_a_prompt_that_is_an_item_is_left_out_and_absent_tasks_are_named(tmp_path: Path) -> None:
    put(tmp_path, "requirements", [draft("new", NEW), draft("old", MINI[3].instruction)])
    notes = Notes()
    done = made(tmp_path, "prompts", notes)
    assert left_out(done) == {"old": "contaminated"}
    told = done.record.told["contamination"]
    assert told["checked"] == {"weval-mini 1.0": 60} and told["overlap"] == 0.5
    assert "weval (weval fetch weval)" in told["not_checked"]
    assert any("weval fetch weval" in note for note in notes.notes)
    assert done.record.inputs["held against weval-mini 1.0"] == load_task("weval-mini").sha256


def test_the_recipe_can_add_a_file(tmp_path: Path) -> None:
    write_items(tmp_path / "own.jsonl", [make_item(instruction=NEW)])
    put(tmp_path, "requirements", [draft("new", NEW), draft("other", "Write about the sea.")])
    done = made(tmp_path, "prompts", prompts={"also": ["own.jsonl"]})
    assert left_out(done) == {"new": "contaminated"}
    assert done.record.inputs["held against own.jsonl own-data"] == load_data(tmp_path / "own.jsonl").sha256
    write_items(tmp_path / "own.jsonl", [make_item(instruction="Write about the sea.")])
    again = made(tmp_path, "prompts", prompts={"also": ["own.jsonl"]})
    assert again.is_new and left_out(again) == {"other": "contaminated"}


def test_files_of_one_name_in_two_folders_are_two(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    files = [write_items(tmp_path / name / "own.jsonl", [make_item(instruction=f"{NEW} {name}")]) for name in "ab"]
    found = hashes(["a/own.jsonl", "b/own.jsonl"], task_names(), tmp_path)
    assert list(found.values()) == [sha256_of(path) for path in files]


def test_the_recipe_can_add_the_folder_of_a_task(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    items = write_items(folder / "items.jsonl", [make_item(instruction=NEW)])
    source = {"kind": "bundled", "path": "items.jsonl", "sha256": sha256_of(items)}
    (folder / "task.yaml").write_text(json.dumps(SPEC | {"name": "mine", "source": source}), encoding="utf-8")
    put(tmp_path, "requirements", [draft("new", NEW), draft("other", "Write about the sea.")])
    done = made(tmp_path, "prompts", prompts={"also": ["mine"]})
    assert left_out(done) == {"new": "contaminated"}
    assert done.record.told["contamination"]["checked"] == {"mine 1": 1, "weval-mini 1.0": 60}


def test_a_file_that_is_not_there_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"own\.jsonl: is neither a task"):
        hashes(["own.jsonl"], (), tmp_path)


def test_a_fetched_task_is_looked_at_and_a_damaged_one_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    items = write_items(tmp_path / "items.jsonl", [make_item(instruction=NEW)])
    source = {"kind": "github", "repository": "o/r", "commit": "a" * 40, "path": "i.jsonl", "blob": git_blob_of(items)}
    (tmp_path / "tasks" / "far").mkdir(parents=True)
    (tmp_path / "tasks" / "far" / "task.yaml").write_text(json.dumps(SPEC | {"source": source}), encoding="utf-8")
    monkeypatch.setattr("weval.tasks.spec.tasks_folder", lambda: tmp_path / "tasks")
    put(tmp_path, "requirements", [draft("new", NEW), draft("other", "Write about the sea.")])
    assert made(tmp_path, "prompts").record.told["contamination"]["not_checked"] == ["far (weval fetch far)"]

    pinned = read_spec("far").source
    assert isinstance(pinned, PinnedSource)
    pinned.cached.parent.mkdir(parents=True)
    shutil.copy(items, pinned.cached)
    done = made(tmp_path, "prompts")  # made again: there is more to look at
    assert done.is_new and left_out(done) == {"new": "contaminated"}
    pinned.cached.write_text("other", encoding="utf-8")
    assert not_here() == ["far (weval fetch far)"] and hashes((), (), tmp_path) == {}


def test_what_is_allowed_is_not_looked_at() -> None:
    assert hashes((), ["weval-mini"], Path()) == {}
    assert all(not name.startswith("weval ") for name in not_here(["weval"]))
