"""`rules`: what a program can see. Judges each requirement by its mechanical check, and says which it cannot check."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar

from weval.checks import met
from weval.types import Request, Score, Unit


class Rules:
    """1 where the check of a requirement is met, 0 where it is not, not applicable where there is none."""

    unit: Unit = "requirement"
    reads_ids: ClassVar[bool] = False
    revision: ClassVar[int] = 1

    @property
    def fingerprint(self) -> Mapping[str, Any]:
        """The revision of the checks."""
        return {"adapter": "Rules", "revision": self.revision}

    def score(self, requests: Iterable[Request]) -> Iterator[Score]:
        """One score per request, in order."""
        return map(self._score, requests)

    @staticmethod
    def _score(request: Request) -> Score:
        requirement = request.requirement
        if requirement is None or requirement.check is None:
            return Score.missing(request, "not_applicable", "the requirement has no mechanical check")
        return Score.ok(request, float(met(requirement.check, request.responses[0], request.language)))
