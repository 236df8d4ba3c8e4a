from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weval.adapters.texts import PLACES, LabelOptions, TextOptions, filled
from weval.errors import ConfigError
from weval.types import Request, Requirement

WATER, ASK = Requirement(id="c1", text="Mention water."), Requirement(id="c2", text="End with a question.")
WHOLE = Request("r", "g", "Tea. Mention water. End with a question.", "Tea.", "en", (WATER, ASK), ("Hot.",))
ONE = Request("r", "g", WHOLE.query, "Tea.", "en", (WATER, ASK), ("Hot.",), requirement=ASK)
CHINESE = Request(
    "r", "g", "茶。写水。", "茶。", "zh", (WATER,), ("热。",), requirement=Requirement(id="c1", text="写水。")
)


def test_places_of_a_request_about_a_response() -> None:
    assert filled("{query}|{instruction}|{asked}|{response}", WHOLE) == f"{WHOLE.query}|Tea.|{WHOLE.query}|Hot."
    assert filled("{requirement}", WHOLE) == "Mention water.\nEnd with a question."


def test_places_of_a_request_about_a_requirement() -> None:
    assert (
        filled("{query}|{asked}|{requirement}", ONE) == f"{WHOLE.query}|Tea. End with a question.|End with a question."
    )
    assert filled("{asked}", CHINESE) == "茶。写水。"


def test_views_of_the_response_are_places() -> None:
    said = filled("{requirement} | {mentions} | {facts} | {passages}", ONE)
    assert said.startswith("End with a question. | in text: none ; absent: question | words 1, sentences 1, ")
    assert said.endswith(" | Hot.")
    assert "absent: mention" not in filled("{mentions}", WHOLE) and "water" in filled("{mentions}", WHOLE)


def test_a_text_needs_the_response_or_a_view_of_it() -> None:
    LabelOptions(wire="{asked} {facts}").check_text()
    with pytest.raises(ConfigError, match=r"has no \{response\} in it"):
        LabelOptions(wire="{asked}").check_text()


@given(st.text() | st.sampled_from([f"{{{place}}}" for place in PLACES]))
def test_what_stands_in_a_foreign_text_is_never_a_place(text: str) -> None:
    request = Request("r", "g", "Q", "Q", None, (), (text,))
    assert filled("<{response}> {unknown} {", request) == f"<{text}> {{unknown}} {{"


def test_a_chat_has_the_turns_that_are_set() -> None:
    assert TextOptions().messages(ONE) == [
        {"role": "user", "content": "Tea. End with a question."},
        {"role": "assistant", "content": "Hot."},
    ]
    options = TextOptions(system="Judge.", user="{query} /nothink", assistant="<think></think>{response}")
    assert [turn["content"] for turn in options.messages(WHOLE)] == [
        "Judge.", f"{WHOLE.query} /nothink", "<think></think>Hot.",
    ]  # fmt: skip


def test_the_wire_format_is_sent_as_it_is() -> None:
    assert TextOptions(wire="Only  1.  Response: {response}. C: {requirement}").text(ONE) == (
        "Only  1.  Response: Hot.. C: End with a question."
    )
    with pytest.raises(AssertionError):
        TextOptions().text(ONE)


def test_hidden_texts_leave_nothing_behind() -> None:
    hidden = Request("r", "g", "", "", "en", (), ("Hot.",), requirement=WATER.model_copy(update={"text": ""}))
    assert filled("[{asked}][{query}][{requirement}]", hidden) == "[][][]"
