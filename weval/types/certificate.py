"""How far a model's scores can be trusted as numbers: what moved when only the way of computing them changed."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from weval.types.records import Count, Record

VARIES = ("batched", "repeated", "shared")
"""The changes that a run itself makes from one request to the next."""


class Drift(Record):
    """The largest change of a score, and how many of the pairs of responses to one query changed their order."""

    largest: Annotated[float, Field(ge=0)]
    flipped: Count
    n_pairs: Count


class Certificate(Record):
    """Measured before a run on fixed texts, stored in run.json.

    `drift` says for each change how far scores moved: `batched` (with others, instead of alone), `repeated` (the same
    once more), `shared` (a common beginning read once, instead of every time), `padding_side` (the other side),
    `own_class` (as the model's own code scores one text), `float32` (instead of the run's precision). A change that
    could not be made is absent, and `remarks` says why; of judges nothing is measured, as each call is paid for. `easy`
    holds the scores of an answer and of something beside the point, None where a judge gave no verdict on one of them.
    `computed` says how: precision, attention, device, what stands at both ends of a text, which token is pooled; of
    judges, which model answered, and the sampling parameters as it took them.
    """

    n_texts: Count
    easy: tuple[float, float] | None
    drift: dict[str, Drift]
    computed: dict[str, str | int | float | bool | None]
    remarks: tuple[str, ...] = ()

    @property
    def noise(self) -> float | None:
        """How far a score of the run may move without any change of what is asked; None where nothing was measured."""
        return max((self.drift[name].largest for name in VARIES if name in self.drift), default=None)
