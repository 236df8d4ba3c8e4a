"""Bests of n read back, and told from ordinary runs."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.bench.benches import made
from weval.bench.best_of import BestOf, divided, rescore_best_of
from weval.bench.best_of.readback import is_best_of
from weval.errors import DataError, ResultError
from weval.readback import read_back


def test_the_result_is_made_again_of_what_is_there(done: BestOf) -> None:
    (done.folder / "result.json").unlink()
    assert rescore_best_of(done.folder).result == done.result
    assert (done.folder / "result.json").is_file()


def test_folders_are_told_apart(done: BestOf, tmp_path: Path) -> None:
    root = done.folder.parent
    run = made(tmp_path / "grpo").folder
    assert divided([root]) == ([], [done.folder])
    assert divided([done.folder, run]) == ([run], [done.folder])
    assert divided([root / "sample-2"]) == ([root / "sample-2"], [])
    assert divided([tmp_path]) == ([run], [done.folder])
    assert is_best_of(done.folder) and not is_best_of(run) and not is_best_of(tmp_path)
    with pytest.raises(ResultError, match="holds no run of weval bench"):
        divided([tmp_path / "files"])


def test_texts_that_are_gone_and_broken_files_are_named(done: BestOf) -> None:
    shutil.rmtree(done.folder.parent / "sample-3")
    with pytest.raises(ResultError, match=r"its texts are gone: there is no run in .*sample-3"):
        rescore_best_of(done.folder)
    path = done.folder / "run.json"
    record = json.loads(path.read_text())
    path.write_text(json.dumps({**record, "evaluate": {"n_texts": "four"}}))
    with pytest.raises(DataError, match=r"run\.json: evaluate\.n_texts: "):
        rescore_best_of(done.folder)
    path.write_text(json.dumps({**record, "identity": {**record["identity"], "unit": "many"}}))
    with pytest.raises(DataError, match=r"identity\.unit: "):
        rescore_best_of(done.folder)


def test_weval_run_does_not_take_it_for_its_own(done: BestOf) -> None:
    with pytest.raises(ResultError, match="holds a run of weval bench"):
        read_back(done.folder)
