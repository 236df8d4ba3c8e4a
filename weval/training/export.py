"""`weval train RECIPE --export verl|slurm`: what another trainer, or a cluster, needs to train by a profile."""

from __future__ import annotations

import math
import shlex
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

import yaml

from weval.adapters.http import located
from weval.adapters.protocols import OWN_TEXT, HttpOptions
from weval.build.records import Laddered, TrainingPrompt
from weval.errors import ConfigError, ResultError
from weval.files import write_text
from weval.settings import updated
from weval.training import verl_reward
from weval.training.differences import differences
from weval.training.dryrun import rows_of
from weval.training.estimate import estimate
from weval.training.launching import (
    SLURM_HOURS,
    devices_of,
    launcher_file,
    launcher_of,
    ray_sbatch,
    sbatch,
    settings_of,
)
from weval.training.recipe import Recipe
from weval.training.rewards.prompts import read_prompts
from weval.training.sections import Comparison, Profile, Reward
from weval.training.start import Training
from weval.training.trl import check, policy_of
from weval.training.verl import Files, Value, verl_arguments
from weval.training.verl_data import row, write_parquet
from weval.training.verl_run import (
    ABOUT,
    BATCH,
    CONFIG,
    HERE,
    REWARD,
    RUN,
    TRAIN,
    URL,
    VAL,
    Rewarder,
    about,
    nested,
    run_script,
)

Kind = Literal["verl", "slurm"]

SERVED = "http://127.0.0.1:8311/weval"
"""Where `weval serve` answers if nothing else is said."""

ACCELERATE = "accelerate.sbatch"

OURS = frozenset({ABOUT, ACCELERATE, BATCH, CONFIG, REWARD, RUN, TRAIN, VAL, "comparison.json"}) | {
    f"{name}.yaml" for name in ("single_gpu", "multi_gpu", "fsdp2", "zero3")
}
"""What an export may find of an earlier one, and write again."""


def export(kind: Kind, recipe: Recipe, folder: Path, profile: Profile, out: Path) -> list[Path]:
    """Writes the files of an export into a folder, and tells which. `folder` is the recipe's.

    Raises ConfigError for what the target cannot do, ResultError where the folder has something else in it.
    """
    if out.exists() and (strange := sorted(path.name for path in out.iterdir() if path.name not in OURS)):
        raise ResultError(f"{out}: has {strange[0]} in it; an export wants a folder of its own")
    return (_slurm if kind == "slurm" else _verl)(recipe, folder, profile, out)


def _slurm(recipe: Recipe, folder: Path, profile: Profile, out: Path) -> list[Path]:
    if profile.policy is None or profile.policy.algorithm == "grpo":  # PPO is refused with what there is instead
        check(profile, devices_of(profile.hardware))
    launcher = launcher_file(launcher_of(profile), folder)
    copied = out.resolve() / launcher.name
    text = sbatch(recipe, folder, profile, copied, _hours(recipe, profile))
    write_text(out / ACCELERATE, text)
    shutil.copyfile(launcher, copied)
    return [out / ACCELERATE, copied]


def _verl(recipe: Recipe, folder: Path, profile: Profile, out: Path) -> list[Path]:
    name = f"{recipe.name}-{settings_of(recipe, profile)[0]}"
    rewarder, told = _rewarder(profile)
    files = Files(
        train=f"{HERE}/{TRAIN}",
        reward=f"{HERE}/{REWARD}",
        checkpoints=f"{HERE}/checkpoints",
        val=f"{HERE}/{VAL}" if profile.data.holdout else None,
        reward_settings=told,
    )
    verl_arguments(profile, name, files)  # what cannot be said is told before anything is read
    train, held, left_out = _prompts(Training(recipe, folder, name, profile, out, ""))
    if len(train) < (wanted := policy_of(profile).rollout_prompts):
        raise ConfigError(f"policy.rollout_prompts={wanted}: there are {len(train):,} prompts to train on")
    arguments = verl_arguments(profile, name, files if held else replace(files, val=None))
    also = []
    if profile.comparison is not None:
        keys, setup = _compared(profile.comparison, train, out)
        arguments, also = arguments | keys, [setup]
    n_rows = {TRAIN: len(train)} | ({VAL: len(held)} if held else {})
    left = {f"items of {task}": n for task, n in left_out.items()}
    _write_rows(recipe.name, train, held, profile, out)
    written = {
        RUN: run_script(profile, arguments, rewarder),
        BATCH: ray_sbatch(name, profile.hardware, _hours(recipe, profile)),
        CONFIG: yaml.safe_dump(nested(arguments, rewarder.url), sort_keys=False, allow_unicode=True),
        ABOUT: about(recipe.title, profile, differences(profile, "verl"), rewarder, n_rows | left),
    }
    if profile.comparison is None:
        written[REWARD] = Path(verl_reward.__file__).read_text(encoding="utf-8")
    for file, text in written.items():
        write_text(out / file, text)
    (out / RUN).chmod(0o755)
    return [*(out / file for file in (*written, *n_rows)), *also]


def _write_rows(
    name: str, train: Sequence[TrainingPrompt], held: Sequence[TrainingPrompt], profile: Profile, out: Path
) -> None:
    reasoning = policy_of(profile).reasoning
    out.mkdir(parents=True, exist_ok=True)
    for file, split, prompts in ((TRAIN, "train", train), (VAL, "val", held)):
        if prompts:
            rows = (row(name, n, one, split, reasoning=reasoning) for n, one in enumerate(prompts))
            write_parquet(rows, out / file)


def _prompts(training: Training) -> tuple[list[TrainingPrompt], list[TrainingPrompt], dict[str, int]]:
    """What is trained on, what is held out, and how many items of which tasks were left out. Over-long prompts veRL
    leaves out itself.
    """
    profile = training.profile
    if profile.comparison is None:
        found = read_prompts(training)
        return [one.prompt for one in found.train], [one.prompt for one in found.held], found.left_out
    from weval.training.comparing.ladders import read_ladders

    found = read_ladders(training)
    ladders = [one.prompt for one in found.train if isinstance(one.prompt, Laddered)]
    if len(ladders) < len(found.train):
        raise ConfigError(
            f"data.source={profile.data.source}: has no references; `weval build references` makes them, and the "
            "ladders.jsonl of a training run has those that were selected"
        )
    return list(_selected(profile.comparison, ladders)), [one.prompt for one in found.held], found.left_out


def _selected(how: Comparison, prompts: Sequence[Laddered]) -> list[Laddered]:
    """Those that the profile trains on. The policy's own grades have to be there: nothing is written or graded here."""
    from weval.training.comparing.grading import read_grades
    from weval.training.comparing.selection import select

    if how.selection != "all" and how.grades is None:
        raise ConfigError(
            f"comparison.selection={how.selection}: needs comparison.grades, a file with the grades of the policy's "
            "own texts; or data.source=OUT/ladders.jsonl of `weval train`, which has selected, and selection=all"
        )
    grades = read_grades(Path(how.grades)) if how.selection != "all" and how.grades else {}
    return list(select(prompts, grades, how.selection, how.keep).kept)


def _compared(how: Comparison, train: Sequence[TrainingPrompt], out: Path) -> tuple[dict[str, Value], Path]:
    """Rewards by comparison, in weval's own code, which has to be installed beside veRL: its keys, and its setup."""
    from weval.training.comparing.verl_reward import SETUP, verl_keys, write_setup

    setup = write_setup(out.resolve(), how, [one.id for one in train])
    return dict(verl_keys(setup)), out / SETUP


def _rewarder(profile: Profile) -> tuple[Rewarder, dict[str, Value] | None]:
    """Who rewards, and what the function is told. Raises ConfigError where nobody does, or by another protocol."""
    if profile.comparison is not None:
        said = f"`pip install weval` there too: it asks the judge, `{profile.comparison.judge}`. A key goes into the "
        return Rewarder(None, said + "environment before Ray starts, on every machine."), None
    if profile.reward is None:
        raise ConfigError("reward, comparison: the profile has neither, so nobody rewards; veRL trains by rewards only")
    reasoning = profile.policy is not None and profile.policy.reasoning
    told: dict[str, Value] = {"url": URL, "asked": profile.reward.asked, "reasoning": reasoning}
    if not profile.reward.model.startswith("http:"):
        return Rewarder(SERVED, _how_served(profile.reward)), told
    options = updated(HttpOptions(), _strings(profile.reward))
    url, options = located(profile.reward.model.removeprefix("http:"), options)
    if options.protocol not in OWN_TEXT:
        raise ConfigError(
            f"reward.settings.protocol={options.protocol}: veRL's function speaks {' and '.join(OWN_TEXT)}; "
            "`weval serve` in front of it speaks both"
        )
    if options.key_env:
        told["key_env"] = options.key_env
    key = f", with its key in `{options.key_env}` on every machine before Ray starts" if options.key_env else ""
    started = f"The reward model has to answer at `{url}`{key}; elsewhere: `REWARD_URL=… bash {RUN}`."
    return Rewarder(url, started, options.key_env), told


def _how_served(reward: Reward) -> str:
    settings = [part for key, value in _strings(reward).items() for part in ("--set", f"{key}={value}")]
    model = f"preset:{reward.preset_file}" if reward.preset_file else reward.model
    command = shlex.join(["weval", "serve", model, *settings])
    elsewhere = f"elsewhere: `REWARD_URL=http://HOST:PORT/weval bash {RUN}`"
    return f"The reward model, on a GPU of its own: `{command}`; {elsewhere}."


def _strings(reward: Reward) -> dict[str, str]:
    return {
        name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in reward.settings.items()
    }


def _hours(recipe: Recipe, profile: Profile) -> int:
    """What is asked of Slurm: half as much again as estimated; a job that is stopped goes on where it was."""
    found = estimate(profile, Path(), rows_of(recipe, profile)[0]).hours
    return SLURM_HOURS if found is None else max(1, math.ceil(1.5 * found))
