from __future__ import annotations

from tests.factories import make_item
from weval.adapters.texts import filled
from weval.training.pairs.records import asked


def test_a_request_is_about_one_requirement_and_any_text() -> None:
    item = make_item(language="en")
    request = asked(item, "Hot.", "Mention tea.")
    assert filled("{asked}|{requirement}|{response}", request) == "Write about i1. Mention tea.|Mention tea.|Hot."
    assert filled("{query}", request) == "Write about i1. Mention tea."


def test_ids_tell_requests_apart() -> None:
    item = make_item()
    ids = {asked(item, response, requirement).id for response in ("a", "b") for requirement in ("c", "d")}
    assert len(ids) == 4
    assert asked(item, "a", "c") == asked(item, "a", "c")
