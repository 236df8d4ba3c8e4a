"""`weval train RECIPE --dry-run`: the settings beside what was published, what a run would take, what is here."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from weval.errors import ConfigError, WevalError
from weval.machine import Machine, this_machine
from weval.tasks import load_task
from weval.training.bases import SMALL
from weval.training.differences import Difference, Target, differences
from weval.training.estimate import Estimate, estimate
from weval.training.folder import BASE
from weval.training.launching import Launcher, devices_of, launcher_of, settings_of
from weval.training.recipe import Published, Recipe
from weval.training.sections import Profile, flat
from weval.training.start import default_out
from weval.training.trl import check
from weval.types import Record, Text
from weval.wording import counted

Standing = Literal["differs", "silent", "same", "ours"]
"""Of a setting: other than published; its source is silent; as published; nothing of it was published."""

BUILT = ("prompts/prompts.jsonl", "references/references.jsonl", "pairs/pairs.jsonl")
"""Where a folder of `weval build` may have what a recipe trains on."""


class Row(Record):
    """One setting of a profile. `published` and `source` are null where nothing was published of it."""

    field: Text
    this_run: str
    published: str | None = None
    source: Text | None = None
    standing: Standing


class DryRun(Record):
    """Everything that can be said of a training run before it begins.

    `rows` have what differs first, then where the source is silent. `differences` are what the framework (`target`)
    does otherwise than the settings say. `lacks` tells what the run wants and this machine has not, `refused` why TRL
    would not begin with these settings.
    """

    recipe: Text
    title: Text
    profile: Text
    target: Target
    launcher: Launcher
    rows: tuple[Row, ...]
    differences: tuple[Difference, ...]
    estimate: Estimate
    wanted: Text
    here: Text
    lacks: tuple[Text, ...] = ()
    refused: Text | None = None


def dry_run(recipe: Recipe, name: str, profile: Profile) -> DryRun:
    """A profile beside what was published, with an estimate. Nothing is loaded, downloaded or written."""
    is_ppo = profile.policy is not None and profile.policy.algorithm == "ppo"
    target: Target = "verl" if is_ppo else "trl"
    n_rows, said = rows_of(recipe, profile)
    made = default_out(recipe.name, settings_of(recipe, profile)[0]) / BASE
    found = estimate(profile, made, n_rows)
    machine = this_machine()
    return DryRun(
        recipe=recipe.name,
        title=recipe.title,
        profile=name,
        target=target,
        launcher=launcher_of(profile),
        rows=tuple(beside(recipe.published, profile)),
        differences=tuple(differences(profile, target)),
        estimate=found.model_copy(update={"notes": (*([said] if said else []), *found.notes)}),
        wanted=_wanted(profile),
        here=_here(machine),
        lacks=tuple(_lacks(profile, found, machine)),
        refused=None if is_ppo else _refused(profile),
    )


def beside(published: Mapping[str, Published], profile: Profile) -> list[Row]:
    """Every setting beside what was published of it; a published one that the profile has no section for differs."""
    have = flat(profile.model_dump(mode="json"))
    if profile.model.base != SMALL:
        have = {field: value for field, value in have.items() if not field.startswith("model.small.")}
    rows = [_row(field, have.get(field), published.get(field)) for field in dict.fromkeys((*published, *have))]
    order: tuple[Standing, ...] = ("differs", "silent", "same", "ours")
    return sorted(rows, key=lambda row: order.index(row.standing))


def _row(field: str, have: object, told: Published | None) -> Row:
    if told is None:
        return Row(field=field, this_run=_said(have), standing="ours")
    silent = told.value is None
    standing: Standing = "silent" if silent else "same" if _equal(have, told.value) else "differs"
    published = None if silent else _said(told.value)
    return Row(field=field, this_run=_said(have), published=published, source=told.source, standing=standing)


def _equal(have: object, told: object) -> bool:
    """
    >>> _equal(5.0, 5), _equal(True, 1), _equal("grpo", "grpo")
    (True, False, True)
    """
    if isinstance(have, bool) or isinstance(told, bool):
        return have is told
    if isinstance(have, int | float) and isinstance(told, int | float):
        return math.isclose(have, told, rel_tol=1e-9)
    return have == told


def _said(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(_said, value)) or "–"
    if isinstance(value, dict):
        return ", ".join(f"{key} {_said(one)}" for key, one in value.items() if one not in (None, {}, []))
    return "–" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def rows_of(recipe: Recipe, profile: Profile) -> tuple[int | None, str | None]:
    """How many rows a run is trained on, and where that is from if it is not the profile; None where nobody knows.

    Over-long rows and those that are items of tasks are still among them.
    """
    kept = (profile.comparison and profile.comparison.keep) or (profile.filtering and profile.filtering.keep)
    if profile.reward_head is not None and not _has_pairs(profile.data.source):
        return None, "how many pairs come of the items is known when they are made"
    if profile.critic is not None:  # data.train counts queries
        return None, "how many scores there are of the responses to a query is known when they are read"
    if kept or profile.data.train is not None:
        return kept or profile.data.train, None
    counted_rows = _counted(profile.data.source)
    if counted_rows is not None:
        return max(0, counted_rows - profile.data.holdout), f"{counted(counted_rows, 'row')} in {profile.data.source}"
    told = recipe.published.get("data.train")
    if told is not None and isinstance(told.value, int):
        return told.value, f"the data is not here: counted as in the source, {told.value:,} rows"
    return None, None


def _has_pairs(source: str) -> bool:
    file = _file(Path(source))
    return file is not None and "pairs" in file.name


def _counted(source: str) -> int | None:
    file = _file(Path(source))
    if file is not None:
        with file.open("rb") as lines:
            return sum(1 for _ in lines)
    try:
        return sum(1 for _ in load_task(source).items())
    except WevalError:  # no task; or its data is not on this machine
        return None


def _file(path: Path) -> Path | None:
    candidates = (path, *(path / one for one in BUILT))
    try:
        return next((one for one in candidates if one.is_file()), None)
    except OSError:
        return None


def _refused(profile: Profile) -> str | None:
    try:
        check(profile, devices_of(profile.hardware))
    except ConfigError as error:
        return str(error)
    return None


def _wanted(profile: Profile) -> str:
    hardware = profile.hardware
    if not hardware.gpus:
        return "a CPU"
    memory = f" of {hardware.gpu_memory_gb:g} GB" if hardware.gpu_memory_gb else ""
    nodes = f"{counted(hardware.nodes, 'machine')} with " if hardware.nodes > 1 else ""
    return f"{nodes}{hardware.gpus} × {hardware.gpu or 'GPU'}{memory}"


def _here(machine: Machine) -> str:
    memory = "" if machine.memory_gb is None else f", {machine.memory_gb:.0f} GB of main memory"
    if not machine.gpus:
        return f"no GPU{memory}"
    names = ", ".join(f"{gpu.name} ({gpu.memory_gb:.0f} GB)" for gpu in machine.gpus)
    return f"{names}{memory}"


def _lacks(profile: Profile, found: Estimate, machine: Machine) -> list[str]:
    """What the run wants and this machine has not."""
    lacks = []
    hardware, need = profile.hardware, found.fits
    if hardware.nodes > 1:
        lacks.append(f"{hardware.nodes} machines: --export slurm, or --export verl")
    if hardware.gpus > len(machine.gpus):
        lacks.append(
            f"{hardware.gpus} GPUs: there {'is' if len(machine.gpus) == 1 else 'are'} {len(machine.gpus)} here"
        )
    smallest = min((gpu.memory_gb for gpu in machine.gpus), default=None)
    room = smallest if hardware.gpus else machine.memory_gb
    if need is not None and room is not None and need > room:
        lacks.append(f"about {need:.0f} GB on a device: there are {room:.0f} here")
    if need is not None and hardware.gpu_memory_gb is not None and need > hardware.gpu_memory_gb:
        lacks.append(f"about {need:.0f} GB on a device: a {hardware.gpu or 'GPU'} has {hardware.gpu_memory_gb:g}")
    return lacks
