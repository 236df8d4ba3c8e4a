"""A model asked until its replies are sound: each attempt a prompt of its own, told what was wrong with the one before.

The words are text files beside this module. Of a query nothing reaches them but its text, between tags that it cannot
contain (weval/adapters/judge/template.py), and nothing of an earlier reply does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Generic, TypeVar

from weval.adapters.judge.template import filled
from weval.bench.construction.costs import Costs
from weval.bench.construction.records import LeftOut, Made
from weval.bench.construction.unsound import TOLD
from weval.errors import unknown
from weval.replied import Unsound, refuse_failed
from weval.run import Watcher
from weval.settings import divide, updated
from weval.textmodels import TextModelOptions, open_text_model
from weval.types import Prompt, Record, Reply, Request, Role, TextModel

FOLDER = Path(__file__).parent / "prompts"

T = TypeVar("T")
O = TypeVar("O", bound=Record)  # noqa: E741 - options


@dataclass(frozen=True, slots=True)
class Question(Generic[T]):
    """What is asked under an id: the words of a folder of prompts with our own `places`, and the text of a query.

    `read` takes the text of a reply and gives what it comes to, or raises Unsound.
    """

    id: str
    words: str
    places: Mapping[str, str]
    schema: Mapping[str, Any]
    read: Callable[[str], T]
    query: str = ""

    def prompt(self, attempt: int, fault: str | None) -> Prompt:
        """The prompt of one attempt; `fault` is the reason (of TOLD) why the attempt before was not taken."""
        again = _text("again").replace("{fault}", TOLD[fault]) if fault else ""
        template = _text(f"{self.words}/user")
        # Our own words first: only then the query, in one pass with the mark, so that its braces are no places.
        for place, own in (*self.places.items(), ("again", again)):
            template = template.replace(f"{{{place}}}", own)
        shown = Request(self.id, self.id, self.query, self.query, None, (), ())
        messages: tuple[tuple[Role, str], ...] = (
            ("system", _text(f"{self.words}/system").strip()),
            ("user", filled(template, "", shown).strip()),
        )
        return Prompt(f"{self.id}#{attempt}", messages, self.schema)


class Asking:
    """All that is asked of one model on the way to a file, counted."""

    def __init__(self, model: TextModel, watcher: Watcher, tries: int) -> None:
        self._model, self._watcher, self._tries = model, watcher, tries
        self._replies = Counter[str]()
        self.costs, self.left_out = Costs(), list[LeftOut]()

    @property
    def replies(self) -> dict[str, int]:
        """How many replies came to what."""
        return dict(sorted(self._replies.items()))

    def made(self, out: Path, n_asked: int, n_rows: int, options: Record, **duplicates: int) -> Made:
        """What a file came to that was made of the replies."""
        return Made(
            file=str(out),
            n_asked=n_asked,
            n_rows=n_rows,
            duplicates=duplicates,
            left_out=tuple(self.left_out),
            replies=self.replies,
            cost=self.costs.cost,
            model=dict(self._model.fingerprint),
            settings=options.model_dump(mode="json"),
        )

    def ask(self, questions: Sequence[Question[T]]) -> dict[str, T]:
        """What the sound replies say, by id, in the order of the questions; the others are noted as left out.

        Raises ResultError where replies did not come: those that did are kept, if the model keeps any.
        """
        found, faults = dict[str, T](), dict[str, Unsound]()
        waiting = {question.id: question for question in questions}
        for attempt in range(1, self._tries + 1):
            waiting = {name: question for name, question in waiting.items() if name not in found}
            for name, outcome in self._attempt(attempt, waiting, faults):
                if isinstance(outcome, Unsound):
                    faults[name] = outcome
                else:
                    found[name] = outcome
        left = (question.id for question in questions if question.id not in found)
        self.left_out += [LeftOut(id=name, reason=faults[name].reason, detail=str(faults[name])) for name in left]
        return {question.id: found[question.id] for question in questions if question.id in found}

    def _attempt(
        self, attempt: int, waiting: Mapping[str, Question[T]], faults: Mapping[str, Unsound]
    ) -> Iterator[tuple[str, T | Unsound]]:
        """Whose reply came, and what it comes to."""
        if not waiting:
            return
        failed = list[Reply]()
        reasons = {name: fault.reason for name, fault in faults.items()}
        prompts = (question.prompt(attempt, reasons.get(name)) for name, question in waiting.items())
        self._watcher.started(len(waiting), 0)
        for reply in self._model.replies(prompts):
            self.costs.add(reply)
            self._watcher.scored()
            if reply.status == "failed":
                failed.append(reply)
                continue
            name = reply.prompt_id.rpartition("#")[0]
            outcome = _read(reply, waiting[name])
            self._replies[outcome.reason if isinstance(outcome, Unsound) else "sound"] += 1
            yield name, outcome
        refuse_failed("the model", failed, len(waiting))


def _read(reply: Reply, question: Question[T]) -> T | Unsound:
    if reply.status in ("refused", "truncated"):
        return Unsound(reply.status, reply.reason or reply.status)
    try:
        return question.read(reply.text)
    except Unsound as fault:
        return fault


def opened(reference: str, settings: Mapping[str, str], own: type[O]) -> tuple[TextModel, O]:
    """The model of `BACKEND/MODEL`, and the settings that are not its own. Nothing is asked yet.

    Raises ConfigError for settings that nobody has, and for what `open_text_model` does not take.
    """
    (for_own, for_model), rest = divide(settings, own, TextModelOptions)
    if rest:
        raise unknown("setting", next(iter(rest)), [*own.model_fields, *TextModelOptions.model_fields])
    options = updated(own(), for_own)
    return open_text_model(reference, updated(TextModelOptions(), for_model)), options


def object_schema(keys: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON schema of an object with exactly these keys."""
    return {"type": "object", "properties": dict(keys), "required": list(keys), "additionalProperties": False}


@cache
def _text(name: str) -> str:
    """A text file of the prompts."""
    return (FOLDER / f"{name}.txt").read_text(encoding="utf-8")
