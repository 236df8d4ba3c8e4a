from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.factories import write_rows
from weval.build.records import about
from weval.build.training.pairing import Contrast
from weval.build.training.vouched import Verdicts, standing
from weval.errors import DataError
from weval.types import Item

ITEM = Item.model_validate_json(
    """{"id": "i1", "instruction": "Write about tea.", "requirements": [
      {"id": "c1", "text": "Name a pot.", "check": {"kind": "contains", "any": ["pot"]}},
      {"id": "c2", "text": "Name milk.", "check": {"kind": "contains", "any": ["milk"]}},
      {"id": "c3", "text": "Be warm."}],
      "candidates": [{"id": "a1", "kept": ["c1", "c2", "c3"], "response": "A pot of milk."},
                     {"id": "a2", "kept": ["c2"], "response": "Milk."},
                     {"id": "a3", "kept": ["c1"], "response": "No milk in the pot."},
                     {"id": "a4", "kept": 1, "response": "Tea."}]}"""
)


def pair(chosen: str, rejected: str, requirement: str | None = None) -> Contrast:
    return Contrast("i1", chosen, rejected, requirement, 1, 1)


def verdict(candidate: str, requirement: str, met: bool, **more: Any) -> dict[str, Any]:
    kept = requirement in ("c1", "c2", "c3")
    row = {"item_id": "i1", "candidate_id": candidate, "requirement_id": requirement, "kept": kept, "met": met}
    return row | {"by": "judge"} | more


@pytest.mark.parametrize(
    "contrast, found",
    [
        (pair("a1", "a2", "c1"), "validated"),
        (pair("a1", "a3", "c2"), "refuted"),  # dropped, and met anyway
        (pair("a1", "a2", "c3"), "unverified"),
        (pair("a2", "a4", "c2"), "validated"),  # of one requirement the number kept says nothing else
        (pair("a1", "a2"), "unverified"),  # c3
        (pair("a1", "a3"), "refuted"),
        (pair("a1", "a4"), "unverified"),
    ],
)
def test_checks_say_what_they_can(contrast: Contrast, found: str) -> None:
    assert standing(ITEM, contrast, Verdicts().of(ITEM)) == found


def test_a_judge_says_the_rest_and_a_check_is_believed_before_it(tmp_path: Path) -> None:
    file = write_rows(
        tmp_path / "verdicts.jsonl",
        [
            verdict("a1", "c1", True, by="check"),
            verdict("a1", "c1", False),
            verdict("a1", "c3", True),
            verdict("a2", "c3", False),
        ],
    )
    is_met = Verdicts(file).of(ITEM)
    assert standing(ITEM, pair("a1", "a2"), is_met) == "validated"
    assert standing(ITEM, pair("a1", "a2", "c3"), is_met) == "validated"
    write_rows(file, [verdict("a2", "c2", False)])
    assert standing(ITEM, pair("a1", "a2"), Verdicts(file).of(ITEM)) == "refuted"


def test_without_a_file_there_are_checks_and_a_broken_one_is_named(tmp_path: Path) -> None:
    assert Verdicts(tmp_path / "none.jsonl").of(ITEM)("a1", "c1") is True
    (tmp_path / "empty.jsonl").touch()
    assert Verdicts(tmp_path / "empty.jsonl").of(ITEM)("a1", "c3") is None
    with pytest.raises(DataError, match=r"bad\.jsonl:1: met"):
        Verdicts(write_rows(tmp_path / "bad.jsonl", [verdict("a1", "c1", True) | {"met": "yes"}]))


def test_of_a_text_that_was_edited_since_nothing_is_said(tmp_path: Path) -> None:
    texts = {"a1": "A pot of milk.", "a2": "Milk."}
    file = write_rows(
        tmp_path / "verdicts.jsonl",
        [verdict(name, "c3", name == "a1", about=about(text, "Be warm.")) for name, text in texts.items()],
    )
    assert standing(ITEM, pair("a1", "a2", "c3"), Verdicts(file).of(ITEM)) == "validated"
    content = ITEM.model_dump_json()
    for before, after in (("A pot of milk.", "A cold pot of milk."), ("Be warm.", "Be cold.")):
        edited = Item.model_validate_json(content.replace(before, after))
        assert standing(edited, pair("a1", "a2", "c3"), Verdicts(file).of(edited)) == "unverified"
