"""sizes.yaml: how much there is of everything that costs, so that costs are told before any of it is here."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import Field

from weval.files import read_yaml
from weval.reproduce.manifest import FOLDER, SIZES
from weval.training.shapes import SHAPES
from weval.types import Count, Id, Record, Text

Amount = Annotated[float, Field(gt=0)]


class Card(Record):
    """The GPU that hours and their price are told for. `utilisation` is of the peak (bf16, dense) while texts are
    read; where they are written it is `decoding` times that.
    """

    name: Text
    memory_gb: Amount
    peak_tflops: Amount
    utilisation: Annotated[float, Field(gt=0, le=1)]
    decoding: Annotated[float, Field(gt=0, le=1)]
    usd_per_hour: Amount
    source: Text


class Weights(Record):
    """The weights of a repository of the Hub: 10^9 parameters, as many of them as a token meets, and GB as stored."""

    parameters_b: Amount
    active_b: Amount | None = None
    memory_gb: Amount
    gated: bool = False
    source: Text

    @property
    def met_b(self) -> float:
        """The parameters that a token meets, in 10^9."""
        return self.active_b or self.parameters_b


class Items(Record):
    """A task: its items, of each the responses and requirements, and of a query and a response the tokens."""

    items: Count
    responses: Count
    requirements: Amount
    query_tokens: Count
    response_tokens: Count
    source: Text


class Judging(Record):
    """What a judge is asked for an item: so many calls, each with so many texts and so many tokens beside them and the
    prompt. It writes so many tokens, or the text again.
    """

    calls: Amount
    texts: Count = 1
    beside: Count
    writes: Count | None = None


class Benchmark(Record):
    """A benchmark: its items, the tokens of a prompt and of what is written to it, and who is asked what about that."""

    items: Count
    prompt_tokens: Count
    text_tokens: Count
    judging: tuple[Judging, ...]
    source: Text


class Rows(Record):
    """Rows that a recipe trains on in the profile `paper`, where nobody can count them yet."""

    rows: Count
    source: Text


class Sizes(Record):
    """All of it."""

    gpu: Card
    weights: dict[Id, Weights]
    tasks: dict[Id, Items]
    benchmarks: dict[Id, Benchmark]
    rows: dict[Id, Rows]

    def weights_of(self, repository: str) -> Weights | None:
        """The weights of a repository, or of a base that recipes know the shape of; None where nobody knows."""
        said, shape = self.weights.get(repository), SHAPES.get(repository)
        if said is not None or shape is None:
            return said
        billions = shape.parameters / 1e9
        return Weights(
            parameters_b=round(billions, 3), memory_gb=round(2 * billions, 1), source="its shape; two bytes a parameter"
        )


@cache
def read_sizes(folder: Path = FOLDER) -> Sizes:
    """The sizes that come with the manifests. Raises DataError naming file, line and field."""
    return read_yaml(folder / SIZES, Sizes)
