from __future__ import annotations

from pathlib import Path

import pytest

from tests.build.test_records import step as recorded
from weval.build.chain import STEPS
from weval.build.folder import NEXT, bring_to_end, edited, main_file, put_in_place, read_step
from weval.build.records import StepRecord
from weval.errors import DataError, ResultError
from weval.files import part_of
from weval.hashes import sha256_of

ANSWER = STEPS["answer"]


def sealed(root: Path, text: str) -> StepRecord:
    """A step whose files are written beside those of before, and its record."""
    folder = root / "answer"
    folder.mkdir(exist_ok=True)
    parts = {name: part_of(folder / name) for name in ("answers.jsonl", "left_out.jsonl")}
    for name, part in parts.items():
        part.write_text(f"{name} {text}")
    return recorded(files={name: sha256_of(part) for name, part in parts.items()})


def test_a_steps_files_change_together(tmp_path: Path) -> None:
    record = sealed(tmp_path, "new")
    put_in_place(tmp_path / "answer", record)
    assert main_file(tmp_path, ANSWER).read_text() == "answers.jsonl new"
    assert read_step(tmp_path, ANSWER) == record
    assert edited(tmp_path, ANSWER, record) == []
    assert sorted(path.name for path in (tmp_path / "answer").iterdir()) == [
        "answers.jsonl", "left_out.jsonl", "step.json",
    ]  # fmt: skip


def test_what_a_step_made_before_and_makes_no_more_goes(tmp_path: Path) -> None:
    record = sealed(tmp_path, "old")
    part_of(tmp_path / "answer" / "more.jsonl").write_text("more")
    put_in_place(tmp_path / "answer", record.model_copy(update={"files": {**record.files, "more.jsonl": "0"}}))
    (tmp_path / "answer" / "notes.txt").write_text("somebody's own")
    assert (tmp_path / "answer" / "more.jsonl").exists()
    put_in_place(tmp_path / "answer", sealed(tmp_path, "new"))
    assert sorted(path.name for path in (tmp_path / "answer").iterdir()) == [
        "answers.jsonl", "left_out.jsonl", "notes.txt", "step.json",
    ]  # fmt: skip


@pytest.mark.parametrize("n_moved", [0, 1, 2])
def test_what_a_kill_left_half_moved_is_brought_to_its_end(tmp_path: Path, n_moved: int) -> None:
    put_in_place(tmp_path / "answer", sealed(tmp_path, "old"))
    record = sealed(tmp_path, "new")
    folder = tmp_path / "answer"
    (folder / NEXT).write_text(record.model_dump_json(by_alias=True))
    for name in list(record.files)[:n_moved]:
        part_of(folder / name).replace(folder / name)
    bring_to_end(tmp_path, ANSWER)
    assert read_step(tmp_path, ANSWER) == record
    assert edited(tmp_path, ANSWER, record) == []
    assert not (folder / NEXT).exists()


def test_without_a_record_parts_are_of_an_attempt_that_did_not_end(tmp_path: Path) -> None:
    old = sealed(tmp_path, "old")
    put_in_place(tmp_path / "answer", old)
    sealed(tmp_path, "half")
    bring_to_end(tmp_path, ANSWER)
    assert edited(tmp_path, ANSWER, old) == []


def test_edited_files_and_lost_ones_are_named(tmp_path: Path) -> None:
    record = sealed(tmp_path, "new")
    put_in_place(tmp_path / "answer", record)
    main_file(tmp_path, ANSWER).write_text("other")
    (tmp_path / "answer" / "left_out.jsonl").unlink()
    assert edited(tmp_path, ANSWER, record) == ["answers.jsonl", "left_out.jsonl"]


def test_a_broken_record_says_where_and_what_helps(tmp_path: Path) -> None:
    assert read_step(tmp_path, ANSWER) is None
    (tmp_path / "answer").mkdir()
    path = tmp_path / "answer" / "step.json"
    path.write_text("{")
    with pytest.raises(DataError) as error:
        read_step(tmp_path, ANSWER)
    assert error.value.problems[0].startswith(f"{path}:1: is not JSON")
    assert error.value.problems[1] == f"{path}: --fresh makes answer again, from the replies kept"


def test_a_file_that_cannot_take_its_place_is_one_line(tmp_path: Path) -> None:
    record = sealed(tmp_path, "new")
    (tmp_path / "answer" / "answers.jsonl").mkdir()
    with pytest.raises(ResultError, match=r"cannot write .*answer: Is a directory"):
        put_in_place(tmp_path / "answer", record)
