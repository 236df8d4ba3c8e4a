"""LongBench-Write and LongWrite-Ruler on their real requests: a small local writer, a scripted judge, stops between."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.adapters.servers import Server
from tests.bench.scripted import Noting, Scripted, Stopping, rows_of, settings_for, told, write_rows
from weval.adapters.judge.official import fetch_prompt
from weval.bench.data import fetch_bench
from weval.bench.run import BenchRun, run_bench

N_WRITE, N_RULER = 120, 48


@pytest.fixture
def upstream(shared: Path) -> Path:
    """The benchmarks' own files, fetched from the folder that holds them."""
    folder = shared / "data" / "upstream"
    for name in ("longbench-write", "longwrite-ruler"):
        assert all(path.is_file() for path in fetch_bench(name, folder).values())
    return folder


def _spec(name: str, lm: Path, server: Server, out: Path) -> BenchRun:
    settings = settings_for(server, writer__max_tokens=4, writer__sampling_seed=42, judge__concurrency=4)
    settings = {key: value for key, value in settings.items() if key not in ("writer.base_url", "writer.concurrency")}
    judge: dict[str, Any] = {"judge": "server/judge"}
    if name == "longwrite-ruler":
        settings = {key: value for key, value in settings.items() if not key.startswith("judge.")}
        judge = {}
    return BenchRun(name, model=f"transformers/{lm}", out=out, settings=settings, **judge)


def _command(spec: BenchRun) -> list[str]:
    pairs = [f"--set={key}={value}" for key, value in spec.settings.items()]
    judge = ["--judge", spec.judge] if spec.judge else []
    named = ["--model", str(spec.model), *judge, "--out", str(spec.out)]
    return [sys.executable, "-m", "weval", "bench", spec.benchmark, *named, *pairs]


def _killed_at(spec: BenchRun, path: Path, n: int) -> None:
    """Starts the run in a process of its own, and kills it when so many lines are written."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}
    process = subprocess.Popen(_command(spec), env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(60_000):
            if path.exists() and path.read_bytes().count(b"\n") >= n:
                return
            assert process.poll() is None, "the run ended before it was killed"
            time.sleep(0.001)
        pytest.fail("nothing was seen that it was to be killed at")
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


@pytest.mark.slow
@pytest.mark.usefixtures("upstream")
def test_longbench_write_is_written_judged_killed_stopped_and_goes_on(
    lm: Path, server: Server, scripted: Scripted, tmp_path: Path
) -> None:
    calm = run_bench(_spec("longbench-write", lm, server, tmp_path / "calm"))
    result = calm.result
    assert (result.n_items, result.n_scored, result.n_missing) == (N_WRITE, N_WRITE, 0)
    assert result.publishable and not result.benchmark.is_own
    assert {label: found["s_l"].n for label, found in result.by["language"].items() if found["s_l"]} == {
        "en": 59,
        "zh": 61,
    }
    assert [found["s_q"].n for found in result.by["length"].values() if found["s_q"]] == [26, 36, 31, 27]
    n_judged = scripted.n_asked("judge")
    scripted.answered.clear()

    out = tmp_path / "out"
    spec = _spec("longbench-write", lm, server, out)
    _killed_at(spec, out / "responses.jsonl", 10)
    noting = Noting()
    with pytest.raises(KeyboardInterrupt):
        run_bench(spec, Stopping(50))
    n_written = len(rows_of(out / "responses.jsonl"))
    assert 60 <= n_written < N_WRITE
    with pytest.raises(KeyboardInterrupt):
        run_bench(spec, Stopping(N_WRITE - n_written + 40))
    assert told(run_bench(spec, noting)) == told(calm)
    assert noting.begun == [("judging", N_WRITE, 40)]
    assert n_judged == N_WRITE <= scripted.n_asked("judge") < N_WRITE + 20  # those that were on their way at the stop
    for file in ("responses.jsonl", "responses/replies.jsonl", "replies.jsonl", "replies/replies.jsonl"):
        assert len(rows_of(out / file)) == N_WRITE  # none was made twice
        keys = {row.get("key") or row["item"] for row in rows_of(out / file)}
        assert len(keys) == N_WRITE


@pytest.mark.slow
@pytest.mark.usefixtures("upstream")
def test_longwrite_ruler_needs_no_judge(lm: Path, server: Server, tmp_path: Path) -> None:
    calm = run_bench(_spec("longwrite-ruler", lm, server, tmp_path / "calm"))
    spec = _spec("longwrite-ruler", lm, server, tmp_path / "out")
    with pytest.raises(KeyboardInterrupt):
        run_bench(spec, Stopping(7))
    assert told(run_bench(spec)) == told(calm)
    assert (calm.result.n_items, calm.result.n_scored, calm.result.headline) == (N_RULER, N_RULER, "s_l")
    assert calm.result.judge is None and list(calm.result.steps) == ["responses"]
    assert len(rows_of(tmp_path / "out" / "responses.jsonl")) == N_RULER


@pytest.mark.usefixtures("upstream")
def test_the_published_layout_of_texts_is_taken(server: Server, shared: Path, tmp_path: Path) -> None:
    """Prediction rows of the published script, in another order than the requests."""
    path = shared / "data/upstream/THUDM/LongWriter/evaluation/longbench_write_en.jsonl"
    rows = [{**row, "response_length": 3, "response": "word " * row["length"]} for row in rows_of(path)]
    texts = write_rows(tmp_path / "preds.jsonl", rows[::-1])
    spec = BenchRun(
        "longbench-write", judge="server/judge", responses=texts, out=tmp_path / "out",
        settings={"set": "en", "judge.base_url": f"{server.url}/v1", "resamples": "100"},
    )  # fmt: skip
    result = run_bench(spec).result
    assert (result.n_items, result.n_scored, result.benchmark.set) == (60, 60, "en")
    length = result.figures["s_l"].estimate
    assert length is not None and length.value == 100
    assert result.publishable


def test_the_published_prompt_is_asked_word_by_word(server: Server, shared: Path, tmp_path: Path) -> None:
    source = shared / "data" / "upstream"
    fetch_bench("longbench-write", source)
    published = fetch_prompt("writing-quality-6", source).read_text(encoding="utf-8")
    rows = [{"index": n, "text": f"A text with $INST$ and $RESPONSE$ in it, number {n}."} for n in range(1, 121)]
    spec = BenchRun(
        "longbench-write", judge="server/judge", responses=write_rows(tmp_path / "t.jsonl", rows), limit=3,
        out=tmp_path / "out", settings={"judge.base_url": f"{server.url}/v1", "wording": "official", "tries": "1"},
    )  # fmt: skip
    outcome = run_bench(spec)
    asked = {body["messages"][-1]["content"]: body for body in (one.body for one in server.asked)}
    before, middle, after = re.split(r"\$INST\$|\$RESPONSE\$", published)
    for item, row in zip(outcome.items, rows, strict=False):
        body = asked[before + item.prompt + middle + row["text"] + after]
        assert (body["temperature"], body["max_tokens"]) == (0.5, 1024) and len(body["messages"]) == 1
    judge = outcome.result.judge
    assert len(asked) == 3 and judge is not None and "official" in judge.fingerprint["replies"]
