"""Prototypes by category: of a task and of a file, and what is wrong with a file."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from weval.build.recipe import Recipe
from weval.build.sections import Filter
from weval.build.seeding.prototypes import prototype_inputs, prototypes_of
from weval.errors import ConfigError, DataError


def recipe(prototypes: str) -> Recipe:
    return Recipe(name="x", title="X", description="X.", filter=Filter(prototypes=prototypes))


def write(path: Path, *rows: object) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_those_of_weval_mini_are_its_instructions_in_five_categories(tmp_path: Path) -> None:
    found = prototypes_of(recipe("weval-mini"), tmp_path)
    assert list(found) == sorted(found)
    assert set(found) == {
        "academic_writing", "creative_narrative", "discussion_expression", "informational_practical",
        "structured_plans",
    }  # fmt: skip
    assert [len(texts) for texts in found.values()] == [12] * 5
    assert any("afrobeats" in text for text in found["creative_narrative"])
    ((name, sha256),) = prototype_inputs(recipe("weval-mini"), tmp_path).items()
    assert name.startswith("prototypes of weval-mini")
    assert len(sha256) == 64


def test_a_file_beside_the_recipe_has_categories_of_its_own(tmp_path: Path) -> None:
    path = write(
        tmp_path / "mine.jsonl",
        {"category": "tea", "text": "A poem about tea"},
        {"category": "coffee", "text": "An ode to coffee"},
        {"category": "tea", "text": "How to brew tea"},
    )
    found = prototypes_of(recipe("mine.jsonl"), tmp_path)
    assert found == {"coffee": ["An ode to coffee"], "tea": ["A poem about tea", "How to brew tea"]}
    assert list(found) == ["coffee", "tea"]
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    assert prototype_inputs(recipe("mine.jsonl"), tmp_path) == {"prototypes in mine.jsonl": sha256}


def test_a_bad_line_is_named(tmp_path: Path) -> None:
    write(tmp_path / "mine.jsonl", {"category": "tea", "text": "A poem"}, {"category": "tea", "prompt": "Another"})
    with pytest.raises(DataError) as caught:
        prototypes_of(recipe("mine.jsonl"), tmp_path)
    assert all(problem.startswith(f"{tmp_path / 'mine.jsonl'}:2: ") for problem in caught.value.problems)
    assert {problem.split(": ")[1] for problem in caught.value.problems} == {"text", "prompt"}


@pytest.mark.parametrize("target", ["weval-minni", "nowhere.jsonl", "."])
def test_what_is_neither_a_task_nor_a_file_is_refused(tmp_path: Path, target: str) -> None:
    for function in (prototypes_of, prototype_inputs):
        with pytest.raises(ConfigError, match=rf"^filter\.prototypes: {target}: is neither a task"):
            function(recipe(target), tmp_path)


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.jsonl").write_bytes(b"")
    with pytest.raises(DataError, match="is empty"):
        prototypes_of(recipe("mine.jsonl"), tmp_path)
