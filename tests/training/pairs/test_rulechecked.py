from __future__ import annotations

from itertools import islice

from tests.factories import make_item
from tests.training.pairs.made import items
from weval.training.deriving import share_met
from weval.training.pairs.rulechecked import rule_checked


def test_chosen_meets_all_and_rejected_nothing() -> None:
    found = list(islice(rule_checked(items(), 2), 60))
    for pair in found:
        assert pair.why == "ruled" and pair.chosen.requirement and pair.rejected.requirement
        assert share_met(pair.chosen.requirement.text, pair.chosen.responses[0], "en") == 1
        assert share_met(pair.rejected.requirement.text, pair.rejected.responses[0], "en") == 0
    same_text = [pair for pair in found if pair.chosen.responses == pair.rejected.responses]
    across = [pair for pair in found if pair.chosen.group != pair.rejected.group]
    assert same_text and across


def test_without_conditions_there_are_no_pairs() -> None:
    assert list(rule_checked([make_item()], 1)) == []
