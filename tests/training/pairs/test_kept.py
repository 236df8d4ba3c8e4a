from __future__ import annotations

from itertools import islice

from tests.factories import make_item
from tests.training.pairs.made import items
from weval.training.pairs.kept import by_requirement, by_response

MADE = items()
KEPT = {
    (item.id, candidate.response): {item.requirements[int(name[1:]) - 1].text for name in candidate.kept}
    for item in MADE
    for candidate in item.candidates
    if isinstance(candidate.kept, tuple)
}


def test_one_requirement_and_two_answers() -> None:
    for pair in islice(by_response(MADE, 1), 50):
        assert pair.why == "kept" and pair.chosen.requirement == pair.rejected.requirement
        assert pair.chosen.group == pair.rejected.group
        assert pair.chosen.requirement is not None
        wanted = pair.chosen.requirement.text
        assert wanted in KEPT[pair.chosen.group, pair.chosen.responses[0]]
        assert wanted not in KEPT[pair.rejected.group, pair.rejected.responses[0]]


def test_one_answer_and_two_requirements() -> None:
    for pair in islice(by_requirement(MADE, 1), 50):
        assert pair.why == "row" and pair.chosen.responses == pair.rejected.responses
        kept = KEPT[pair.chosen.group, pair.chosen.responses[0]]
        assert pair.chosen.requirement is not None and pair.rejected.requirement is not None
        assert pair.chosen.requirement.text in kept and pair.rejected.requirement.text not in kept


def test_validated_pairs_are_borne_out_by_rules() -> None:
    found = list(islice(by_response(MADE, 1, validated=True), 50))
    assert {pair.chosen.requirement.text for pair in found if pair.chosen.requirement} == {
        "Write exactly two sentences.", "Do not use the word 'lovely'.",
    }  # fmt: skip
    sentences = [p for p in found if p.chosen.requirement and "two" in p.chosen.requirement.text]
    assert sentences and all(pair.rejected.responses[0].count(".") == 4 for pair in sentences)


def test_where_nothing_is_known_there_are_no_pairs() -> None:
    unknown = [make_item(kept=(3, 2, 1)), make_item("i2", kept=((1, 2, 3), (1, 2, 3)))]
    assert list(by_response(unknown, 1)) == [] == list(by_requirement(unknown, 1))
