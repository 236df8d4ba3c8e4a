"""What requests are made of: fields of writing, the kinds of text in each, languages, and ways to refine a request."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, NamedTuple, Self

from pydantic import Field, model_validator

from weval.errors import ConfigError, unknown
from weval.files import read_yaml
from weval.randomness import generator
from weval.rooms import room
from weval.types import Id, Record

Words = Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[^{}\r\n]*\S[^{}\r\n]*$")]
"""One line that is put into a prompt as it is: without braces, which would be places there."""


class Kinds(Record):
    """The kinds of text in a field: those that WritingBench names in its files, and those of our own."""

    published: tuple[Words, ...] = ()
    own: tuple[Words, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """All of them, in order."""
        return (*self.published, *self.own)

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        if not self.names:
            raise ValueError("has no kinds of text")
        _check_each_once(self.names)
        return self


class Strategy(Record):
    """A way to refine a request: its name, and the order to who refines."""

    name: Id
    text: Words


class Place(NamedTuple):
    """A field, a kind of text in it, and a language (its code)."""

    domain1: str
    domain2: str
    language: str


class Pool(Record):
    """A file of domains. `languages` are codes with the names by which a model knows them."""

    languages: dict[Id, Words] = Field(min_length=1)
    strategies: tuple[Strategy, ...] = Field(min_length=1)
    domains: dict[Words, Kinds] = Field(min_length=1)

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        _check_each_once([strategy.name for strategy in self.strategies], "strategies: ")
        return self

    def places(self, domains: Sequence[str] = (), languages: Sequence[str] = ()) -> Iterator[Place]:
        """Every kind of text of the chosen fields in every chosen language, in the order of the file (no choice: all).

        Raises ConfigError for a field or a language that is not there.
        """
        for domain in domains or self.domains:
            if domain not in self.domains:
                raise unknown("domain", domain, self.domains)
            for kind in self.domains[domain].names:
                for language in languages or self.languages:
                    if language not in self.languages:
                        raise unknown("language", language, self.languages)
                    yield Place(domain, kind, language)

    def drawn(self, n: int, seed: int, name: str) -> tuple[Strategy, ...]:
        """So many strategies for a request, without repetition, in the order of the file. What is drawn depends on the
        seed and the name alone. Raises ConfigError where there are not so many.
        """
        if n > len(self.strategies):
            raise ConfigError(f"--set strategies={n}: the pool has {len(self.strategies)}")
        chosen = generator(seed, name, "strategies").choice(len(self.strategies), size=n, replace=False)
        return tuple(self.strategies[place] for place in sorted(chosen.tolist()))


def read_pool(path: Path | None = None) -> Pool:
    """The pool of a file, or the one that weval brings. Raises DataError naming file, line and field."""
    return read_yaml(path or room("tasks") / "writingbench" / "domains.yaml", Pool)


def _check_each_once(names: Sequence[str], where: str = "") -> None:
    if twice := sorted(name for name, n in Counter(names).items() if n > 1):
        raise ValueError(*(f"{where}{name!r} appears twice" for name in twice))
