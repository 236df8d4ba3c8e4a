"""A leaderboard of 500 submissions of 2,750 scores: seconds and memory of a first and of an unchanged build.

OMP_NUM_THREADS=1 python tests/benchmarks/bench_leaderboard.py [SUBMISSIONS]

A first build is to take at most 30 s and 1 GB on one core, an unchanged one at most 3 s.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from weval import rooms
from weval.identity import identity_of
from weval.leaderboard import gold
from weval.leaderboard.bundle import SCORES_GZ, canonical
from weval.leaderboard.recompute import Questions
from weval.leaderboard.record import command_of
from weval.leaderboard.site import build, pages
from weval.run import RunSpec, run
from weval.store import RunRecord, ScoreRow
from weval.tasks import spec

N_ITEMS, TYPES = 550, ("length", "format", "style", "content")

WORDS = ["the", "a", "river", "city", "garden", "light", "year", "people", "small", "work", "story", "music"]


def place(top: Path) -> None:
    """Has weval find its tasks below this folder."""
    tasks = top / "tasks"
    rooms_of = {"tasks": tasks}
    spec.tasks_folder = gold.tasks_folder = lambda: tasks
    build.room = pages.room = lambda name: rooms_of.get(name) or rooms.room(name)


def write_task(top: Path) -> None:
    """Items as those of WEval: five requirements, five answers of 150 to 400 words."""
    rng = random.Random(1)
    lines = []
    for number in range(N_ITEMS):
        requirements = [
            {"id": f"c{k}", "type": rng.choice(TYPES), "text": f"Do thing {k} in a good way."} for k in range(1, 6)
        ]
        candidates = [
            {
                "id": f"a{k}",
                "kept": [f"c{j}" for j in range(1, 7 - k)],
                "response": " ".join(rng.choices(WORDS, k=rng.randint(150, 400))),
            }
            for k in range(1, 6)
        ]
        item = {"id": f"i{number}", "category": rng.choice("abcdef"), "language": rng.choice(["en", "zh"])}
        item |= {"instruction": "Write something.", "requirements": requirements, "candidates": candidates}
        lines.append(json.dumps(item) + "\n")
    folder = top / "tasks" / "big"
    folder.mkdir(parents=True)
    (folder / "items.jsonl").write_text("".join(lines), encoding="utf-8")
    (folder / "README.md").write_text("# big\n\nMade up.\n", encoding="utf-8")
    sha256 = hashlib.sha256((folder / "items.jsonl").read_bytes()).hexdigest()
    source = {"kind": "bundled", "path": "items.jsonl", "sha256": sha256}
    said = {"name": "big", "version": "1.0", "title": "Big", "description": "Made up.", "licence": "none"}
    (folder / "task.yaml").write_text(json.dumps({**said, "languages": ["en", "zh"], "source": source}), "utf-8")


def write_submissions(top: Path, n: int) -> None:
    """Submissions that follow gold more or less, as `weval submit` would write them, but for result.json."""
    outcome = run(RunSpec("length", task="big", out=top / "run"))
    identity = outcome.run.identity
    asked = Questions(gold.gold_index("big")).asked("response", identity.plan)
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


def write_submission(model: Path, base: dict, number: int, scores: bytes) -> None:
    """One folder of a model."""
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


def build_once(top: Path) -> None:
    """One build, in this process; says what was done."""
    place(top)
    built = build.build_site(top / "results", top / "site", cache=top / "cache")
    if built.refused:
        raise SystemExit(f"{len(built.refused)} refused, as: {built.refused[0]}")
    print(f"{built.n_submissions:,} submissions, {built.n_recomputed:,} recomputed, {built.n_written:,} files written")


def measured(top: Path) -> str:
    """Builds in a process of its own, and says how long it took on one core and how much memory it held at most."""
    environment = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    process = subprocess.Popen([sys.executable, __file__, "--build", str(top)], env=environment)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"the build ended with {process.returncode}")
    return f"{usage.ru_utime + usage.ru_stime:6.1f} s of one core   {usage.ru_maxrss / 1024:5.0f} MB"


def main() -> None:
    """Prints the figures of a first build and of one more."""
    if sys.argv[1:2] == ["--build"]:
        build_once(Path(sys.argv[2]))
        return
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    with tempfile.TemporaryDirectory() as name:
        top = Path(name)
        place(top)
        write_task(top)
        write_submissions(top, n)
        print(f"{n:,} submissions of {N_ITEMS * 5:,} scores")
        print("first build    ", measured(top))
        print("unchanged build", measured(top))


if __name__ == "__main__":
    main()
