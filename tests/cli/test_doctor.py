from __future__ import annotations

import json

from tests.cli.conftest import Weval


def test_it_reports_as_text_and_as_json(weval: Weval) -> None:
    found = json.loads(weval("doctor", "--json").out)
    assert found["task weval-mini"] == "ready"
    assert "weval fetch weval" in found["task weval"]
    text = weval("doctor").out
    for name in found:
        assert name in text
