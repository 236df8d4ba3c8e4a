from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from weval.results import Result
from weval.run import RunSpec, run
from weval.store import RESULT


def test_a_result_survives_the_way_to_disk_and_back(tmp_path: Path) -> None:
    result = run(RunSpec("rules", task="weval-mini", out=tmp_path)).result
    text = (tmp_path / RESULT).read_text(encoding="utf-8")
    assert Result.model_validate_json(text) == result
    assert text.startswith('{\n  "schema": 1,')


def test_unknown_schemas_and_keys_are_refused(tmp_path: Path) -> None:
    run(RunSpec("length", task="weval-mini", out=tmp_path))
    text = (tmp_path / RESULT).read_text(encoding="utf-8")
    for wrong in (text.replace('"schema": 1', '"schema": 2'), text.replace('"n_items"', '"m_items"')):
        with pytest.raises(ValidationError):
            Result.model_validate_json(wrong)
