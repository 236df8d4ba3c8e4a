from __future__ import annotations

import json
from pathlib import Path

import pytest

from weval.errors import DataError, ResultError
from weval.identity import identity_of
from weval.run import RunSpec, run
from weval.store import RUN, RunRecord, read_run


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return run(RunSpec("length", task="weval-mini", out=tmp_path_factory.mktemp("run"), limit=3)).folder


def test_an_identity_survives_the_way_to_disk_and_back(folder: Path) -> None:
    identity = identity_of(read_run(folder), folder)
    assert identity.model_dump(mode="json") == json.loads((folder / RUN).read_text())["identity"]
    assert (identity.model.name, identity.limit, identity.task.name) == ("length", 3, "weval-mini")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda i: i.pop("task"), r"run\.json: identity\.task: is missing"),
        (lambda i: i["model"].update(unit="word"), r"identity\.model\.unit"),
        (lambda i: i["plan"].update(limit=1), r"identity\.plan\.limit"),
        (lambda i: i.update(limit="3"), r"identity\.limit"),
    ],
)
def test_a_broken_identity_names_its_field(folder: Path, change: object, said: str) -> None:
    record = read_run(folder)
    identity = json.loads(json.dumps(record.identity))
    change(identity)
    with pytest.raises(DataError, match=said):
        identity_of(RunRecord.model_validate({**record.model_dump(by_alias=True), "identity": identity}), folder)


def test_a_run_of_a_benchmark_has_another_identity(folder: Path) -> None:
    record = read_run(folder).model_copy(update={"identity": {"benchmark": {}}})
    with pytest.raises(ResultError, match="holds a run of weval bench"):
        identity_of(record, folder)
