"""Two fixed texts that a judge is asked about before a run: does it answer, and which settings does its model take?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from weval.adapters.certifying import fixed_requests
from weval.errors import AdapterError
from weval.types import Certificate, Reply, Request, Score, Unit

Answered = tuple[Reply, Score]
Told = str | int | float | bool | None


def tried(judge: str, model: str, unit: Unit, ask: Callable[[Sequence[Request]], Iterable[Answered]]) -> Certificate:
    """What came back for an answer and a text beside the point; `ask` gives reply and score of each request, in order.

    Raises AdapterError where the model did not answer; a reply without a verdict is a remark, as it may be the text's.
    """
    requests = easy_requests(unit)
    answered = list(ask(requests))
    sent: dict[str, object] = {}
    for reply, _ in answered:
        if reply.status == "failed":
            raise AdapterError(f"judge {model} gives no reply to a short text: {reply.reason}")
        # What the API refused was found out by the first reply, and is null in all later ones.
        sent |= reply.sent
    computed: dict[str, Told] = {"judge": judge, "answered by": answered[0][0].model}
    computed |= {name: _told(value) for name, value in sorted(sent.items())}
    refused = [name for name, value in sorted(sent.items()) if value is None]
    scores = [score for _, score in answered]
    return Certificate(
        n_texts=len(requests),
        easy=_easy(unit, scores),
        drift={},
        computed={name: value for name, value in computed.items() if value is not None},
        remarks=(*_remarks(unit, scores), *(f"the model does not take {name}; it was left out" for name in refused)),
    )


def easy_requests(unit: Unit) -> list[Request]:
    """The easy answer and the text beside the point, as a judge of this unit is asked about them.

    Units response and requirement: one after the other; pair: in both orders; list: together.
    """
    if unit in ("response", "requirement"):
        return fixed_requests(unit)[:2]
    answer, beside = fixed_requests("response")[:2]
    both = (*answer.responses, *beside.responses)
    shown = replace(answer, id=f"{answer.id}-{unit}", responses=both)
    return [shown] if unit == "list" else [shown, replace(shown, id=f"{shown.id}-turned", responses=both[::-1])]


def _easy(unit: Unit, scores: list[Score]) -> tuple[float, float] | None:
    """What the answer and the other text got; None where a verdict is missing. Of pairs, the mean over both orders."""
    if any(score.status != "ok" for score in scores):
        return None
    if unit == "list":
        return scores[0].values[0], scores[0].values[1]
    first, second = scores[0].values[0], scores[1].values[0]
    if unit == "pair":
        points = (first + 1 - second) / 2
        return points, 1 - points
    return first, second


def _remarks(unit: Unit, scores: list[Score]) -> list[str]:
    """What a user should know before 13,750 calls are paid for."""
    if lost := [score for score in scores if score.status != "ok"]:
        return [f"on a short text, this judge gave no verdict ({lost[0].status}: {lost[0].reason})"]
    easy = _easy(unit, scores)
    if easy and easy[0] <= easy[1]:
        return [f"an answer and a text beside the point got {easy[0]:g} and {easy[1]:g}: it does not tell them apart"]
    return []


def _told(value: object) -> Told:
    if value is None:
        return "refused"
    return value if isinstance(value, str | int | float | bool) else str(value)
