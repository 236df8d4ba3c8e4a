"""The sources of a data set, and which of them forbid to pass it on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.build.answered import made, put, rows
from tests.factories import make_item, write_items
from weval.build.recipe import Recipe
from weval.build.releasing.licences import NOT_STATED, sources_of, warnings_of
from weval.build.seeding.sources import HUB_SETS
from weval.errors import DataError


def recipe(*sets: dict[str, Any], **more: Any) -> Recipe:
    content = {"name": "x", "title": "X", "description": "X.", "seeds": {"sets": sets}, **more}
    return Recipe.model_validate_json(json.dumps(content))


def exported(root: Path) -> Path:
    """The export of a build whose items are of LMSYS-Chat-1M."""
    root.mkdir()
    content = rows(2)
    for row in content["requirements"]:
        row["source"] = "lmsys-chat-1m"
    put(root, content)
    return [made(step, root).file.parent for step in ("verify", "card", "export")][-1]


def drafts(folder: Path, **sources: str) -> Path:
    """A file of drafts, each with its source."""
    path = folder / "drafts.jsonl"
    one = {"instruction": "Write.", "requirements": [{"id": "c1", "text": "Rhyme."}]}
    path.write_text("".join(json.dumps({"id": name, **one, "source": each}) + "\n" for name, each in sources.items()))
    return path


def test_each_source_has_its_licence_and_its_items(tmp_path: Path) -> None:
    made = recipe(
        {"source": "wildchat-1m"},
        {"source": "file", "path": "in/seeds.jsonl", "licence": "CC0"},
        {"source": "file", "path": "more.jsonl"},
    )
    path = drafts(tmp_path, a="wildchat-1m", b="wildchat-1m", c="seeds.jsonl", d="seeds.jsonl")
    wild, own, more = sources_of(made, tmp_path, path, frozenset("abc"))
    assert (wild.name, wild.licence, wild.n_items) == ("allenai/WildChat-1M", "ODC-BY", 2)
    assert wild.revision == HUB_SETS["wildchat-1m"].revision
    assert (own.name, own.licence, own.n_items, own.revision) == ("seeds.jsonl", "CC0", 1, None)
    assert (more.licence, more.n_items) == (NOT_STATED, 0)
    assert all(source.redistributable for source in (wild, own, more))
    assert list(warnings_of((wild, own, more))) == ["more.jsonl: nobody stated under which licence its texts are"]


def test_what_must_not_be_passed_on_is_told(tmp_path: Path) -> None:
    lmsys = {"source": "lmsys-chat-1m"}
    path = drafts(tmp_path, a="lmsys-chat-1m")
    (used,) = sources_of(recipe(lmsys), tmp_path, path, frozenset("a"))
    assert not used.redistributable
    assert next(warnings_of((used,))).startswith("lmsys/lmsys-chat-1m: its licence forbids to pass its texts on (LMSYS")
    (unused, _) = sources_of(recipe(lmsys), tmp_path, drafts(tmp_path, a="file.jsonl"), frozenset("a"))
    assert unused.redistributable, "none of its texts is in an item"
    (unknown,) = sources_of(recipe(lmsys), tmp_path, tmp_path / "nowhere.jsonl", frozenset("a"))
    assert not unknown.redistributable and unknown.n_items is None, "where nobody can say, it is taken to be in there"
    path = drafts(tmp_path, a="lmsys-chat-1m")
    (stated,) = sources_of(recipe({**lmsys, "licence": "by letter"}), tmp_path, path, frozenset("a"))
    assert stated.redistributable and stated.licence == "by letter"


@pytest.mark.parametrize(
    "more",
    [
        {"seeds": {"sets": [{"source": "file", "path": "own.jsonl", "licence": "CC0"}]}},
        {"seeds": {"sets": []}},
        {"requirements": {"how": "task", "task": "weval-mini"}},
    ],
)
def test_a_recipe_that_names_other_sources_now_hides_none(tmp_path: Path, more: dict[str, Any]) -> None:
    path = drafts(tmp_path, a="lmsys-chat-1m", b="own.jsonl")
    with path.open("a") as file:
        file.write('{"id": "c", "instruction": "Write.", "requirements": [{"id": "c1", "text": "Rhyme."}]}\n')
    found = {one.name: one for one in sources_of(recipe(**more), tmp_path, path, frozenset("abc"))}
    held = found["lmsys/lmsys-chat-1m"]
    assert not held.redistributable and held.n_items == 1
    assert found["own.jsonl"].redistributable
    if "weval-mini" in found:
        assert found["weval-mini"].n_items == 1


def test_sets_that_items_name_alike_are_not_counted_apart(tmp_path: Path) -> None:
    sets = ({"source": "file", "path": f"{folder}/seeds.jsonl", "licence": folder} for folder in ("mit", "cc0"))
    found = sources_of(recipe(*sets), tmp_path, drafts(tmp_path, a="seeds.jsonl", b="seeds.jsonl"), frozenset("ab"))
    assert [(one.licence, one.n_items) for one in found] == [("mit", None), ("cc0", None)]


@pytest.mark.parametrize("target", ["export", "export/items.jsonl"])
def test_what_an_export_may_not_pass_on_its_heirs_may_not_either(tmp_path: Path, target: str) -> None:
    exported(tmp_path / "made").rename(tmp_path / "export")
    (source,) = sources_of(
        recipe(requirements={"how": "task", "task": target}), tmp_path, tmp_path / "none.jsonl", frozenset("ab")
    )
    assert source.licence.startswith("CC-BY-4.0; lmsys/lmsys-chat-1m: LMSYS-Chat-1M Dataset License")
    assert not source.redistributable and source.n_items == 2


def test_known_data_sets_are_known_to_the_seeds() -> None:
    assert [name for name, hub in HUB_SETS.items() if not hub.redistributable] == ["lmsys-chat-1m"]
    for hub in HUB_SETS.values():
        assert ("no redistribution" in hub.licence) == (not hub.redistributable)


@pytest.mark.parametrize(("task", "licence"), [("weval-mini", "CC-BY-4.0"), ("mine.jsonl", NOT_STATED)])
def test_a_task_says_its_licence_and_a_file_does_not(tmp_path: Path, task: str, licence: str) -> None:
    write_items(tmp_path / "mine.jsonl", [make_item()])
    made = recipe(requirements={"how": "task", "task": task})
    (source,) = sources_of(made, tmp_path, tmp_path / "drafts.jsonl", frozenset("ab"))
    assert (source.licence, source.n_items, source.redistributable) == (licence, 2, True)


def test_broken_drafts_are_named(tmp_path: Path) -> None:
    path = drafts(tmp_path, a="x")
    path.write_text("{}\n")
    with pytest.raises(DataError, match=r"drafts\.jsonl:1: id: is missing"):
        sources_of(recipe({"source": "prism"}), tmp_path, path, frozenset("a"))
