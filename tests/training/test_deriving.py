from __future__ import annotations

from typing import Any

import pytest

from weval.training.deriving import Trait, conditions, share_met


def told(requirement: str) -> list[dict[str, Any]]:
    return [
        {"says": each.says} if isinstance(each, Trait) else each.model_dump(exclude_defaults=True)
        for each in conditions(requirement)
    ]


@pytest.mark.parametrize(
    ("requirement", "found"),
    [
        ("Write exactly 5 sentences.", {"kind": "sentence_count", "min": 5, "max": 5}),
        ("Use at least two direct quotations.", {"kind": "quoted_count", "min": 2}),
        ("Ask no more than three questions.", {"kind": "question_count", "max": 3}),
        ("Use exactly 120-150 words.", {"kind": "word_count", "min": 120, "max": 150}),
        ("Write between 1,000 and 1,200 words.", {"kind": "word_count", "min": 1000, "max": 1200}),
        ("Avoid the words 'good' and ‘bad’.", {"kind": "not_contains", "any": ("good", "bad")}),
        ("Present it in a Markdown table.", {"kind": "table"}),
        ("Give a bulleted list.", {"kind": "bullet_count", "min": 2}),
        ("Answer in a numbered list.", {"kind": "numbered_count", "min": 2}),
        ("The last sentence must be a question.", {"kind": "ends_with", "text": "?"}),
        ("Label the columns 'Who' and 'Why'.", {"kind": "contains", "all": ("Who", "Why")}),
        ("Do not use first-person pronouns.", {"says": "no first person"}),
        ("Alternate between English and Chinese.", {"says": "chinese"}),
    ],
)
def test_a_pattern_finds_its_condition(requirement: str, found: dict[str, Any]) -> None:
    assert told(requirement) == [found]


@pytest.mark.parametrize(
    "requirement",
    [
        "Each paragraph has exactly two sentences.",
        "Divide it into sections with exactly 3 sentences.",
        "Use at most 10 words per line.",
        "Do not present it in a Markdown table.",
        "Avoid words related to 'success'.",
        "Number the list with Roman numerals in a numbered list.",
        "Adopt a satirical tone.",
    ],
)
def test_what_is_not_sure_is_left(requirement: str) -> None:
    assert told(requirement) == []


def test_several_clauses_have_several_conditions() -> None:
    requirement = "Write exactly two sentences, and do not use the word 'tea' or first-person pronouns."
    assert share_met(requirement, "Hot. Cold.") == 1
    assert share_met(requirement, "I like tea. Cold.") == pytest.approx(1 / 3)
    assert share_met(requirement, "I like tea.") == 0
    assert share_met("Be witty.", "Ha.") is None
