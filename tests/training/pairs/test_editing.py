from __future__ import annotations

from random import Random

from weval.checks import count
from weval.training.pairs.editing import edited

TEXT = " ".join(f"The harbour number {n} slept beside another harbour." for n in range(9))


def test_other_forms_come_of_it_and_the_text_is_often_left_alone() -> None:
    forms = [edited(Random(seed), TEXT) for seed in range(200)]
    assert 60 < forms.count(TEXT) < 130
    for kind in ("bullet_count", "numbered_count", "heading_count", "bold_count", "question_count"):
        assert any(count(kind, form) for form in forms), kind
    assert TEXT.lower() in forms
    assert {count("sentence_count", form) for form in forms} > {3, 9}
    assert {count("paragraph_count", form) for form in forms} > {1, 3, 9}


def test_an_empty_text_stays_one() -> None:
    assert all(
        not edited(Random(seed), "").strip() or edited(Random(seed), "").strip()[-1] == "?" for seed in range(50)
    )
