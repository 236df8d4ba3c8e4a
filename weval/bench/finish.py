"""Replies into a result: rows of items, figures, what the repairs changed, and what every step came to."""

from __future__ import annotations

import platform
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import weval
from weval.bench.benchmark import Benchmark
from weval.bench.figures import Sheet, as_published, headline_of, repair_effects
from weval.bench.items import BenchItem, Row, Step
from weval.bench.replies import Seen, StepReplies
from weval.bench.result import BenchResult, BenchStamp, FigureStamp, Maker, StepReport
from weval.bench.told import Told
from weval.errors import OriginalError, ResultError
from weval.evaluate import MAX_MISSING
from weval.files import one_line, write_json
from weval.metrics import default_resamples
from weval.results import Cost
from weval.store import RESULT
from weval.tally import AMOUNTS, cost_of

REASON, MAX_REASONS = 200, 20
"""So much of a reason is repeated, and so many of them."""

TRIED = " (given up after "
"""How the part of a reason begins that says how often and how long it was tried: hardly two are the same."""


@dataclass(frozen=True)
class BenchOutcome:
    """A result with what it was made of, for pages and comparisons. `rows` are those of `items`, in order."""

    folder: Path
    result: BenchResult
    benchmark: Benchmark[Any]
    rows: Sequence[Row]

    @property
    def items(self) -> Sequence[BenchItem]:
        """Those that the run is of."""
        return self.benchmark.of_run


def finish(
    folder: Path,
    benchmark: Benchmark[Any],
    replies: Mapping[str, StepReplies],
    makers: tuple[Maker, Maker | None],
) -> BenchOutcome:
    """Computes the result and writes result.json. Raises ResultError where not one item has the headline figure."""
    outcome = outcome_of(folder, benchmark, replies, makers)
    write_json(folder / RESULT, outcome.result)
    return outcome


def outcome_of(
    folder: Path,
    benchmark: Benchmark[Any],
    replies: Mapping[str, StepReplies],
    makers: tuple[Maker, Maker | None],
) -> BenchOutcome:
    """What the replies come to. Raises ResultError where not one item has the headline figure."""
    told, options, figures, items = Told(replies), benchmark.options, benchmark.figures, benchmark.of_run
    rows = _rows(benchmark, told)
    originals, original, stops = _originals(benchmark, told, rows)
    headline = headline_of(figures, rows).name
    lost = [row for row in rows if row.shares.get(headline, ()) is None]
    scored = [row for row in rows if row.shares.get(headline)]
    if not scored:
        raise ResultError(f"{_nothing(benchmark, lost)}; what was replied is in {folder}")
    resamples = options.resamples or default_resamples(len(items))
    sheet = Sheet(figures, rows)
    found = sheet.estimates(resamples)
    reasons = [*_unpublishable(benchmark), *_too_many(len(lost), len(scored))]
    data = benchmark.data
    result = BenchResult(
        benchmark=BenchStamp(
            name=data.spec.name,
            version=data.spec.version,
            title=data.spec.title,
            set=data.set_name,
            files=dict(data.used),
            is_own=data.is_own,
        ),
        mode=options.mode,
        headline=headline,
        writer=makers[0],
        judge=makers[1],
        n_items=len(items),
        n_scored=len(scored),
        n_missing=len(lost),
        publishable=not reasons,
        unpublishable_because=tuple(reasons),
        figures=as_published(found, original or {}) if options.mode == "original" else found,
        stamps={figure.name: _stamp(figure) for figure in figures},
        original=original,
        original_stops=stops,
        repairs=() if options.mode == "original" else repair_effects(figures, benchmark.repairs, rows, originals),
        by=sheet.parts(items, resamples),
        further=benchmark.further(rows),
        steps={step.name: _step(step, replies[step.name], makers) for step in benchmark.steps(options)},
        missing=_why(rows),
        resamples=resamples,
        notices=benchmark.remarks(),
        versions={"weval": weval.__version__, "numpy": np.__version__, "python": platform.python_version()},
    )
    return BenchOutcome(folder, result, benchmark, rows)


def _rows(benchmark: Benchmark[Any], told: Told) -> list[Row]:
    """What the items come to in the run's mode. Raises OriginalError saying that it is the mode that stops."""
    try:
        return [benchmark.row(item, told, benchmark.options.mode) for item in benchmark.of_run]
    except OriginalError as error:
        raise OriginalError(f"mode=original: the benchmark's own script stops here: {error}") from error


def _originals(
    benchmark: Benchmark[Any], told: Told, rows: Sequence[Row]
) -> tuple[Sequence[Row] | None, dict[str, float | None] | None, str | None]:
    """The rows and figures that the published arithmetic makes of the same replies; or where its script would stop."""
    if benchmark.options.mode == "original":
        return rows, benchmark.original_figures(rows), None
    originals: Sequence[Row] | None = None
    try:
        originals = [benchmark.row(item, told, "original") for item in benchmark.of_run]
        return originals, benchmark.original_figures(originals), None
    except OriginalError as error:
        return originals, None, str(error)


def _stamp(figure: Any) -> FigureStamp:  # noqa: ANN401 - a Figure; its fields are those of the stamp
    return FigureStamp(**{name: getattr(figure, name) for name in FigureStamp.model_fields})


def _unpublishable(benchmark: Benchmark[Any]) -> Iterable[str]:
    if len(benchmark.of_run) < len(benchmark.items):
        yield f"only the first {len(benchmark.of_run)} of {len(benchmark.items)} items were asked"
    if benchmark.data.is_own:
        yield "some of its data are not the public files"
    if benchmark.options.mode == "original":
        yield "its figures are by the published arithmetic, faults included"


def _too_many(n_lost: int, n_scored: int) -> Iterable[str]:
    share = n_lost / max(1, n_lost + n_scored)
    if share > MAX_MISSING:
        yield f"{share:.1%} of the items have no score ({n_lost}); at most {MAX_MISSING:.0%} may be missing"


def _why(rows: Sequence[Row]) -> dict[str, int]:
    """The reasons for which something is missing, the most frequent first."""
    lacking = [row for row in rows if row.why and None in row.shares.values()]
    said = (str(row.why).partition(TRIED)[0] for row in lacking)
    return dict(Counter(one_line(reason, REASON) for reason in said).most_common(MAX_REASONS))


def _nothing(benchmark: Benchmark[Any], lost: Sequence[Row]) -> str:
    example = next((f", for example: {one_line(row.why, REASON)}" for row in lost if row.why), "")
    return f"{benchmark.data.spec.name}: not one of {len(benchmark.of_run):,} items has a score{example}"


def _step(step: Step, replies: StepReplies, makers: tuple[Maker, Maker | None]) -> StepReport:
    calls = list(replies.calls())
    last = [_standing(seen) for seen in calls]
    reasons: dict[str, str] = {}
    for seen in last:
        if seen.row.status != "ok":
            said = f"{seen.row.item}: {seen.row.reason or seen.row.status}"
            reasons.setdefault(seen.row.status, one_line(said, REASON))
    return StepReport(
        role=step.role,
        n_calls=len(calls),
        n_unread=sum(not seen.is_read for seen in last),
        n_asked_again=sum(len(seen) - 1 for seen in calls),
        statuses=dict(Counter(seen.row.status for seen in last).most_common()),
        reasons=reasons,
        cost=_cost([] if _is_given(step, makers) else [seen for call in calls for seen in call]),
    )


def _is_given(step: Step, makers: tuple[Maker, Maker | None]) -> bool:
    """Whether nobody was asked, as the replies came from a file."""
    maker = makers[0] if step.fills == "responses" else makers[1] if step.fills == "replies" else None
    return maker is not None and maker.given


def _standing(attempts: Sequence[Seen]) -> Seen:
    """The reply that counts."""
    return next((seen for seen in attempts if seen.is_read), attempts[-1])


def _cost(seen: Sequence[Seen]) -> Cost:
    """Of every reply, those that could not be read too: they were paid for."""
    known = {name: [value for one in seen if (value := getattr(one.row, name)) is not None] for name in AMOUNTS}
    return cost_of(len(seen), known)
