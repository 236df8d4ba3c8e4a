"""Every submission of a writer measured from its raw replies, but for those that an earlier build measured."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from weval.bench.figures import Sheet
from weval.bench.finish import BenchOutcome
from weval.bench.result import BenchResult
from weval.errors import DataError, WevalError
from weval.leaderboard.bundle import regular_file
from weval.leaderboard.card import CARD, Card
from weval.leaderboard.check import read_card
from weval.leaderboard.checked import faultless
from weval.leaderboard.site.cache import Cache, key_of
from weval.leaderboard.site.measuring import Refused
from weval.leaderboard.tree import Entry, refuse_links
from weval.leaderboard.writers.checked import need_data, read_writer_identity, read_writer_run
from weval.leaderboard.writers.identity import WriterIdentity, bench_command
from weval.leaderboard.writers.packed import packed_name
from weval.store import RUN, RunRecord
from weval.types import Record

_DIGITS = 9
"""Decimals of a value of an item; beyond, two computers may differ."""


class WriterMeasured(Record):
    """A writer's submission measured. `values` hold what each item makes of the headline, higher is better; null is
    none. `digest` is the hash of all its replies, `command` repeats the run.
    """

    writer: str
    card: Card
    record: RunRecord
    identity: WriterIdentity
    command: str
    digest: str
    result: BenchResult
    values: tuple[float | None, ...]

    @property
    def is_given(self) -> bool:
        """Whether nobody can ask for its texts or verdicts again."""
        return self.identity.is_given


class FoundWriters(NamedTuple):
    """What was measured, each with the key that its content has; what was not; how many of it anew."""

    measured: list[tuple[str, WriterMeasured]]
    refused: list[Refused]
    n_new: int


def measure_writers(entries: Iterable[Entry], cache: Cache, watch: Callable[[str], None]) -> FoundWriters:
    """Measures these submissions. Those that cannot be shown are left out, each with its reasons."""
    found, refused, n_new = list[tuple[str, WriterMeasured]](), list[Refused](), 0
    for entry in entries:
        try:
            key = _key(entry)
            measured = cache.get(key, WriterMeasured)
            if measured is None:
                watch(str(entry))
                measured = measure_writer(entry)
                cache.put(key, measured)
                n_new += 1
            found.append((key, measured))
        except (WevalError, OSError) as error:
            refused.append(Refused(entry, str(error).splitlines()))
    return FoundWriters(found, refused, n_new)


def measure_writer(entry: Entry) -> WriterMeasured:
    """Measures a submission. Raises WevalError where it cannot be published; what it states is not looked at."""
    run = faultless(read_writer_run(entry.folder))
    if not run.result.publishable:
        raise DataError(f"{entry}: is not publishable: {'; '.join(run.result.unpublishable_because)}")
    return WriterMeasured(
        writer=entry.model,
        card=read_card(entry.model_folder),
        record=run.record,
        identity=run.identity,
        command=bench_command(run.identity, run.record.settings or {}),
        digest=run.digest,
        result=run.result,
        values=item_values(run.outcome),
    )


def item_values(outcome: BenchOutcome) -> tuple[float | None, ...]:
    """For each item a number whose mean over items is the headline figure, and which moves as that does.

    The figure is a sum of sums over a sum of weights: an item counts what it adds beyond the figure, over the mean
    weight. Where all weights are equal that is its own value. Negative where less is better.
    """
    figure = next(one for one in outcome.benchmark.figures if one.name == outcome.result.headline)
    sheet = Sheet([figure], outcome.rows)
    sums, weights = sheet.sums[:, 0], sheet.weights[:, 0]
    there = weights > 0
    value = sums.sum() / weights.sum()
    own = value + (sums - value * weights) / weights[there].mean()
    sign = 1 if figure.higher else -1
    return tuple(
        round(sign * one, _DIGITS) if has else None for one, has in zip(own.tolist(), there.tolist(), strict=True)
    )


def _key(entry: Entry) -> str:
    """A hash of all that a submission is measured from. Raises OSError, WevalError for what none can have."""
    refuse_links(entry)
    _, identity, steps = read_writer_identity(entry.folder)
    spec = need_data(identity)
    files = [regular_file(entry.model_folder, CARD)]
    files += [regular_file(entry.folder, name) for name in (RUN, *(packed_name(step.name) for step in steps))]
    parts = [part for file in files for part in (file.relative_to(entry.root).as_posix().encode(), file.read_bytes())]
    return key_of("writer", spec.model_dump_json(), *parts)
