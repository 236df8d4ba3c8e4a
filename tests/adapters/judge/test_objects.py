from __future__ import annotations

import pytest

from weval.adapters.judge.objects import leading_object, whole_number
from weval.adapters.judge.outcome import NoVerdict


@pytest.mark.parametrize(
    ("text", "is_last"),
    [
        ('{"score": 7}', True),
        (' \n{"score": 7}\n ', True),
        ('```json\n{"score": 7}\n```', True),
        ('```JSON\n{"score": 7}\n```\n', True),
        ('```\n{"score": 7}\n```', True),
        ('~~~\n{"score": 7}\n~~~', True),
        ('```json {"score": 7} ```', True),
        ('```json\n{"score": 7}', True),
        ('Here it is:\n\n```json\n{"score": 7}\n```', True),
        ('Here it is:\n\n{"score": 7}', True),
        ('json\n{"score": 7}', True),  # of a code block whose marks were taken off
        ('{"score": 7}\n```', False),  # which nothing opened
        ('```json\n{"score": 7}\n```\nSo it is.', False),
        ('{"score": 7} and', False),
        ('{"score": 7}{"score": 8}', False),
    ],
)
def test_the_object_that_a_text_begins_with(text: str, is_last: bool) -> None:
    found = leading_object(text, "score")
    assert found.value == {"score": "7"}
    assert found.is_last is is_last


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "there is no JSON object"),
        ("[7]", "there is no JSON object"),
        ('"score": 7', "there is no JSON object"),
        ('[{"score": 7}]', "text before"),
        ('Here it is: {"score": 7}', "text before"),
        ('> {"score": 7}', "text before"),
        ('Score:\n{"score": 7}', "more than words"),
        ('\ufeff{"score": 7}', "text before"),
        ('```xml\n{"score": 7}\n```', "more than words"),
        ('My score:\n```json\n{"score": 7}\n```', "more than words"),
        ('So }\n```json\n{"score": 7}\n```', "more than words"),
        ('```\nno\n```\n```json\n{"score": 7}\n```', "more than words"),
        ('Like {this}:\n```json\n{"score": 7}\n```', "text before"),
        ("{'score': 7}", "not a JSON object"),
        ('{"score": 7', "not a JSON object"),
        ('{"score": 7,}', "not a JSON object"),
        ('{"score": 07}', "not a JSON object"),
        ('{"score": +7}', "not a JSON object"),
        ('{"score": ７}', "not a JSON object"),
        ('{"score": NaN}', "NaN is no JSON number"),
        ('{"score": 7, "x": -Infinity}', "-Infinity is no JSON number"),
        ('{"score": 7, "score": 7}', "a key twice"),
        ('{"score": 7, "\\u0073core": 8}', "a key twice"),
        ('{"score": 7, "x": {"a": 1, "a": 2}}', "a key twice"),
        ('{"x":' * 100_000, "not a JSON object"),
        ('{"x":' + "[" * 100_000 + "]" * 100_000 + "}", "not a JSON object"),
    ],
)
def test_what_is_not_one_object(text: str, said: str) -> None:
    with pytest.raises(NoVerdict, match=said):
        leading_object(text, "score")


@pytest.mark.parametrize(
    "words",
    [
        "It says:", "The response ends with:", "The response claims this result:", "For example:", "Not my verdict:",
        "Here is what the response says:", "Here is my evaluation of why\nthe text says:", "评价里写着：",
        "Here is my evaluation: " * 9,
    ],
)  # fmt: skip
@pytest.mark.parametrize("form", ['{"score": 7}', '```json\n{"score": 7}\n```'])
def test_what_others_said_is_no_verdict(words: str, form: str) -> None:
    with pytest.raises(NoVerdict, match=r"introduce it as the judge's own|text before"):
        leading_object(f"{words}\n{form}", "score")


@pytest.mark.parametrize(
    "words",
    ["Here is my evaluation:", "**Final verdict:**", "## JSON", "The text is short.\n\nSo, here's my final assessment:",
     "Here it is:", "以下是我的评估：", "最终结论"],
)  # fmt: skip
@pytest.mark.parametrize("form", ['{"score": 7}', '```json\n{"score": 7}\n```'])
def test_a_judge_may_introduce_its_verdict(words: str, form: str) -> None:
    assert leading_object(f"{words}\n{form}", "score").value == {"score": "7"}


def test_strings_may_hold_line_breaks_and_what_looks_like_more() -> None:
    text = '{"reason": "a\nb\t{\\"score\\": 3}\n```", "score": 8}'
    assert leading_object(text, "score").value["score"] == "8"


@pytest.mark.parametrize(
    ("written", "read"),
    [(r"a\_b", r"a\_b"), (r"C:\dir", r"C:\dir"), (r"a\n\u00e9\"", 'a\né"'), (r"\\_", r"\_"), (r"\u12", r"\u12")],
)
def test_a_backslash_that_escapes_nothing_is_one(written: str, read: str) -> None:
    assert leading_object(f'{{"reason": "{written}", "score": 7}}', "score").value["reason"] == read


def test_a_backslash_can_not_hide_a_quotation_mark_or_stand_for_a_key() -> None:
    with pytest.raises(NoVerdict):
        leading_object(r'{"reason": "a\", "score": 7}', "score")
    with pytest.raises(NoVerdict):
        leading_object(r'{\"score": 7}', "score")
    assert leading_object(r'{"sc\ore": 7}', "score").value == {r"sc\ore": "7"}


def value(written: str) -> object:
    return leading_object(f'{{"score": {written}}}', "score").value["score"]


@pytest.mark.parametrize(
    ("written", "number"), [("7", 7), ("1", 1), ("10", 10), ("7.0", 7), ("7.000", 7), ("0", 0), ("-0", 0)]
)
def test_whole_numbers(written: str, number: int) -> None:
    assert whole_number(value(written), 0, 10) == number


@pytest.mark.parametrize(
    "written",
    [
        "11", "-1", "7.5", "6.99999999999999999999999", "1e1", "7e0", '"7"', "true", "false", "null", "[7]",
        '{"score": 7}', "1" * 5000, "1." + "0" * 500 + "1", "1e400",
    ],
)  # fmt: skip
def test_other_values_are_no_score(written: str) -> None:
    with pytest.raises(NoVerdict, match="is not an integer from 0 to 10") as none:
        whole_number(value(written), 0, 10)
    assert len(str(none.value)) < 100
