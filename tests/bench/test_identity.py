from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from weval.bench.identity import BenchIdentity, identity_in
from weval.errors import DataError
from weval.store import RunRecord

IDENTITY: dict[str, Any] = {
    "benchmark": {"name": "longwrite-ruler", "version": "1.0", "set": "all"},
    "files": {"prompts": "0" * 64},
    "options": {"mode": "repaired"},
    "writer": {"name": "server/w", "fingerprint": {}, "given": False},
    "judge": None,
    "steps": {"responses": {"model": {}}},
    "limit": None,
}


def record(**changed: Any) -> RunRecord:
    return RunRecord(created="now", command="", data=None, identity=IDENTITY | changed, environment={})


def test_an_identity_is_read_back_as_it_was_written() -> None:
    found = identity_in(record(), Path("run"), BenchIdentity)
    assert found.writer.name == "server/w" and found.model_dump(mode="json") == IDENTITY


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"limit": 0}, "run/run.json: identity.limit: "),
        ({"benchmark": {"name": "b"}}, "run/run.json: identity.benchmark.version: "),
        ({"writer": "w"}, "run/run.json: identity.writer: "),
    ],
)
def test_what_is_wrong_is_named_by_its_field(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(DataError) as caught:
        identity_in(record(**changed), Path("run"), BenchIdentity)
    assert any(line.startswith(said) for line in caught.value.problems)
