from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from tests.factories import make_item
from weval.join import gold_of
from weval.types import Gold, Outline

GIVEN: dict[str, Any] = {
    "id": "i",
    "category": None,
    "language": "en",
    "requirement_ids": ("c1", "c2"),
    "types": ("length", None),
    "candidate_ids": ("a1", "a2"),
    "kept": (("c1", "c2"), 1),
    "lengths": (10, 0),
    "met": ((1, None), (0, None)),
}


def gold(**more: Any) -> Gold:
    return Gold.model_validate(GIVEN | more)


def test_it_comes_back_from_json() -> None:
    assert Gold.model_validate_json(gold().model_dump_json()) == gold()
    assert gold().counts == (2, 1)


def test_it_has_the_outline_of_its_item() -> None:
    item = make_item("i", [(1, 2), (2,), 0], 2)
    outlines: tuple[Outline, Outline] = (item, gold_of(item))
    one, other = ((o.id, o.requirement_ids, o.candidate_ids, o.kept) for o in outlines)
    assert one == other
    assert gold_of(item).counts == tuple(candidate.gold for candidate in item.candidates)


@pytest.mark.parametrize(
    "wrong",
    [
        {"requirement_ids": ("c1", "c1")},
        {"candidate_ids": ("a1", "a1")},
        {"candidate_ids": ("a1",)},
        {"requirement_ids": ()},
        {"types": ("length",)},
        {"types": ("taste", None)},
        {"kept": (("c1",),)},
        {"kept": (("c3",), 0)},
        {"kept": (3, 0)},
        {"kept": (-1, 0)},
        {"lengths": (1, 2, 3)},
        {"lengths": (-1, 2)},
        {"met": ((1, 0),)},
        {"met": ((1,), (0,))},
        {"met": ((2, 0), (0, 0))},
        {"met": ((True, 0), (0, 0))},
        {"text": "a secret"},
    ],
)
def test_what_contradicts_itself_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        gold(**wrong)
