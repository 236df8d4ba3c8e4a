"""Texts of 32,768 tokens: on disk as they come, never held together, a stop in the middle of one loses only that."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.bench.scripted import Scripted, Stopping, number, requests, rows_of, told, verdict_on, write_rows
from tests.textmodels.servers import chatting
from weval.bench.run import BenchRun, run_bench
from weval.textmodels import TextModelOptions
from weval.textmodels.local.model import WINDOW_CHARS, Local
from weval.types import Prompt

N_TEXTS, N_CHARS = 80, 150_000

MEASURED = """
import json, sys, tracemalloc
from pathlib import Path
from weval.bench.run import BenchRun, run_bench

said = json.loads(sys.argv[1])
def spec(out, **more):
    return BenchRun(data=Path(said["data"]), settings=said["settings"], out=Path(said["out"]) / out, **more)
given = {"benchmark": "longbench-write", "model": "server/writer", "judge": "server/judge"}
if said["responses"]:
    given = {"benchmark": "longwrite-ruler", "responses": Path(said["responses"])}
run_bench(spec("first", limit=1, **given))  # what is loaded on the way is not what is measured
tracemalloc.start()
before = tracemalloc.get_traced_memory()[0]
result = run_bench(spec("all", **given)).result
print(json.dumps({"peak": tracemalloc.get_traced_memory()[1] - before, "n": result.n_scored}))
"""


def _peak(folder: Path, settings: dict[str, str], responses: Path | None = None) -> int:
    """Bytes that a run of all texts took at most, in a process of its own."""
    data = requests(folder, N_TEXTS)
    settings = {"resamples": "100", **settings}
    said = {"data": str(data), "out": str(folder), "settings": settings, "responses": responses and str(responses)}
    ran = subprocess.run(
        [sys.executable, "-c", MEASURED, json.dumps(said)],
        env={**os.environ, "OMP_NUM_THREADS": "1"}, capture_output=True, text=True, timeout=240,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout)
    assert found["n"] == N_TEXTS
    return int(found["peak"])


def _long(prompt: str) -> str:
    word = f"{number(prompt):x>149} "  # a thousand of them: to count more would be most of the time
    return word * (N_CHARS // len(word))


@pytest.mark.slow
def test_long_texts_are_never_held_together(tmp_path: Path) -> None:
    """Together they are 12 MB. A few are on their way at once, each in a handful of forms."""
    with chatting(Scripted(writes=_long, judges=lambda prompt: verdict_on(prompt[-3000:]))) as server:
        url = f"{server.url}/v1"
        settings = {f"{role}.{name}": value for role in ("writer", "judge") for name, value in
                    (("base_url", url), ("concurrency", "4"))}  # fmt: skip
        peak = _peak(tmp_path, settings)
    assert (tmp_path / "all" / "responses.jsonl").stat().st_size > 0.95 * N_TEXTS * N_CHARS
    assert peak < N_TEXTS * N_CHARS / 2


@pytest.mark.slow
def test_nor_are_those_of_a_file(tmp_path: Path) -> None:
    rows = [{"index": n, "text": _long(str(n))} for n in range(1, N_TEXTS + 1)]
    texts = write_rows(tmp_path / "texts.jsonl", rows)
    assert _peak(tmp_path, {}, texts) < N_TEXTS * N_CHARS / 2


def test_a_local_judge_reads_a_few_long_texts_at_a_time() -> None:
    windows = list[int]()

    class Counting(Local):
        def _answered(self, prompts: Any) -> Any:
            windows.append(sum(len(text) for prompt in prompts for _, text in prompt.messages))
            return iter(())

    long = (Prompt(str(n), (("user", "x" * N_CHARS),)) for n in range(N_TEXTS))
    assert list(Counting("m", TextModelOptions()).replies(long)) == []
    assert sum(windows) == N_TEXTS * N_CHARS
    assert max(windows) < WINDOW_CHARS + N_CHARS < N_TEXTS * N_CHARS / 2


def test_a_stop_in_the_middle_of_a_text_loses_only_that_one(
    lm: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from transformers import Qwen2ForCausalLM

    out, steps = tmp_path / "out", {"made": 0, "in_this_text": 0, "stop": 5}
    forward = Qwen2ForCausalLM.forward

    def counted(*arguments: Any, **named: Any) -> Any:
        steps["made"] += 1
        path = out / "responses.jsonl"
        if path.exists() and path.read_bytes().count(b"\n") == 2:
            steps["in_this_text"] += 1
            if steps["in_this_text"] == steps["stop"]:
                raise KeyboardInterrupt
        return forward(*arguments, **named)

    monkeypatch.setattr(Qwen2ForCausalLM, "forward", counted)
    settings = {"writer.max_tokens": "20", "resamples": "100"}
    data = requests(tmp_path, 5)
    spec = BenchRun("longwrite-ruler", model=f"transformers/{lm}", data=data, settings=settings, out=out)
    with pytest.raises(KeyboardInterrupt):
        run_bench(spec)
    kept = (out / "responses.jsonl").read_bytes()
    assert kept.count(b"\n") == 2
    assert steps["in_this_text"] == 5
    steps |= {"made": 0, "stop": -1}
    outcome = run_bench(spec)
    assert (out / "responses.jsonl").read_bytes().startswith(kept)
    written = [row["tokens_out"] for row in rows_of(out / "responses.jsonl")]
    assert len(written) == 5 and steps["made"] == sum(written[2:])
    calm = run_bench(BenchRun(**{**{k: getattr(spec, k) for k in spec.__dataclass_fields__}, "out": tmp_path / "calm"}))
    assert told(outcome) == told(calm)


def test_a_stop_while_texts_are_on_their_way_keeps_those_that_came(tmp_path: Path) -> None:
    """Of several requests at once, those that were answered are kept; the others are asked again."""
    from tests.bench.scripted import spec_for

    data = requests(tmp_path, 12)
    with chatting(Scripted(writes=_long)) as server:
        spec = spec_for(server, data, tmp_path / "out", settings={"writer.concurrency": "4"})
        with pytest.raises(KeyboardInterrupt):
            run_bench(spec, Stopping(5))
        kept = rows_of(tmp_path / "out" / "responses.jsonl")
        assert len(kept) == 5
        assert run_bench(spec).result.n_scored == 12
    assert rows_of(tmp_path / "out" / "responses.jsonl")[:5] == kept
