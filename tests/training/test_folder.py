"""A folder of a training run is begun, gone on with, cleared; checkpoints in it are whole or removed."""

from __future__ import annotations

from pathlib import Path

import pytest

from weval.errors import ResultError
from weval.training.folder import (
    TrainingRecord,
    begin_folder,
    clear,
    complete,
    last_checkpoint,
    whole_checkpoints,
)


def record(**identity: object) -> TrainingRecord:
    return TrainingRecord(schema=1, created="now", command="weval train x", identity=identity, environment={})


def test_another_run_is_refused_by_what_has_changed_and_deleted_only_if_asked(tmp_path: Path) -> None:
    begin_folder(tmp_path, record(seed=1), fresh=False)
    begin_folder(tmp_path, record(seed=1), fresh=False)
    (tmp_path / "model").mkdir()
    with pytest.raises(ResultError, match=r"a different training run; seed was 1, is 2\. Give this one"):
        begin_folder(tmp_path, record(seed=2), fresh=False)
    assert (tmp_path / "model").is_dir()
    begin_folder(tmp_path, record(seed=2), fresh=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["training.json"]


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("important")
    for fresh in (False, True):
        with pytest.raises(ResultError, match=r"has thesis\.txt in it and is no training run"):
            begin_folder(tmp_path, record(), fresh=fresh)
    with pytest.raises(Exception, match="no such file"):
        clear(tmp_path)
    assert (tmp_path / "thesis.txt").is_file()


def test_half_written_checkpoints_are_removed_and_the_latest_whole_one_found(tmp_path: Path) -> None:
    assert last_checkpoint(tmp_path) is None
    for step in (9, 10, 100, 110):
        (tmp_path / "checkpoints" / f"checkpoint-{step}").mkdir(parents=True)
    (tmp_path / "checkpoints" / "checkpoint-best").mkdir()
    for step in (9, 10, 100):
        complete(tmp_path / "checkpoints" / f"checkpoint-{step}")
    assert len(whole_checkpoints(tmp_path)) == 3
    assert last_checkpoint(tmp_path) == tmp_path / "checkpoints" / "checkpoint-100"
    assert not (tmp_path / "checkpoints" / "checkpoint-110").exists()
    assert (tmp_path / "checkpoints" / "checkpoint-best").is_dir()
