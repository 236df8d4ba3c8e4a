"""What a worker does: opens a model by its name and settings, as this process would, and answers what it is asked."""

from __future__ import annotations

import contextlib
import json
import os
import traceback
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, cast

from weval.adapters import open_adapter
from weval.errors import AdapterError, ConfigError, DataError, WevalError
from weval.files import one_line
from weval.store import changes
from weval.textmodels import TextModelOptions, open_text_model
from weval.types import Adapter, Certificate, Certified, Prompt, Reply, Request, Score, TextModel


class Work(Protocol):
    """What is done with a model. It is sent to workers, so it holds nothing but names and settings."""

    @property
    def name(self) -> str:
        """The model's."""
        ...

    def opened(self) -> Any:  # noqa: ANN401 - an Adapter, or a TextModel
        """The model. Raises WevalError."""
        ...

    def answers(self, model: Any, asked: Iterable[Any]) -> Iterator[Any]:  # noqa: ANN401 - as above
        """One answer to each of what is asked, in any order."""
        ...

    def asked_id(self, answer: Any) -> str:  # noqa: ANN401 - as below
        """The id of what an answer is to."""
        ...

    def failed(self, asked: Any, reason: str) -> Any:  # noqa: ANN401 - a Request and its Score, a Prompt and its Reply
        """The answer to what no worker could answer."""
        ...


@dataclass(frozen=True, slots=True)
class Scoring:
    """Requests to an adapter."""

    name: str
    settings: Mapping[str, str]

    def opened(self) -> Adapter:
        """The adapter, as `--model` and `--set` name it."""
        return open_adapter(self.name, self.settings)

    def answers(self, model: Adapter, asked: Iterable[Request]) -> Iterator[Score]:
        """What the adapter says."""
        return model.score(asked)

    def asked_id(self, answer: Score) -> str:
        """The request's."""
        return answer.request_id

    def failed(self, asked: Request, reason: str) -> Score:
        """A score without a value."""
        return Score.missing(asked, "failed", reason)


@dataclass(frozen=True, slots=True)
class Replying:
    """Prompts to a text model."""

    name: str
    options: TextModelOptions

    def opened(self) -> TextModel:
        """The model of `BACKEND/MODEL`."""
        return open_text_model(self.name, self.options)

    def answers(self, model: TextModel, asked: Iterable[Prompt]) -> Iterator[Reply]:
        """What the model replies."""
        return model.replies(asked)

    def asked_id(self, answer: Reply) -> str:
        """The prompt's."""
        return answer.prompt_id

    def failed(self, asked: Prompt, reason: str) -> Reply:
        """A reply without a text."""
        return Reply(asked.id, "failed", reason=reason)


@dataclass(frozen=True, slots=True)
class Fault:
    """An error of a worker, on its way to the user: its kind and its lines."""

    kind: type[WevalError]
    lines: tuple[str, ...]

    @classmethod
    def of(cls, error: BaseException, name: str) -> Fault:
        """Whatever was raised; what is none of ours is said with its place, as it is no user's to mend."""
        if isinstance(error, DataError):
            return cls(DataError, tuple(error.problems))
        if isinstance(error, WevalError):
            return cls(type(error), (str(error),))
        last = traceback.extract_tb(error.__traceback__)[-1:]
        where = "".join(f" at {Path(frame.filename).name}:{frame.lineno}" for frame in last)
        said = one_line(f"{type(error).__name__}{where}: {' '.join(str(error).split())}", 300)
        return cls(AdapterError, (f"{name}: a worker failed ({said})",))

    def error(self) -> WevalError:
        """To be raised where the user is."""
        return DataError(self.lines) if self.kind is DataError else self.kind(self.lines[0])


@dataclass
class Desk:
    """A worker's place: its work, and the model once it is open. `home` is where the user stands, `expected` the run's
    fingerprint, which this model must have as well.
    """

    work: Work
    home: str
    expected: Mapping[str, Any] | None = None
    model: Any = None

    def open(self) -> Any:  # noqa: ANN401 - as the work has it
        """The model. Raises WevalError, also where it is another than the run's."""
        if self.model is None:
            with contextlib.suppress(OSError):  # on another machine; a relative name then leads nowhere, and is told
                os.chdir(self.home)
            model = self.work.opened()
            if self.expected is not None and (other := list(changes(self.expected, fingerprint_of(model)))):
                raise ConfigError(
                    f"{self.work.name}: a worker has another model than the run; {'; '.join(other[:3])}. All must have "
                    "the same files and the same kind of device"
                )
            self.model = model
        return self.model

    def about(self) -> dict[str, Any] | Fault:
        """The model's fingerprint."""
        try:
            return fingerprint_of(self.open())
        except Exception as error:  # noqa: BLE001 - the driver says it
            return Fault.of(error, self.work.name)

    def certify(self) -> Certificate | Fault:
        """What can be measured of the model before it scores."""
        try:
            return cast(Certified, self.open()).certify()
        except Exception as error:  # noqa: BLE001 - as above
            return Fault.of(error, self.work.name)

    def answers(self, asked: Iterable[Any]) -> tuple[list[Any], Fault | None]:
        """Answers as far as they came, and what ended them."""
        found: list[Any] = []
        try:
            found.extend(self.work.answers(self.open(), asked))
        except Exception as error:  # noqa: BLE001 - as above
            return found, Fault.of(error, self.work.name)
        return found, None


def fingerprint_of(model: Adapter | TextModel) -> dict[str, Any]:
    """A model's fingerprint as it is written: JSON."""
    found: dict[str, Any] = json.loads(json.dumps(dict(model.fingerprint)))
    return found
