"""What judge.yaml says: what a judge is asked about, how it replies, and where its published prompt is."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from weval.adapters.judge.labels import swapped
from weval.invalid import Loc, complaints
from weval.pins import Pin
from weval.textmodels import TextModelOptions
from weval.types import Id, Record, Text, Unit

Place = Literal[
    "query", "instruction", "requirements", "requirement", "response", "responses", "response_a", "response_b"
]
"""A foreign text, or several: what the judge is shown, and what none of us wrote."""

Identifier = Annotated[str, Field(pattern=r"^[A-Za-z_]\w*$", max_length=100)]
Mark = Annotated[str, Field(min_length=1, max_length=100)]
Setting = int | float | str

_TASK: frozenset[Place] = frozenset({"query", "instruction", "requirements"})
_JUDGED: Mapping[Unit, frozenset[Place]] = {
    "requirement": frozenset({"response", "requirement"}),
    "response": frozenset({"response"}),
    "pair": frozenset({"response_a", "response_b"}),
    "list": frozenset({"responses"}),
}
"""What a judge of each unit must be shown. It may be shown the task as well; where no requirement is asked about, it
has to be, or nothing would say what the responses are judged against."""

_SAMPLING = ("temperature", "top_p", "max_tokens", "stop", "sampling_seed", "effort")
_MAX_LEVELS = 100
_POINTS = (0, 1)
"""What a pair gives its first response at least and at most."""


class ReplyForm(Record):
    """The form of a verdict. `brackets`: one of `values` as [[verdict]]. `json`: an object with an integer from `low`
    to `high` at `field`, after its reason at `reason`. `ranking`: all responses by number, as [[3 > 1 = 2]]. `bench`:
    whatever the benchmark that asks reads by itself, as several scores or a text.
    """

    form: Literal["brackets", "json", "ranking", "bench"]
    values: dict[str, float] = Field(default_factory=dict)
    field: Identifier = "score"
    reason: Identifier = "reason"
    low: int = 1
    high: int = 10


class Answers(Record):
    """What the judge is told of its answer, in place of {answer}: after reasons, or one character and nothing else."""

    reasoned: Text
    label: Text | None = None


class PublishedText(Record):
    """Where a text is in a Python file: the string assigned to `name`, in the function `inside` or at the top.

    `places` says what its replacement fields stand for: those of an f-string, or of a text that is filled by
    str.format. Without any, the text is taken as it is. Without a `name`, the text is the whole of a plain text file,
    and `places` are strings in it, as they stand there: $RESPONSE$.
    """

    name: Identifier | None = None
    inside: Identifier | None = None
    places: dict[Mark, Place] = Field(default_factory=dict)


class OfficialSpec(Record):
    """A published prompt: its file, the texts in it, how its replies were read, and how it was sampled.

    `rule` is None where the reply is of the form `bench`.
    """

    source: Pin
    system: PublishedText | None = None
    user: PublishedText
    rule: Id | None = None
    sampling: dict[str, Setting] = Field(default_factory=dict)


class JudgeSpec(Record):
    """What judge.yaml says. `labels` are the one-character answers and what each is worth; a judge without any can be
    asked for a reasoned answer only. `sampling` holds settings of the model, under those of the user.
    """

    version: Id
    about: Text
    unit: Unit
    reads: tuple[Place, ...]
    reply: ReplyForm
    labels: dict[str, float] = Field(default_factory=dict)
    answers: Answers
    sampling: dict[str, Setting] = Field(default_factory=dict)
    official: OfficialSpec | None = None

    @property
    def reply_schema(self) -> dict[str, Any] | None:
        """The JSON schema of a reply: its reason, then the score. None for forms that are not JSON.

        The score is an enumeration: not every model can be held to a minimum and a maximum.
        """
        reply = self.reply
        if reply.form != "json":
            return None
        score = {"type": "integer", "enum": list(range(reply.low, reply.high + 1))}
        return {
            "type": "object",
            "properties": {reply.reason: {"type": "string"}, reply.field: score},
            "required": [reply.reason, reply.field],
            "additionalProperties": False,
        }


def faults(spec: JudgeSpec) -> Iterator[tuple[Loc, str]]:
    """What is wrong with a judge.yaml whose fields are each right by themselves: the field, and why."""
    yield from ((("reads",), said) for said in _reads_faults(spec.unit, spec.reads))
    yield from _reply_faults(spec)
    yield from _label_faults(spec)
    yield from _sampling_faults(("sampling",), spec.sampling)
    if spec.official:
        yield from ((("official", *loc), said) for loc, said in _official_faults(spec, spec.official))


def _official_faults(spec: JudgeSpec, official: OfficialSpec) -> Iterator[tuple[Loc, str]]:
    user, system = official.user, official.system
    yield from ((("user", "places"), said) for said in _reads_faults(spec.unit, tuple(user.places.values())))
    yield from _sampling_faults(("sampling",), official.sampling)
    if system and system.places:
        yield ("system", "places"), "a system prompt shows no foreign text"
    if system and not (system.name and user.name):
        yield ("system",), "a file that is a prompt as a whole has no system prompt in it; both texts need a name"
    if user.inside and not user.name:
        yield ("user", "inside"), "has no effect without a name"
    if spec.reply.form == "bench" and official.rule:
        yield ("rule",), "has no effect with form bench"
    if spec.reply.form != "bench" and not official.rule:
        yield ("rule",), "is missing: by which rule did the published script read replies?"


def _reads_faults(unit: Unit, shown: tuple[Place, ...]) -> Iterator[str]:
    judged = _JUDGED[unit]
    if twice := sorted({place for place in shown if shown.count(place) > 1}):
        yield f"{', '.join(twice)} appears twice"
    if missing := sorted(judged - set(shown)):
        yield f"a judge of unit {unit} is shown {' and '.join(sorted(judged))}; {', '.join(missing)} is missing"
    if strange := sorted(set(shown) - judged - _TASK):
        yield f"a judge of unit {unit} has no {', '.join(strange)} to show"
    if unit != "requirement" and not _TASK & set(shown):
        yield "without query, instruction or requirements, nothing says what is asked of a response"


def _reply_faults(spec: JudgeSpec) -> Iterator[tuple[Loc, str]]:
    reply = spec.reply
    if reply.form != "bench" and (reply.form == "ranking") != (spec.unit == "list"):
        yield ("reply", "form"), "a ranking is the reply of a judge of unit list, and of no other"
    if reply.form == "brackets" and len(set(reply.values.values())) < 2:
        yield ("reply", "values"), "brackets need two values at least"
    if reply.form != "brackets" and reply.values:
        yield ("reply", "values"), f"has no effect with form {reply.form}"
    if strange := [
        name for name in reply.values if not name.isprintable() or not name.strip() or set(name) & set("[]")
    ]:
        yield ("reply", "values"), f"{strange[0]!r} cannot stand in brackets"
    if reply.form != "json" and (idle := {"field", "reason", "low", "high"} & reply.model_fields_set):
        yield ("reply", min(idle)), f"has no effect with form {reply.form}"
    if not 0 < reply.high - reply.low < _MAX_LEVELS:
        yield ("reply", "high"), f"must be above low, by less than {_MAX_LEVELS}"
    if reply.form == "json" and reply.field == reply.reason:
        yield ("reply", "reason"), "must not be the field of the score"
    yield from _pair_faults(spec)


def _pair_faults(spec: JudgeSpec) -> Iterator[tuple[Loc, str]]:
    reply, (least, most) = spec.reply, _POINTS
    if spec.unit != "pair" or reply.form not in ("brackets", "json"):
        return
    field, worth = (
        ("values", tuple(reply.values.values())) if reply.form == "brackets" else ("high", (reply.low, reply.high))
    )
    if worth and not least <= min(worth) <= max(worth) <= most:
        yield ("reply", field), f"a verdict of unit pair is worth the points of response_a, from {least} to {most}"
    for verdict, points in reply.values.items():
        turned = swapped(verdict)
        if turned != verdict and not math.isclose(points + reply.values.get(turned, 1 - points), 1):
            yield ("reply", "values"), f"{verdict} and {turned} must be worth 1 together: one is the other turned round"
            break


def _label_faults(spec: JudgeSpec) -> Iterator[tuple[Loc, str]]:
    if bool(spec.labels) != (spec.answers.label is not None):
        yield ("labels",), "labels and answers.label belong together: give both or neither"
    if not spec.labels:
        return
    if long := [label for label in spec.labels if len(label) != 1 or label.isspace() or not label.isprintable()]:
        yield ("labels",), f"{long[0]!r} is not one character"
    if spec.reply.form in ("ranking", "bench"):
        what = "a ranking" if spec.reply.form == "ranking" else "what a benchmark reads"
        yield ("labels",), f"{what} does not fit in one character"
        return
    worth = spec.reply.values.values() if spec.reply.form == "brackets" else (spec.reply.low, spec.reply.high)
    ours = spec.labels.values()
    if worth and (min(ours), max(ours)) != (min(worth), max(worth)):
        yield ("labels",), f"must be worth from {min(worth):g} to {max(worth):g}, as the replies are"


def _sampling_faults(loc: Loc, sampling: Mapping[str, Setting]) -> Iterator[tuple[Loc, str]]:
    if strange := sorted(sampling.keys() - set(_SAMPLING)):
        yield (*loc, strange[0]), f"is no sampling parameter; known are {', '.join(_SAMPLING)}"
        return
    try:
        TextModelOptions.model_validate(dict(sampling))
    except ValidationError as error:
        yield from (((*loc, *found), message) for found, message in complaints(error, dict(sampling)))
