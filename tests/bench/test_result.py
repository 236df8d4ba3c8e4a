from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from tests.bench.benches import made
from weval.bench.result import BenchResult


def test_what_is_written_is_read_and_nothing_else(tmp_path: Path) -> None:
    result = made(tmp_path / "mine").result
    content = json.loads(result.model_dump_json(by_alias=True))
    assert BenchResult.model_validate_json(json.dumps(content)) == result
    assert (content["schema"], content["kind"]) == (1, "bench")
    for wrong in ({"schema": 2}, {"kind": "task"}, {"mode": "mended"}, {"more": 1}):
        with pytest.raises(ValidationError):
            BenchResult.model_validate_json(json.dumps({**content, **wrong}))
