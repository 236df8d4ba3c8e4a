from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from weval.report import details_text
from weval.results import Result
from weval.run import RunSpec, run
from weval.store import RESULT


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
