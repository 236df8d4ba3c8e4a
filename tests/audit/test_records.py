from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.audit.conftest import audited
from tests.factories import make_item
from weval.audit import Adherence, Audit, Length, Order, RequirementJudge, ResponseJudge, WritingSystems


def test_an_audit_survives_json(mini: Audit, tmp_path: Path) -> None:
    for found in (mini, audited(tmp_path, [make_item()])):
        assert Audit.model_validate_json(found.model_dump_json(by_alias=True)) == found


def test_what_is_undefined_is_null_and_never_a_number(tmp_path: Path) -> None:
    written = json.loads(audited(tmp_path, [make_item("i1", (3, 2))]).model_dump_json(by_alias=True))
    assert written["schema"] == 1
    assert written["adherence"] is None
    assert written["order"] is None
    assert written["kept_sets"] is None
    assert written["length"]["correlation"]["ci"] is None


def test_unknown_keys_are_refused(mini: Audit) -> None:
    with pytest.raises(ValueError, match="verdict"):
        Audit.model_validate_json(mini.model_dump_json(by_alias=True)[:-1] + ', "verdict": "fine"}')


def test_every_field_is_documented() -> None:
    page = (Path(__file__).parents[2] / "docs" / "audit.md").read_text(encoding="utf-8").partition("## The record")[2]
    for record in (Audit, Adherence, Order, Length, WritingSystems, RequirementJudge, ResponseJudge):
        for name, field in record.model_fields.items():
            known = name.startswith("n_") and record is not Audit  # the counts of a judge
            assert known or f"`{field.alias or name}`" in page, name
