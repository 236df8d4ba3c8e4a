from __future__ import annotations

import re
from random import Random

import pytest

from weval.training.pairs.amounts import amount
from weval.training.pairs.wordings import AMOUNTS


@pytest.mark.parametrize("name", ["longest sentence", *AMOUNTS])
@pytest.mark.parametrize("true", [True, False])
def test_what_is_true_holds_and_what_is_false_does_not(name: str, true: bool) -> None:
    draw, made = Random(5), 0
    for n in [1, 2, 5, 12, 40, 203] * 40:
        found = amount(draw, name, n, true=true)
        if found is not None:
            made += 1
            assert found.holds(n) == true
            assert found.least <= found.most and "{" not in found.text
    assert made > 100


def test_the_words_say_what_holds() -> None:
    draw = Random(7)
    for n in range(20, 400, 3):
        found = amount(draw, "words", n, true=True)
        if found and (between := re.search(r"(\d+)(?:-| to | and )(\d+)", found.text)):
            assert (found.least, found.most) == (int(between[1]), int(between[2]))
        if found and (limit := re.search(r"(?:at most|up to|no more than|maximum of) (\d+)", found.text)):
            assert found.most == int(limit[1])
        if found and (limit := re.search(r"(?:fewer than|under) (\d+)", found.text)) and "no fewer" not in found.text:
            assert found.most == int(limit[1]) - 1


def test_one_is_singular() -> None:
    texts = {found.text for k in range(300) if (found := amount(Random(k), "paragraphs", 1, true=True))}
    assert any("one paragraph." in text or "1 paragraph." in text for text in texts)
    assert not any(re.search(r"\b(one|1) paragraphs", text) for text in texts)
