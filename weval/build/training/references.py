"""References of rising quality for each training prompt: several writers, one judge, the rungs of a ladder.

For rewards by comparison whose reference moves up as the policy beats it (Writing-RL, arXiv 2506.05760, section 3).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from weval.build.records import Laddered, Reference, TrainingPrompt
from weval.build.sections import References
from weval.build.step import Work
from weval.build.training.grading import Grades, graded, grader_of
from weval.build.written import written
from weval.errors import ConfigError
from weval.replied import refuse_failed
from weval.types import MAX_RESPONSE_CHARS, Candidate, Item, Prompt, TextModel
from weval.wording import counted

FEWEST = 2
"""Rungs of a ladder; one reference does not rise."""


@dataclass(frozen=True, slots=True)
class _Text:
    """A response before it is graded."""

    writer: str
    response: str
    model: str | None


Texts = dict[str, list[_Text]]
"""By prompt, in the order of the writers."""


def make(work: Work) -> Iterator[Laddered]:
    """A row for each prompt that has two rungs or more, in their order.

    Raises ConfigError for fewer than two writers or no grader, ResultError where replies did not come.
    """
    section = work.recipe.references
    check_ladder(section)
    judge = grader_of(section.grader)
    models = {
        f"writer{n}": work.open(f"writer{n}", writer, f"references.writers.{n - 1}")
        for n, writer in enumerate(section.writers, start=1)
    }
    prompts = list(work.read("prompts", TrainingPrompt, lambda prompt: prompt.id))
    texts: Texts = {prompt.id: [] for prompt in prompts}
    for role, model in models.items():
        _write(work, role, model, prompts, texts)
    items = [_item(prompt, texts[prompt.id]) for prompt in prompts if len(texts[prompt.id]) >= FEWEST]
    grades = graded(work, judge, items) if items else {}
    for prompt in prompts:
        found = list(_with_grades(prompt.id, texts[prompt.id], grades))
        rungs = ladder(found, section.least_gain)
        if len(rungs) >= FEWEST:
            yield Laddered(references=tuple(rungs), **dict(prompt))
        elif len(found) < FEWEST:
            said = f"{counted(len(texts[prompt.id]), 'text')}, {len(found)} with a grade"
            work.leave_out(prompt.id, "few_graded", said)
        else:
            work.leave_out(prompt.id, "no_gain", "grades: " + ", ".join(f"{each.grade:g}" for each in found))


def check_ladder(section: References) -> None:
    """Raises ConfigError where a recipe names too few to make a ladder of."""
    if len(section.writers) < FEWEST:
        raise ConfigError(f"references.writers: names {len(section.writers)}; a ladder needs two or more")
    if section.grader.model is None:
        raise ConfigError("references.grader.model: the recipe names none, as judge:openai/gpt-4o")


def ladder(references: Iterable[Reference], least_gain: float) -> list[Reference]:
    """References from worst to best, each better than the one before by more than `least_gain`; the best is among them.

    From the best down, each that is worse than the last by more than that; of equal ones the first. No choice has more.

    >>> found = [Reference(writer=str(g), response="…", grade=g) for g in (0.4, 0.5, 0.9)]
    >>> [rung.grade for rung in ladder(found, 0.2)]
    [0.5, 0.9]
    """
    rungs: list[Reference] = []
    for reference in sorted(references, key=lambda each: -each.grade):
        if not rungs or rungs[-1].grade - reference.grade > least_gain:
            rungs.append(reference)
    return rungs[::-1]


def _write(work: Work, role: str, model: TextModel, prompts: list[TrainingPrompt], texts: Texts) -> None:
    """Asks one writer for all texts; what is none is counted. Raises ResultError where replies did not come."""
    asked = [Prompt(p.id, tuple((turn.role, turn.content) for turn in p.prompt)) for p in prompts]
    replies = {reply.prompt_id: reply for reply in work.ask(model, asked, len(asked))}
    refuse_failed(role, [reply for reply in replies.values() if reply.status == "failed"], len(asked))
    faults = Counter[str]()
    for prompt in prompts:
        found, earlier = written(replies[prompt.id]), texts[prompt.id]
        fault = found.fault
        if len(found.text) > MAX_RESPONSE_CHARS:
            fault = "too_long"
        elif not fault and any(found.text == text.response for text in earlier):
            fault = "same_text"
        if fault:
            faults[fault] += 1
        else:
            earlier.append(_Text(role, found.text, replies[prompt.id].model))
    work.told[role] = {"texts": len(prompts) - faults.total(), **dict(sorted(faults.items()))}


def _item(prompt: TrainingPrompt, texts: list[_Text]) -> Item:
    """The texts as candidates of a run. It wants to be told that one kept more than others; no figure of it is used."""
    return Item(
        id=prompt.id,
        category=prompt.category,
        language=prompt.language,
        instruction=prompt.instruction,
        requirements=prompt.requirements,
        candidates=tuple(
            Candidate(id=text.writer, kept=int(number == 0), response=text.response)
            for number, text in enumerate(texts)
        ),
    )


def _with_grades(name: str, texts: list[_Text], grades: Grades) -> Iterator[Reference]:
    for text in texts:
        if (grade := grades.get((name, text.writer))) is not None:
            yield Reference(writer=text.writer, response=text.response, grade=grade, model=text.model)
