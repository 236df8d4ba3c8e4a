from __future__ import annotations

import re
from pathlib import Path

import pytest

from weval.errors import ConfigError, DataError
from weval.published import read_published
from weval.reproduce.manifest import (
    FOLDER,
    PLACE,
    Bench,
    Cells,
    Run,
    Train,
    needed_steps,
    places,
    profile_names,
    read_cells,
    read_profile,
)
from weval.rooms import room

BAD = """\
name: bad
title: Bad
about: Bad.
is_check: true
steps:
  one: { does: run, about: a, model: length, task: weval-mini }
  two: { does: run, about: a, model: length, limit: 0 }
  Three: { does: train, about: a, recipe: sft, profile: huge }
  four: { does: dance, about: a }
"""


@pytest.fixture(scope="module")
def cells() -> Cells:
    return read_cells()


def test_every_row_and_column_is_one_of_the_published_table(cells: Cells) -> None:
    published = {table.id: table for table in read_published(room("results"))}
    for table in cells.tables:
        printed = published[table.published]
        assert {column.name for column in table.columns} <= set(printed.columns), table.id
        assert {row.name for row in table.rows} <= {row.name for row in printed.rows}, table.id
        for row in table.rows:
            assert len({row.name for row in table.rows}) == len(table.rows), table.id
            assert set(row.steps) <= {column.name for column in table.columns}, row.name
            filled = [row.step_of(column.name) for column in table.columns]
            assert all(filled) or row.why, f"{table.id}, {row.name}: neither a step nor why there is none"


@pytest.mark.parametrize("name", profile_names())
def test_a_profile_has_every_step_of_the_usual_tables_or_says_why_not(name: str, cells: Cells) -> None:
    profile = read_profile(name)
    assert profile.name == name
    usual = ("table4", "table5", "table6", "table7")
    wanted = {step for table in cells.tables if table.id in usual or not profile.is_check for step in table.steps()}
    assert wanted <= set(profile.steps) | set(profile.absent)
    assert not set(profile.steps) & set(profile.absent)


@pytest.mark.parametrize("name", profile_names())
def test_what_steps_point_to_is_there(name: str) -> None:
    profile = read_profile(name)
    for step_name, step in profile.steps.items():
        assert set(needed_steps(step)) <= set(profile.steps), step_name
        for kind, to in places(step):
            assert kind != "brought" or to in profile.brought, step_name
            assert kind != "bundled" or (FOLDER / to).is_file(), step_name
        left = PLACE.sub("", step.model_dump_json(exclude={"about", "server"}))
        assert not re.search(r"\{(step|brought|bundled)\b", left), f"{step_name}: a place that is not read as one"


def test_the_places_of_a_step_are_in_all_its_values() -> None:
    step = Bench(
        does="bench",
        about="{step:not-this}",
        after=("before", "writer"),
        benchmark="writingbench",
        model="transformers/{step:writer}/model",
        judge="preset:{bundled:judge.yaml}",
        data="{brought:wb}",
        settings={"judge.x": "{step:critic}/a:{step:other}", "n": 3},
    )
    pointed = {("step", name) for name in ("writer", "critic", "other")}
    assert set(places(step)) == pointed | {("bundled", "judge.yaml"), ("brought", "wb")}
    assert needed_steps(step)[:2] == ["before", "writer"]
    assert set(needed_steps(step)) == {"before", "writer", "critic", "other"}


def test_a_bad_profile_is_told_by_file_line_and_field(tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text(BAD, encoding="utf-8")
    with pytest.raises(DataError) as caught:
        read_profile("bad", tmp_path)
    said = "\n".join(caught.value.problems)
    assert "bad.yaml:7: steps.two" in said and "limit" in said
    assert "bad.yaml:8: steps.Three" in said
    assert "bad.yaml:9: steps.four.does: 'dance' is unknown" in said and "bad.yaml:6" not in said


def test_an_unknown_profile_is_told_with_those_that_there_are(tmp_path: Path) -> None:
    (tmp_path / "cells.yaml").write_text("tables: []", encoding="utf-8")
    (tmp_path / "small.yaml").write_text(BAD, encoding="utf-8")
    assert profile_names(tmp_path) == ["small"]
    with pytest.raises(ConfigError, match="unknown profile 'smal'; did you mean small"):
        read_profile("smal", tmp_path)
    with pytest.raises(DataError, match=r"cells\.yaml:1: tables"):
        read_cells(tmp_path)


def test_steps_are_records_with_closed_fields() -> None:
    with pytest.raises(ValueError, match="profile"):
        Train.model_validate({"does": "train", "about": "a", "recipe": "sft", "profile": "huge"})
    with pytest.raises(ValueError, match="shell"):
        Run.model_validate({"does": "run", "about": "a", "model": "length", "shell": "rm"})
