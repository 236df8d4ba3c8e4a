"""A text model in this process: it replies what a function says, and remembers what it was asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

import pytest

from weval import textmodels
from weval.textmodels import Backend, TextModelOptions
from weval.types import Prompt, Reply

Says = Callable[[Prompt], Reply | str]


class FakeModel:
    """Opened as `fake/NAME`. `says` is set by the test; a text stands for an ok reply with that text."""

    says: ClassVar[Says]
    asked: ClassVar[list[Prompt]]

    def __init__(self, model: str, options: TextModelOptions) -> None:
        self.model, self.options = model, options
        self.folder: Path | None = None

    @property
    def fingerprint(self) -> Mapping[str, Any]:
        return {"backend": "fake", "model": self.model, **self.options.fingerprint()}

    @property
    def tells(self) -> frozenset[Any]:
        return frozenset({"probabilities", "schema"})

    def usd_of(self, tokens_in: int, tokens_out: int) -> float | None:
        return (tokens_in + tokens_out) / 1000

    @property
    def price_told(self) -> str | None:
        return "$1000 in, $1000 out (2026-01-01)"

    def keep_in(self, folder: Path) -> None:
        self.folder = folder

    def replies(self, prompts: Iterable[Prompt]) -> Iterator[Reply]:
        """In windows of three, each backwards: an adapter may answer in any order."""
        window: list[Prompt] = []
        for prompt in prompts:
            window.append(prompt)
            if len(window) == 3:
                yield from map(self._reply, reversed(window))
                window = []
        yield from map(self._reply, reversed(window))

    def _reply(self, prompt: Prompt) -> Reply:
        FakeModel.asked.append(prompt)
        said = FakeModel.says(prompt)
        return (
            said if isinstance(said, Reply) else Reply(prompt.id, "ok", said, tokens_in=10, tokens_out=2, seconds=0.5)
        )


@pytest.fixture
def says(monkeypatch: pytest.MonkeyPatch) -> Callable[[Says], None]:
    """Registers the backend `fake/`; call it with what the model says."""
    uses = frozenset(TextModelOptions.model_fields)
    backend = Backend(f"{__name__}:FakeModel", "ANY", "for tests", uses, "dev")
    monkeypatch.setitem(textmodels.TEXT_MODELS, "fake", backend)
    monkeypatch.setattr(FakeModel, "asked", [], raising=False)

    def use(function: Says) -> None:
        monkeypatch.setattr(FakeModel, "says", staticmethod(function), raising=False)

    use(lambda prompt: "[[1]]")
    return use
