"""Runs by workers come to what runs of this process come to, whatever dies on the way."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.bench.scripted import requests, rows_of, told
from tests.factories import make_item, write_items
from weval.adapters import open_adapter
from weval.bench.run import BenchRun, run_bench
from weval.engine.options import EngineOptions
from weval.engine.spread import Engine, at_work, why_not
from weval.errors import AdapterError, ConfigError
from weval.run import RunSpec, Watcher, estimate, run
from weval.store import RESULT, SCORES, read_rows, read_run

ITEMS = [make_item(f"i{n}") for n in range(30)]


class Notes(Watcher):
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def notice(self, text: str) -> None:
        self.notes.append(text)


def spec(folder: Path, model: str, out: str, **settings: str) -> RunSpec:
    return RunSpec(model, data=write_items(folder / "items.jsonl", ITEMS), settings=settings, out=folder / out)


def timeless(path: Path) -> Any:
    """A result without how long it took."""
    content = json.loads(path.read_text(encoding="utf-8"))
    content["cost"].pop("seconds")
    return content


def sorted_scores(path: Path) -> list[str]:
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return sorted(json.dumps(row | {"seconds": None}, sort_keys=True) for row in rows)


@pytest.mark.slow
def test_two_workers_come_to_what_this_process_comes_to(cluster: str, rm: Path, tmp_path: Path) -> None:
    own = {"batch_tokens": "1", "sharing": "false"}  # a text by itself: its score depends on no other
    here = run(spec(tmp_path, f"classifier:{rm}", "here", **own))
    both = run(spec(tmp_path, f"classifier:{rm}", "both", engine=cluster, workers="2", worker_batch="16", **own))
    assert timeless(both.folder / RESULT) == timeless(here.folder / RESULT)
    assert sorted_scores(both.folder / SCORES) == sorted_scores(here.folder / SCORES)
    record = read_run(both.folder)
    assert record.identity == read_run(here.folder).identity
    assert record.settings == own  # where it was computed is no part of what it is
    assert record.certificate is not None and record.certificate.computed["device"] == "cpu"


@pytest.mark.slow
def test_a_worker_that_dies_takes_nothing_with_it(cluster: str, plugins: Path) -> None:
    poisoned = make_item("bad").model_copy(update={"candidates": _poisoned()})
    items = [*ITEMS, poisoned]
    asked = RunSpec(
        "plugin:models:Poisoned",
        data=write_items(plugins / "items.jsonl", items),
        settings={"engine": cluster, "workers": "2", "worker_batch": "12", "dies": str(plugins / "died")},
        out=plugins / "out",
    )
    notes = Notes()
    outcome = run(asked, notes)
    rows = [row for _, row in read_rows(outcome.folder)]
    assert (plugins / "died").exists()  # so one of them was killed as well, in the midst of what it had
    assert len(rows) == len({row.id for row in rows}) == sum(len(item.candidates) for item in items)
    failed = [row for row in rows if row.status != "ok"]
    assert [(row.item, row.status) for row in failed] == [("bad", "failed")]
    assert failed[0].reason == "every worker that was asked this died, 3 times"
    assert len([note for note in notes.notes if "a worker died" in note]) == 1


def _poisoned() -> tuple[Any, ...]:
    first, *others = make_item("bad").candidates
    return (first.model_copy(update={"response": "This is poison."}), *others)


@pytest.mark.slow
def test_what_goes_wrong_reaches_the_user_as_one_line(
    cluster: str, plugins: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ConfigError, match=r"^\./nowhere: no such folder"):
        run(spec(plugins, "classifier:./nowhere", "nowhere", engine=cluster, workers="1"))
    with pytest.raises(
        AdapterError, match=r"^--model plugin:models:Raising: ValueError at models\.py:\d+: the weights"
    ):
        run(spec(plugins, "plugin:models:Raising", "raising", engine=cluster, workers="1"))
    assert len(list(read_rows(plugins / "raising"))) == 2  # what came before is kept
    monkeypatch.setenv("RAY_AUTH_TOKEN", "0" * 64)
    with pytest.raises(ConfigError, match=r"Failed to connect .*; is its token in RAY_AUTH_TOKEN\?$"):
        run(spec(plugins, "length", "closed", engine=cluster, workers="1"))


@pytest.mark.slow
def test_a_writer_at_workers_writes_what_it_writes_here(cluster: str, lm: Path, tmp_path: Path) -> None:
    own = {"writer.max_tokens": "8", "writer.temperature": "1", "resamples": "100"}
    asked = BenchRun("longwrite-ruler", model=f"transformers/{lm}", data=requests(tmp_path, 5), settings=own)
    here = run_bench(replace(asked, out=tmp_path / "here"))
    workers = own | {"engine": cluster, "workers": "1", "worker_batch": "2"}
    spread = run_bench(replace(asked, out=tmp_path / "spread", settings=workers))
    texts = [
        sorted((row["item"], row["text"]) for row in rows_of(one.folder / "responses.jsonl")) for one in (here, spread)
    ]
    assert texts[0] == texts[1] and len(texts[0]) == 5
    assert {**told(spread), "steps": None} == {**told(here), "steps": None}  # which say how long it took
    assert read_run(spread.folder).identity == read_run(here.folder).identity


@pytest.fixture
def temporary() -> Iterator[Path]:
    """A folder with a short name, as sockets need one."""
    folder = Path(tempfile.mkdtemp(prefix="w"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="looks for processes by their environment")
def test_a_driver_that_is_killed_leaves_nothing_and_is_continued(plugins: Path, temporary: Path) -> None:
    asked = spec(plugins, "plugin:models:Slow", "out", wait="0.05")
    environment = os.environ | {"TMPDIR": str(temporary), "WEVAL_MARK": str(plugins)}
    settings = ["--set", "wait=0.05", "--set", "engine=ray", "--set", "workers=2", "--set", "worker_batch=5"]
    driver = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "weval",
            "run",
            "--model",
            asked.model,
            "--data",
            "items.jsonl",
            "--out",
            "out",
            *settings,
        ],
        env=environment | {"PYTHONPATH": str(Path(__file__).parents[2])},
        stderr=subprocess.PIPE,
    )
    scores = plugins / "out" / SCORES
    _until(lambda: scores.exists() and scores.read_bytes().count(b"\n") > 5)
    assert len(_marked(str(plugins))) > 5 and list(temporary.iterdir())
    driver.send_signal(signal.SIGKILL)
    assert b"Traceback" not in driver.communicate()[1]
    _until(lambda: not _marked(str(plugins)) and not list(temporary.iterdir()))
    before = scores.read_bytes().count(b"\n")
    outcome = run(asked)  # by this process: the engine is no part of the run
    rows = [row for _, row in read_rows(outcome.folder)]
    assert len(rows) == len({row.id for row in rows}) == outcome.result.cost.requests == 90 > before
    assert outcome.result.n_missing == 0


def _until(holds: Any) -> None:
    end = time.monotonic() + 240
    while not holds():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.1)


def _marked(mark: str) -> list[int]:
    """Processes that were begun with the mark in their environment, by their ids, and are not dead."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if f"WEVAL_MARK={mark}".encode() in (process / "environ").read_bytes():
                found.append(int(process.name))
        except OSError:
            continue
    return found


@pytest.mark.parametrize(
    ("model", "why"),
    [
        ("http:http://127.0.0.1:1/predict", "asks a server"),
        ("judge:server/some", "is asked by one process"),
        ("judge:lm-eval/hf", "is asked by one process"),
    ],
)
def test_what_asks_others_is_not_spread(model: str, why: str) -> None:
    settings = {"base_url": "http://127.0.0.1:1/v1"} if "server" in model else {}
    settings |= {"model_args": "pretrained=x"} if "lm-eval" in model else {}
    adapter = open_adapter(model, settings)
    engine = Engine(EngineOptions(engine="ray"), lambda text: None)
    with pytest.raises(ConfigError, match=why), at_work(engine, model, adapter, settings):
        raise AssertionError("nothing is started")


def test_a_file_of_scores_is_not_spread(tmp_path: Path) -> None:
    (tmp_path / "s.jsonl").write_text('{"item_id": "i0", "candidate_id": "a1", "score": 1}\n', encoding="utf-8")
    with pytest.raises(ConfigError, match="looks answers up in a file"):
        run(spec(tmp_path, f"scores:{tmp_path / 's.jsonl'}", "out", engine="ray"))


def test_models_of_this_process_are_spread(tmp_path: Path) -> None:
    assert why_not(open_adapter("length", {})) is None
    assert why_not(open_adapter(f"judge:transformers/{tmp_path}", {})) is None


def test_an_estimate_starts_nothing(tmp_path: Path) -> None:
    assert estimate(spec(tmp_path, "length", "out", engine="ray", workers="2")).requests == 90


def test_workers_are_told_only_where_there_are_any(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="--set workers: has no effect with engine=local"):
        run(spec(tmp_path, "length", "out", workers="2"))
    with pytest.raises(ConfigError, match=r"--set engine=rey: 'rey' is unknown; one of local, ray, ray:ADDRESS"):
        run(spec(tmp_path, "length", "out", engine="rey"))
