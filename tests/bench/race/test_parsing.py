from __future__ import annotations

import json

import pytest

from tests.cpu import cpu_within
from weval.adapters.judge.outcome import NoVerdict
from weval.bench.race import extract_json, read_output
from weval.errors import OriginalError

ENTRY = '{"criterion": "Depth", "article_1_score": 7.5, "article_2_score": 8}'
OUTPUT = f'{{"comprehensiveness": [{ENTRY}], "insight": []}}'
READ = {
    "comprehensiveness": [{"criterion": "Depth", "article_1_score": 7.5, "article_2_score": 8}],
    "insight": [],
}


@pytest.mark.parametrize(
    "text",
    [
        OUTPUT,
        f" \n{OUTPUT}\n",
        f"```json\n{OUTPUT}\n```",
        f"Here is my evaluation:\n{OUTPUT}",
        f'<think>\n{{"insight": 1}}\n</think>\n{OUTPUT}',
        f"{OUTPUT}<|im_end|>",
    ],
)
def test_the_object_that_ends_a_reply_is_read(text: str) -> None:
    assert read_output(text) == READ
    assert json.loads(extract_json(text) or "") == READ


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "the reply is empty"),
        (f"<think>{OUTPUT}", "cut off"),
        (f"<think>{OUTPUT}</think>", "nothing after the reasoning"),
        ("[1, 2]", "no JSON object"),
        ("null", "no JSON object"),
        (f"{OUTPUT} {OUTPUT}", "text after"),
        (f"{OUTPUT}\nDone", "text after"),
        (f"Result {OUTPUT}", "text before"),
        (OUTPUT[:-1], "not a JSON object"),
        ('{"insight": 1, "insight": 2}', "a key twice"),
        ('{"insight": 1e999}', "too large"),
        ('{"insight": ' + "9" * 5000 + "}", "too large"),
        ('{"insight": NaN}', "no JSON number"),
        ('{"insight": ' + "[" * 60 + "]" * 60 + "}", "nested too deeply"),
        ('{"insight": ' + "[" * 9000, "not a JSON object"),
        (f'{{"insight": 1}}\n</think>\n{OUTPUT}', "two different verdicts"),
    ],
)
def test_anything_else_is_none_and_says_why(text: str, why: str) -> None:
    assert extract_json(text) is None
    with pytest.raises(NoVerdict, match=why):
        read_output(text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (None, None),
        ('{"a": 1} {"b": 2}', '{"a": 1}'),
        ("<think>{}</think>", "{}"),
        ("[1]", "[1]"),
        ('```json\n[1]\n``` {"a": 1}', "[1]"),
        ('```json\n\n``` {"a": 1}', '{"a": 1}'),
        ('{"a": "}"} and', '{"a": "}"}'),
        ('{"a": "{"} and', '{"a": "{"}'),  # unbalanced, hence from the first brace to the last
        ("} {", None),
    ],
)
def test_the_original_takes_the_first_json_that_it_comes_upon(text: str | None, found: str | None) -> None:
    assert extract_json(text, mode="original") == found


def test_the_original_searches_for_keywords_in_what_is_no_json() -> None:
    broken = OUTPUT[:-1].replace("7.5,", "7.5, ,")
    assert json.loads(extract_json(broken, mode="original") or "") == READ
    swapped = broken.replace('"comprehensiveness"', "'comprehensiveness'").replace('"insight"', "insight")
    assert json.loads(extract_json(swapped, mode="original") or "") == READ
    assert extract_json(broken.replace('"criterion"', '"name"'), mode="original") is None
    assert extract_json(broken.replace("article_2_score", "x"), mode="original") is None


def test_the_original_stops_at_what_json_cannot_hold() -> None:
    for text in ("[" * 100_000, "9" * 5000):
        with pytest.raises(OriginalError, match=r"json_extractor\.py stops"):
            extract_json(text, mode="original")


@pytest.mark.parametrize("mode", ["original", "repaired"])
@pytest.mark.parametrize("unit", ["```json ", '{"a":', "{", "}{", '"criterion" ', ": ", "<think>", '"', "\ud800"])
def test_hostile_replies_take_little_time(mode: str, unit: str) -> None:
    words = "'comprehensiveness' article_1_score article_2_score \"criterion\" "
    with cpu_within(2):
        for text in (words + unit * (400_000 // len(unit)), "```json" + " " * 400_000, '"criterion"' + " " * 400_000):
            try:
                extract_json(text, mode=mode)
            except OriginalError:
                assert mode == "original"
