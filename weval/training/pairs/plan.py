"""How many pairs of which kind a reward model is trained on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from random import Random

from pydantic import Field

from weval.errors import ConfigError
from weval.training.pairs.kept import by_requirement, by_response
from weval.training.pairs.records import TextPair
from weval.training.pairs.rulechecked import rule_checked
from weval.training.pairs.templated import templated
from weval.types import Count, Item, Record

Maker = Callable[[Sequence[Item], int], Iterator[TextPair]]

_MAKERS: Mapping[str, Maker] = {
    "kept": by_response,
    "validated": lambda items, seed: by_response(items, seed, validated=True),
    "row": by_requirement,
    "ruled": rule_checked,
    "templated": templated,
}


class PairPlan(Record):
    """Counts of pairs, by kind. What each teaches: docs/rm-formulations.md."""

    kept: Count = Field(default=0, description="one requirement, an answer that kept it over one that dropped it")
    validated: Count = Field(default=0, description="such of which rules say that the one meets it, the other not")
    row: Count = Field(default=0, description="one answer, a requirement that it kept over one that it dropped")
    ruled: Count = Field(default=0, description="real requirements over any answers, met or not as rules say")
    templated: Count = Field(default=0, description="requirements made by templates, true or false by construction")


def training_pairs(items: Sequence[Item], plan: PairPlan, seed: int) -> list[TextPair]:
    """The pairs of a plan, shuffled. Each kind draws by itself: the count of one changes no other.

    Raises ConfigError where nothing is planned, or the items give none of a kind.
    """
    found: list[TextPair] = []
    for kind, count in plan.model_dump().items():
        pairs = [*islice(_MAKERS[kind](items, seed), count)]
        if len(pairs) < count:
            raise ConfigError(f"pairs.{kind}: the items give no such pairs")
        found += pairs
    if not found:
        raise ConfigError("pairs: every count is 0")
    Random(f"{seed} order").shuffle(found)
    return found
