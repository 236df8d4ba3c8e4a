"""Responses scored by criteria: what a judge is asked about each of them, and the mean of what it says."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from weval.adapters import open_adapter, preset_of, setting_names
from weval.adapters.certifying import TRYING
from weval.adapters.judge import Judge
from weval.adapters.judge.folder import read_judge
from weval.adapters.judge.official import criterion as repr_of
from weval.bench.construction.costs import Costs
from weval.bench.construction.records import LEVELS, Kind
from weval.errors import AdapterError, ConfigError
from weval.randomness import digest
from weval.run import Watcher
from weval.textmodels import TEXT_MODELS
from weval.types import Adapter, Certified, Paid, Request, Requirement, Score

PROMPT = "critic-10"
"""The judge folder, unless somebody names another."""


@dataclass(frozen=True, slots=True)
class Case:
    """A query with the responses to be scored and the criteria of each kind."""

    key: str
    query: str
    language: str | None
    responses: tuple[str, ...]
    criteria: Mapping[Kind, Sequence[Mapping[str, str]]]


class Scores:
    """What the judge said: of every question the score, of every response the mean."""

    def __init__(self, judge: Adapter) -> None:
        self._judge = judge
        self._shown = shown_by(judge)
        self._found: dict[str, Score] = {}
        self.costs = Costs()

    def ask(self, cases: Sequence[Case], folder: Path, watcher: Watcher) -> None:
        """Asks about every response by every criterion, once; what is kept in the folder is not asked again.

        Raises AdapterError where the judge answers nothing at all.
        """
        if isinstance(self._judge, Paid):
            self._judge.keep_in(folder)
        if isinstance(self._judge, Certified):
            watcher.notice(TRYING)
            for remark in self._judge.certify().remarks:
                watcher.notice(remark)
        watcher.started(sum(1 for _ in self._questions(cases)), 0)
        for score in self._judge.score(self._questions(cases)):
            if score.status == "ok" and len(score.values) != 1:
                raise AdapterError(f"the judge gave {len(score.values)} values to one question")
            self._found[score.request_id] = score
            self.costs.add(score)
            watcher.scored()

    def mean(self, case: Case, kind: Kind, response: str) -> float | None:
        """The mean over the criteria of a kind but for those not applicable; None where one is missing."""
        found = [self._score(request) for request in self._requests(case, kind, response)]
        values = [score.values[0] for score in found if score.status == "ok"]
        if not values or any(score.status not in ("ok", "not_applicable") for score in found):
            return None
        return math.fsum(values) / len(values)

    def told(self, cases: Sequence[Case], kind: Kind) -> tuple[dict[str, int], dict[str, str]]:
        """How many questions of a kind ended in which status, and an example for each status without a score."""
        statuses, reasons = dict[str, int](), dict[str, str]()
        for request in self._questions(cases, kind):
            score = self._score(request)
            statuses[score.status] = statuses.get(score.status, 0) + 1
            if score.reason:
                reasons.setdefault(score.status, score.reason)
        return dict(sorted(statuses.items())), reasons

    def _score(self, request: Request) -> Score:
        return self._found.get(request.id) or Score.missing(request, "failed", "the judge gave no answer")

    def _questions(self, cases: Sequence[Case], only: Kind | None = None) -> Iterator[Request]:
        """All questions, or those of one kind."""
        for case in cases:
            for kind in (only,) if only else case.criteria:
                for response in case.responses:
                    yield from self._requests(case, kind, response)

    def _requests(self, case: Case, kind: Kind, response: str) -> Iterator[Request]:
        """What is asked about a response. Ids are hashes of what is asked, so that replies are found again by them."""
        for n, fields in enumerate(case.criteria[kind], start=1):
            text = self._shown(fields)
            asked = Requirement(id=f"c{n}", text=text)
            name = digest(case.key, kind, str(n), case.query, text, response, size=16).hex()
            group = digest(case.key).hex()
            yield Request(name, group, case.query, case.query, case.language, (asked,), (response,), asked)


def shown_by(judge: Adapter) -> Callable[[Mapping[str, str]], str]:
    """How a judge is shown a criterion: as a text, or, by a published prompt, as the published script did."""
    is_official = isinstance(judge, Judge) and judge.options.wording == "official"
    return repr_of if is_official else rendered


def rendered(fields: Mapping[str, str]) -> str:
    """A criterion as a text that a judge is shown: its name, what it looks at, and what each two points mean.

    >>> print(rendered({"name": "Tone", "criteria_description": "Is it warm?", "1-2": "Cold.", "9-10": "Warm."}))
    Tone: Is it warm?
    1-2: Cold.
    9-10: Warm.
    """
    levels = [f"{level}: {fields[level]}" for level in LEVELS if level in fields]
    return "\n".join([f"{fields['name']}: {fields['criteria_description']}", *levels])


def opened_judge(reference: str, settings: Mapping[str, str]) -> Adapter:
    """The judge, with the folder critic-10 unless another is named, or a preset's own has a scale.

    `reference` is as `weval run` takes it, or BACKEND/MODEL as elsewhere in `weval bench`. Raises ConfigError for one
    that does not judge a response on one criterion at a time.
    """
    if reference.partition("/")[0] in TEXT_MODELS:
        reference = f"judge:{reference}"
    judge = open_adapter(reference, _with_prompt(reference, settings))
    if judge.unit != "requirement":
        raise ConfigError(f"--judge {reference}: judges by {judge.unit}; criteria need one that judges by requirement")
    if judge.reads_ids:
        raise ConfigError(f"--judge {reference}: looks scores up, and knows none of these texts")
    return judge


def _with_prompt(reference: str, settings: Mapping[str, str]) -> dict[str, str]:
    takes = setting_names(reference)
    if "prompt" in settings or takes is None or "prompt" not in takes:
        return dict(settings)
    preset = preset_of(reference)
    own = preset.settings.get("prompt") if preset else None
    if own is not None and read_judge(str(own)).spec.reply.form == "json":
        return dict(settings)
    return {"prompt": PROMPT, **settings}
