"""The profile tiny, as data: each cell has a step, each command can be read by the verb that it goes to.

What it makes is not made here: the whole profile takes some minutes.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

import pytest

from weval.adapters import open_adapter
from weval.bench.catalogue import benchmark_class
from weval.bench.data import BenchData
from weval.bench.models import named, shares
from weval.bench.spec import read_bench
from weval.bench.writingbench.reading import QueryItem, read_items
from weval.build.recipe import read_recipe
from weval.evaluate import EvaluateOptions
from weval.plan import PlanOptions
from weval.reproduce.graph import Graph
from weval.reproduce.manifest import (
    FOLDER,
    Bench,
    Build,
    Doing,
    Run,
    Train,
    needed_steps,
    places,
    read_cells,
    read_profile,
)
from weval.settings import divide, parse_settings, updated
from weval.tasks import DataOptions, load_task, task_names
from weval.textmodels import open_text_model
from weval.training import read_training
from weval.types import Requirement

TINY = read_profile("tiny")
CELLS = read_cells()
TABLES = ("table4", "table5", "table6", "table7")
QUERIES = FOLDER / "tiny-writingbench.jsonl"
TAKEN = ("w0002", "w0003", "w0017", "w0033", "w0049", "w0065")
"""The items that the queries are made of."""

BROUGHT = {name: Path(f"/brought/{name}") for name in TINY.brought}
GRAPH = Graph(TINY, Path("/out"), BROUGHT, {})

D = TypeVar("D", bound=Doing)


def steps_of(kind: type[D]) -> dict[str, D]:
    return {name: step for name, step in TINY.steps.items() if isinstance(step, kind)}


def settings_of(name: str) -> dict[str, str]:
    """The settings of a step, as its command line has them."""
    words = GRAPH.command(name)
    return parse_settings(words[at + 1] for at, word in enumerate(words) if word == "--set")


def filled(name: str, option: str) -> str:
    """An option of a step's command."""
    words = GRAPH.command(name)
    return words[words.index(option) + 1]


def test_it_is_a_check_of_the_machinery_and_says_so() -> None:
    assert TINY.is_check
    assert "nothing about the paper" in TINY.about


@pytest.mark.parametrize("table", TABLES)
def test_every_cell_of_tables_4_to_7_has_a_step(table: str) -> None:
    (found,) = (one for one in CELLS.tables if one.id == table)
    named = list(found.steps())
    assert named
    assert [name for name in named if name not in TINY.steps] == []


def test_every_step_is_for_a_cell() -> None:
    filling = [name for table in CELLS.tables for name in table.steps()]
    assert set(GRAPH.closure(filling)) == set(TINY.steps)


def test_what_a_step_points_to_is_there() -> None:
    found = {place for step in TINY.steps.values() for place in places(step)}
    assert {name for kind, name in found if kind == "step"} <= set(TINY.steps)
    assert {name for kind, name in found if kind == "brought"} == set(TINY.brought)
    assert [name for kind, name in found if kind == "bundled" and not (FOLDER / name).is_file()] == []


def test_only_cells_without_data_need_something_brought() -> None:
    needing = {name for name, step in TINY.steps.items() if any(kind == "brought" for kind, _ in places(step))}
    arena = {name for name in TINY.steps if name.startswith("aw-")}
    assert len(arena) == 5
    assert needing == arena | {"t4-human"}
    assert not any(needing & set(needed_steps(step)) for step in TINY.steps.values()), "or more would be blocked"


def test_nothing_takes_a_gpu_a_server_or_a_download() -> None:
    for step in TINY.steps.values():
        assert step.gpus == 0 and step.server is None
    for train in steps_of(Train).values():
        assert train.profile == "tiny"
        base = train.settings.get("model.base", "small")
        assert base in ("small", "{step:base}/model")
    written = [run.model for run in steps_of(Run).values()]
    written += [model for bench in steps_of(Bench).values() for model in (bench.model, bench.judge or "")]
    assert [model for model in written if "{" not in model] == [], "each model is a step's, or is brought"


@pytest.mark.parametrize("name", sorted(steps_of(Train)))
def test_a_training_has_settings_that_its_recipe_knows(name: str) -> None:
    step = TINY.steps[name]
    assert isinstance(step, Train)
    recipe, _ = read_training(step.recipe)
    profile = recipe.profile(step.profile, settings_of(name))
    steps = int(str(step.settings["optimisation.max_steps"]))
    assert profile.optimisation.max_steps == steps
    assert profile.data.source == "weval-mini" and profile.data.allow == ("weval-mini",)
    assert steps % profile.optimisation.save_every == 0
    assert steps > profile.optimisation.save_every, "one that is killed goes on from a checkpoint"
    assert profile.measure.tasks == () and profile.measure.benches == ()
    if profile.policy:
        assert profile.reward and profile.policy.warm_start is None
        assert ":8000" not in str(profile.reward.settings)


@pytest.mark.parametrize("name", sorted(steps_of(Build)))
def test_a_build_has_settings_that_its_recipe_knows(name: str) -> None:
    step = TINY.steps[name]
    assert isinstance(step, Build)
    recipe, _ = read_recipe(step.recipe, settings_of(name))
    assert recipe.requirements.task == "weval-mini" and recipe.dropout.how == "task"
    assert str(recipe.answer.model).startswith("transformers//out/steps/base")
    open_text_model(str(recipe.answer.model), recipe.answer.settings)  # refuses what has no effect
    assert recipe.answer.settings.stop == "."


@pytest.mark.parametrize("name", sorted(steps_of(Run)))
def test_a_run_has_settings_that_its_model_knows(name: str) -> None:
    step = TINY.steps[name]
    assert isinstance(step, Run)
    _, left = divide(settings_of(name), PlanOptions, EvaluateOptions, DataOptions)
    if "{step:" in step.model and step.model.startswith("judge:"):
        open_adapter(filled(name, "--model"), left)  # refuses what has no effect
    else:
        assert left == {}, "a preset says how it is asked"
    if step.task:
        assert step.task in task_names()
    else:
        made = {place for kind, place in places(step) if kind == "step"} & set(steps_of(Build))
        assert made and str(step.data).endswith("/export")


@pytest.mark.parametrize("name", sorted(steps_of(Bench)))
def test_a_bench_has_settings_that_its_benchmark_knows(name: str) -> None:
    step = TINY.steps[name]
    assert isinstance(step, Bench)
    writer, judge, rest = shares(settings_of(name))
    assert writer and not judge
    named(filled(name, "--model"), writer).opened({})
    kind = benchmark_class(step.benchmark).options_type
    updated(kind(), rest)
    assert step.judge and step.judge.startswith("preset:")


def queries() -> list[QueryItem]:
    return list(read_items(BenchData(read_bench("writingbench"), None, QUERIES), "query"))


def test_the_queries_are_read_by_writingbench() -> None:
    assert [len(item.criteria) for item in queries()] == [5] * 6
    assert [item.requirements for item in queries()] == [{}] * 6, "none of them is in a subset"


def test_the_queries_are_items_of_weval_mini_with_their_requirements_as_criteria() -> None:
    items = {item.id: item for item in load_task("weval-mini").items()}
    levels: dict[str | None, set[tuple[str, ...]]] = {}
    assert tuple(query.id for query in queries()) == TAKEN
    for query in queries():
        item = items[query.id]
        assert query.prompt == item.query(item.requirement_ids)
        assert query.groups == {"language": "en", "domain1": item.category}
        for criterion, requirement in zip(query.criteria, item.requirements, strict=True):
            assert criterion["criteria_description"] == requirement.text
            levels.setdefault(requirement.type, set()).add(levels_of(criterion, requirement))
    assert {kind: len(found) for kind, found in levels.items()} == dict.fromkeys(
        ("length", "format", "style", "content"), 1
    )


def levels_of(criterion: Mapping[str, str], requirement: Requirement) -> tuple[str, ...]:
    """What each two points mean, which is said in five different ways."""
    name, _, *levels = criterion.values()
    assert name.split()[0].lower() == requirement.type
    assert len(set(levels)) == 5
    return tuple(levels)
