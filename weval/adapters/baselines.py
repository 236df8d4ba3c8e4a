"""The null rows that keep a benchmark honest, and at the same time the test doubles: none of them reads anything."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar

from weval.randomness import generator
from weval.types import Request, Score, Unit


class _Baseline(ABC):
    """A scorer with nothing to configure; `revision` counts changes of what it computes."""

    unit: Unit = "response"
    reads_ids: ClassVar[bool] = False
    revision: ClassVar[int] = 1

    @property
    def fingerprint(self) -> Mapping[str, Any]:
        """The class and its revision."""
        return {"adapter": type(self).__name__, "revision": self.revision}

    def score(self, requests: Iterable[Request]) -> Iterator[Score]:
        """One score per request, in order."""
        return (Score.ok(request, *self._values(request)) for request in requests)

    @abstractmethod
    def _values(self, request: Request) -> tuple[float, ...]:
        """The values for one request."""


class Random(_Baseline):
    """A number drawn for each response. The run's seed is in the request's id, so another seed draws others."""

    def _values(self, request: Request) -> tuple[float, ...]:
        return (float(generator(0, request.id, "random").random()),)


class Constant(_Baseline):
    """The same score for everything: 0 by an honest tie rule, perfect by the released script."""

    def _values(self, request: Request) -> tuple[float, ...]:
        return (0.0,)


class First(_Baseline):
    """Prefers what is shown first. Must come out at about 0, or the order gives gold away."""

    unit: Unit = "list"

    def _values(self, request: Request) -> tuple[float, ...]:
        return tuple(-float(position) for position in range(len(request.responses)))


class Length(_Baseline):
    """The number of characters."""

    def _values(self, request: Request) -> tuple[float, ...]:
        return (float(len(request.responses[0])),)


class Shortest(_Baseline):
    """Minus the number of characters."""

    def _values(self, request: Request) -> tuple[float, ...]:
        return (-float(len(request.responses[0])),)


class Keywords(_Baseline):
    """The share of a requirement's words of four letters or more that occur in the response.

    Shorter words say little of what is asked; in Chinese and Japanese each character is a word.
    """

    unit: Unit = "requirement"

    def _values(self, request: Request) -> tuple[float, ...]:
        assert request.requirement is not None
        wanted = _words(request.requirement.text)
        if not wanted:
            return (0.0,)
        return (len(wanted & _words(request.responses[0])) / len(wanted),)


_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W\u3040-\u30ff\u3400-\u9fff]{4,}")


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text.casefold()))
