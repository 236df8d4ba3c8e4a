"""What verify found survives step.json, with nothing that nobody knows turned into a number."""

from __future__ import annotations

import json

from weval.audit import Share
from weval.build.verifying.findings import Beside, Findings, Looked, Read

HALF = Share(value=0.5, ci=None, count=1, n=2)


def test_findings_come_back_from_json_as_they_were() -> None:
    beside = Beside(better=None, equal=HALF, worse=HALF)
    found = Findings(
        n_items=2,
        checks=Looked(model=None, n_answers=0, n_missing=4, adherence=None),
        reader=Read(model="judge:m", n_contradictory=0, n_missing=1, overall=beside, by_dropped={"1": beside}),
    )
    content = found.model_dump(mode="json")
    assert Findings.model_validate_json(json.dumps(content)) == found
    assert content["judge"] is None and content["reader"]["overall"]["better"] is None
