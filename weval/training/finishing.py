"""How every recipe ends: the model, its preset and card, and what is measured of it.

A model that was trained stays, whatever comes after it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import yaml

from weval.errors import ResultError, WevalError
from weval.files import read_json, write_json, write_text
from weval.presets import Preset
from weval.repository import located
from weval.training.bases import where
from weval.training.card import draw_curve, write_card
from weval.training.folder import PRESET, TRAINING, TrainingRecord
from weval.training.measuring import measured
from weval.training.outcome import result_of, write_outcome
from weval.training.saving import save_model
from weval.training.start import Training

if TYPE_CHECKING:
    from transformers import Trainer


def _nothing() -> None:
    """Measures nothing."""


def finish_reward_model(
    training: Training,
    trainer: Trainer,
    *,
    settings: Mapping[str, str],
    notes: Sequence[str] = (),
    also: Callable[[], object] = _nothing,
) -> None:
    """Writes a reward model with its preset and card, then scores the profile's `measure.tasks` with it.

    `settings` are those of `classifier:` that it was trained by: unit, wire, head, max_length, truncation. `notes` are
    sentences for the card. `also` measures what the recipe itself knows how to, when all else is written; the first
    process calls it. Raises ResultError at the end, naming what could not be measured.
    """
    save_model(training, trainer)
    if training.is_main:
        write_preset(training, "classifier", "model", settings)
        _finish(training, trainer, notes, PRESET, also)


def finish_judge(
    training: Training,
    trainer: Trainer,
    *,
    settings: Mapping[str, str],
    notes: Sequence[str] = (),
    also: Callable[[], object] = _nothing,
) -> None:
    """The same of a language model that grades; `settings` are those of `judge:`, as its prompt."""
    save_model(training, trainer)
    if training.is_main:
        write_preset(training, "judge", "transformers/model", settings)
        _finish(training, trainer, notes, PRESET, also)


def finish_writer(training: Training, trainer: Trainer, *, notes: Sequence[str] = ()) -> None:
    """Writes a writer with its card, then runs the profile's `measure.benches` with it. Raises as above."""
    save_model(training, trainer)
    if training.is_main:
        _finish(training, trainer, notes)


def write_preset(training: Training, family: str, reference: str, settings: Mapping[str, str]) -> None:
    """A model by name, for `weval run --model preset:FILE`; its folder lies beside the file."""
    preset = Preset(
        family=family,
        reference=reference,
        about=f"{training.recipe.title} ({training.recipe.name}, profile {training.profile_name})",
        licence="that of its base and of what it was trained on; see README.md",
        source=f"weval train {training.recipe.name} --profile {training.profile_name}",
        settings={name: _typed(value) for name, value in settings.items()},
    )
    content = preset.model_dump(mode="json", exclude_defaults=True)
    write_text(training.out / PRESET, yaml.safe_dump(content, sort_keys=False, allow_unicode=True))


def _typed(value: str) -> str | int | bool:
    """A setting as a YAML file would have it."""
    return int(value) if value.isdecimal() else value == "true" if value in ("true", "false") else value


def _finish(
    training: Training,
    trainer: Trainer,
    notes: Sequence[str],
    preset: str | None = None,
    also: Callable[[], object] = _nothing,
) -> None:
    _let_go(trainer)
    result = result_of(training, base_version=_version(training), preset=preset)
    draw_curve(training.out)
    write_card(training, result, notes)  # before measuring, which may take hours, or fail
    result = measured(training, result)
    write_outcome(training.out, result)
    write_card(training, result, notes)
    record = read_json(training.out / TRAINING, TrainingRecord)
    write_json(training.out / TRAINING, record.model_copy(update={"finished": True}))
    also()
    if result.not_measured:
        said = "\n".join(result.not_measured.values())
        raise NotMeasured(f"trained, and kept in {training.model}; not measured: {said}")


class NotMeasured(ResultError):
    """The model is there, and its card; some figures are not."""


def _version(training: Training) -> str | None:
    """The commit of the base, or a digest of its files; None where they have gone."""
    try:
        about = training.profile.model
        return located(where(about.base, training.base), about.revision).version
    except WevalError:
        return None


def _let_go(trainer: Any) -> None:  # noqa: ANN401 - transformers'
    """Frees a GPU of what only training needs, as the model is opened again to be measured."""
    import torch

    if torch.cuda.is_available():
        trainer.optimizer = trainer.lr_scheduler = None
        if trainer.args.world_size == 1:
            trainer.model.to("cpu")
        torch.cuda.empty_cache()
