"""All that the pages need of one submission, made from its raw scores: result, figures item by item, spread."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from weval.errors import DataError
from weval.evaluate import EvaluateOptions
from weval.joined import Joined
from weval.leaderboard.bundle import Bundle
from weval.leaderboard.card import Card
from weval.leaderboard.check import read_card
from weval.leaderboard.checked import faultless, read_answers, unlike_the_run
from weval.leaderboard.recompute import Questions, noise_of
from weval.leaderboard.record import command_of
from weval.leaderboard.tree import Entry
from weval.metrics import METRICS, BoolArray, FloatArray
from weval.peritem import PerItem
from weval.plan import PROBES, Probe
from weval.readback import result_of
from weval.results import Result
from weval.store import RUN, RunRecord
from weval.types import Record

PART_RESAMPLES = 1_000
"""Of breakdowns on the pages. The headline figures have as many as in result.json, and the same intervals."""

HEADLINE = (*METRICS, "reading")

PER_ITEM = ("correlation", "reading")
"""The figures that are kept item by item, for comparisons."""

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)

Row = tuple[float | None, ...]


class Measured(Record):
    """A submission measured. `figures` hold a value per item, `scores` one per candidate of each item; null is none.

    `command` repeats the run; it is made from what was asked, not the text that the submitter wrote.
    `spread` tells per number of requirements kept the QUANTILES of the scores, each less
    its item's mean, in standard deviations of all of them. `probes` hold the results under probes.
    """

    model: str
    task: str
    card: Card
    record: RunRecord
    command: str
    digest: str
    result: Result
    figures: dict[str, Row]
    scores: tuple[Row, ...]
    spread: dict[str, tuple[float, float, float, float, float]]
    probes: dict[Probe, Result]


class Fresh(NamedTuple):
    """A submission as it was just measured, with what the intervals of its headline are still to be made from.

    `headline` is (items, figures), `scored` says which items count.
    """

    measured: Measured
    headline: FloatArray
    scored: BoolArray


def measure(entry: Entry, questions: Questions) -> Fresh:
    """Measures a submission. Raises WevalError where it cannot be published; what it states is not looked at."""
    bundle, joined = faultless(read_answers(entry.folder, questions))
    items, result = _measured(bundle, joined, questions)
    if not result.publishable:
        raise DataError(f"{entry}: is not publishable: {'; '.join(result.unpublishable_because)}")
    probes = {}
    for probe in (probe for probe in PROBES if (entry.folder / probe / RUN).is_file()):
        probed = faultless(read_answers(entry.folder / probe, questions, probe))
        if wrong := [*unlike_the_run(probed[0].identity, bundle.identity, probe)]:
            raise DataError(wrong)
        probes[probe] = _measured(probed[0], probed[1], questions)[1]
    measured = Measured(
        model=entry.model,
        task=entry.task,
        card=read_card(entry.model_folder),
        record=bundle.record,
        command=command_of(bundle.identity, bundle.record.settings or {}),
        digest=bundle.digest,
        result=result,
        figures={name: _row(items.figures[name]) for name in PER_ITEM},
        scores=_scores(joined),
        spread=_spread(joined),
        probes=probes,
    )
    return Fresh(measured, np.column_stack([items.figures[name] for name in HEADLINE]), items.scored)


def _measured(bundle: Bundle, joined: Joined, questions: Questions) -> tuple[PerItem, Result]:
    options = EvaluateOptions(drift=noise_of(bundle), resamples=PART_RESAMPLES)
    # Accuracy by type, which the pages show, says the same as effects, whose intervals take as long as all the others'.
    items = PerItem(joined, drift=options.drift, effects=False)
    index = questions.index
    result = result_of(bundle.identity, items, options, n_task_items=len(index.items), notices=index.notices)
    return items, result


def _scores(joined: Joined) -> tuple[Row, ...]:
    """The score of each candidate of each item, in task order; null for all of an item that is not scored."""
    found: list[Row] = [()] * joined.n_items
    for block, scores in zip(joined.blocks, _scored(joined), strict=True):
        for at, row in zip(block.positions.tolist(), scores.tolist(), strict=True):
            found[at] = tuple(None if math.isnan(value) else value for value in row)
    return tuple(found)


def _scored(joined: Joined) -> list[FloatArray]:
    """The scores of each block, NaN for all of an item that is not scored."""
    blocks = []
    for block in joined.blocks:
        scores = block.candidate_scores()
        blocks.append(np.where(np.isnan(scores).any(axis=1, keepdims=True), np.nan, scores))
    return [scores.round(_decimals(blocks)) for scores in blocks]


def _decimals(blocks: Sequence[FloatArray]) -> int:
    """Six, and more for scores far below 1, as some models give: beyond, two computers may differ."""
    largest = max((float(np.abs(scores).max(initial=0, where=~np.isnan(scores))) for scores in blocks), default=0.0)
    return 6 + min(300, max(0, -math.floor(math.log10(largest)))) if largest else 6


def _row(values: FloatArray) -> Row:
    return tuple(None if math.isnan(value) else value for value in np.round(values, 6).tolist())


def _spread(joined: Joined) -> dict[str, tuple[float, float, float, float, float]]:
    scores = _scored(joined)
    centred = np.concatenate([(rows - rows.mean(axis=1, keepdims=True)).ravel() for rows in scores])
    centred = centred.round(_decimals(scores))  # a mean of equal scores may miss them by a bit, which is no spread
    kept = np.concatenate([block.gold.ravel() for block in joined.blocks])[~np.isnan(centred)]
    centred = centred[~np.isnan(centred)]
    scale = float(centred.std()) or 1.0
    found = {}
    for count in np.unique(kept).tolist():
        low, lower, middle, upper, high = np.quantile(centred[kept == count] / scale, QUANTILES).tolist()
        found[str(count)] = (low, lower, middle, upper, high)
    return found
