"""The schedule under several workers, a process that is killed, steps that are done over, and checkpoints."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from weval.errors import DataError, OriginalError
from weval.training.comparing.store import Schedule, Store

TEXTS = ["easy", "hard", "harder"]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "schedule.jsonl"


def win(store: Store, step: int, prompt: str, *rewards: float | None) -> None:
    """The rewards of a prompt's rollouts in a step."""
    seen = store.seen(step, [prompt])
    for reward in rewards:
        seen.references.note(prompt, TEXTS, reward)
    store.note(seen)


def at(store: Store, step: int, prompt: str = "p1") -> str:
    return store.seen(step, [prompt]).references.current(prompt, TEXTS)


def test_several_wins_in_a_step_move_a_prompt_once_and_from_the_next_step_on(path: Path) -> None:
    store = Store(path)
    win(store, 0, "p1", 1.0, 1.0, 0.0, 1.0)
    assert [at(store, step) for step in (0, 1, 5)] == ["easy", "hard", "hard"]
    win(store, 3, "p1", 1.0)
    win(store, 4, "p1", 1.0)  # it cannot go further than the last
    assert [at(store, step) for step in (3, 4, 9)] == ["hard", "harder", "harder"]


def test_neither_ties_nor_losses_nor_what_is_missing_move_anything(path: Path) -> None:
    store = Store(path)
    win(store, 0, "p1", 0.5, 0.0, None, 0.75)
    assert not path.exists()
    assert at(store, 1) == "easy"


def test_workers_that_see_the_same_step_move_a_prompt_once(path: Path) -> None:
    one, other = Store(path), Store(path)
    first, second = one.seen(0, ["p1"]), other.seen(0, ["p1"])
    for seen, store in ((first, one), (second, other)):
        seen.references.note("p1", TEXTS, 1.0)
        store.note(seen)
    assert at(one, 1) == at(other, 1) == "hard"


def test_a_late_word_of_an_earlier_step_says_what_was_beaten_then(path: Path) -> None:
    store = Store(path)
    late = store.seen(1, ["p1"])
    win(store, 0, "p1", 1.0)  # another worker's, after that one has read
    late.references.note("p1", TEXTS, 1.0)
    store.note(late)
    assert at(store, 2) == "hard", "the easy one was beaten twice, the hard one never"


def test_a_step_that_is_done_over_moves_nothing_twice(path: Path) -> None:
    store = Store(path)
    for _ in range(3):
        win(store, 0, "p1", 1.0)
    assert at(store, 1) == "hard"


def test_a_run_that_goes_on_forgets_what_came_after_its_checkpoint(path: Path) -> None:
    store = Store(path)
    win(store, 0, "p1", 1.0)
    kept = store.schedule(1)
    win(store, 1, "p1", 1.0)
    win(store, 1, "p2", 1.0)
    store.begin(kept)
    for found in (store, Store(path)):
        assert [at(found, 2), at(found, 2, "p2")] == ["hard", "easy"]
        assert found.schedule(2).index == {"p1": 1}


def test_a_fresh_run_in_the_same_place_is_seen_by_who_knew_the_old_one(path: Path) -> None:
    store = Store(path)
    win(store, 0, "p1", 1.0)
    path.unlink()
    assert at(store, 1) == "easy"
    Store(path).begin(Schedule(step=0, index={}))
    assert at(store, 1) == "easy"


def test_original_every_win_moves_at_once_and_past_the_last(path: Path) -> None:
    store = Store(path, "original")
    store.begin(Schedule(step=0, index={"0": 0}))
    for _ in range(2):
        win(store, 0, "0", 1.1, 1.1)
    assert store.schedule(0).index == {"0": 4}
    assert at(store, 0, "0") == "harder"
    with pytest.raises(OriginalError, match="KeyError: '1'"):
        at(store, 0, "1")


def test_a_broken_line_is_told_with_its_number(path: Path) -> None:
    path.write_text('{"step":0,"index":{}}\n{"step":0,"prompt":"p1"}\n', encoding="utf-8")
    with pytest.raises(DataError, match=r"schedule\.jsonl:2: is no line of a schedule"):
        Store(path).schedule(0)


# --- processes and threads

WORKER = """
import sys
from pathlib import Path
from weval.training.comparing.store import Store

store, mine = Store(Path(sys.argv[1])), sys.argv[2]
texts = [str(n) for n in range(41)]
for step in range(40):
    seen = store.seen(step, [mine, "both"])
    seen.references.note(mine, texts, 1.0)
    seen.references.note("both", texts, 1.0)
    store.note(seen)
    print(step, flush=True)
"""


def worker(path: Path, name: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", WORKER, str(path), name], stdout=subprocess.PIPE, text=True)


def test_two_workers_lose_nothing(path: Path) -> None:
    workers = [worker(path, name) for name in ("one", "two")]
    for each in workers:
        each.communicate(timeout=60)
        assert each.returncode == 0
    found = Store(path).schedule(40).index
    assert (found["one"], found["two"]) == (40, 40)
    assert 1 <= found["both"] <= 40, "those who beat the same reference in a step moved it once"
    assert not [line for line in path.read_bytes().splitlines() if not line.endswith(b"}")]


def test_threads_lose_nothing(path: Path) -> None:
    store = Store(path)

    def play(name: str) -> None:
        for step in range(10):
            seen = store.seen(step, [name])
            seen.references.note(name, [str(n) for n in range(11)], 1.0)
            store.note(seen)

    threads = [threading.Thread(target=play, args=(f"p{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.schedule(10).index == {f"p{n}": 10 for n in range(4)}


@pytest.fixture
def killed(path: Path) -> Iterator[int]:
    """The step that a worker had noted when it was killed in the middle of the next ones."""
    process = worker(path, "one")
    assert process.stdout
    said = 0
    for line in process.stdout:
        said = int(line)
        if said >= 5:
            break
    os.kill(process.pid, signal.SIGKILL)
    process.wait(timeout=30)
    process.stdout.close()
    yield said


def test_what_a_killed_worker_noted_is_there_and_others_go_on(path: Path, killed: int) -> None:
    with path.open("ab") as file:
        file.write(b'{"step":39,"prompt":"half')  # as if it had been killed while writing
    store = Store(path)
    assert at(store, killed + 1, "two") == "easy"
    assert store.schedule(killed + 1).index["one"] == killed + 1
    win(store, killed + 1, "two", 1.0)
    assert Store(path).seen(99, ["two"]).start == {"two": 1}
