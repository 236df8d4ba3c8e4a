"""Entry point `submissions`: a folder `results` of a stranger's, as `weval leaderboard check` takes it apart."""

from __future__ import annotations

import atexit
import gzip
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest

from tests.bench.benches import verdict
from tests.factories import write_rows
from tests.fuzzing.bounds import mended
from tests.fuzzing.source import Source, as_json, lines, mutated, overwritten
from tests.leaderboard.factories import TASK, run_and_submit
from tests.leaderboard.writing import CARD_OF, N_ITEMS, NAME, pin_here
from weval import evaluate
from weval.bench import finish, spec
from weval.bench.run import BenchRun, run_bench
from weval.hashes import sha256_of
from weval.leaderboard import check as checking
from weval.leaderboard.check import check
from weval.leaderboard.gold import gold_index
from weval.leaderboard.submit import submit
from weval.store import RUN
from weval.tasks import spec as tasks

WORDS = (
    "length", "keywords", TASK, "swapped", "response", "requirement", "pair", "list", "ok", "failed", "w0002", "a1",
    "c1", "weval run --model length --task weval-mini", "2026-01-01T00:00:00+00:00", "baseline", "writer", "judge",
    "rules", "https://a@b/c", "\u202e", "LengthBaseline", "../../x", "1.0", "null", "0" * 64,
)  # fmt: skip

N_TASK_ITEMS = 6
N_ROWS = 12
"""So many scores of a submission may be changed; the others go along as they are."""


def ready() -> None:
    """Makes both kinds."""
    with cheaper():
        for kind in ("models", "writers"):
            template(kind)


def fuzz(data: bytes) -> None:
    """One submission, of a model or of a writer."""
    source = Source(data)
    with tempfile.TemporaryDirectory() as folder, cheaper():
        root = Path(folder) / "results"
        kind = "writers" if source.below(4) == 0 else "models"
        shutil.copytree(template(kind) / "results", root)
        _broken(source, root)
        with mended():
            for verdict in check([root]):
                for said in (*verdict.problems, *verdict.doubts):
                    assert said.isprintable()
                if verdict.accepted:
                    assert verdict.result is not None
                    verdict.result.model_dump_json()


@contextmanager
def cheaper() -> Iterator[None]:
    """Few items, few resamples, gold that is read once, and a small file in the place of a benchmark's public one."""
    with pytest.MonkeyPatch.context() as changed:
        for module in (evaluate, finish):
            changed.setattr(module, "default_resamples", lambda n: 20)
        changed.setenv("XDG_CACHE_HOME", str(_place() / "cache"))
        pin_here(changed, _place() / "pinned")
        _shorten(_place() / "pinned" / "tasks" / TASK)
        changed.setattr(tasks, "room", spec.room)
        changed.setattr(checking, "gold_index", _gold_index)
        yield


def _shorten(task: Path) -> None:
    """Leaves the first items of a task, in a copy of its folder."""
    items, about = task / "items.jsonl", task / "task.yaml"
    kept = b"".join(items.read_bytes().splitlines(keepends=True)[:N_TASK_ITEMS])
    if items.read_bytes() != kept:
        said = about.read_text(encoding="utf-8").replace(sha256_of(items), hashlib.sha256(kept).hexdigest())
        items.write_bytes(kept)
        about.write_text(said, encoding="utf-8")


_gold_index = cache(gold_index)


@cache
def _place() -> Path:
    top = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, top, ignore_errors=True)
    return top


@cache
def template(kind: str) -> Path:
    """A folder with sound submissions in its `results`. Made once in a process."""
    top = _place() / kind
    if kind == "models":
        run_and_submit("length", top / "results", top / "runs", probes=["swapped"])
        return top
    top.mkdir()
    names = [str(n) for n in range(1, N_ITEMS + 1)]
    texts = write_rows(top / "texts", [{"item": name, "text": f"tea {name} " * 60} for name in names])
    marks = write_rows(top / "marks", [{"item": name, "text": verdict(3)} for name in names])
    run_bench(BenchRun(NAME, "tea", "referee", responses=texts, replies=marks, out=top / "run"))
    submit(top / "run", {"name": "tea", **CARD_OF}, top / "results")
    return top


def _broken(source: Source, root: Path) -> None:
    """Changes some of the files, and at times where they are."""
    for path in sorted(path for path in root.rglob("*") if path.is_file()):
        how = source.below(6)
        if how > 2:
            continue
        if path.suffix == ".json":
            path.write_bytes(overwritten(source, as_json(mutated(source, json.loads(path.read_bytes()), WORDS))))
        elif path.suffix == ".jsonl":
            path.write_bytes(_lines(source, path.read_bytes()))
        elif how == 2:
            path.write_bytes(overwritten(source, path.read_bytes()))
        else:
            path.write_bytes(gzip.compress(_lines(source, gzip.decompress(path.read_bytes())), 1))
    if source.below(8) == 0:
        _misplaced(source, root)


def _lines(source: Source, content: bytes) -> bytes:
    first, rest = content.splitlines(keepends=True)[:N_ROWS], content.splitlines(keepends=True)[N_ROWS:]
    return lines(source, [json.loads(line) for line in first], WORDS) + b"".join(rest)


def _misplaced(source: Source, root: Path) -> None:
    """Something that does not belong there, or is not there."""
    found = sorted(root.rglob("*"))
    path = source.pick(found)
    how = source.below(5)
    if how == 0:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    elif how == 1:
        path.rename(path.with_name(source.pick(["x", RUN, "Card.json", "..x", "\u202e", "a b", "weval"])))
    elif how == 2 and path.is_file():
        path.unlink()
        path.symlink_to(source.pick(["/dev/zero", "/etc/passwd", "nowhere", str(path), ".."]))
    elif how == 3 and path.is_file():
        path.unlink()
        os.mkfifo(path) if source.below(2) else path.mkdir()
    elif path.is_dir():
        (path / source.pick(["more", "card.json", ".hidden", "changes.jsonl"])).write_bytes(source.take(40))
