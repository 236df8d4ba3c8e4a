"""A large log is sealed and becomes Parquet; whatever kill comes in between, every answer is there, and there once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.factories import make_item, write_items
from weval import scorefiles
from weval.errors import DataError, ResultError
from weval.files import Problems
from weval.readback import rescore
from weval.run import RunSpec, run
from weval.scorefiles import SCORES, SEALED, ScoreRow, read_rows, row_line, score_files, score_line, seal
from weval.store import RunFolder, RunRecord
from weval.types import Score, Source

parquet = pytest.importorskip("pyarrow.parquet")
RECORD = RunRecord(created="now", command="weval run", data=None, identity={}, environment={})


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scorefiles, "SEAL_ROWS", 4)


def append(folder: Path, *numbers: int) -> None:
    with RunFolder(folder) as held:
        held.begin(RECORD)
        for number in numbers:
            held.append(Score(f"r{number}", "ok", (number / 3,)), Source(f"i{number}", ("a1",), None))


def ids(folder: Path) -> list[str]:
    return [row.id for _, row in read_rows(folder)]


def names(folder: Path) -> list[str]:
    return [str(path.relative_to(folder)) for path in score_files(folder)]


def wanted(n: int) -> list[str]:
    return [f"r{number}" for number in range(n)]


def test_a_log_that_grows_large_is_sealed_and_goes_on(tmp_path: Path) -> None:
    append(tmp_path, *range(3))
    assert names(tmp_path) == [SCORES]
    append(tmp_path, *range(3, 10))  # lines of an earlier session count
    assert names(tmp_path) == ["scores/00000.parquet", "scores/00001.parquet", SCORES]
    assert ids(tmp_path) == wanted(10)
    assert [line for line, _ in read_rows(tmp_path)] == [1, 2, 3, 4, 1, 2, 3, 4, 1, 2]
    with RunFolder(tmp_path) as held:
        assert held.answered() == set(wanted(10))
    assert sorted(path.name for path in (tmp_path / SEALED).iterdir()) == ["00000.parquet", "00001.parquet"]


def test_what_is_sealed_while_it_is_read_is_not_left_out(tmp_path: Path) -> None:
    append(tmp_path, *range(7))
    read = read_rows(tmp_path)
    assert next(read)[1].id == "r0"
    append(tmp_path, 7)  # the log, which is read last, is gone now
    with pytest.raises(ResultError, match=f"^{tmp_path}: a run that is writing here moved scores while they were read"):
        list(read)
    append(tmp_path, 8, 9, 10)
    read = read_rows(tmp_path)
    assert [next(read)[1].id for _ in range(9)] == wanted(9)
    append(tmp_path, 11, 12)  # it is open, and read to its end; what came after that is a new log
    with pytest.raises(ResultError, match="moved scores while they were read"):
        list(read)
    assert len(ids(tmp_path)) == 13


NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
TEXTS = st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=9)
SCORE_ROWS = st.builds(
    lambda values, **more: ScoreRow(status="ok" if values else "refused", values=values, **more),
    id=st.text("ab", min_size=1),
    item=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=5),
    candidates=st.lists(st.text("ab", min_size=1), min_size=1, max_size=3).map(tuple),
    requirement=st.none() | st.text("c", min_size=1),
    values=st.lists(NUMBERS, max_size=3).map(tuple),
    reason=TEXTS,
    raw=TEXTS,
    tokens_in=st.none() | st.integers(-(2**63), 2**63 - 1),
    tokens_out=st.none() | st.integers(0, 9),
    cost_usd=st.none() | NUMBERS,
    seconds=st.none() | NUMBERS,
    samples=st.none() | st.lists(st.none() | st.lists(NUMBERS, max_size=2).map(tuple), max_size=3).map(tuple),
    mass=st.none() | NUMBERS,
)


@settings(max_examples=40, deadline=None)  # the first one loads pyarrow
@given(rows=st.lists(SCORE_ROWS, min_size=1, max_size=6))
def test_parquet_keeps_every_field_bit_for_bit(tmp_path_factory: pytest.TempPathFactory, rows: list[ScoreRow]) -> None:
    folder = tmp_path_factory.mktemp("run")
    lines = [row_line(row) for row in rows]
    (folder / SCORES).write_bytes(b"".join(lines))
    assert [row for _, row in read_rows(folder)] == rows
    seal(folder)
    assert names(folder) == ["scores/00000.parquet"]
    assert [row_line(row) for _, row in read_rows(folder)] == lines  # as text also -0.0 and the last digit


def test_a_row_is_written_as_its_score_was() -> None:
    score = Score("r", "ok", (0.1, 2), raw="é\ud800", tokens_in=3, samples=((1,), None), mass=0.5)
    line = score_line(score, Source("i", ("a", "b"), "c"))
    assert row_line(ScoreRow.model_validate_json(line)) == line


# --- killed at any moment

STEPS = ("mkdir", "rename", "open", "fsync", "replace", "unlink")
PROGRAM = """
import os, signal, sys
from pathlib import Path
from weval import scorefiles
from weval.store import RunFolder, RunRecord
from weval.types import Score, Source
folder, stop = Path(sys.argv[1]), int(sys.argv[2])
calls = 0
def killed_before(owner, name):
    real = getattr(owner, name)
    def call(*given, **more):
        global calls
        if sealing:
            calls += 1
            if calls > stop:
                os.kill(os.getpid(), signal.SIGKILL)
        return real(*given, **more)
    setattr(owner, name, call)
for name in ("mkdir", "rename", "open", "replace", "unlink"):
    killed_before(Path, name)
killed_before(os, "fsync")
sealing = False
scorefiles.SEAL_ROWS = 4
real_seal = scorefiles.seal
def seal(folder):
    global sealing
    sealing = True
    real_seal(folder)
    sealing = False
scorefiles.seal = seal
with RunFolder(folder) as held:
    held.begin(RunRecord(created="now", command="c", data=None, identity={}, environment={}))
    there = held.answered()
    for number in range(6):
        if f"r{number}" not in there:
            held.append(Score(f"r{number}", "ok", (number / 3,)), Source(f"i{number}", ("a1",), None))
"""


def _run(folder: Path, stop: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", PROGRAM, str(folder), str(stop)], capture_output=True, text=True)


def test_a_killed_process_loses_and_doubles_nothing(tmp_path: Path) -> None:
    """Killed for good, in the middle of sealing; the other moments are those of the test below."""
    assert _run(tmp_path, stop=4).returncode == -signal.SIGKILL
    assert names(tmp_path) == ["scores/00000.jsonl"]
    assert ids(tmp_path) == wanted(4)
    append(tmp_path, 4, 5)
    assert ids(tmp_path) == wanted(6)
    assert names(tmp_path) == ["scores/00000.parquet", SCORES]


class _Stop(BaseException):
    """As a kill: nothing of ours catches it."""


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("nth", range(3))
def test_wherever_sealing_ends_rows_are_read_once(tmp_path: Path, monkeypatch: Any, step: str, nth: int) -> None:
    append(tmp_path, 0, 1, 2)
    calls: Iterator[int] = iter(range(100))
    owner = os if step == "fsync" else Path
    real, sealed = getattr(owner, step), scorefiles.seal

    def stopping(*given: Any, **more: Any) -> Any:
        if next(calls) == nth:
            raise _Stop
        return real(*given, **more)

    def sealing(folder: Path) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(owner, step, stopping)
            sealed(folder)

    monkeypatch.setattr(scorefiles, "seal", sealing)
    try:
        append(tmp_path, 3, 4, 5)
    except _Stop:
        assert ids(tmp_path) == wanted(4)
        monkeypatch.setattr(scorefiles, "seal", sealed)
        append(tmp_path, 4, 5)
    assert ids(tmp_path) == wanted(6)
    assert names(tmp_path) == ["scores/00000.parquet", SCORES]
    assert [path.name for path in (tmp_path / SEALED).iterdir()] == ["00000.parquet"]


def test_lines_beside_their_columns_are_not_read(tmp_path: Path) -> None:
    append(tmp_path, *range(4))
    (tmp_path / SEALED / "00000.jsonl").write_bytes(score_line(Score("x", "ok", (1.0,)), Source("i", ("a",), None)))
    assert ids(tmp_path) == wanted(4)
    append(tmp_path)
    assert not (tmp_path / SEALED / "00000.jsonl").exists()


# --- what is not as it should be


def test_without_pyarrow_lines_stay_lines_until_it_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "pyarrow", None)
        append(tmp_path, *range(9))
        assert names(tmp_path) == ["scores/00000.jsonl", "scores/00001.jsonl", SCORES]
        assert ids(tmp_path) == wanted(9)
    append(tmp_path, 9)
    assert names(tmp_path) == ["scores/00000.parquet", "scores/00001.parquet", SCORES]
    assert ids(tmp_path) == wanted(10)


def test_what_has_no_column_of_its_kind_stays_lines(tmp_path: Path) -> None:
    line = score_line(Score("r", "ok", (1.0,), tokens_in=2**70), Source("i", ("a",), None))
    (tmp_path / SCORES).write_bytes(line)
    seal(tmp_path)
    assert names(tmp_path) == ["scores/00000.jsonl"]
    assert [row.tokens_in for _, row in read_rows(tmp_path)] == [2**70]
    assert [path.name for path in (tmp_path / SEALED).iterdir()] == ["00000.jsonl"]


def test_problems_name_file_and_row(tmp_path: Path) -> None:
    append(tmp_path, *range(6))
    problems = Problems(tmp_path)
    assert [problems.path.name for _ in read_rows(tmp_path, problems)] == ["00000.parquet"] * 4 + [SCORES] * 2
    sealed = parquet.read_table(tmp_path / "scores" / "00000.parquet")
    rows = sealed.to_pylist()
    rows[2]["candidates"] = []
    parquet.write_table(type(sealed).from_pylist(rows, sealed.schema), tmp_path / "scores" / "00000.parquet")
    with pytest.raises(DataError, match=r"scores/00000\.parquet:3: candidates: has too few entries"):
        ids(tmp_path)
    (tmp_path / "scores" / "00000.parquet").write_bytes(b"PAR1")
    with pytest.raises(DataError, match=r"scores/00000\.parquet: is not a readable Parquet file"):
        ids(tmp_path)


def test_fresh_forgets_what_was_sealed_and_nothing_else(tmp_path: Path) -> None:
    append(tmp_path, *range(9))
    (tmp_path / SEALED / "notes.txt").write_text("mine")
    with RunFolder(tmp_path) as held:
        held.clear()
    assert [path.name for path in (tmp_path / SEALED).iterdir()] == ["notes.txt"]
    assert not ids(tmp_path)
    append(tmp_path, *range(4))
    assert ids(tmp_path) == wanted(4)


def test_answers_that_were_sealed_are_answers(tmp_path: Path) -> None:
    append(tmp_path, *range(4))
    with RunFolder(tmp_path) as held, pytest.raises(ResultError, match="holds a different run"):
        held.begin(RECORD.model_copy(update={"identity": {"a": 1}}))
    (tmp_path / "run.json").unlink()
    (tmp_path / SCORES).unlink(missing_ok=True)
    with RunFolder(tmp_path) as held, pytest.raises(ResultError, match=r"holds a scores that is no run's"):
        held.begin(RECORD)


def test_a_sealed_run_has_the_result_of_an_unsealed_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    items = write_items(tmp_path / "items.jsonl", [make_item(f"i{n}") for n in range(9)])
    sealed = run(RunSpec("length", data=items, out=tmp_path / "sealed")).result
    assert len(names(tmp_path / "sealed")) == 7
    monkeypatch.setattr(scorefiles, "SEAL_ROWS", 100)
    assert run(RunSpec("length", data=items, out=tmp_path / "plain")).result == sealed
    assert rescore(tmp_path / "sealed").result == sealed
    with (tmp_path / "sealed" / SCORES).open("ab") as log:
        log.write(score_line(Score("x", "ok", (1.0,)), Source("strange", ("a1",), None)))
    with pytest.raises(DataError, match=r"sealed/scores\.jsonl:4: item: 'strange' is not an item"):
        rescore(tmp_path / "sealed")
