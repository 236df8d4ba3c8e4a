"""`weval score` in the terminal: each text with its score, and what the model said of it, piece by piece."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from weval.report.tables import table, wrapped
from weval.score import Answer, Scored
from weval.wording import DASH

Row = tuple[str, str]


def scored_text(scored: Scored, requirements: Sequence[str]) -> str:
    """A table of texts and requirements, then why values are missing and what was cut."""
    rows = list(_rows(scored, requirements))
    parts = [wrapped(f"{scored.model}, unit {scored.unit}"), "", table(["", "score"], rows)]
    notes = [f"note: {_named(answer)}: {answer.note}" for answer in scored.answers if answer.note]
    notes += [f"note: {remark}" for remark in (scored.certificate.remarks if scored.certificate else ())]
    return "\n".join([*parts, *([""] if notes else []), *map(wrapped, notes)])


def _rows(scored: Scored, requirements: Sequence[str]) -> Iterator[Row]:
    for number, score in enumerate(scored.scores, start=1):
        yield f"response {number}", _value(score)
        if scored.unit == "requirement":
            for answer in scored.answers:
                if answer.responses == (number,) and answer.requirement:
                    yield f"  {requirements[answer.requirement - 1]}", _first(answer)
    if scored.unit == "pair":
        for answer in scored.answers:
            yield "{} shown before {}: points of the first".format(*answer.responses), _first(answer)


def _first(answer: Answer) -> str:
    return _value(answer.values[0]) if answer.values else answer.status


def _value(score: float | None) -> str:
    return DASH if score is None else f"{score:.4g}"


def _named(answer: Answer) -> str:
    numbers = " and ".join(map(str, answer.responses))
    return f"response {numbers}" + (f", requirement {answer.requirement}" if answer.requirement else "")
