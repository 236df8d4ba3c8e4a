"""The models that the steps of a recipe ask, known before any of them is asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from weval.adapters import preset_of, setting_names
from weval.adapters.judge.alias import BACKEND
from weval.adapters.judge.options import JudgeOptions
from weval.build.recipe import Recipe
from weval.build.sections import Writer
from weval.build.step import Step, opened
from weval.build.training.references import check_ladder
from weval.build.verifying.fluency import reader_of
from weval.build.verifying.judging import Judge, checked
from weval.errors import ConfigError
from weval.settings import updated
from weval.types import Unit


@dataclass(frozen=True, slots=True)
class Role:
    """A model that writes in a step, and where the recipe names it (`references.writers.0`)."""

    step: str
    place: str
    writer: Writer


@dataclass(frozen=True, slots=True)
class Judged:
    """A model that judges in a step, as `weval run` takes it, where the recipe names it, and by what it must judge."""

    place: str
    model: str
    settings: Mapping[str, str]
    unit: Unit | None = None


def roles(step: Step, recipe: Recipe) -> Iterator[Role]:
    """The writers of a step. Judges are no writers: they are runs of their own."""
    if step.name == "requirements" and recipe.requirements.how != "task":
        yield Role(step.name, "requirements", recipe.requirements)
    elif step.name == "answer":
        yield Role(step.name, "answer", recipe.answer)
    elif step.name == "references":
        for number, writer in enumerate(recipe.references.writers):
            yield Role(step.name, f"references.writers.{number}", writer)


def judges(step: Step, recipe: Recipe) -> Iterator[Judged]:
    """The judges of a step."""
    if step.name == "verify":
        section = recipe.verify
        if section.judge:
            yield Judged("verify.judge", section.judge, section.judge_settings, "requirement")
        if section.reader:
            reader = reader_of(section.reader, section.judge_settings)
            yield Judged("verify.reader", reader.model, reader.settings, "pair")
    elif step.name == "references" and recipe.references.grader.model:
        yield Judged("references.grader", recipe.references.grader.model, recipe.references.grader.settings)


def text_model_of(model: str) -> str | None:
    """The text model behind a judge, as BACKEND/MODEL; None where what judges is something else, as a reward model.

    >>> text_model_of("judge:openai/gpt-4o"), text_model_of("rules")
    ('openai/gpt-4o', None)
    """
    if preset := preset_of(model):
        model = f"{preset.family}:{preset.reference}"
    family, _, reference = model.partition(":")
    if family == BACKEND:
        return f"{BACKEND}/{reference.partition(',')[0]}"
    return reference if family == "judge" else None


def judge_options(model: str, settings: Mapping[str, str]) -> JudgeOptions | None:
    """The settings of a judge that is asked by a prompt, without opening it; None for other models.

    Raises ConfigError.

    >>> judge_options("judge:openai/gpt-4o", {"samples": "3", "resamples": "9"}).samples
    3
    """
    names = setting_names(model) or ()
    if "prompt" not in names:
        return None
    preset = preset_of(model)
    given = {**(preset.strings() if preset else {}), **settings}
    return updated(JudgeOptions(), {name: value for name, value in given.items() if name in names})


def check_roles(steps: Iterable[Step], recipe: Recipe) -> None:
    """Opens the models of all steps, and asks none. Raises ConfigError naming all that is wrong with them."""
    wrong = list[str]()
    for step in steps:
        for role in roles(step, recipe):
            with _noted(role.place, wrong):
                opened(role.place, role.writer)
        for judge in judges(step, recipe):
            with _noted(judge.place, wrong):
                checked(Judge(judge.place, judge.model, judge.settings), judge.unit)
        if step.name == "references":
            with _noted("references", wrong):
                check_ladder(recipe.references)
    if wrong:
        raise ConfigError("; ".join(dict.fromkeys(wrong)))


@contextmanager
def _noted(place: str, wrong: list[str]) -> Iterator[None]:
    try:
        yield
    except ConfigError as error:
        said = str(error)
        wrong.append(said if said.startswith(place) else f"{place}: {said}")
