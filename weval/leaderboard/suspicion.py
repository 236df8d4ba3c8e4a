"""What makes scores doubtful although their figures are computed rightly."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from weval.joined import SCORED, Joined
from weval.leaderboard.bundle import MAX_REASON, Bundle
from weval.leaderboard.recompute import noise_of
from weval.metrics import METRICS
from weval.peritem import LARGEST
from weval.results import Result
from weval.store import ScoreRow
from weval.tally import AMOUNTS

MOST = 1e9
"""Tokens, seconds or dollars of one answer; sums of more could overflow."""

NEARLY_PERFECT = 0.99

MIN_ITEMS = 5
"""Fewer items may all be ranked rightly by chance or by merit."""


def copies_gold(joined: Joined) -> str | None:
    """In which way the answers are gold itself, None where they are not.

    Gold is known to everybody, so a file of it is easily made; no model that reads texts ranks every item without a
    fault, as texts do not do all that was asked of them.
    """
    perfect = n = same = asked = 0
    for block in joined.blocks:
        scored = block.states() == SCORED
        gold, scores = block.gold[scored], block.candidate_scores()[scored]
        n += len(gold)
        perfect += int((METRICS["correlation"](gold, scores) == 1).sum())
        if block.unit == "requirement":
            applicable = block.applicable[scored]
            answers = block.answers[scored]
            asked += int(applicable.sum())
            same += int((applicable & ((answers > 0.5) == block.kept[scored])).sum())
    if n >= MIN_ITEMS and perfect == n:
        return f"every one of the {n} items is ranked exactly as gold is"
    if n >= MIN_ITEMS and asked and same == asked:
        return f"all {asked:,} answers about requirements are what gold says"
    return None


def impossible(rows: Iterable[ScoreRow], unit: str) -> Iterator[str]:
    """Values that no run of weval writes, each with its line; the first few."""
    found = 0
    for line, row in enumerate(rows, start=1):
        if wrong := _impossible(row, unit):
            yield f"line {line}: {wrong}"
            found += 1
            if found == 5:
                return


def _impossible(row: ScoreRow, unit: str) -> str | None:
    for name in AMOUNTS:
        amount = getattr(row, name)
        if amount is not None and amount < 0:
            return f"{name} is below 0"
        if amount is not None and amount > MOST:
            return f"{name} is above {MOST:g}"
    if any(abs(value) > LARGEST for value in row.values):
        return "a score beyond 1e150"
    if unit == "pair" and any(not 0 <= value <= 1 for value in row.values):
        return "points of a pair are from 0 to 1"
    if row.mass is not None and not 0 <= row.mass <= 1 + 1e-6:
        return "mass is a probability, from 0 to 1"
    return _unexplained(row, unit)


def _unexplained(row: ScoreRow, unit: str) -> str | None:
    """What is wrong with how an answer is put, or with why there is none."""
    if row.status == "not_applicable" and unit != "requirement":
        return "only a question about a requirement can be not_applicable; what was asked and not answered is missing"
    if row.status != "ok" and not row.reason:
        return "an answer without values says why (reason)"
    if row.reason is not None and len(row.reason) > MAX_REASON:
        return f"a reason of more than {MAX_REASON} characters"
    if row.raw is not None:
        return "the model's words (raw) are not part of a submission"
    return None


def doubts(result: Result, bundle: Bundle) -> Iterator[str]:
    """What a maintainer should look at before it is published. Nothing of this is proof."""
    found, ceiling = result.metrics["correlation"], result.diagnosis.noise_ceiling
    if found and found.ci and ceiling and ceiling.correlation.ci and found.ci[0] > ceiling.correlation.ci[1]:
        yield (
            f"its correlation, {found.value:.3f}, is above what counting the requirements that texts really meet can "
            f"reach here ({ceiling.correlation.value:.3f})"
        )
    if result.model.reads_ids:
        yield "its scores were looked up in a file: nobody can repeat them"
    if found and found.value >= NEARLY_PERFECT:
        yield f"its correlation, {found.value:.4f}, is almost that of gold itself, which everybody can download"
    if result.coverage is not None and result.coverage < 1 and result.model.fingerprint.get("adapter") != "Rules":
        yield (
            f"it chose what to answer: {1 - result.coverage:.0%} of the questions, and {result.n_not_applicable} items "
            "altogether, are called not applicable"
        )
    values = np.array([value for row in bundle.rows for value in row.values])
    if len(values) and not bundle.identity.model.reads_ids and np.ptp(values) == 0:
        yield "all its scores are equal"
    noise = noise_of(bundle)
    if noise and len(values) and noise > np.ptp(values) / 4:
        yield f"its certificate says that scores move by {noise:g}, of {np.ptp(values):g} in all: any re-run would do"
    if bundle.record.settings is None:
        yield "run.json does not keep its settings (made by an older version); its command does"
