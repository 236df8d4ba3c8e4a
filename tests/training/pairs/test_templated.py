from __future__ import annotations

from collections import Counter
from itertools import islice

from tests.training.pairs.made import items
from weval.adapters.views import quoted
from weval.training.pairs.templated import templated

FOUND = list(islice(templated(items(), 3), 300))


def test_all_kinds_come_in_both_directions() -> None:
    kinds = Counter(pair.why for pair in FOUND)
    assert {*kinds} == {"amount", "form", "mention", "avoid", "edge"}
    same = sum(pair.chosen.responses == pair.rejected.responses for pair in FOUND)
    assert 60 < same < 240
    for pair in FOUND:
        assert pair.chosen.requirement and pair.rejected.requirement
        one_text = pair.chosen.responses == pair.rejected.responses
        assert one_text != (pair.chosen.requirement.text == pair.rejected.requirement.text)


def test_what_is_named_is_in_the_chosen_text_and_what_is_forbidden_is_not() -> None:
    checked = 0
    for pair in FOUND:
        if pair.why in ("mention", "avoid") and pair.chosen.requirement:
            for word in quoted(pair.chosen.requirement.text):
                assert (word.lower() in pair.chosen.responses[0].lower()) == (pair.why == "mention")
                checked += 1
    assert checked > 20


def test_first_and_last_words_are_the_chosen_text_s() -> None:
    for pair in FOUND:
        if pair.why == "edge" and pair.chosen.requirement:
            quoted = pair.chosen.requirement.text.partition("'" if "'" in pair.chosen.requirement.text else '"')[2]
            assert quoted.rstrip(".")[:-1].split()[0] in pair.chosen.responses[0].split()


def test_without_texts_there_are_no_pairs() -> None:
    assert list(templated([], 3)) == []
