"""The site of a leaderboard whose submissions have 2,750 scores each: seconds by models, first and unchanged build.

With 500 models a first build is to take at most 30 s and 1 GB on one core, an unchanged one at most 3 s.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from tests.benchmarks.made_up import write
from tests.benchmarks.records import Measured
from tests.benchmarks.timing import alone, growing


def measure(quick: bool) -> Measured:
    """Made-up submissions to a made-up task of the size of WEval."""
    numbers, items, rounds = ([2, 4, 6], 20, 1) if quick else ([25, 50, 100], 550, 1)
    with TemporaryDirectory() as name:
        folder = Path(name)
        prepare(folder / str(numbers[-1]), items, numbers[-1])
        for n in numbers[:-1]:
            shutil.copytree(folder / str(numbers[-1]) / "tasks", folder / str(n) / "tasks")
            for model in range(n):
                one = Path("results") / f"model-{model}"
                shutil.copytree(folder / str(numbers[-1]) / one, folder / str(n) / one)
        return Measured(
            series=(
                growing("first build", "models", numbers, lambda n: building(folder / str(n), fresh=True), rounds),
                growing("unchanged build", "models", numbers, lambda n: building(folder / str(n)), rounds),
            )
        )


def prepare(top: Path, items: int, n: int) -> None:
    """A task and so many submissions to it, in a copy of this process: to find them, it changes weval's modules."""

    def job() -> None:
        place(top)
        write_task(top, items)
        write_submissions(top, n)

    alone(lambda: job)


def building(top: Path, *, fresh: bool = False) -> Callable[[], None]:
    """A job that builds the site; `fresh` without what earlier builds left."""
    from weval.leaderboard.site.build import build_site

    place(top)
    if fresh:
        for name in ("site", "cache"):
            shutil.rmtree(top / name, ignore_errors=True)

    def job() -> None:
        built = build_site(top / "results", top / "site", cache=top / "cache")
        assert not built.refused, built.refused[0]
        assert bool(built.n_recomputed) == fresh

    return job


def place(top: Path) -> None:
    """Has weval find its tasks below this folder."""
    from weval import rooms
    from weval.leaderboard import gold
    from weval.leaderboard.site import build, pages
    from weval.tasks import spec

    tasks = top / "tasks"
    rooms_of = {"tasks": tasks}
    spec.tasks_folder = gold.tasks_folder = lambda: tasks
    build.room = pages.room = lambda name: rooms_of.get(name) or rooms.room(name)


def write_task(top: Path, items: int) -> None:
    """Items as those of WEval: five requirements, five answers of 150 to 400 words."""
    folder = top / "tasks" / "big"
    folder.mkdir(parents=True)
    write(folder / "items.jsonl", items, words=(150, 400))
    (folder / "README.md").write_text("# big\n\nMade up.\n", encoding="utf-8")
    sha256 = hashlib.sha256((folder / "items.jsonl").read_bytes()).hexdigest()
    source = {"kind": "bundled", "path": "items.jsonl", "sha256": sha256}
    said = {"name": "big", "version": "1.0", "title": "Big", "description": "Made up.", "licence": "none"}
    (folder / "task.yaml").write_text(json.dumps({**said, "languages": ["en", "zh"], "source": source}), "utf-8")


def write_submissions(top: Path, n: int) -> None:
    """Submissions that follow gold more or less, as `weval submit` would write them, but for result.json."""
    from weval.leaderboard.bundle import canonical
    from weval.leaderboard.gold import gold_index
    from weval.leaderboard.recompute import Questions
    from weval.run import RunSpec, run
    from weval.store import ScoreRow

    outcome = run(RunSpec("length", task="big", out=top / "run"))
    identity = outcome.run.identity
    asked = Questions(gold_index("big")).asked("response", identity.plan)
    kept = {(item.id, candidate.id): candidate.gold for item in outcome.run.items() for candidate in item.candidates}
    base = json.loads((top / "run" / "run.json").read_text(encoding="utf-8"))
    rng = np.random.default_rng(0)
    for number in range(n):
        skill = rng.uniform(0, 2)
        rows = [
            ScoreRow(
                id=request_id,
                item=source.item,
                candidates=source.candidates,
                status="ok",
                values=(float(skill * kept[source.item, source.candidates[0]] + rng.normal(0, 2)),),
                seconds=0.01,
                tokens_in=500,
            )
            for request_id, source in asked
        ]
        write_submission(top / "results" / f"model-{number}", base, number, b"".join(canonical(rows)))


def write_submission(model: Path, base: dict[str, Any], number: int, scores: bytes) -> None:
    """One folder of a model."""
    from weval.identity import identity_of
    from weval.leaderboard.bundle import SCORES_GZ
    from weval.leaderboard.record import command_of
    from weval.store import RunRecord

    folder = model / "big"
    folder.mkdir(parents=True)
    base["identity"]["model"] |= {"name": f"classifier:org/model-{number}", "fingerprint": {"adapter": "Classifier"}}
    record = RunRecord.model_validate_json(json.dumps(base))
    base["command"] = command_of(identity_of(record, Path()), record.settings or {})
    base["evaluate"] = {}
    card = {"schema": 1, "name": f"Model {number}", "organisation": "Org", "family": "scalar RM", "licence": "MIT"}
    change = {
        "date": "2026-01-01", "task": "big", "version": "1.0", "scores": hashlib.sha256(scores).hexdigest(),
        "why": "first submission", "before": None, "after": {"correlation": 0.5, "il": 0.5, "pl": 0.1, "reading": None},
    }  # fmt: skip
    (folder / SCORES_GZ).write_bytes(gzip.compress(scores, mtime=0))
    (folder / "run.json").write_text(json.dumps(base), encoding="utf-8")
    (folder / "result.json").write_text("{}", encoding="utf-8")
    (model / "card.json").write_text(json.dumps(card | {"trained_on_weval": bool(number % 2)}), encoding="utf-8")
    (model / "changes.jsonl").write_text(json.dumps(change) + "\n", encoding="utf-8")
