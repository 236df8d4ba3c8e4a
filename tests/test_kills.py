"""Killed at any moment, nothing is lost and nothing doubled: at random, before any file event, within any write."""

from __future__ import annotations

import json
import random
import shutil
import signal
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.bench.benches import verdict, write_lines, write_requests
from tests.factories import make_item, write_items
from tests.mortal import Mortal
from weval.appending import is_cut_off
from weval.bench.readback import read_bench_run
from weval.errors import ResultError
from weval.readback import read_back, read_result
from weval.scorefiles import SEALED
from weval.store import LOCK, RESULT, RUN, SCORES, read_rows, read_run

N_KILLS = 100
N_ITEMS = 6
SEED = 11

KILLED = -signal.SIGKILL
TOO_LONG = -signal.SIGXFSZ
"""How one ends that would have written beyond the limit."""


@pytest.fixture(scope="module")
def mortal() -> Iterator[Mortal]:
    with Mortal() as found:
        yield found


@pytest.fixture
def items(tmp_path: Path) -> Path:
    return write_items(tmp_path / "items.jsonl", [make_item(f"i{n}") for n in range(N_ITEMS)])


@pytest.fixture
def benched(tmp_path: Path) -> Mapping[str, Path]:
    """The files of a benchmark with texts and verdicts that are there already."""
    names = [str(n) for n in range(1, 4)]
    return {
        "data": write_requests(tmp_path / "requests.jsonl", (100, 600, 3000)),
        "responses": write_lines(tmp_path / "texts", [{"item": name, "text": f"tea {name} " * 50} for name in names]),
        "replies": write_lines(tmp_path / "marks", [{"item": name, "text": verdict(3)} for name in names]),
    }


def failed(folder: Path) -> bool:
    return "failed" in json.loads((folder / RESULT).read_bytes())["statuses"]


def finished(mortal: Mortal, about: Mapping[str, Any], why: str) -> None:
    """Has a run done to its end, asking again for what failed, as a user would."""
    for _ in range(20):
        assert mortal.order("run", about) == 0, why
        if not failed(about["out"]):
            return
    raise AssertionError(f"always some answer that failed; {why}")


def check_readable(folder: Path, why: str) -> None:
    """Whatever was going on: a folder of a run that can be read, or one in which nothing has begun."""
    names = {path.name for path in folder.iterdir()} if folder.exists() else set()
    assert names <= {RUN, SCORES, SEALED, RESULT, LOCK, f".{RUN}.part", f".{RESULT}.part"}, why
    if RUN not in names:
        assert not names & {SCORES, SEALED, RESULT}, why
        return
    read_run(folder)
    try:
        run = read_back(folder)
        assert sum(run.joined.statuses.values()) == 3 * N_ITEMS, why
    except ResultError as error:
        assert is_cut_off(folder / SCORES) and "cut off when it was killed" in str(error), why
    if RESULT in names:
        read_result(folder)


def check_like(out: Path, undisturbed: Path, why: str) -> None:
    """The same result to the byte, every request answered once, and nothing left lying about."""
    assert (out / RESULT).read_bytes() == (undisturbed / RESULT).read_bytes(), why
    assert {path.name for path in out.iterdir()} == {path.name for path in undisturbed.iterdir()}, why
    ids = [[row.id for _, row in read_rows(folder) if row.status == "ok"] for folder in (out, undisturbed)]
    assert len(ids[0]) == len({*ids[0]}) == 3 * N_ITEMS and {*ids[0]} == {*ids[1]}, why
    assert {path.name for path in (out / SEALED).glob("*")} <= {"00000.parquet", "00001.parquet"}, why


@pytest.mark.slow
def test_killed_a_hundred_times_at_random_a_run_loses_and_doubles_nothing(
    mortal: Mortal, items: Path, tmp_path: Path
) -> None:
    about = {"data": items, "seal_rows": 2 * N_ITEMS}
    finished(mortal, {**about, "out": tmp_path / "undisturbed"}, "")
    assert [path.name for path in (tmp_path / "undisturbed" / SEALED).iterdir()] == ["00000.parquet"]
    draw, kills, rounds, longest_s = random.Random(SEED), 0, 0, 0.05
    while kills < N_KILLS:
        out = tmp_path / str(rounds)
        while True:
            after_s = draw.uniform(0, longest_s)
            why = f"seed {SEED}, round {rounds}, kill {kills}, after {after_s:.4f} s"
            code = mortal.order("run", {**about, "out": out}, after_s)
            assert code in (0, KILLED), why
            if code == 0:
                break
            kills += 1
            check_readable(out, why)
            # So that any moment of a run can be hit, on any machine, and a run can also end.
            longest_s *= 1.1
        longest_s *= 0.8
        finished(mortal, {**about, "out": out}, why)
        check_like(out, tmp_path / "undisturbed", why)
        rounds += 1
        assert rounds < N_KILLS, "runs end before they can be killed"


def deaths(order: Callable[..., int], limits: range) -> Iterator[str]:
    """Gives the order again and again, and dies before each file event of it, then beyond each of these lengths.

    After every death comes why, in words; where the order comes to its end, the next way to die.
    """
    nth = 0
    while True:
        nth += 1
        code = order(event=nth)
        assert code in (0, KILLED)
        if code == 0:
            break
        yield f"before event {nth}"
    assert nth > 1, "nothing was opened"
    for beyond in limits:
        code = order(beyond=beyond)
        assert code in (0, TOO_LONG)
        if code:
            yield f"beyond {beyond} bytes"


@pytest.mark.slow
def test_killed_before_any_file_event_or_within_any_write_a_run_goes_on(
    mortal: Mortal, items: Path, tmp_path: Path
) -> None:
    about = {"data": items, "seal_rows": 10**6}
    finished(mortal, {**about, "out": tmp_path / "undisturbed"}, "")
    at = iter(range(10_000))
    out = tmp_path / "first"

    def order(**death: int) -> int:
        nonlocal out
        out = tmp_path / f"out{next(at)}"
        return mortal.order("run", {**about, "out": out}, folder=str(out), **death)

    n = 0
    for why in deaths(order, range(0, 5000, 499)):
        check_readable(out, why)
        finished(mortal, {**about, "out": out}, why)
        check_like(out, tmp_path / "undisturbed", why)
        n += 1
    assert n > 15


def test_killed_at_any_moment_of_sealing_each_answer_is_there_once(mortal: Mortal, items: Path, tmp_path: Path) -> None:
    about = {"data": items, "seal_rows": 10**6}
    finished(mortal, {**about, "out": tmp_path / "run"}, "")
    log = (tmp_path / "run" / SCORES).read_bytes()
    whole = list(read_rows(tmp_path / "run"))
    folder = tmp_path / "sealed"

    def order(**death: int) -> int:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        (folder / SCORES).write_bytes(log)
        return mortal.order("seal", {"folder": folder}, folder=str(folder), **death)

    n = 0
    for why in deaths(order, range(0, 4000, 399)):
        assert list(read_rows(folder)) == whole, why
        assert mortal.order("seal", {"folder": folder}) == 0, why
        assert list(read_rows(folder)) == whole, why
        assert sorted(path.name for path in folder.rglob("*")) == ["00000.parquet", SEALED], why
        n += 1
    assert n > 10


@pytest.mark.slow
def test_killed_before_any_file_event_or_within_any_write_a_benchmark_goes_on(
    mortal: Mortal, benched: Mapping[str, Path], tmp_path: Path
) -> None:
    undisturbed, out = tmp_path / "undisturbed", tmp_path / "first"
    assert mortal.order("bench", {"out": undisturbed, **benched}) == 0
    at = iter(range(10_000))

    def order(**death: int) -> int:
        nonlocal out
        out = tmp_path / f"out{next(at)}"
        return mortal.order("bench", {"out": out, **benched}, folder=str(out), **death)

    n = 0
    for why in deaths(order, range(0, 4000, 499)):
        if (out / RUN).exists():
            try:
                read_bench_run(out)
            except ResultError as error:
                assert any(said in str(error) for said in ("cut off when it was killed", "not one", "no item")), why
        assert mortal.order("bench", {"out": out, **benched}) == 0, why
        assert (out / RESULT).read_bytes() == (undisturbed / RESULT).read_bytes(), why
        for name in ("responses.jsonl", "replies.jsonl"):
            assert (out / name).read_bytes() == (undisturbed / name).read_bytes(), why
        n += 1
    assert n > 15


def test_a_file_is_written_whole_or_not_at_all(mortal: Mortal, tmp_path: Path) -> None:
    path, old, new = tmp_path / "a.json", "old " * 300, "new " * 500
    path.write_text(old, encoding="utf-8")

    def order(**death: int) -> int:
        return mortal.order("text", {"path": path, "text": new}, folder=str(tmp_path), **death)

    n = 0
    for why in deaths(order, range(0, 2000, 97)):
        assert path.read_text(encoding="utf-8") in (old, new), why
        path.write_text(old, encoding="utf-8")
        n += 1
    assert n > 20
    assert mortal.order("text", {"path": path, "text": new}) == 0
    assert [found.name for found in tmp_path.iterdir()] == ["a.json"]


@pytest.mark.parametrize("kind", ["indexed", "step"])
def test_lines_that_are_appended_are_whole_or_cut_off(kind: str, mortal: Mortal, tmp_path: Path) -> None:
    path, undisturbed, n_rows = tmp_path / "rows.jsonl", tmp_path / "undisturbed.jsonl", 12
    assert mortal.order(kind, {"path": undisturbed, "n": n_rows}) == 0
    whole = undisturbed.read_bytes()

    def order(**death: int) -> int:
        path.unlink(missing_ok=True)
        return mortal.order(kind, {"path": path, "n": n_rows}, folder=path.name, **death)

    n = 0
    for why in deaths(order, range(0, len(whole), 67)):
        assert whole.startswith(path.read_bytes() if path.exists() else b""), why
        assert mortal.order(kind, {"path": path, "n": n_rows}) == 0, why
        assert path.read_bytes() == whole, why
        n += 1
    assert n > 30
