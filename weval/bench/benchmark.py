"""A benchmark: its items, what it asks about them step by step, and what an item comes to."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from weval.adapters.judge.adapter import REASONED_TOKENS
from weval.bench.data import BenchData
from weval.bench.figures import original_values
from weval.bench.items import BenchItem, Call, Figure, Fills, Mode, Row, Step
from weval.bench.options import BenchOptions
from weval.bench.replies import ReplyRow
from weval.bench.result import FurtherTable
from weval.bench.told import Told
from weval.bench.voice import Voice
from weval.types import Unit

if TYPE_CHECKING:
    from weval.bench.finish import BenchOutcome

I = TypeVar("I", bound=BenchItem)  # noqa: E741 - items


class Benchmark(ABC, Generic[I]):
    """What a benchmark says of itself. It asks nothing and writes nothing: the engine does, by what is told here.

    The first of `figures` is the headline. `repairs` says in words what each repair mends.
    """

    options_type: ClassVar[type[BenchOptions]] = BenchOptions
    figures: ClassVar[tuple[Figure, ...]]
    repairs: ClassVar[Mapping[str, str]] = {}
    unit: Unit | None = None
    """What its rater is asked about, a response or a pair, which the engine tells before the first call."""
    limit: int | None = None
    """How many of its items a run is of, from the first on, which the engine tells too; None for all."""

    def __init__(self, data: BenchData, options: BenchOptions, voices: Mapping[str, Voice]) -> None:
        self.data, self.options, self.voices = data, options, voices
        self.items: tuple[I, ...] = tuple(self.read())

    @property
    def of_run(self) -> Sequence[I]:
        """The items that the run is of."""
        return self.items[: self.limit]

    @cached_property
    def by_id(self) -> Mapping[str, I]:
        """All items by their ids."""
        return {item.id: item for item in self.items}

    @classmethod
    @abstractmethod
    def steps(cls, options: BenchOptions) -> tuple[Step, ...]:
        """The rounds of calls, in order, as these settings have them."""

    @abstractmethod
    def read(self) -> Iterator[I]:
        """The items, from `self.data`. Raises DataError naming file, line and field, ConfigError for a missing file."""

    def needs(self, asked: Sequence[Step], items: Sequence[I]) -> None:
        """Reads what these steps need to ask about these items, and what a run that asks nothing can do without.

        It is called before the first call. Raises DataError, ConfigError as `read` does.
        """

    def parts(self, step: Step, item: I, told: Told) -> Sequence[str]:
        """The calls about an item in a step; none where there is nothing to ask, as of an empty text."""
        return ("1",)

    @abstractmethod
    def call(self, step: Step, item: I, part: str, told: Told) -> Call:
        """What a model is asked: made when its turn comes, so that no two long texts need be in memory."""

    def usual_tokens(self, item: I) -> int:
        """About how many tokens a text for an item has: for estimates before anything is written."""
        return 2000

    def reply_tokens(self, step: Step, item: I, size: int) -> int:
        """About how many tokens a reply has, the text for the item having `size`: for estimates as well."""
        return size if step.role == "writer" else REASONED_TOKENS if step.role == "judge" else 0

    def is_read(self, step: Step, row: ReplyRow) -> bool:
        """Whether a reply can be used. Of texts of writers all that came are; judges' readers overrule this."""
        return row.came

    @abstractmethod
    def row(self, item: I, told: Told, mode: Mode) -> Row:
        """What an item comes to. In mode original, raises OriginalError where the published script would stop."""

    def given(self, fills: Fills, content: Mapping[str, Any]) -> Sequence[ReplyRow] | None:
        """The rows that an object of a file in the benchmark's own published layout stands for.

        `fills` says whether it is from --responses or --replies. None where the layout is not the benchmark's, so that
        it is read as a general one (weval.bench.given). Raises ValueError saying what is wrong with it.
        """
        return None

    def original_figures(self, rows: Sequence[Row]) -> dict[str, float | None]:
        """The figures by the published arithmetic, of the rows that it makes."""
        return original_values(self.figures, rows)

    def further(self, rows: Sequence[Row]) -> tuple[FurtherTable, ...]:
        """Tables beside the figures, as ratings from games; rows are those of all items, in order."""
        return ()

    def across(self, outcomes: Sequence[BenchOutcome], n_resamples: int | None) -> tuple[FurtherTable, ...]:
        """Tables of several runs together, all of this benchmark, as ratings from the games of them all."""
        return ()

    def remarks(self) -> tuple[str, ...]:
        """What who uses these items should know."""
        return ()
