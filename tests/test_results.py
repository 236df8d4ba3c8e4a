from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from pydantic import ValidationError

from weval.compare import compare
from weval.leaderboard.recompute import differences
from weval.readback import read_result, rescore
from weval.report import details_text
from weval.results import Result
from weval.run import RunSpec, run
from weval.store import RESULT, SCORES, read_run

OLDER = sorted(path.parent for path in (Path(__file__).parent / "older_runs").glob(f"*/{RESULT}"))
"""Runs as earlier versions wrote them."""


def test_a_result_survives_the_way_to_disk_and_back(tmp_path: Path) -> None:
    result = run(RunSpec("rules", task="weval-mini", out=tmp_path)).result
    text = (tmp_path / RESULT).read_text(encoding="utf-8")
    assert Result.model_validate_json(text) == result
    assert text.startswith('{\n  "schema": 1,')


def test_results_of_versions_that_did_not_look_at_health_can_be_read_and_shown(tmp_path: Path) -> None:
    result = run(RunSpec("first", task="weval-mini", limit=5, out=tmp_path)).result
    assert result.health
    assert result.diagnosis.position_bias
    old = json.loads((tmp_path / RESULT).read_text(encoding="utf-8"))
    del old["health"], old["diagnosis"]["position_bias"]
    found = Result.model_validate_json(json.dumps(old))
    assert found.health is found.diagnosis.position_bias is None
    assert found.metrics == result.metrics
    assert "first shown" in details_text(result)
    assert "first shown" not in details_text(found)


def test_unknown_schemas_and_keys_are_refused(tmp_path: Path) -> None:
    run(RunSpec("length", task="weval-mini", out=tmp_path))
    text = (tmp_path / RESULT).read_text(encoding="utf-8")
    for wrong in (text.replace('"schema": 1', '"schema": 2'), text.replace('"n_items"', '"m_items"')):
        with pytest.raises(ValidationError):
            Result.model_validate_json(wrong)


# --- files of older versions (docs/versioning.md) -------------------------------------------------------------------


@pytest.fixture(params=OLDER, ids=lambda path: path.name)
def older(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A copy of such a run."""
    found: Path = shutil.copytree(request.param, tmp_path / "run")
    return found


def told_otherwise(stated: Result, found: Result) -> set[str]:
    """The fields in which the two are not the same, but for rounding, and what is known to have changed since then."""
    fields = {line.partition(" is ")[0] for line in differences(stated, found)}
    if stated.health is None:  # before 0.1.0: nobody looked at health, and the diagnosis was computed otherwise
        fields = {name for name in fields if not name.startswith(("health", "diagnosis."))}
    return fields


def test_there_are_runs_of_the_first_version_that_had_results() -> None:
    first = json.loads((OLDER[0] / RESULT).read_text(encoding="utf-8"))
    assert not {"health", "own"} & first.keys()
    assert read_run(OLDER[0]).settings is None


def test_runs_of_older_versions_are_read_shown_and_compared(older: Path) -> None:
    result = read_result(older)
    assert (result.n_items, result.own) == (3, {})
    assert "keywords on weval-mini 1.0" in details_text(result)
    other = run(RunSpec("length", "weval-mini", limit=3, out=older.with_name("other"))).folder
    assert compare([older, other]).comparison.n_compared == 3


def test_runs_of_older_versions_are_computed_again_to_the_same_figures(older: Path) -> None:
    stated = read_result(older)
    found = rescore(older).result
    assert told_otherwise(stated, found) == set()
    assert found.health is not None


def test_runs_of_older_versions_are_continued_without_asking_again(older: Path) -> None:
    stated, scores = read_result(older), (older / SCORES).read_bytes()
    spec = RunSpec("keywords", "weval-mini", limit=3, settings={"resamples": "200"}, out=older)
    assert told_otherwise(stated, run(spec).result) == set()
    assert (older / SCORES).read_bytes() == scores
    lines = scores.splitlines(keepends=True)
    (older / SCORES).write_bytes(b"".join(lines[:40]))
    assert told_otherwise(stated, run(spec).result) == set()
    assert (older / SCORES).read_bytes() == scores
