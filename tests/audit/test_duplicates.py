from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.audit.conftest import audited
from tests.cpu import cpu_within
from tests.factories import make_item
from weval.audit import Duplicates
from weval.audit.duplicates import EXAMPLES, NEAR, normalised, shingles, similarity
from weval.audit.records import Place
from weval.types import Item

LONG = (
    "The quick brown fox jumps over the lazy dog, and then it goes home to sleep by the fire until the morning comes."
)


def with_texts(name: str, *texts: str, instruction: str | None = None) -> Item:
    """An item with these responses, the first of which kept most."""
    item = make_item(name, [range(1, k + 1) for k in range(len(texts), 0, -1)], len(texts))
    candidates = (c.model_copy(update={"response": text}) for c, text in zip(item.candidates, texts, strict=True))
    return item.model_copy(update={"candidates": tuple(candidates), "instruction": instruction or f"Write {name}."})


def found_in(path: Path, *items: Item) -> Duplicates:
    return audited(path, items).duplicates


def by_sets(first: str, second: str) -> float:
    """The similarity as it is defined, of sets of strings."""
    one, other = ({text[i : i + 5] for i in range(max(1, len(text) - 4))} for text in (first, second))
    return len(one & other) / len(one | other)


@given(st.text("ab é火\U0001f525", min_size=1, max_size=40), st.text("ab é火\U0001f525", min_size=1, max_size=40))
def test_similarity_is_that_of_the_sets_of_five_characters(first: str, second: str) -> None:
    assert similarity(shingles(first), shingles(second)) == pytest.approx(by_sets(first, second))


def test_case_and_white_space_do_not_matter() -> None:
    assert normalised("Straße\t\n  IST da ") == normalised("strasse ist DA")


def test_a_padded_copy_is_found_with_its_gap(tmp_path: Path) -> None:
    padded = LONG.upper().replace(" ", "\n ") + " The end."
    assert by_sets(normalised(LONG), normalised(padded)) > NEAR
    found = found_in(tmp_path, with_texts("i1", LONG, "Something else altogether.", padded), with_texts("i2", "a", "b"))
    assert found.near
    assert (found.near.count, found.near.n) == (1, 4)
    assert {gap: (share.count, share.n) for gap, share in found.near_by_gap.items()} == {"1": (0, 3), "2": (1, 1)}
    (example,) = found.near_examples
    assert (example.item, example.candidates) == ("i1", ("a1", "a3"))
    assert example.similarity == pytest.approx(by_sets(normalised(LONG), normalised(padded)))


def test_the_nearest_pairs_are_the_examples(tmp_path: Path) -> None:
    items = [with_texts(f"i{k}", LONG + f" Say {k}.", LONG + " Say" + " more" * k) for k in range(8)]
    found = found_in(tmp_path, *items)
    values = [example.similarity for example in found.near_examples]
    assert len(values) == EXAMPLES
    assert values == sorted(values, reverse=True)
    expected = sorted((by_sets(*(normalised(c.response) for c in item.candidates)) for item in items), reverse=True)
    assert values == pytest.approx(expected[:EXAMPLES])


def test_empty_responses_are_counted_and_are_no_duplicates(tmp_path: Path) -> None:
    found = found_in(tmp_path, with_texts("i1", LONG, "", " \n"), with_texts("i2", "", "x"))
    assert found.empty
    assert (found.empty.count, found.empty.n) == (3, 5)
    assert found.empty_examples[0] == Place(item="i1", candidate="a2")
    assert found.near is None
    assert found.responses
    assert (found.responses.count, found.responses.n) == (0, 2)


def test_responses_of_other_items_are_found_and_those_of_the_same_item_are_not(tmp_path: Path) -> None:
    found = found_in(
        tmp_path, with_texts("i1", LONG, LONG), with_texts("i2", "Own.", "Also own."), with_texts("i3", "own.", "mine")
    )
    assert found.responses
    assert (found.responses.count, found.responses.n) == (2, 6)
    assert found.response_examples == ((Place(item="i2", candidate="a1"), Place(item="i3", candidate="a1")),)
    assert found.near
    assert found.near.count == 1


def test_a_text_in_many_items_is_one_example(tmp_path: Path) -> None:
    items = [with_texts(f"i{k}", LONG, f"own {k}", instruction="Write  it!") for k in range(4)]
    found = found_in(tmp_path, *items, with_texts("i9", "other", "own 9"))
    assert found.responses
    assert (found.responses.count, found.responses.n) == (4, 10)
    assert len(found.response_examples) == 1
    assert found.instructions
    assert (found.instructions.count, found.instructions.n) == (4, 5)
    assert found.instruction_examples == (("i0", "i1"),)


def test_long_texts_are_compared_fast() -> None:
    text = "".join(chr(97 + k * k % 26) for k in range(1_000_000))
    with cpu_within(5):
        assert similarity(shingles(text), shingles(text + "!")) > NEAR
