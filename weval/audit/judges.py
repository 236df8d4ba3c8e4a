"""What runs of judges say about gold: whether kept requirements are met, and whether dropping spoils the text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from weval.audit.adherence import MetArray, adherence
from weval.audit.kept import add_levels, level_means
from weval.audit.records import RequirementJudge, ResponseJudge
from weval.errors import ResultError
from weval.estimates import mean
from weval.identity import identity_of
from weval.joined import Block, Joined
from weval.metrics import UNCHECKED, FloatArray, correlation, tied_means
from weval.peritem import LARGEST
from weval.readback import ScoredRun, read_back
from weval.store import read_run
from weval.tasks import Task

MET = 0.5
"""The value from which a requirement counts as met."""


def check_judge(folder: Path, task: Task) -> None:
    """Raises ResultError where the run in a folder cannot say anything about the gold of this task."""
    identity = identity_of(read_run(folder), folder)
    model, unit = identity.model.name, identity.model.unit
    if identity.task.sha256 != task.sha256:
        raise ResultError(
            f"{folder}: is on other items ({identity.task.name}, sha256 {identity.task.sha256[:12]}…) "
            f"than {task.name} (sha256 {task.sha256[:12]}…)"
        )
    if unit in ("pair", "list"):
        raise ResultError(
            f"{folder}: {model} compares texts (unit {unit}); an audit needs a judge of single texts or requirements"
        )
    if identity.plan.probe:
        raise ResultError(f"{folder}: is a probe ({identity.plan.probe}); it did not ask what the items ask")
    if identity.data != task.options:
        before, now = identity.data.model_dump(), task.options.model_dump()
        changed = "; ".join(f"{key} was {before[key]}, is {now[key]}" for key in now if before[key] != now[key])
        raise ResultError(f"{folder}: read the items otherwise ({changed}); give both the same --set")


def judged(folder: Path) -> RequirementJudge | ResponseJudge:
    """What the run in a folder says. Raises WevalError where it cannot be read, or its values are no verdicts."""
    run = read_back(folder)
    return _of_requirements(run) if run.joined.unit == "requirement" else _of_responses(run)


def _stamp(run: ScoredRun) -> dict[str, Any]:
    """The fields that all judges have."""
    statuses = run.joined.statuses
    ok, silent = statuses.get("ok", 0), statuses.get("not_applicable", 0)
    return {
        "run": str(run.folder),
        "model": run.identity.model.name,
        "n_items": run.joined.n_items,
        "n_answers": ok,
        "n_missing": sum(statuses.values()) - ok - silent,
        "n_not_applicable": silent,
    }


def _of_requirements(run: ScoredRun) -> RequirementJudge:
    ends = [end for block in run.joined.blocks if block.applicable.any() for end in _range(block)]
    if ends and not 0 <= min(ends) <= max(ends) <= 1:
        raise ResultError(
            f"{run.folder}: values reach from {min(ends):g} to {max(ends):g}; "
            f"whether a requirement is met is told from values between 0 and 1 (met: {MET:g} or more)"
        )
    verdicts = [(block, _verdicts(block)) for block in run.joined.blocks]
    return RequirementJudge(**_stamp(run), adherence=adherence(verdicts, run.joined.languages))


def _range(block: Block) -> tuple[float, float]:
    values = block.answers[block.applicable]
    return float(values.min()), float(values.max())


def _verdicts(block: Block) -> MetArray:
    return np.where(block.applicable, block.answers >= MET, UNCHECKED).astype(np.int8)


def _of_responses(run: ScoredRun) -> ResponseJudge:
    n = run.joined.n_items
    levels: dict[int, FloatArray] = {}
    agreement = np.full(n, np.nan)
    for block in run.joined.blocks:
        scores = block.candidate_scores()
        add_levels(levels, block, _measured(scores), n)
        whole = ~np.isnan(scores).any(axis=1)
        agreement[block.positions[whole]] = correlation(block.gold[whole], scores[whole])
    return ResponseJudge(
        **_stamp(run),
        score_by_kept=level_means(levels, most_first=True),
        correlation=mean("correlation", agreement),
        difference=level_means(_differences(run.joined), most_first=False),
    )


def _measured(scores: FloatArray) -> FloatArray:
    """The scores (m, n) of items in which all have a mean; NaN elsewhere."""
    return np.where((np.abs(scores) > LARGEST).any(axis=1, keepdims=True), np.nan, scores)


def _differences(joined: Joined) -> dict[int, FloatArray]:
    """Per item the mean score of candidates so many requirements below the best, minus that of the best."""
    below: dict[int, FloatArray] = {}
    for block in joined.blocks:
        scores = _measured(block.candidate_scores())
        known, fewer = ~np.isnan(scores), block.gold.max(axis=1, keepdims=True) - block.gold
        best = tied_means(scores, (fewer == 0) & known)
        for gap in np.unique(fewer[fewer > 0]).tolist():
            column = below.setdefault(gap, np.full(joined.n_items, np.nan))
            column[block.positions] = tied_means(scores, (fewer == gap) & known) - best
    return below
