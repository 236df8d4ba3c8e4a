"""`weval list`: what there is to choose from."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from weval.cli.options import AsJson


class What(StrEnum):
    """What can be listed."""

    models = "models"
    tasks = "tasks"
    benchmarks = "benchmarks"
    metrics = "metrics"
    prompts = "prompts"
    recipes = "recipes"
    settings = "settings"
    lm_eval_path = "lm-eval-path"


def list_(
    what: Annotated[What, typer.Argument(metavar="WHAT", help=f"{', '.join(What)}.")] = What.models,
    model: Annotated[
        str | None,
        typer.Argument(metavar="MODEL", help="settings: those that this model takes beside them, or this benchmark"),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the models and what they lack here, tasks, benchmarks, metrics, prompts of judges, recipes, keys of --set.

    lm-eval-path is the folder of the tasks for lm-evaluation-harness: lm-eval run --include_path.
    """
    from weval.cli.output import print_rows
    from weval.errors import ConfigError

    if model is not None and what is not What.settings:
        raise ConfigError(f"weval list {what} {model}: a model's name may follow settings only")

    if what is What.models:
        _models(as_json=as_json)
    elif what is What.tasks:
        from weval.tasks import task_lines

        print_rows(task_lines(), as_json=as_json)
    elif what is What.benchmarks:
        from weval.bench.spec import bench_lines

        print_rows(bench_lines(), as_json=as_json)
    elif what is What.metrics:
        from weval.ownmetrics import metric_lines

        print_rows(metric_lines(), as_json=as_json)
    elif what is What.prompts:
        from weval.adapters.judge.folder import judge_lines

        print_rows(judge_lines(), as_json=as_json)
    elif what is What.recipes:
        _recipes(as_json=as_json)
    elif what is What.lm_eval_path:
        _lm_eval_path(as_json=as_json)
    else:
        _settings(model, as_json=as_json)


def _recipes(*, as_json: bool) -> None:
    """Recipes of `weval build` and of `weval train`."""
    from weval.build.recipe import recipe_lines
    from weval.cli.output import print_json, print_rows, print_text
    from weval.training.recipe import training_lines

    if as_json:
        print_json(recipe_lines() | training_lines())
        return
    print_text("weval build\n")
    print_rows(recipe_lines(), as_json=False)
    print_text("\nweval train\n")
    print_rows(training_lines(), as_json=False)


def _settings(name: str | None, *, as_json: bool) -> None:
    from weval.bench.settings import bench_setting_lines
    from weval.bench.spec import bench_names
    from weval.cli.output import print_rows
    from weval.run import setting_lines

    print_rows(bench_setting_lines(name) if name in bench_names() else setting_lines(name), as_json=as_json)


def _lm_eval_path(*, as_json: bool) -> None:
    from weval.cli.output import print_json, print_text
    from weval.rooms import room

    path = str(room("tasks") / "lm_eval")
    print_json({"lm-eval-path": path}) if as_json else print_text(path)


def _models(*, as_json: bool) -> None:
    """Families, and presets with what this machine lacks to run them."""
    from weval.adapters import families
    from weval.cli.output import print_json, print_rows, print_text
    from weval.machine import lacks, this_machine
    from weval.presets import preset_names, read_preset

    machine = this_machine()
    presets = {name: read_preset(name) for name in preset_names()}
    lacking = {name: [lack.what for lack in lacks(preset, machine)] for name, preset in presets.items()}
    prices = {name: preset.price for name, preset in presets.items()}
    if as_json:
        described = {
            name: {**p.model_dump(mode="json"), "lacks": lacking[name], "price": prices[name]}
            for name, p in presets.items()
        }
        print_json({"families": families(), "presets": described})
        return
    print_rows(families(), as_json=False)
    print_text("\nPresets: what a million tokens cost, what is lacking here (see weval doctor)\n")
    rows = {
        name: preset.about + (f"; {price.told()}" if (price := prices[name]) else "") + _in_brackets(lacking[name])
        for name, preset in presets.items()
    }
    print_rows(rows, as_json=False)


def _in_brackets(lacking: list[str]) -> str:
    return f" (lacks: {', '.join(lacking)})" if lacking else ""
