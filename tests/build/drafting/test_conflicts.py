"""Requirements that cannot be met together."""

from __future__ import annotations

import pytest

from weval.build.drafting.conflicts import conflict, contradiction, forbids
from weval.tasks import load_task

CONTRARY = [
    ("Use at most 100 words.", "Write at least 200 words.", "word_count"),
    ("Write exactly 5 sentences.", "Use between 7 and 9 sentences.", "sentence_count"),
    ("Write four paragraphs.", "Arrange it in exactly six paragraphs.", "paragraph_count"),
    ("Use no more than 20 words.", "Write at least 30 sentences.", "sentence_count"),
    ("Write exactly two sentences.", "Use five paragraphs.", "paragraph_count"),
    ("Use exactly three bullet points.", "Include exactly five bullet points.", "bullet_count"),
    ("Ask exactly one question.", "Pose at least four questions.", "question_count"),
    ('End with the sentence "Goodbye, moon."', 'Use "So it goes." as the last line.', "ends_with"),
    ('Begin with "Dear sea,".', 'Open with the words "Once more".', "starts_with"),
    ("Write flowing prose without lists, headings or tables.", "List the risks in three bullet points.", "lists"),
    ("Do not use any headings.", "Divide it by two markdown headings.", "headings"),
    ("Avoid tables.", "Present the plan in a Markdown table.", "tables"),
    ("Use lowercase letters only.", "Put every warning in capital letters.", "capitals"),
    ('Avoid the word "sea".', 'Mention the "Sea of Marmara".', "contains"),
    ("全文不超过100字。", "全文至少200字。", "word_count"),
    ("以“再见”结尾。", "以“明天见”这句话收尾。", "ends_with"),
    ("Usa como máximo 100 palabras.", "Usa entre 160 y 220 palabras.", "word_count"),
    ("Écris au plus 100 mots.", "Écris au moins 200 mots.", "word_count"),
]

PEACEFUL = [
    ("Use at most 100 words.", "Write at least 50 words."),
    ("Use 80 to 110 words.", "Keep every sentence to at most 18 words."),
    ("Use 11 to 13 sentences.", "Put exactly one sentence in bold."),
    ("Write exactly 7 sentences.", "Add a brief (one-sentence) explanation."),
    ("Include one direct quotation.", "Include at least three quotations."),
    ("Write no more than three bullets.", "Use at least two bullet points."),
    ('End with "Bye."', 'End each paragraph with "So it goes."'),
    ('End with the line "The end."', 'Close with "This is the end."'),
    ("Do not exceed five bullet points.", "Use bullet points."),
    ("Avoid first-person pronouns.", "Present it in a Markdown table."),
    ('Avoid the word "loss".', 'Mention the "Blossom Inn".'),
    ('Avoid the word "sea".', 'Never write "at sea".'),
    ("Write without a list of names.", "Use three bullet points."),
    ("Write 60 words.", "Mention 200 sheep."),
]


@pytest.mark.parametrize(("first", "second", "about"), CONTRARY)
def test_contradictions_are_found_in_either_order(first: str, second: str, about: str) -> None:
    assert conflict([first, "Name two ports.", second]) == (0, 2, about)
    found = conflict([second, "Name two ports.", first])
    assert found is not None
    assert found[2] == about


@pytest.mark.parametrize(("first", "second"), PEACEFUL)
def test_what_can_be_met_together(first: str, second: str) -> None:
    assert conflict([first, second]) is None
    assert conflict([second, first]) is None


def test_a_request_and_a_requirement() -> None:
    assert contradiction("Write a 500-word essay on tea.", "Use at most 100 words.") == "word_count"
    assert contradiction('Write an essay called "Good tea".', 'Avoid the word "good".') is None


@pytest.mark.parametrize(
    ("text", "is_so"),
    [("Avoid puns.", True), ("Say 'never'.", False), ("Use not only puns.", False), ("不要押韵。", True)],
)
def test_forbids(text: str, is_so: bool) -> None:
    assert forbids(text) is is_so


def test_no_false_alarm_in_weval_mini() -> None:
    for item in load_task("weval-mini").items():
        assert conflict([requirement.text for requirement in item.requirements]) is None, item.id
