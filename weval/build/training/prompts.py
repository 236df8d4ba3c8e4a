"""Prompts to train a policy on: the drafts that are no task's items and no other prompt again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from weval.build.recipe import Recipe
from weval.build.records import Draft, Message, TrainingPrompt
from weval.build.step import Work
from weval.build.training.contamination import Evaluated, evaluated, hashes
from weval.build.training.overlaps import Overlaps, runs
from weval.types import joined
from weval.wording import counted


def inputs(recipe: Recipe, home: Path) -> Mapping[str, str]:
    """The tasks that training prompts are held against, each with its hash."""
    return hashes(recipe.prompts.also, (), home)


def make(work: Work) -> Iterator[TrainingPrompt]:
    """The prompts in the order of the drafts.

    Left out are those with too few requirements, those that have the recipe's share of word runs in common with an item
    of a task, and, by their instructions, with a prompt before them.
    """
    section = work.recipe.prompts
    known, taken = evaluated(work, section.overlap, section.also), _Taken(section.overlap)
    for draft in work.read("requirements", Draft, lambda draft: draft.id):
        prompt = _prompt(draft, states_them=work.recipe.requirements.how == "extract")
        if fault := _fault(prompt, section.min_requirements, known, taken):
            work.leave_out(draft.id, *fault)
        else:
            yield prompt


class _Taken:
    """The prompts so far."""

    def __init__(self, overlap: float) -> None:
        self._overlap, self._texts, self._ids = overlap, Overlaps(), list[str]()

    def again(self, prompt: TrainingPrompt) -> str | None:
        """What prompt it says again, in words; takes it where there is none."""
        found = runs(prompt.instruction)
        nearest = self._texts.nearest(found)
        if nearest and nearest[1] >= self._overlap:
            return f"{nearest[1]:.0%} of its runs of words are in {self._ids[nearest[0]]}"
        self._texts.add(found)
        self._ids.append(prompt.id)
        return None


def _fault(prompt: TrainingPrompt, least: int, known: Evaluated, taken: _Taken) -> tuple[str, str] | None:
    """Why a prompt is not taken, in a word and in full."""
    if len(prompt.requirements) < least:
        return "few_requirements", counted(len(prompt.requirements), "requirement")
    if item := known.find(prompt.instruction, prompt.prompt[-1].content):
        return "contaminated", item.told()
    if again := taken.again(prompt):
        return "near_duplicate", again
    return None


def _prompt(draft: Draft, *, states_them: bool) -> TrainingPrompt:
    """A draft as a chat; extracted requirements are in its instruction already, others follow it."""
    texts = () if states_them else tuple(requirement.text for requirement in draft.requirements)
    content = joined(draft.language, draft.instruction, *texts)
    return TrainingPrompt(
        id=draft.id,
        prompt=(Message(role="user", content=content),),
        instruction=draft.instruction,
        requirements=draft.requirements,
        language=draft.language,
        category=draft.category,
        source=draft.source,
    )
