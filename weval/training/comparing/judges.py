"""Who judges: any model of `weval run --model`, as a recipe names it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from weval.adapters import open_adapter, preset_of
from weval.errors import ConfigError
from weval.folders import new_folder
from weval.hashes import sha256_of
from weval.randomness import digest
from weval.training.measuring import as_set
from weval.training.sections import Comparison, Profile, Setting
from weval.types import Adapter, Paid

JUDGED = "judged"
"""The folder of a training run with what paid judges replied."""


def comparison_of(profile: Profile) -> Comparison:
    """The section that says who compares with what. Raises ConfigError where there is none."""
    if profile.comparison is None:
        raise ConfigError("comparison: the profile has no such section")
    return profile.comparison


@dataclass(frozen=True, slots=True)
class Judges:
    """Who compares texts, and who grades single ones: the judge too, where nobody else is named."""

    judge: Adapter
    grader: Adapter

    def keep_in(self, out: Path) -> None:
        """Keeps what paid ones reply in a training run's folder, which is claimed: it is not paid for twice."""
        _keep(self.judge, out, "judge")
        if self.grader is not self.judge:
            _keep(self.grader, out, "grader")


def open_judges(profile: Profile) -> Judges:
    """The judges of a training run. Raises ConfigError where one is not there."""
    how, on_gpu = comparison_of(profile), profile.hardware.gpus > 0
    judge = open_judge(how, on_gpu=on_gpu)
    if how.grader is None:
        return Judges(judge, judge)
    return Judges(judge, _opened("comparison.grader", how.grader, how.grader_settings, on_gpu=on_gpu))


def hashes(profile: Profile, judges: Judges) -> dict[str, str]:
    """What rewards and selection are given by, as hashes: a training run goes on only with the same."""
    told = [dict(judge.fingerprint) for judge in (judges.judge, judges.grader)]
    grades = comparison_of(profile).grades
    files = {grades: sha256_of(Path(grades))} if grades else {}
    return {"judges": digest(json.dumps(told, sort_keys=True, default=str)).hex()} | files


def open_judge(how: Comparison, *, on_gpu: bool, out: Path | None = None) -> Adapter:
    """The judge of comparisons; what a paid one replies is kept below `out`. Raises ConfigError where there is none."""
    judge = _opened("comparison.judge", how.judge, how.settings, on_gpu=on_gpu)
    if out is not None:
        _keep(judge, out, "judge")
    return judge


def _opened(field: str, name: str, settings: Mapping[str, Setting], *, on_gpu: bool) -> Adapter:
    model = name
    if name.endswith((".yaml", ".yml")):  # a preset's file, named as it is
        if not Path(name).is_file():
            raise ConfigError(f"{field}={name}: is not there; `weval train rm_bradley_terry` makes such presets")
        model = f"preset:{name}"
    said = as_set(settings)
    preset = preset_of(model)
    if on_gpu and (preset.family if preset else model.partition(":")[0]) == "classifier":
        said = {"device": f"cuda:{os.environ.get('LOCAL_RANK', '0')}"} | said  # where its process trains
    return open_adapter(model, said)


def _keep(adapter: Adapter, out: Path, role: str) -> None:
    if isinstance(adapter, Paid):
        adapter.keep_in(new_folder(out / JUDGED / role / os.environ.get("RANK", "0")))  # a file for each process
