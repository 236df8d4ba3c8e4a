"""What `weval serve` and those who ask it say to each other: whole requests, and whole scores, missing ones too."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from pydantic import Field, ValidationError

from weval.errors import AdapterError
from weval.files import one_line
from weval.invalid import complaints, field_name
from weval.remote.posting import NoAnswer
from weval.types import MAX_RESPONSE_CHARS, Record, Request, Requirement, Score, Status

ROUTE = "/weval"

Said = Annotated[str, Field(max_length=MAX_RESPONSE_CHARS)]


class NoRequest(Exception):
    """What was posted is no request; says which field is wrong, and how."""


class PostedRequest(Record):
    """A request as it is posted. `query` and `response` are needed; without an instruction, the query is it.

    `requirement` is the one asked about, for models with unit requirement.
    """

    id: str = Field(default="", max_length=1000)
    group: str = Field(default="", max_length=1000)
    query: Said
    instruction: Said | None = None
    language: str | None = Field(default=None, max_length=100)
    requirements: tuple[Requirement, ...] = Field(default=(), max_length=1000)
    response: Said
    requirement: Requirement | None = None


class PostedScore(Record):
    """A score as it is answered: those of the fields of `weval.types.Score` that have something in them."""

    status: Status
    values: tuple[float, ...] = ()
    reason: str | None = None
    raw: str | None = None
    tokens_in: int | None = None
    tokens_out: int | None = None
    cost_usd: float | None = None
    seconds: float | None = None
    samples: tuple[tuple[float, ...] | None, ...] | None = None
    mass: float | None = None


def posted(request: Request) -> dict[str, Any]:
    """A request about one response as JSON; what is empty is left out.

    >>> posted(Request("r1", "g", "Tea. Be short.", "Tea.", None, (), ("It is hot.",)))["instruction"]
    'Tea.'
    """
    requirements = [one.model_dump(mode="json", exclude_none=True) for one in request.requirements]
    asked = request.requirement
    said = {
        "id": request.id,
        "group": request.group,
        "query": request.query,
        "instruction": request.instruction,
        "language": request.language,
        "requirements": requirements or None,
        "response": request.responses[0],
        "requirement": asked.model_dump(mode="json", exclude_none=True) if asked else None,
    }
    return {name: value for name, value in said.items() if value is not None}


def request_in(content: object) -> Request:
    """The request in one entry of what was posted. Raises NoRequest."""
    try:
        found = PostedRequest.model_validate(content, strict=False)
    except ValidationError as error:
        where = [(field_name(loc), message) for loc, message in complaints(error, content)]
        told = "; ".join(f"{name or 'a request'}: {message}" for name, message in where[:3])
        raise NoRequest(one_line(told)) from None
    return Request(
        id=found.id,
        group=found.group,
        query=found.query,
        instruction=found.query if found.instruction is None else found.instruction,
        language=found.language,
        requirements=found.requirements,
        responses=(found.response,),
        requirement=found.requirement,
    )


def answer(score: Score) -> dict[str, Any]:
    """A score as JSON, by its status; values exactly where that is ok.

    >>> answer(Score("r1", "failed", reason="no memory is left"))
    {'status': 'failed', 'reason': 'no memory is left'}
    """
    said = asdict(score)
    del said["request_id"]
    return {name: value for name, value in said.items() if value is not None and value != ()}


def score_of(content: object, request: Request) -> Score:
    """The score in one entry of a reply, whatever its status. Raises NoAnswer where no score is there."""
    try:
        found = PostedScore.model_validate(content, strict=False)
        score = Score(request.id, **dict(found))
    except (ValidationError, AdapterError) as error:
        raise NoAnswer(f"the reply holds no score ({one_line(' '.join(str(error).split()), 160)})") from None
    if len(score.values) > 1:
        raise NoAnswer(f"the reply holds {len(score.values)} values for one response")
    return score
