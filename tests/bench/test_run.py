"""The whole way: what is asked, what is asked again, what a stop costs, and what lies in the run's folder."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from tests.adapters.servers import Server
from tests.bench.scripted import (
    NAME,
    Noting,
    Scripted,
    Stopping,
    requests,
    rows_of,
    settings_for,
    spec_for,
    told,
    verdict,
    verdict_on,
    write_rows,
)
from tests.textmodels import fake_batches
from tests.textmodels.servers import chatting
from weval.bench.run import BenchRun, run_bench
from weval.errors import ConfigError, DataError, Pending, ResultError
from weval.run import RunSpec, Watcher, run
from weval.store import read_run
from weval.textmodels.batches.record import BATCHES, Ledger
from weval.textmodels.openai import Server as OpenServer


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return requests(tmp_path)


def test_every_text_is_written_and_judged_once(server: Server, scripted: Scripted, data: Path, tmp_path: Path) -> None:
    noting = Noting()
    outcome = run_bench(spec_for(server, data, tmp_path / "out"), noting)
    assert set(scripted.answered.values()) == {1}
    assert (scripted.n_asked("writer"), scripted.n_asked("judge")) == (6, 6)
    assert noting.begun == [("writing", 6, 0), ("judging", 6, 0)]
    assert noting.notices == []
    result = outcome.result
    assert (result.n_items, result.n_scored, result.n_missing, result.headline) == (6, 6, 0, "s_bar")
    assert result.writer.name == "server/writer" and result.judge is not None
    assert result.judge.fingerprint["replies"]["judge"] == "writing-quality-6"
    assert result.judge.fingerprint["replies"]["model"]["model"] == "judge"
    assert set(result.writer.fingerprint) == {"responses"}
    assert (result.publishable, result.unpublishable_because) == (False, ("some of its data are not the public files",))
    files = {path.name for path in (tmp_path / "out").iterdir()}
    assert {"run.json", "result.json", "responses.jsonl", "replies.jsonl", "responses", "replies"} <= files


def test_the_same_command_again_asks_nothing(server: Server, scripted: Scripted, data: Path, tmp_path: Path) -> None:
    spec = spec_for(server, data, tmp_path / "out")
    first = told(run_bench(spec))
    scripted.answered.clear()
    noting = Noting()
    assert told(run_bench(spec, noting)) == first
    assert not scripted.answered and not noting.begun


def test_a_model_is_let_go_before_the_next_is_asked(
    server: Server, scripted: Scripted, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = list[tuple[str, int, int]]()

    def note(model: OpenServer) -> None:
        seen.append((model.model, scripted.n_asked("writer"), scripted.n_asked("judge")))

    monkeypatch.setattr(OpenServer, "let_go", note, raising=False)
    run_bench(spec_for(server, data, tmp_path / "out"))
    assert seen == [("writer", 6, 0), ("judge", 6, 6)]


@pytest.mark.parametrize("after", [1, 4, 6, 7, 11])
def test_ctrl_c_anywhere_loses_nothing_and_pays_nothing_twice(
    after: int, server: Server, scripted: Scripted, data: Path, tmp_path: Path
) -> None:
    calm = told(run_bench(spec_for(server, data, tmp_path / "calm")))
    scripted.answered.clear()
    spec = spec_for(server, data, tmp_path / "out")
    with pytest.raises(KeyboardInterrupt):
        run_bench(spec, Stopping(after))
    kept = len(rows_of(tmp_path / "out/responses.jsonl")) + len(rows_of(tmp_path / "out/replies.jsonl"))
    assert kept == after
    noting = Noting()
    assert told(run_bench(spec, noting)) == calm
    assert set(scripted.answered.values()) == {1}
    assert sum(total - done for _, total, done in noting.begun) == 12 - after
    assert after in (6, 7) or noting.begun[0][2] == after % 6


def test_what_was_paid_for_is_found_even_where_the_answer_was_not_written_down(
    server: Server, scripted: Scripted, data: Path, tmp_path: Path
) -> None:
    spec = spec_for(server, data, tmp_path / "out")
    calm = told(run_bench(spec))
    for name, n_lines in (("responses", 2), ("replies", 0)):
        path = tmp_path / "out" / f"{name}.jsonl"
        path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:n_lines]))
    (tmp_path / "out" / "result.json").unlink()
    scripted.answered.clear()
    assert told(run_bench(spec)) == calm
    assert not scripted.answered


def test_half_a_line_is_cut_off_and_asked_no_second_time(
    server: Server, scripted: Scripted, data: Path, tmp_path: Path
) -> None:
    spec = spec_for(server, data, tmp_path / "out")
    calm = told(run_bench(spec))
    for name in ("responses.jsonl", "replies.jsonl", "responses/replies.jsonl", "replies/replies.jsonl"):
        path = tmp_path / "out" / name
        path.write_bytes(path.read_bytes()[:-20])
    scripted.answered.clear()
    assert told(run_bench(spec)) == calm
    assert scripted.n_asked("writer") == scripted.n_asked("judge") == 1  # those whose lines were cut off


def test_a_reply_that_cannot_be_read_is_asked_for_again(data: Path, tmp_path: Path) -> None:
    said: dict[str, list[str]] = {}

    def judges(prompt: str) -> str:
        replies = said.setdefault(prompt, ["I would say a five.", "Six out of ten", verdict(4), verdict(1)])
        return replies.pop(0)

    scripted = Scripted(judges=judges)
    with chatting(scripted) as server:
        noting = Noting()
        result = run_bench(spec_for(server, data, tmp_path / "out"), noting).result
        assert [len(left) for left in said.values()] == [1] * 6
        assert noting.begun == [("writing", 6, 0), ("judging", 6, 0), ("judging", 6, 0), ("judging", 6, 0)]
        assert noting.notices == ["replies: 6 calls made again, for replies that can be read"] * 2
        estimate = result.figures["s_q"].estimate
        assert estimate is not None and estimate.value == 75
        step = result.steps["replies"]
        assert (step.n_calls, step.n_unread, step.n_asked_again, step.cost.requests) == (6, 0, 12, 18)
        assert run_bench(spec_for(server, data, tmp_path / "out")).result.figures == result.figures
        assert scripted.n_asked("judge") == 18


def test_what_can_never_be_read_is_missing_and_counted(tmp_path: Path) -> None:
    data = requests(tmp_path, [f"Write a note {n}." + " (unclear)" * (n == 2) for n in range(1, 5)])
    scripted = Scripted(judges=lambda prompt: "No idea." if "(unclear)" in prompt else verdict_on(prompt))
    with chatting(scripted) as server:
        result = run_bench(spec_for(server, data, tmp_path / "out", settings={"tries": "2"})).result
    assert (result.n_scored, result.n_missing) == (3, 1)
    assert result.missing == {"judge: the judge's verdict cannot be read": 1}
    found = result.figures["s_q"]
    assert found.estimate is not None and found.estimate.n == 3 and found.n_missing == 1
    assert found.worst is not None and found.best is not None
    assert found.worst == pytest.approx(found.estimate.value * 3 / 4)
    assert found.best == pytest.approx((found.estimate.value * 3 + 100) / 4)
    assert result.steps["replies"].n_unread == 1 and result.steps["replies"].n_asked_again == 1
    assert "25.0% of the items have no score" in result.unpublishable_because[-1]
    assert {effect.name: effect.n_items for effect in result.repairs}["dropped"] == 1


def test_without_one_score_there_is_no_result(data: Path, tmp_path: Path) -> None:
    with chatting(Scripted(judges=lambda prompt: "No idea.")) as server:
        spec = spec_for(server, data, tmp_path / "out", limit=3)
        with pytest.raises(ResultError, match=r"^longbench-write: not one of 3 items has a score, for example: judge"):
            run_bench(spec)
    assert not (tmp_path / "out" / "result.json").exists()
    assert len(rows_of(tmp_path / "out" / "replies.jsonl")) == 9


def test_other_settings_are_another_run_and_the_change_is_named(
    server: Server, scripted: Scripted, data: Path, tmp_path: Path
) -> None:
    spec = spec_for(server, data, tmp_path / "out")
    run_bench(spec)
    scripted.answered.clear()
    (tmp_path / "judge").mkdir()
    own = shutil.copytree(Path("weval/prompts/writing-quality-6").absolute(), tmp_path / "judge" / "mine")
    changed = {
        "writer.temperature=1": "steps.responses.model.temperature was 0.5, is 1.0",
        "judge.max_tokens=9": "steps.replies.model.max_tokens was 2048, is 9",
        "tries=4": "options.tries was 3, is 4",
        "mode=original": 'options.mode was "repaired", is "original"',
        f"prompt={own}": "options.prompt was null, is ",
    }
    for setting, said in changed.items():
        key, _, value = setting.partition("=")
        with pytest.raises(ResultError, match="holds a different run") as caught:
            run_bench(replace(spec, settings={**spec.settings, key: value}))
        assert said in str(caught.value)
    others = {
        "model": ("server/other", 'writer.name was "server/writer", is "server/other"'),
        "judge": ("server/other", 'judge.name was "server/judge", is "server/other"'),
        "limit": (2, "limit was null, is 2"),
    }
    for name, (value, said) in others.items():
        with pytest.raises(ResultError) as caught:
            run_bench(replace(spec, **{name: value}))
        assert said in str(caught.value)
    data.write_text(data.read_text().replace("number 1", "number one"))
    with pytest.raises(ResultError, match=r"files\.prompts was"):
        run_bench(spec)
    assert not scripted.answered


def test_neutral_settings_may_change(server: Server, scripted: Scripted, data: Path, tmp_path: Path) -> None:
    spec = spec_for(server, data, tmp_path / "out")
    with pytest.raises(KeyboardInterrupt):
        run_bench(spec, Stopping(8))
    more = {"judge.concurrency": "3", "writer.timeout_s": "9", "judge.attempts": "2", "resamples": "200"}
    result = run_bench(replace(spec, settings={**spec.settings, **more}, limit=6)).result
    assert result.resamples == 200
    assert set(scripted.answered.values()) == {1}
    assert read_run(tmp_path / "out").evaluate == {"resamples": 200}


def test_fresh_forgets_and_tells_of_batches_that_nobody_collected(
    server: Server, scripted: Scripted, data: Path, tmp_path: Path
) -> None:
    spec = spec_for(server, data, tmp_path / "out")
    run_bench(spec)
    ledger = Ledger(tmp_path / "out" / "replies", "m")
    ledger.created(ledger.intended("0" * 16, ["a", "b"]), "batch-7")
    noting = Noting()
    run_bench(replace(spec, settings={**spec.settings, "tries": "4"}, fresh=True), noting)
    assert noting.notices == ["batch-7 was never collected; its 2 replies are paid for unless you cancel it there"]
    assert not (tmp_path / "out" / "replies" / BATCHES).exists()
    assert set(scripted.answered.values()) == {2}


def test_runs_of_another_kind_are_left_as_they_are(server: Server, data: Path, tmp_path: Path) -> None:
    def content(folder: Path) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file() and path.name != ".lock"}

    task = RunSpec("length", "weval-mini", limit=5, out=tmp_path / "task")
    run(task)
    spec = spec_for(server, data, tmp_path / "bench")
    run_bench(spec)
    before = {name: content(tmp_path / name) for name in ("task", "bench")}
    for fresh in (False, True):
        with pytest.raises(ResultError, match="holds no run of weval bench, but one of weval run; choose another"):
            run_bench(replace(spec, out=tmp_path / "task", fresh=fresh))
        with pytest.raises(ResultError, match="holds a run of weval bench, which is another kind of run"):
            run(replace(task, out=tmp_path / "bench", fresh=fresh))
    assert {name: content(tmp_path / name) for name in ("task", "bench")} == before


def test_a_folder_is_for_one_run_at_a_time(server: Server, data: Path, tmp_path: Path) -> None:
    spec = spec_for(server, data, tmp_path / "out")

    class Nested(Watcher):
        def scored(self) -> None:
            run_bench(spec)

    with pytest.raises(ResultError, match="another run is writing here"):
        run_bench(spec, Nested())


def test_a_broken_file_of_the_run_is_named_with_its_line(server: Server, data: Path, tmp_path: Path) -> None:
    spec = spec_for(server, data, tmp_path / "out")
    run_bench(spec)
    path = tmp_path / "out" / "replies.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:2], b'{"item": 3}\n', *lines[3:]]))
    with pytest.raises(DataError, match=r"replies\.jsonl:3: item: "):
        run_bench(spec)


def test_texts_that_are_here_are_judged_and_no_writer_is_asked(
    server: Server, scripted: Scripted, data: Path, tmp_path: Path
) -> None:
    rows = [{"index": n, "response": "word " * (90 + n)} for n in range(1, 6)] + [{"index": 6, "response": " "}]
    noting = Noting()
    spec = spec_for(server, data, tmp_path / "out", model="mine", responses=write_rows(tmp_path / "texts.jsonl", rows))
    spec = replace(spec, settings={k: v for k, v in spec.settings.items() if not k.startswith("writer.")})
    result = run_bench(spec, noting).result
    assert (scripted.n_asked("writer"), scripted.n_asked("judge")) == (0, 5)
    assert result.writer.name == "mine" and result.writer.given and set(result.writer.fingerprint) == {"file"}
    assert result.n_scored == 6  # an empty text is an outcome, with the lowest marks
    assert {effect.name: effect.n_items for effect in result.repairs}["unwritten"] == 1
    assert result.steps["responses"].cost.requests == 0
    scripted.answered.clear()
    assert run_bench(spec).result.figures == result.figures
    assert not scripted.answered
    rows[0]["response"] = "another"
    write_rows(tmp_path / "texts.jsonl", rows)
    with pytest.raises(ResultError, match=r"writer\.fingerprint\.file was"):
        run_bench(spec)


def test_items_that_a_file_has_nothing_for_are_missing_and_told(server: Server, data: Path, tmp_path: Path) -> None:
    rows = [{"index": n, "text": "word " * 100} for n in (1, 2, 4)]
    path = write_rows(tmp_path / "texts.jsonl", rows)
    noting = Noting()
    spec = BenchRun(
        NAME, judge="server/judge", data=data, responses=path, out=tmp_path / "out", limit=5,
        settings={"judge.base_url": f"{server.url}/v1"},
    )  # fmt: skip
    result = run_bench(spec, noting).result
    assert noting.notices == [f"{path} has nothing for 2 of 5 items"]
    assert (result.writer.name, result.n_items, result.n_scored, result.n_missing) == ("texts", 5, 3, 2)
    assert result.missing == {"writer: there is no text": 2}
    scored = result.figures["s_l"]
    assert scored.n_missing == 2 and scored.estimate is not None and scored.estimate.n == 3


def test_verdicts_that_are_here_are_aggregated_and_nobody_is_asked(data: Path, tmp_path: Path) -> None:
    rows = [{"item": str(n), "replies": ["hm", verdict(n)]} for n in range(1, 5)] + [{"item": "5", "text": "no"}]
    path = write_rows(tmp_path / "gpt.jsonl", rows)
    noting = Noting()
    result = run_bench(BenchRun(NAME, data=data, replies=path, out=tmp_path / "out"), noting).result
    assert noting.notices == [f"{path} has nothing for 1 of 6 items"]
    assert result.headline == "s_q"
    assert (result.n_scored, result.n_missing) == (4, 2)
    quality = result.figures["s_q"].estimate
    assert quality is not None and quality.value == pytest.approx(37.5)
    for name in ("s_l", "s_bar"):
        assert result.figures[name].estimate is None and result.figures[name].n_missing == 0
    assert result.judge is not None and result.judge.name == "gpt" and result.judge.given
    assert result.steps["replies"].n_unread == 1
    assert result.steps["responses"].n_calls == 0


def _command(spec_settings: dict[str, str], data: Path, out: Path) -> list[str]:
    pairs = [f"--set={key}={value}" for key, value in spec_settings.items()]
    named = ["--model", "server/writer", "--judge", "server/judge", "--data", str(data), "--out", str(out)]
    return [sys.executable, "-m", "weval", "bench", NAME, *named, *pairs, "--json"]


@pytest.mark.slow
def test_a_run_that_is_killed_comes_to_the_same_and_pays_once(
    server: Server, scripted: Scripted, tmp_path: Path
) -> None:
    data = requests(tmp_path, 30)
    calm = told(run_bench(spec_for(server, data, tmp_path / "calm")))
    scripted.answered.clear()
    settings = settings_for(server, writer__concurrency=4, judge__concurrency=4)
    command, out = _command(settings, data, tmp_path / "out"), tmp_path / "out"
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}
    for name, n in (("responses.jsonl", 11), ("replies.jsonl", 17)):
        scripted.hang_after(n if name == "responses.jsonl" else 30 - 11 + n)
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            for _ in range(30_000):
                if scripted.hangs.is_set() and (out / name).exists() and (out / name).read_bytes().count(b"\n") == n:
                    break
                assert process.poll() is None, "the run ended before it was killed"
                time.sleep(0.002)
            else:
                pytest.fail("nothing was seen that it was to be killed at")
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()
        assert not (out / "result.json").exists()
    scripted.stop_hanging()
    noting = Noting()
    assert told(run_bench(spec_for(server, data, out, settings=settings), noting)) == calm
    assert noting.begun == [("judging", 30, 17)]
    assert set(scripted.answered.values()) == {1}


def test_texts_that_are_written_in_a_batch_are_collected_by_the_same_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", fake_batches.KEY)
    data = requests(tmp_path, [f"say {'tea ' * (n + 1)}" for n in range(3)])
    with fake_batches.serving() as fake:
        fake.ends = False
        settings = {"writer.base_url": fake.url, "writer.batch": "leave", "resamples": "100"}
        out = tmp_path / "out"
        spec = BenchRun("longwrite-ruler", model="openai/gpt-4o", data=data, out=out, settings=settings)
        for _ in range(2):
            with pytest.raises(Pending):
                run_bench(spec)
            assert len(fake.batches) == 1
        with pytest.raises(ConfigError, match="batch=off: this is being answered in a batch"):
            run_bench(replace(spec, settings={**settings, "writer.batch": "off"}))
        fake.end()
        result = run_bench(spec).result
        assert (result.n_scored, result.steps["responses"].statuses, len(fake.batches)) == (3, {"ok": 3}, 1)
        assert result.steps["responses"].cost.usd is None  # that server's price is not known
        assert run_bench(spec).result == result and len(fake.batches) == 1
        noting = Noting()
        fake.ends = False
        with pytest.raises(Pending):
            run_bench(replace(spec, fresh=True), noting)
        assert noting.notices == []
        with pytest.raises(Pending):
            run_bench(replace(spec, fresh=True), noting)
        (said,) = noting.notices
        assert "was never collected; its 3 replies are paid for unless you cancel it there" in said
