"""The profile paper, as data: the real command line reads every command, and knows every name and setting in it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import pytest
import typer

from weval.adapters import family_settings, preset_of, setting_names
from weval.bench.catalogue import benchmark_class
from weval.bench.models import named, shares
from weval.bench.spec import OwnFile, read_bench
from weval.bench.writingbench.scoring import DOMAINS
from weval.build.perform import asked_steps
from weval.build.recipe import read_recipe
from weval.build.roles import roles
from weval.cli.main import app
from weval.evaluate import EvaluateOptions
from weval.machine import EXTRAS, Machine
from weval.metrics import METRICS
from weval.plan import PlanOptions
from weval.reproduce.asked import asked_of, profile_of
from weval.reproduce.choosing import USUAL
from weval.reproduce.fetched import is_fetched
from weval.reproduce.figures import PART, counts_of
from weval.reproduce.graph import Graph
from weval.reproduce.manifest import Bench, Build, Column, Doing, Fetch, Run, Train, places, read_cells, read_profile
from weval.reproduce.needs import lacking, memory_of
from weval.reproduce.sizes import read_sizes
from weval.settings import divide, parse_settings, updated
from weval.tasks import DataOptions, task_names
from weval.textmodels import TextModelOptions, backend_of
from weval.training.launching import devices_of
from weval.training.trl import check

PAPER, CELLS = read_profile("paper"), read_cells()
GRAPH = Graph(PAPER, Path("/out"), {name: Path(f"/brought/{name}") for name in PAPER.brought}, {})
BARE = Machine(frozenset(EXTRAS), (), 1e6)

D = TypeVar("D", bound=Doing)


def steps_of(kind: type[D]) -> dict[str, D]:
    return {name: step for name, step in PAPER.steps.items() if isinstance(step, kind)}


def settings_of(name: str) -> dict[str, str]:
    words = GRAPH.command(name)
    return parse_settings(words[at + 1] for at, word in enumerate(words) if word == "--set")


@cache
def tree() -> Any:
    """All verbs, as they are made for the shell."""
    return typer.main.get_command(app)


def parsed(words: list[str]) -> dict[str, Any]:
    """What the command line makes of words, read by itself and carried out by nobody."""
    command = tree()
    names = []
    while hasattr(command, "commands"):
        names.append(words[0])
        command, words = command.commands[words[0]], words[1:]
    return {"command": " ".join(names), **command.make_context(names[-1], list(words)).params}


def test_the_command_line_reads_the_command() -> None:
    for name, step in PAPER.steps.items():
        found = parsed(GRAPH.command(name))
        assert found["command"].startswith(step.does), name
        if not isinstance(step, Fetch):
            assert len(found["settings"] or ()) == len(step.settings), name
            assert found["out"] == GRAPH.step_folder(name) / "made", name


def test_a_wrong_option_would_be_found() -> None:
    with pytest.raises(Exception, match="No such option"):
        parsed([*GRAPH.command("rm"), "--nonsense"])


def test_what_is_fetched_is_a_task_a_benchmark_or_a_prompt() -> None:
    for step in steps_of(Fetch).values():
        is_fetched(step.name)  # which raises where there is none


def test_a_build_has_settings_that_its_recipe_knows_and_models_for_every_step() -> None:
    for name, step in steps_of(Build).items():
        recipe, _ = read_recipe(step.recipe, settings_of(name))
        asked = [role for one in asked_steps(step.step, recipe) for role in roles(one, recipe)]
        assert asked and all(role.writer.model for role in asked), name
        for role in asked:
            backend, _ = backend_of(str(role.writer.model))
            assert set(role.writer.settings.model_dump(exclude_defaults=True)) <= backend.uses, name


def test_a_training_has_settings_that_its_recipe_knows_and_begins_on_the_machine_it_names() -> None:
    for name, step in steps_of(Train).items():
        profile = profile_of(step)
        assert step.profile == "paper" and profile.hardware.nodes == 1, name
        assert profile.hardware.gpus == step.gpus, name
        check(profile, devices_of(profile.hardware))
        assert (profile.measure.tasks, profile.measure.benches) == ((), ()), "steps of their own measure it"
        need = memory_of(step, GRAPH)
        assert need is not None and need <= float(profile.hardware.gpu_memory_gb or 0), name
        if profile.reward is not None:
            assert {one.part for one in asked_of(step, GRAPH)} == {"base", "reward"}


def test_a_policy_is_rewarded_by_a_model_that_is_here_or_served() -> None:
    rewards = {
        name: profile.reward.model for name, step in steps_of(Train).items() if (profile := profile_of(step)).reward
    }
    assert rewards.pop("grpo-judge-rl") == "qwen2.5-7b-judge:server/Qwen/Qwen2.5-7B-Instruct"
    assert PAPER.steps["grpo-judge-rl"].server is not None
    assert rewards.pop("grpo-wrl-skywork") == "skywork-rm-qwen3"
    assert set(rewards.values()) == {"preset:{step:rm}/preset.yaml"} and len(rewards) == 5


def test_a_run_has_a_known_model_and_settings_that_it_takes() -> None:
    for name, step in steps_of(Run).items():
        _, left = divide(settings_of(name), PlanOptions, EvaluateOptions, DataOptions)
        assert set(left) <= set(setting_names(step.model) or ()), name
        assert step.model.startswith("human:") or preset_of(step.model) is not None, name
        assert step.task in task_names() or "{step:build-" in str(step.data), name


def test_a_bench_has_known_models_and_settings_that_they_take() -> None:
    for name, step in steps_of(Bench).items():
        spec, kind = read_bench(step.benchmark), benchmark_class(step.benchmark)
        own = any(isinstance(spec.files[file], OwnFile) for file in spec.sets[spec.default_set].values())
        assert own == (step.data is not None), name
        for_writer, for_judge, rest = shares(settings_of(name))
        (own_settings,), left = divide(rest, kind.options_type)
        updated(kind.options_type(), own_settings)
        if step.judge is None:
            assert not for_writer and not for_judge and step.model.startswith("preset:"), name
            assert set(left) <= set(family_settings("classifier")), name
            continue
        assert not left, name
        for model, settings in ((step.model, for_writer), (step.judge, for_judge)):
            found = named(model, settings)
            updated(TextModelOptions(), found.settings)
            assert set(found.settings) <= backend_of(found.reference)[0].uses, name


def test_a_step_has_its_files_fetched_before_it() -> None:
    for name, step in PAPER.steps.items():
        lacks = [lack.what for lack in lacking(step, GRAPH, BARE, {"127.0.0.1:8001": True})]
        if not isinstance(step, Fetch):
            assert [what for what in lacks if what.startswith("the files of") or "never released" in what] == [], name


def test_a_step_names_as_many_gpus_as_its_models_are_divided_among() -> None:
    for name, step in PAPER.steps.items():
        local = [one for one in asked_of(step, GRAPH) if one.repository]
        if isinstance(step, Train) or not local:
            continue
        if isinstance(step, Build):
            assert step.gpus == 0, "it embeds on the CPU"
            continue
        assert step.gpus == max(one.gpus for one in local), name
        assert all(one.weights is not None for one in local), "or nobody knows what it takes"


def figures_of(step: Doing) -> set[str]:
    """The figures that a step has."""
    match step:
        case Run():
            return set(METRICS)
        case Bench(benchmark=name):
            found = {figure.name for figure in benchmark_class(name).figures}
            domains = {f"domain1{PART}D{n} {domain}" for n, domain in enumerate(DOMAINS, 1)}
            return found | (domains if name == "writingbench" else set())
    return set(counts_of([]).counts)


def cells() -> Iterator[tuple[str, Column, str]]:
    for table in CELLS.tables:
        for row in table.rows:
            for column in table.columns:
                for step in (row.step_of(column.name), row.minus):
                    if step is not None:
                        yield f"{table.id}, {row.name}", column, step


def test_every_cell_takes_a_figure_that_its_step_has() -> None:
    wrong = [
        (where, column.figure, step)
        for where, column, step in cells()
        if column.figure not in figures_of(PAPER.steps[step])
    ]
    assert wrong == []


def test_every_step_is_for_a_cell() -> None:
    assert set(GRAPH.closure(step for _, _, step in cells())) == set(PAPER.steps)


def test_what_is_brought_is_used_and_nothing_is_absent() -> None:
    used = {to for step in PAPER.steps.values() for kind, to in places(step) if kind == "brought"}
    assert used == set(PAPER.brought) and not PAPER.absent


def test_a_gain_is_over_the_same_benchmark_by_the_same_judge() -> None:
    gains = [(row.step, row.minus) for table in CELLS.tables for row in table.rows if row.minus]
    assert len(gains) == 7
    for step, minus in gains:
        one, other = PAPER.steps[str(step)], PAPER.steps[str(minus)]
        assert isinstance(one, Bench) and isinstance(other, Bench)
        assert (one.benchmark, one.judge, one.data) == (other.benchmark, other.judge, other.data)
        assert {**other.settings, "writer.dtype": "bfloat16"} == one.settings, "as the base is stored"
        assert one.model != other.model and minus == str(step).replace("wrl-rm", "base")


def test_the_variants_of_tables_6_and_7_are_built_of_the_released_set() -> None:
    for table, build in (("t6", "build-gpt4o"), ("t7", "build-gemini")):
        for name in (name for name in PAPER.steps if name.startswith(f"{table}-")):
            assert build in GRAPH.closure([name]) and "fetch-weval" in GRAPH.closure([name])
        assert read_recipe(str(steps_of(Build)[build].recipe))[0].requirements.task == "weval"


def test_sizes_are_told_of_every_benchmark_task_and_recipe_of_the_steps() -> None:
    sizes = read_sizes()
    assert {bench.benchmark for bench in steps_of(Bench).values()} <= set(sizes.benchmarks)
    assert {run.task for run in steps_of(Run).values() if run.task} <= set(sizes.tasks)
    assert {train.recipe for train in steps_of(Train).values()} == set(sizes.rows)


def test_the_usual_tables_are_the_four_of_the_issue() -> None:
    assert USUAL == ("table4", "table5", "table6", "table7")
