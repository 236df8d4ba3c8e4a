"""What a model costs, by a table with the date and the source of each price. A model that is not in it has no cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from weval.files import read_yaml
from weval.types import Record, Text

FILE = Path(__file__).parent / "prices.yaml"

Usd = Annotated[float, Field(ge=0)]


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens as the server counted them, None where it did not; `cached` of those that went in came from its cache."""

    tokens_in: int | None
    tokens_out: int | None
    cached: int = 0


@dataclass(frozen=True, slots=True)
class Price:
    """USD for a million tokens, as they were on a day. A batch costs `batch` times that; None where there is none.

    For a prompt of more than `up_to_tokens` another price holds, which is not in the table.
    """

    host: str
    input: float
    output: float
    cached_input: float | None
    batch: float | None
    up_to_tokens: int | None
    as_of: date
    source: str
    factor: float = 1.0

    def told(self) -> str:
        """The price of a million tokens in words, with its date.

        >>> Price("h", 2.5, 10.0, None, None, None, date(2026, 5, 1), "s").told()
        '$2.5 in, $10 out (2026-05-01)'
        """
        return f"${self.input * self.factor:g} in, ${self.output * self.factor:g} out ({self.as_of})"

    def cost_usd(self, usage: Usage) -> float | None:
        """What a prompt and its reply cost; None where they were not counted, or another price holds.

        Tokens from a cache that have no price of their own are paid in full.
        """
        if usage.tokens_in is None or usage.tokens_out is None:
            return None
        if self.up_to_tokens is not None and usage.tokens_in > self.up_to_tokens:
            return None
        cached_input = self.input if self.cached_input is None else self.cached_input
        paid = (usage.tokens_in - usage.cached) * self.input + usage.cached * cached_input
        return self.factor * (paid + usage.tokens_out * self.output) / 1e6


def price_of(model: str, *, batch: bool = False, host: str | None = None) -> Price | None:
    """The price of a model, with its date and source; None where the table has none for it, or none for its batches.

    The id must be in the table as it is: one that only begins like another may cost something else. With `host`, the
    price is that host's: the same model on somebody's own server costs what that server costs.
    """
    found = _prices().get(model)
    if found is None or (host is not None and host.lower() != found.host):
        return None
    if not batch:
        return found
    return None if found.batch is None else replace(found, factor=found.batch)


class _Model(Record):
    """One line of the table; `aliases` are other ids at the same price, each spelled out."""

    input: Usd
    output: Usd
    cached_input: Usd | None = None
    up_to_tokens: Annotated[int, Field(gt=0)] | None = None
    aliases: tuple[Text, ...] = ()


class _Provider(Record):
    """Models behind one host, and when and where their prices were read."""

    host: Text
    as_of: date
    source: Text
    batch: Annotated[float, Field(gt=0, le=1)] | None = None
    models: dict[Text, _Model]


class _Table(Record):
    providers: tuple[_Provider, ...]


@cache
def _prices() -> Mapping[str, Price]:
    found = dict[str, Price]()
    for provider in read_yaml(FILE, _Table).providers:
        about: dict[str, Any] = {
            "host": provider.host,
            "batch": provider.batch,
            "as_of": provider.as_of,
            "source": provider.source,
        }
        for name, model in provider.models.items():
            price = Price(**about, **model.model_dump(exclude={"aliases"}))
            found |= dict.fromkeys((name, *model.aliases), price)
    return found
