"""Submissions of writers for tests: real runs against a scripted server, on a small file in place of the public one."""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.adapters.servers import Answer, Asked, Handler, serving
from tests.bench.scripted import number, requests, settings_for, verdict
from tests.textmodels.servers import completion, last
from weval.bench import spec
from weval.bench.replies import ReplyRow
from weval.bench.result import BenchResult
from weval.bench.run import BenchRun, run_bench
from weval.files import write_json
from weval.hashes import git_blob_of
from weval.leaderboard.bundle import read_once
from weval.leaderboard.checked import faultless
from weval.leaderboard.submit import submit
from weval.leaderboard.tree import Entry
from weval.leaderboard.writers.checked import read_writer_run
from weval.leaderboard.writers.packed import packed_name
from weval.store import RESULT

NAME = "longbench-write"
PINNED = "9eacac3203e17b88b1587ac0036c5f9351641dcd"
"""The hash of the published file, in bench.yaml."""

CARD_OF = {"organisation": "Tea House", "licence": "MIT", "trained_on_weval": "false", "family": "writer"}
N_ITEMS = 14
SECRET = "Write text number"
"""How the prompts of the file begin, which no page may show."""

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Writers:
    """Runs and submissions of writers. Not to change.

    `good` and `poor` are judged by `judge`, `filed` too with its texts in a file; `good` also by `second`.
    """

    results: Path
    runs: Path


def pin_here(patch: pytest.MonkeyPatch, folder: Path) -> Path:
    """Has a small file in the place of LongBench-Write's public one, fetched and verified; gives its place.

    The hash in bench.yaml is that of the small file; all else is as it is.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tasks = folder / "tasks"
    if not tasks.exists():
        file = requests(folder, N_ITEMS)
        shutil.copytree(ROOT / "tasks", tasks)
        about = tasks / NAME / spec.BENCH
        about.write_text(about.read_text(encoding="utf-8").replace(PINNED, git_blob_of(file)), encoding="utf-8")

    def room(name: str) -> Path:
        return tasks if name == "tasks" else ROOT / name

    patch.setattr(spec, "room", room)
    pin = spec.read_bench(NAME).files["all"]
    assert isinstance(pin, spec.PinnedFile)
    pin.cached.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(folder / "requests.jsonl", pin.cached)
    return pin.cached


def _answer(handler: Handler, asked: Asked) -> Answer:
    """What a writer or a judge of this name says: the first judge likes splendid texts, the second likes all alike."""
    model, prompt = str(asked.body["model"]), last(asked)
    if model == "second":
        return Answer(completion(verdict(3)))
    if model == "judge":
        return Answer(completion(verdict(5 if "splendid" in prompt else 1 + number(prompt) % 2)))
    word = "splendid " if model == "good" else "dull "
    return Answer(completion(word * (60 + number(prompt) % 50)))


def make_writers(folder: Path) -> Writers:
    """Runs and submissions below a folder, made with the small file in its place (see `pin_here`)."""
    made = Writers(folder / "results", folder / "runs")
    texts = folder / "texts.jsonl"
    rows = [{"item": str(at), "text": f"tea {at} " * 60} for at in range(1, N_ITEMS + 1)]
    texts.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    with serving(_answer) as server:

        def submitted(writer: str, judge: str = "judge", responses: Path | None = None) -> None:
            out = made.runs / writer / f"{NAME}-{judge}"
            said = settings_for(server)
            if responses:  # nobody is asked to write
                said = {name: value for name, value in said.items() if not name.startswith("writer.")}
            run_bench(
                BenchRun(NAME, f"server/{writer}", f"server/{judge}", responses=responses, settings=said, out=out)
            )
            submit(out, {"name": writer, **CARD_OF}, made.results)

        submitted("good")
        submitted("poor")
        submitted("filed", responses=texts)
        submitted("good", "second")
    return made


def entry_of(results: Path, writer: str, judge: str = "judge") -> Entry:
    """A submission by its writer and judge."""
    (folder,) = (results / "writers" / writer).glob(f"{NAME}.{judge}.*")
    return Entry(results / "writers", writer, folder.name)


def lines_of(entry: Entry, step: str = "responses") -> list[bytes]:
    """The replies of a step, with their line ends."""
    return gzip.decompress((entry.folder / packed_name(step)).read_bytes()).splitlines(keepends=True)


def put_lines(entry: Entry, lines: Iterable[bytes], step: str = "responses") -> None:
    """Other replies, whatever they are; result.json stays as it was."""
    (entry.folder / packed_name(step)).write_bytes(gzip.compress(b"".join(lines), mtime=0))


def put_rows(entry: Entry, rows: Sequence[dict[str, Any]], step: str = "responses") -> None:
    """Other replies, written as weval does."""
    order = [*ReplyRow.model_fields]
    rows = [
        dict(sorted(row.items(), key=lambda pair: order.index(pair[0]) if pair[0] in order else 99)) for row in rows
    ]
    said = (json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n" for row in rows)
    put_lines(entry, said, step)


def settle(entry: Entry) -> None:
    """Makes result.json agree with the replies again."""
    write_json(entry.folder / RESULT, faultless(read_writer_run(entry.folder)).result)


def result_of(entry: Entry) -> BenchResult:
    """What it states."""
    return read_once(entry.folder, RESULT, BenchResult)
