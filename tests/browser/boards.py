"""A results folder for the browser: real baselines on the bundled task, and models forged beside them.

The forged scores are gold blurred by noise, so that figures, families, badges, costs and gaps in the data all vary.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from tests.leaderboard.factories import (
    CARD_OF,
    as_unit,
    change_last,
    gold,
    kept_by,
    missing,
    put,
    put_rows,
    renamed,
    rows_of,
    run_and_submit,
)
from weval.leaderboard.bundle import read_bundle, read_run_of
from weval.leaderboard.card import CARD
from weval.leaderboard.record import command_of
from weval.leaderboard.tree import RERUNS, Entry
from weval.store import RUN, ScoreRow

BASELINES = ("rules", "length", "constant", "keywords", "random")
LIKE = "A reward model with a long name, {} of its kind"
"""Two of them are cut to the same letters in a chart."""


@dataclass(frozen=True)
class Forged:
    """A model that nobody has: what its card says, and how well it reads.

    `skill` is how far it follows gold, from 0 to 1. `usd` and `seconds` are of one request, None where not recorded.
    """

    name: str
    family: str
    skill: float
    unit: str = "response"
    usd: float | None = None
    seconds: float | None = None
    card: dict[str, Any] = field(default_factory=dict)
    swapped: bool = False
    lost: int = 0
    reads_ids: bool = False


RAPTOR = {"organisation": "Raptor AI", "licence": "proprietary"}

FORGED = (
    Forged("Heron-RM 8B", "scalar RM", 0.62, seconds=0.021, swapped=True,
           card={"parameters": 8_030_000_000, "organisation": "Heron Lab"}),
    Forged(LIKE.format("first"), "scalar RM", 0.5, seconds=0.02, card={"parameters": 7_000_000_000}),
    Forged(LIKE.format("second"), "scalar RM", 0.45, seconds=0.0205, card={"trained_on_weval": True}),
    Forged("Ibis Judge 70B", "judge", 0.7, "requirement", 0.0041, 1.7,
           card={"parameters": 70_600_000_000, "organisation": "Ibis", "link": "https://example.org/ibis"}),
    Forged("Osprey-mini", "judge", 0.4, "requirement", 0.0004, 0.6, RAPTOR, lost=1),
    Forged("Osprey-large", "judge", 0.66, "pair", 0.0043, 1.5, RAPTOR),
    Forged("Three annotators", "human", 0.68, card={"organisation": "University of Somewhere"}, reads_ids=True),
)  # fmt: skip


def make_results(root: Path, runs: Path) -> None:
    """Writes all of them below `root`, and the runs of the baselines to `runs`/<model>/weval-mini."""
    for model in BASELINES:
        run_and_submit(model, root, runs, probes=["swapped"] if model == "length" else [])
    for seed, forged in enumerate(FORGED):
        _forge(Entry(root, "length", "weval-mini"), forged, seed)
    _confirm(Entry(root, "rules", "weval-mini"))
    shutil.copytree(Path(__file__).parents[2] / "results" / "paper", root / "paper")


def _forge(base: Entry, forged: Forged, seed: int) -> None:
    """A submission of a model under its own name, made from one of `length`."""
    entry = renamed(base, forged.name)
    if not forged.swapped:
        shutil.rmtree(entry.folder / "swapped")
    put(entry.model_folder / CARD, {**CARD_OF, "trained_on_weval": False, "family": forged.family, **forged.card})
    for folder in [entry.folder, *entry.folder.glob("swapped")]:
        _rename_run(folder / RUN, seed, forged)
    answer = _answers(forged, np.random.default_rng(seed))
    if forged.unit != "response":
        as_unit(entry, forged.unit, answer)
        put(entry.model_folder / CARD, {"family": forged.family})
    rows = [_priced(row.model_copy(update={"values": answer(row)}), forged) for row in rows_of(entry)]
    for at in range(forged.lost):
        rows[40 * at] = missing(rows[40 * at], "unparsed", "said neither yes nor no")
    put_rows(entry, rows)
    change_last(entry, date="2025-10-01", why="first submission")


def _rename_run(path: Path, seed: int, forged: Forged) -> None:
    said = {
        "identity.model.name": f"plugin:nowhere:Model{seed}",
        "identity.model.fingerprint": {"adapter": "Model"},
        "identity.model.reads_ids": forged.reads_ids,
        "created": f"2025-0{seed + 1}-15T09:00:00+00:00",
    }
    put(path, said)
    record, identity = read_run_of(path.parent)
    put(path, {"command": command_of(identity, record.settings or {})})


def _answers(forged: Forged, draw: np.random.Generator) -> Callable[[ScoreRow], tuple[float, ...]]:
    """What it answers to a question: gold at random as often as it has skill."""

    def answer(row: ScoreRow) -> tuple[float, ...]:
        if forged.unit == "requirement":
            return (float(_kept(row) if draw.random() < forged.skill else draw.random() < 0.5),)
        if forged.unit == "pair":
            first, second = (kept_by(row, candidate) for candidate in row.candidates)
            return (float(first > second if draw.random() < forged.skill else draw.random() < 0.55),)
        noise = float(draw.normal()) * 2
        return (round(forged.skill * kept_by(row, row.candidates[0]) + (1 - forged.skill) * noise, 4),)

    return answer


def _kept(row: ScoreRow) -> bool:
    item = gold()[row.item]
    kept = item.kept[item.candidate_ids.index(row.candidates[0])]
    return isinstance(kept, tuple) and row.requirement in kept


def _priced(row: ScoreRow, forged: Forged) -> ScoreRow:
    tokens = None if forged.usd is None and forged.seconds is None else 412
    return row.model_copy(update={"cost_usd": forged.usd, "seconds": forged.seconds, "tokens_in": tokens})


def _confirm(entry: Entry) -> None:
    """Maintainers have repeated a sample of it."""
    record, identity = read_run_of(entry.folder)
    bundle = read_bundle(entry.folder, record, identity, len(rows_of(entry)))
    said = {
        "model": entry.model, "task": entry.task, "scores": bundle.digest, "date": "2025-11-01", "by": "a maintainer",
        "seed": 0, "n": 20, "within": 20, "largest": 0.0, "tolerance": 0.0, "confirmed": True, "weval": "0.1.0",
    }  # fmt: skip
    (entry.root / RERUNS).write_text(json.dumps(said) + "\n", encoding="utf-8")
