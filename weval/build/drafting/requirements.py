"""Requirements for each seed: written by a model, found in the seed by a model, or those of a task.

A model is asked again, up to so many times, for a seed whose reply was not sound, and told why. Each attempt is a
prompt of its own, so that a build that goes on after a kill finds all replies kept. The instruction is always the seed
as it is: nothing that a model repeats of it is used.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from weval.build.drafting.asking import prompt, wording
from weval.build.drafting.drafts import Drafted, drafted
from weval.build.recipe import Recipe
from weval.build.records import Chosen, Draft
from weval.build.seeding.languages import check_languages
from weval.build.starting import start_of, task_inputs
from weval.build.step import Work
from weval.replied import Unsound, refuse_failed
from weval.types import Reply, Requirement, TextModel

ROLE = "requirements"
NONE_FOUND = "none_found"
"""Why a seed is left out of which a model says that it states no requirement."""


def inputs(recipe: Recipe, home: Path) -> Mapping[str, str]:
    """The task that requirements are taken from, or the words that ask a model for them, with a hash."""
    section = recipe.requirements
    return task_inputs(recipe, home) if section.how == "task" else {f"prompts {section.how}": wording(section)}


def make(work: Work) -> Iterator[Draft]:
    """One draft per seed, in the order of the seeds; a seed without a sound reply is left out, as its last one says.

    `told` counts replies by what they came to, bad ones also where a later one was sound, and the checks that came.
    Raises ResultError where replies did not come, ConfigError without py3langid.
    """
    if work.recipe.requirements.how == "task":
        yield from _given(work)
        return
    check_languages(())  # that they can be told at all, before anything is paid for
    seeds = list(work.read("filter", Chosen, key=lambda seed: seed.id))
    asking = _Asking(work, work.open(ROLE, work.recipe.requirements))
    asking.all_attempts(seeds)
    work.told |= asking.told()
    for seed in seeds:
        requirements = asking.found.get(seed.id, ())
        if requirements:
            yield Draft(
                id=seed.id,
                category=seed.category,
                language=seed.language,
                instruction=seed.text,
                requirements=requirements,
                source=seed.source,
            )
        elif fault := asking.faults.get(seed.id):
            work.leave_out(seed.id, fault.reason, str(fault))
        else:
            work.leave_out(seed.id, NONE_FOUND, "the model finds no requirement in it")


def _given(work: Work) -> Iterator[Draft]:
    """The instructions and requirements of a task, with its ids."""
    task = start_of(work.recipe, work.home)
    for item in task.items():
        yield Draft(
            id=item.id,
            category=item.category,
            language=item.language,
            instruction=item.instruction,
            requirements=item.requirements,
            source=task.name,
        )


class _Asking:
    """All attempts: requirements by seed where they are sound, else why the last reply was not."""

    def __init__(self, work: Work, model: TextModel) -> None:
        self._work, self._model, self._section = work, model, work.recipe.requirements
        self.found: dict[str, tuple[Requirement, ...]] = {}
        self.faults: dict[str, Unsound] = {}
        self._replies, self._checks, self._sound_at = Counter[str](), Counter[str](), Counter[str]()

    def all_attempts(self, seeds: Sequence[Chosen]) -> None:
        """Asks for every seed until its reply is sound. Raises ResultError where replies did not come."""
        waiting = {seed.id: seed for seed in seeds}
        for attempt in range(1, self._section.attempts + 1):
            if waiting:
                self._attempt(attempt, waiting)
            waiting = {name: seed for name, seed in waiting.items() if name in self.faults}

    def told(self) -> dict[str, dict[str, int]]:
        """What is counted: replies by what they came to, sound ones by attempt, checks that came with requirements."""
        counted = {"replies": self._replies, "sound_at_attempt": self._sound_at, "checks": self._checks}
        return {name: dict(sorted(counts.items())) for name, counts in counted.items()}

    def _attempt(self, attempt: int, waiting: Mapping[str, Chosen]) -> None:
        failed = list[Reply]()
        asked = self._came(attempt, waiting, failed)
        # In a thread of its own: while replies are read, the next prompts go out.
        with ThreadPoolExecutor(max_workers=1) as reading:
            for name, outcome in reading.map(lambda reply: self._read(reply, waiting), asked):
                self._take(name, attempt, outcome)
        refuse_failed(ROLE, failed, len(waiting))

    def _came(self, attempt: int, waiting: Mapping[str, Chosen], failed: list[Reply]) -> Iterator[Reply]:
        """The replies that came; those that did not go to `failed`."""
        reasons = {name: fault.reason for name, fault in self.faults.items()}
        prompts = (prompt(seed, self._section, attempt, reasons.get(name)) for name, seed in waiting.items())
        for reply in self._work.ask(self._model, prompts, len(waiting)):
            if reply.status == "failed":
                failed.append(reply)
            else:
                yield reply

    def _read(self, reply: Reply, waiting: Mapping[str, Chosen]) -> tuple[str, Drafted | Unsound]:
        """Whose reply it is, and what it comes to."""
        name = reply.prompt_id.rpartition("#")[0]
        if reply.status in ("refused", "truncated"):
            return name, Unsound(reply.status, reply.reason or reply.status)
        try:
            return name, drafted(reply.text, waiting[name], self._section)
        except Unsound as fault:
            return name, fault

    def _take(self, name: str, attempt: int, outcome: Drafted | Unsound) -> None:
        if isinstance(outcome, Unsound):
            self._replies[outcome.reason] += 1
            self.faults[name] = outcome
            return
        self.found[name] = outcome.requirements
        self.faults.pop(name, None)
        self._replies["sound" if outcome.requirements else NONE_FOUND] += 1
        self._sound_at[str(attempt)] += 1
        self._checks += Counter(proposed=outcome.n_checks, not_borne_out=outcome.n_wrong)
