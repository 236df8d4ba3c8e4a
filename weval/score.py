"""One query and some texts, scored by a model: for people who want to look, without a task and without gold."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import permutations

from weval.adapters import open_adapter
from weval.adapters.certifying import TRYING
from weval.errors import AdapterError, ConfigError
from weval.types import Adapter, Certificate, Certified, Request, Requirement, Score, joined

Asked = tuple[Request, tuple[int, ...], int | None]
"""A request, the numbers of its responses and of its requirement."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the model said of one or more of the responses, numbered from 1, and a requirement, if it was asked of one.

    `values` has one number for units response, requirement and pair (points of the first), one per response for list;
    none where the status is not ok.
    """

    responses: tuple[int, ...]
    requirement: int | None
    status: str
    values: tuple[float, ...]
    note: str | None


@dataclass(frozen=True, slots=True)
class Scored:
    """All answers, and each response's score as in a run: the mean over its answers, None where one is missing."""

    model: str
    unit: str
    scores: tuple[float | None, ...]
    answers: tuple[Answer, ...]
    certificate: Certificate | None


def score_texts(
    model: str,
    query: str,
    responses: Sequence[str],
    requirements: Sequence[str],
    settings: Mapping[str, str],
    notice: Callable[[str], None] = lambda text: None,
) -> Scored:
    """Scores responses to a query that ends in the requirements. `notice` is told what takes a while.

    Raises ConfigError where the unit needs more texts.
    """
    adapter = open_adapter(model, settings)
    if adapter.reads_ids:
        raise ConfigError(f"--model {model}: looks scores up, and knows none of a new text")
    numbered = [Requirement(id=f"c{n}", text=text) for n, text in enumerate(requirements, start=1)]
    asked = list(_requests(adapter, query, responses, numbered))
    certificate = None
    if isinstance(adapter, Certified):
        notice(TRYING)
        certificate = adapter.certify()
    found = {score.request_id: score for score in adapter.score(request for request, _, _ in asked)}
    answers = tuple(_answer(numbers, requirement, found.get(request.id)) for request, numbers, requirement in asked)
    scores = tuple(_mean(number, answers) for number in range(1, len(responses) + 1))
    return Scored(model, adapter.unit, scores, answers, certificate)


def _requests(
    adapter: Adapter, query: str, responses: Sequence[str], requirements: Sequence[Requirement]
) -> Iterator[Asked]:
    unit = adapter.unit
    if not responses:
        raise ConfigError("--response: give at least one text to score")
    if unit == "requirement" and not requirements:
        raise ConfigError("--requirement: this model judges a text on one requirement at a time; give at least one")
    if unit in ("pair", "list") and len(responses) < 2:
        raise ConfigError(f"--response: this model judges a {unit} of texts; give at least two")
    numbers = range(1, len(responses) + 1)
    shown: list[tuple[int, ...]] = [(n,) for n in numbers]
    if unit in ("pair", "list"):
        shown = list(permutations(numbers, 2)) if unit == "pair" else [tuple(numbers)]
    whole = joined(None, query, *(requirement.text for requirement in requirements))
    for chosen in shown:
        texts = tuple(responses[n - 1] for n in chosen)
        request = Request("-".join(map(str, chosen)), "texts", whole, query, None, tuple(requirements), texts)
        if unit != "requirement":
            yield request, chosen, None
        for place, one in enumerate(requirements, 1) if unit == "requirement" else ():
            yield replace(request, id=f"{request.id}-{place}", requirement=one), chosen, place


def _answer(numbers: tuple[int, ...], requirement: int | None, score: Score | None) -> Answer:
    if score is None:
        raise AdapterError("the adapter gave no answer to a request")
    return Answer(numbers, requirement, score.status, score.values, score.reason or score.raw)


def _mean(number: int, answers: Sequence[Answer]) -> float | None:
    """The score of a response: the mean over what was said of it; what does not apply is left out."""
    values = []
    for answer in answers:
        if number not in answer.responses or answer.status == "not_applicable":
            continue
        if answer.status != "ok":
            return None
        place = answer.responses.index(number)
        is_second = len(answer.responses) == 2 and len(answer.values) == 1 and place == 1
        values.append(1 - answer.values[0] if is_second else answer.values[min(place, len(answer.values) - 1)])
    return sum(values) / len(values) if values else None
