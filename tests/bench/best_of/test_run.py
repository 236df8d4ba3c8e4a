"""The whole way: the curve as computed by hand, what is asked once, what a kill costs, and what is refused."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from tests.adapters.servers import Server
from tests.bench.best_of.raters import Picky, Seeded, best_of_run
from tests.bench.scripted import NAME, Noting, Stopping, rows_of, settings_for, write_rows
from weval.bench.best_of import BestOf, BestOfRun, estimate_best_of, run_best_of
from weval.bench.ready import BenchRun
from weval.errors import ConfigError, ResultError


def curve(best: BestOf, figure: str) -> list[float]:
    estimates = [point.figures[figure].estimate for point in best.result.points]
    return [estimate.value for estimate in estimates if estimate]


def test_the_curve_rises_as_computed_by_hand(done: BestOf, seeded: Seeded) -> None:
    # Marks 1 to 4 are 0, 25, 50, 75; of two the best has rank 1, 2, 3 with 3, 2, 1 of 6.
    assert [point.n for point in done.result.points] == [1, 2, 4]
    assert curve(done, "s_q") == pytest.approx([37.5, (3 * 75 + 2 * 50 + 25) / 6, 75.0])
    words = [point.words.value for point in done.result.points if point.words]
    assert words == pytest.approx([50, (3 * 80 + 2 * 60 + 40) / 6, 80])
    # With every item alike, the interval is the value; the judge could not have chosen better.
    gain = done.result.points[-1].gain
    assert gain is not None and gain.value == pytest.approx(curve(done, "s_bar")[-1] - curve(done, "s_bar")[0])
    assert done.result.points[0].gain is None
    for point in done.result.points:
        headline = point.figures["s_bar"].estimate
        assert headline and point.ceiling and point.ceiling.value == pytest.approx(headline.value)
    assert done.result.kendall is not None and done.result.kendall.value == 1.0
    assert (done.result.n_items, done.result.n_scored, done.result.n_missing) == (3, 3, 0)
    assert (seeded.n_asked("writer"), seeded.n_asked("judge")) == (12, 12)


def test_the_best_of_one_is_the_mean_of_the_runs(done: BestOf) -> None:
    of_runs = [sample.result.figures["s_bar"].estimate for sample in done.samples]
    assert curve(done, "s_bar")[0] == pytest.approx(sum(found.value for found in of_runs if found) / 4)
    assert [sample.folder.name for sample in done.samples] == [f"sample-{k}" for k in range(1, 5)]


def test_the_same_again_asks_nobody_and_another_reward_model_asks_only_itself(
    done: BestOf, seeded: Seeded, seeded_server: Server, data: Path, tmp_path: Path
) -> None:
    seeded.answered.clear()
    again = run_best_of(best_of_run(seeded_server, data, tmp_path / "root"))
    assert again.result == done.result and not seeded.answered
    other = run_best_of(best_of_run(seeded_server, data, tmp_path / "root", reward="shortest"))
    assert curve(other, "s_q") == pytest.approx([37.5, (50 + 2 * 25) / 6, 0.0])
    assert other.result.kendall is not None and other.result.kendall.value == -1.0
    assert not seeded.answered and other.folder == tmp_path / "root" / "by-shortest"


def test_more_texts_are_written_beside_those_that_are_there(
    seeded: Seeded, seeded_server: Server, data: Path, tmp_path: Path
) -> None:
    two = run_best_of(best_of_run(seeded_server, data, tmp_path / "root", n=2))
    assert curve(two, "s_q") == pytest.approx([12.5, 25.0])
    four = run_best_of(best_of_run(seeded_server, data, tmp_path / "root"))
    assert curve(four, "s_q")[-1] == 75.0
    assert seeded.n_asked("writer") == 12
    assert len(rows_of(tmp_path / "root" / "by-length" / "rewards.jsonl")) == 12


def test_texts_without_a_reward_are_never_chosen_and_counted(seeded_server: Server, data: Path, tmp_path: Path) -> None:
    Picky.asked.clear()
    best = run_best_of(
        best_of_run(seeded_server, data, tmp_path / "root", reward=f"plugin:{Picky.__module__}:Picky")
    ).result
    assert (best.n_scored, best.n_missing) == (2, 1)
    assert best.missing == {"none of its texts has a reward": 1}
    assert (best.texts.n, best.texts.n_unscored) == (12, 4 + 2)
    assert best.unscored == {"I would rather not": 6}
    found = best.points[1].figures["s_q"]  # of 20, 40, 60, 80 words: 80 in 3 of 6, 40 in 2, 20 in 1 (with 60)
    assert found.estimate is not None and found.estimate.value == pytest.approx((3 * 75 + 2 * 25) / 6)
    assert (found.n_missing, found.worst) == (1, pytest.approx(found.estimate.value * 2 / 3))
    assert any("have no reward" in said for said in best.notices)
    request = Picky.asked[0]  # a requirement that is the whole prompt
    assert request.requirement is not None and request.asked == request.query and len(request.responses) == 1


def test_an_item_with_a_verdict_that_cannot_be_read_is_missing_at_every_n(
    seeded: Seeded, seeded_server: Server, data: Path, tmp_path: Path
) -> None:
    sound = seeded.judges
    seeded.judges = lambda prompt: "Hm." if "number 3" in prompt and prompt.count("word ") == 36 else sound(prompt)
    best = run_best_of(best_of_run(seeded_server, data, tmp_path / "root")).result
    assert best.n_missing == 1 and list(best.missing.values()) == [1]
    for point in best.points:
        assert point.figures["s_bar"].n_missing == 1 and point.figures["s_l"].n_missing == 0
        estimate = point.figures["s_bar"].estimate
        assert estimate is not None and estimate.n == 2


def test_an_empty_text_stands_behind_all_others(
    seeded: Seeded, seeded_server: Server, data: Path, tmp_path: Path
) -> None:
    sound = seeded.writes
    seeded.writes = lambda prompt: " " if prompt.startswith("3") else sound(prompt)
    best = run_best_of(best_of_run(seeded_server, data, tmp_path / "root"))
    assert best.result.texts.n_empty == 3 and best.result.texts.n_unscored == 0
    assert curve(best, "s_q") == pytest.approx([75 / 4, (3 * 50 + 2 * 25) / 6, 50.0])


def test_equal_texts_are_told_and_asked_about_once(
    seeded: Seeded, seeded_server: Server, data: Path, tmp_path: Path
) -> None:
    seeded.writes = lambda prompt: "Tea."
    best = run_best_of(best_of_run(seeded_server, data, tmp_path / "root"))
    assert best.result.notices[0] == "all texts are the same on 3 items: there is nothing to choose"
    assert len(rows_of(best.folder / "rewards.jsonl")) == 3


@pytest.mark.parametrize("after", [4, 11, 26])
def test_ctrl_c_anywhere_pays_nothing_twice(
    after: int, done: BestOf, seeded: Seeded, seeded_server: Server, data: Path, tmp_path: Path
) -> None:
    seeded.answered.clear()
    spec = best_of_run(seeded_server, data, tmp_path / "again")
    with pytest.raises(KeyboardInterrupt):
        run_best_of(spec, Stopping(after))
    assert run_best_of(spec).result == done.result
    assert set(seeded.answered.values()) == {1}


def test_fresh_writes_all_again_and_a_changed_reward_model_is_another_choice(
    done: BestOf, seeded: Seeded, seeded_server: Server, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = best_of_run(seeded_server, data, tmp_path / "root", reward=f"plugin:{Picky.__module__}:Picky")
    run_best_of(spec)
    monkeypatch.setattr(Picky, "fingerprint", {"picky": 2})
    with pytest.raises(ResultError, match=r"holds a different run; reward\.fingerprint"):
        run_best_of(spec)
    seeded.answered.clear()
    run_best_of(replace(spec, run=replace(spec.run, fresh=True)))
    assert seeded.n_asked("writer") == 12


def test_texts_that_are_here_need_no_writer(tmp_path: Path, data: Path) -> None:
    rows = [{"item": str(i), "sample": k, "text": "tea " * (60 * k)} for i in (1, 2, 3) for k in (1, 2, 3)]
    path = write_rows(tmp_path / "several.jsonl", rows)
    run = BenchRun("longwrite-ruler", data=data, responses=path, out=tmp_path / "root", settings={"resamples": "100"})
    best = run_best_of(BestOfRun(run, 2, "length"))
    assert best.result.writer.name == "several" and best.result.n_texts == 2
    assert [point.words.value for point in best.result.points if point.words] == [90, 120]


def test_an_estimate_is_of_all_texts(seeded: Seeded, seeded_server: Server, data: Path, tmp_path: Path) -> None:
    found = estimate_best_of(best_of_run(seeded_server, data, tmp_path / "root"))
    assert [(line.role, line.calls) for line in found.lines] == [("writer", 12), ("judge", 12), ("rater", 12)]
    assert not seeded.answered and not (tmp_path / "root").exists()


def test_what_cannot_be_is_refused_before_anybody_is_asked(
    seeded: Seeded, seeded_server: Server, data: Path, tmp_path: Path
) -> None:
    spec = best_of_run(seeded_server, data, tmp_path / "root")

    def refused(said: str, **more: object) -> None:
        with pytest.raises(ConfigError, match=said) as caught:
            run_best_of(replace(spec, **more))
        assert "\n" not in str(caught.value)

    refused("--best-of 1: at least 2", n=1)
    refused("--reward MODEL, who chooses", reward=None)
    refused("--reward first: judges by list", reward="first")
    refused("--reward nobody|unknown model 'nobody'", reward="nobody")
    refused("--replies: has no place", run=replace(spec.run, replies=data))
    assert not seeded.answered and not (tmp_path / "root").exists()


@pytest.mark.slow
def test_a_run_that_is_killed_comes_to_the_same_and_pays_once(
    done: BestOf, seeded: Seeded, seeded_server: Server, data: Path, tmp_path: Path
) -> None:
    seeded.answered.clear()
    out, settings = tmp_path / "killed", settings_for(seeded_server)
    command = [sys.executable, "-m", "weval", "bench", NAME, "--model", "server/writer", "--judge", "server/judge"]
    command += ["--data", str(data), "--out", str(out), "--best-of", "4", "--reward", "length"]
    command += [f"--set={key}={value}" for key, value in settings.items()]
    seeded.hang_after(8)  # in the second sample, two texts written
    last = out / "sample-2" / "responses.jsonl"
    process = subprocess.Popen(command, env={**os.environ, "OMP_NUM_THREADS": "1"}, stdout=subprocess.DEVNULL)
    try:
        for _ in range(20_000):
            if seeded.hangs.is_set() and last.exists() and last.read_bytes().count(b"\n") == 2:
                break
            assert process.poll() is None, "the run ended before it was killed"
            time.sleep(0.002)
        else:
            pytest.fail("nothing was seen that it was to be killed at")
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    seeded.stop_hanging()
    noting = Noting()
    assert run_best_of(best_of_run(seeded_server, data, out), noting).result == done.result
    assert noting.begun[0] == ("writing", 3, 2)
    assert set(seeded.answered.values()) == {1}
