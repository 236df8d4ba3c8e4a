from __future__ import annotations

import errno
import json
import os
from io import FileIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from weval.errors import DataError, ResultError
from weval.store import LOCK, PAID, RESULT, RUN, SCORES, RunFolder, RunRecord, ScoreRow, read_rows, read_run, score_line
from weval.types import Score, Source

SOURCE = Source("i1", ("a1",), None)


def record(**identity: Any) -> RunRecord:
    return RunRecord(created="now", command="weval run", data=None, identity=identity, environment={})


def test_scores_survive_the_way_to_disk_and_back(tmp_path: Path) -> None:
    scores = [
        Score("r1", "ok", (0.25,), raw="é\ud800\n", tokens_in=3, cost_usd=0.5, seconds=0.1),
        Score("r2", "refused", reason="no"),
        Score("r3", "ok", (3.0, 1.0)),
    ]
    sources = [Source("i1", ("a1",), "c1"), SOURCE, Source("i2", ("a1", "a2"), None)]
    with RunFolder(tmp_path) as folder:
        folder.begin(record())
        for score, source in zip(scores, sources, strict=True):
            folder.append(score, source)
    rows = [row for _, row in read_rows(tmp_path)]
    assert [(row.id, row.item, row.candidates, row.requirement) for row in rows] == [
        ("r1", "i1", ("a1",), "c1"), ("r2", "i1", ("a1",), None), ("r3", "i2", ("a1", "a2"), None),
    ]  # fmt: skip
    assert [(row.status, row.values, row.reason) for row in rows] == [(s.status, s.values, s.reason) for s in scores]
    assert (rows[0].raw, rows[0].tokens_in, rows[0].cost_usd) == ("é\ufffd\n", 3, 0.5)


def test_each_score_is_on_its_way_before_the_next(tmp_path: Path) -> None:
    with RunFolder(tmp_path) as folder:
        folder.begin(record())
        for number in range(3):
            folder.append(Score(f"r{number}", "ok", (1.0,)), SOURCE)
            assert len(list(read_rows(tmp_path))) == number + 1


@given(cut=st.integers(1, 200))
def test_a_half_written_last_line_is_cut_off(tmp_path_factory: pytest.TempPathFactory, cut: int) -> None:
    folder = tmp_path_factory.mktemp("run")
    with RunFolder(folder) as run:
        run.begin(record())
        for number in range(4):
            run.append(Score(f"r{number}", "ok", (1.0,)), SOURCE)
    whole = (folder / SCORES).read_bytes()
    (folder / SCORES).write_bytes(whole[: max(0, len(whole) - cut)])
    with RunFolder(folder) as run:
        run.begin(record())
        left = run.answered()
        for number in range(4):
            if f"r{number}" not in left:
                run.append(Score(f"r{number}", "ok", (1.0,)), SOURCE)
    assert (folder / SCORES).read_bytes() == whole


def test_a_long_half_line_is_cut_off_too(tmp_path: Path) -> None:
    with RunFolder(tmp_path) as run:
        run.begin(record())
        run.append(Score("r1", "ok", (1.0,)), SOURCE)
    with (tmp_path / SCORES).open("ab") as file:
        file.write(b'{"id":"r2","raw":"' + b"x" * 300_000)
    with RunFolder(tmp_path) as run:
        run.begin(record())
        assert run.answered() == {"r1"}
    assert (tmp_path / SCORES).read_bytes().endswith(b"}\n")


def test_failed_answers_are_asked_again_and_others_not(tmp_path: Path) -> None:
    statuses = ["ok", "unparsed", "refused", "truncated", "not_applicable", "failed"]
    with RunFolder(tmp_path) as run:
        run.begin(record())
        for status in statuses:
            values = (1.0,) if status == "ok" else ()
            run.append(Score(status, status, values, reason="why"), SOURCE)
        assert run.answered() == set(statuses) - {"failed"}
        assert run.answered(failed_too=True) == set(statuses)


def test_a_second_run_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    with RunFolder(tmp_path), pytest.raises(ResultError, match="another run is writing here"), RunFolder(tmp_path):
        pass
    with RunFolder(tmp_path):
        pass  # the lock was let go


def test_a_changed_run_is_refused_with_what_changed(tmp_path: Path) -> None:
    with RunFolder(tmp_path) as run:
        run.begin(record(model={"name": "a", "unit": "list"}, plan={"seed": 0}))
        run.append(Score("r1", "ok", (1.0,)), SOURCE)
    with RunFolder(tmp_path) as run, pytest.raises(ResultError) as caught:
        run.begin(record(model={"name": "b", "unit": "list"}, plan={"seed": 0, "limit": 3}))
    assert 'model.name was "a", is "b"' in str(caught.value)
    assert "plan.limit was null, is 3" in str(caught.value)
    assert "unit" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_run_that_ended_before_its_first_answer_gives_way(tmp_path: Path) -> None:
    """A model that could not be used, and is asked again with another setting."""
    with RunFolder(tmp_path) as run:
        run.begin(record(a=1))
    with RunFolder(tmp_path) as run:
        run.begin(record(a=2))
    assert read_run(tmp_path).identity == {"a": 2}
    (tmp_path / RESULT).write_text("{}")
    with RunFolder(tmp_path) as run, pytest.raises(ResultError, match="holds a different run"):
        run.begin(record(a=3))


def test_fresh_forgets_everything(tmp_path: Path) -> None:
    with RunFolder(tmp_path) as run:
        run.begin(record(a=1))
        run.append(Score("r1", "ok", (1.0,)), SOURCE)
    (tmp_path / RESULT).write_text("{}")
    with RunFolder(tmp_path) as run:
        run.clear()
        run.begin(record(a=2))
        assert run.answered() == set()
    assert not (tmp_path / RESULT).exists()
    assert read_run(tmp_path).identity == {"a": 2}


@pytest.mark.parametrize("name", PAID)
def test_replies_without_their_run_are_never_removed(tmp_path: Path, name: str) -> None:
    """They may be somebody's own file, or have been brought here to be used again."""
    (tmp_path / name).write_text("mine")
    with RunFolder(tmp_path) as run:
        with pytest.raises(ResultError, match=f"holds a {name} that is no run's"):
            run.clear()
        assert (tmp_path / name).read_text() == "mine"
        run.begin(record())
        run.clear()
        assert not (tmp_path / name).exists()


def test_scores_without_their_run_are_not_adopted(tmp_path: Path) -> None:
    (tmp_path / SCORES).write_bytes(score_line(Score("r1", "ok", (1.0,)), SOURCE))
    with RunFolder(tmp_path) as run, pytest.raises(ResultError, match=f"no {RUN}"):
        run.begin(record())


@pytest.mark.parametrize("name", [SCORES, RESULT, "report.html"])
def test_files_that_are_no_runs_are_left_alone(tmp_path: Path, name: str) -> None:
    """Somebody's own scores.jsonl in the folder must survive, --fresh or not."""
    (tmp_path / name).write_text("mine")
    with RunFolder(tmp_path) as run:
        for act in (run.clear, lambda: run.begin(record())):
            with pytest.raises(ResultError, match="is no run's"):
                act()
    assert (tmp_path / name).read_text() == "mine"
    assert not (tmp_path / RUN).exists()


def test_how_figures_are_computed_may_change(tmp_path: Path) -> None:
    with RunFolder(tmp_path) as run:
        run.begin(record(a=1))
    other = record(a=1).model_copy(update={"evaluate": {"resamples": 200}, "command": "again"})
    with RunFolder(tmp_path) as run:
        run.begin(other)
    assert (read_run(tmp_path).evaluate, read_run(tmp_path).command) == ({"resamples": 200}, "weval run")


def test_a_broken_line_in_the_middle_is_an_error_with_its_number(tmp_path: Path) -> None:
    line = score_line(Score("r1", "ok", (1.0,)), SOURCE)
    (tmp_path / SCORES).write_bytes(line + b'{"id": "r2"}\n' + line)
    with pytest.raises(DataError, match=rf"{SCORES}:2: item: is missing"):
        list(read_rows(tmp_path))


@pytest.mark.parametrize("values", [[float("nan")], [float("inf")], []])
def test_rows_hold_finite_numbers_exactly_when_ok(values: list[float]) -> None:
    row = {"id": "r", "item": "i", "candidates": ["a"], "status": "ok", "values": values}
    with pytest.raises(ValueError, match=r"finite|0 values"):
        ScoreRow.model_validate_json(json.dumps(row))


def test_a_full_disk_gives_one_clear_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(FileIO):
        def write(self, line: Any) -> int:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with RunFolder(tmp_path) as run:
        run.begin(record())
        run.append(Score("r1", "ok", (1.0,)), SOURCE)
        assert run._scores
        run._scores.close()
        monkeypatch.setattr(run, "_scores", Full(tmp_path / SCORES, "a"))
        with pytest.raises(ResultError, match=r"No space left on device\. What was scored is kept"):
            run.append(Score("r2", "ok", (1.0,)), SOURCE)
    assert [row.id for _, row in read_rows(tmp_path)] == ["r1"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_device_that_is_full_gives_one_clear_line(tmp_path: Path) -> None:
    with RunFolder(tmp_path) as run:
        run.begin(record())
        (tmp_path / SCORES).unlink()
        (tmp_path / SCORES).symlink_to("/dev/full")
        with pytest.raises(ResultError, match="No space left on device"):
            run.append(Score("r1", "ok", (1.0,)), SOURCE)


def test_a_file_where_the_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(ResultError, match="cannot use"), RunFolder(tmp_path / "taken"):
        pass


def test_a_folder_without_a_run_is_said_to_be_one(tmp_path: Path) -> None:
    with pytest.raises(ResultError, match="is not a run folder"):
        read_run(tmp_path)


def test_numbers_of_numpy_are_written_as_numbers(tmp_path: Path) -> None:
    line = score_line(Score("r1", "ok", (np.float32(0.5), np.int64(2), True)), SOURCE)
    assert json.loads(line)["values"] == [0.5, 2.0, 1.0]


def test_a_folder_of_another_kind_of_run_is_left_as_it_is(tmp_path: Path) -> None:
    record = {"created": "2026", "command": "x", "data": None, "environment": {}}
    for name, identity in (("task", {"task": {}}), ("benchmark", {"benchmark": {}})):
        (tmp_path / name).mkdir()
        (tmp_path / name / RUN).write_text(json.dumps({"schema": 1, **record, "identity": identity}))
    new = RunRecord(**record, identity={"x": 1})
    for found, kind, said in (
        ("benchmark", "task", "holds a run of weval bench, which is another kind of run"),
        ("task", "benchmark", "holds no run of weval bench, but one of weval run"),
    ):
        with RunFolder(tmp_path / found, kind=kind) as folder:
            for attempt in (folder.clear, lambda folder=folder: folder.begin(new)):
                with pytest.raises(ResultError, match=said):
                    attempt()
        assert json.loads((tmp_path / found / RUN).read_text())["identity"] == {found: {}}


@pytest.mark.parametrize("name", [LOCK, RUN, SCORES, "replies.jsonl", "batches.jsonl"])
def test_a_link_in_a_folder_of_somebody_elses_is_not_written_through(tmp_path: Path, name: str) -> None:
    mine, theirs = tmp_path / "mine.txt", tmp_path / "theirs"
    mine.write_text("half a line")
    with RunFolder(theirs) as run:
        run.begin(record())
    (theirs / name).unlink(missing_ok=True)
    (theirs / name).symlink_to(mine)
    with pytest.raises(ResultError, match=rf"{name}: is a link, and the file it leads to would be written"):
        RunFolder(theirs).__enter__()
    assert mine.read_text() == "half a line"
