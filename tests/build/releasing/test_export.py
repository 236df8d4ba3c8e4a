"""The exported folder: a task that runs, a layout that reads back, and a card that belongs to it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from tests.build.answered import lines, made, put, rows
from weval.audit import audit, open_task
from weval.build.recipe import read_recipe
from weval.build.releasing.datacard import DataCard
from weval.build.releasing.export import make
from weval.build.step import Work
from weval.errors import DataError, ResultError
from weval.files import read_json, read_yaml
from weval.hashes import sha256_of
from weval.readback import read_back, rescore
from weval.run import RunSpec, Watcher, run
from weval.tasks import TaskSpec, load_data


def exported(root: Path, n: int = 4, **draft: object) -> Path:
    """The folder of an export of so many items."""
    put(root, rows(n, **draft))
    made("verify", root)
    made("card", root)
    return made("export", root).file.parent


def test_the_folder_holds_what_belongs_together(tmp_path: Path) -> None:
    folder = exported(tmp_path)
    record = json.loads((folder / "step.json").read_text())
    wanted = {"items.jsonl", "released.jsonl", "task.yaml", "card.json", "README.md", "left_out.jsonl"}
    assert record["files"] == {name: sha256_of(folder / name) for name in wanted}
    assert {path.name for path in folder.iterdir()} == wanted | {"step.json"}
    spec, card = read_yaml(folder / "task.yaml", TaskSpec), read_json(folder / "card.json", DataCard)
    assert (spec.name, spec.version, spec.title, spec.licence) == ("tea", "2", card.title, "CC-BY-4.0")
    assert (spec.languages, spec.source.kind) == (("en",), "bundled")
    assert card.items_sha256 == sha256_of(folder / "items.jsonl")
    assert (folder / "items.jsonl").read_bytes() == (tmp_path / "build" / "verify" / "items.jsonl").read_bytes()


def test_the_folder_is_a_task_under_its_own_name(tmp_path: Path) -> None:
    folder = exported(tmp_path)
    outcome = run(RunSpec("length", data=folder, out=tmp_path / "run"))
    task = outcome.result.task
    assert (task.name, task.version, task.sha256) == ("tea", "2", sha256_of(folder / "items.jsonl"))
    assert outcome.result.n_scored == 4
    assert read_back(tmp_path / "run").task.name == "tea"
    assert rescore(tmp_path / "run").result.metrics == outcome.result.metrics
    assert audit(open_task(str(folder))).task == task


def test_a_run_goes_by_the_name_of_its_task(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = exported(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert run(RunSpec("length", data=folder)).folder == Path("runs/length/tea")


def test_the_released_layout_reads_back(tmp_path: Path) -> None:
    folder = exported(tmp_path)
    ours, theirs = list(load_data(folder).items()), list(load_data(folder / "released.jsonl").items())
    assert [item.kept for item in ours] == [item.kept for item in theirs]
    assert [item.instruction for item in ours] == [item.instruction for item in theirs]
    assert json.loads((folder / "step.json").read_text())["told"] == {"released": {"settings": {}}}


def test_a_layout_that_would_say_something_else_is_not_written(tmp_path: Path) -> None:
    folder = exported(tmp_path)
    assert (folder / "released.jsonl").is_file()
    folder = exported(tmp_path, instruction="Write about tea. ")
    assert not (folder / "released.jsonl").exists()
    assert "released" not in yaml.safe_load((folder / "README.md").read_text().split("---")[1])["configs"][-1].values()
    record = json.loads((folder / "step.json").read_text())
    assert record["told"] == {"released": {"settings": None}} and "released.jsonl" not in record["files"]


def test_until_an_export_ends_the_one_before_is_whole(tmp_path: Path) -> None:
    folder = exported(tmp_path)
    put(tmp_path, rows(4, instruction="Write about tea. "))  # the released layout cannot say that
    made("verify", tmp_path)
    made("card", tmp_path)
    recipe, home = read_recipe(str(tmp_path / "tea.yaml"))
    sources = {"verify": folder.parent / "verify" / "items.jsonl", "card": folder.parent / "card" / "card.json"}
    killed = make(Work(recipe, home, folder, sources, Watcher()))
    next(killed)
    files = json.loads((folder / "step.json").read_text())["files"]
    assert files == {name: sha256_of(folder / name) for name in files}
    assert not (made("export", tmp_path).file.parent / "released.jsonl").exists()


def test_an_edited_export_is_no_task_any_more(tmp_path: Path) -> None:
    folder = exported(tmp_path)
    items = folder / "items.jsonl"
    items.write_text("".join(items.read_text().splitlines(keepends=True)[1:]))
    with pytest.raises(DataError, match=r"items\.jsonl: is not the file that task\.yaml names"):
        load_data(folder)
    items.write_text("{}\n")
    with pytest.raises(DataError, match=r"items\.jsonl:1: id: is missing"):
        load_data(folder)


def test_a_card_of_other_items_is_refused(tmp_path: Path) -> None:
    exported(tmp_path)
    card = tmp_path / "build" / "card" / "card.json"
    card.write_text(json.dumps({**lines(card)[0], "items_sha256": "0" * 64}) + "\n")
    with pytest.raises(ResultError, match=r"card\.json: is the card of other items; weval build card makes it again"):
        made("export", tmp_path)


def test_an_edited_title_comes_through(tmp_path: Path) -> None:
    exported(tmp_path)
    card = tmp_path / "build" / "card" / "card.json"
    card.write_text(json.dumps({**lines(card)[0], "title": "no: yes # 'tea' \"pots\""}) + "\n")
    folder = made("export", tmp_path).file.parent
    assert read_yaml(folder / "task.yaml", TaskSpec).title == "no: yes # 'tea' \"pots\""
