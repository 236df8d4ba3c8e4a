from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cpu import cpu_within
from weval.bench.creative_writing.criteria import CRITERIA
from weval.bench.creative_writing.parsing import parse_scores
from weval.bench.items import Mode

FORMS = {
    "plain": "{}: 12",
    "bullet": "- {}: 12",
    "dot": "• {}: 12",
    "number": "3. {}: 12",
    "number and bullet": "- 3) {}: 12",
    "bold": "**{}:** 12",
    "bold before the colon": "**{}**: 12",
    "heading": "### {}: 12",
    "bracket": "{}: [12]",
    "bracket with blanks": "{}: [ 12 ]",
    "word": "{}: Score 12",
    "out of": "{}: 12/20",
    "out of, with a stop": "{}: 12 / 20.",
    "in words": "{}: 12 out of 20",
    "decimal": "{}: 12.0",
    "remark": "{}: 12 (solid)",
    "dash": "{}: 12 - solid",
    "next line": "{}:\n\n12",
    "bold on the next line": "**{}:**\n**12**",
    "full width": "{}：12",
    "tabs": "\t{} :\t12\t",
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("cased", [str, str.lower, str.upper], ids=["as is", "lower", "upper"])
def test_all_criteria_are_read_in_every_form(form: str, cased: type[str]) -> None:
    reply = "[Analysis]\nIt begins at 9:30: fine.\n\n[Scores]\n" + "\n".join(
        form.format(cased(name)) for name in CRITERIA
    )
    assert parse_scores(reply) == dict.fromkeys(CRITERIA, 12.0)


def test_another_apostrophe_or_hyphen_is_the_same_name() -> None:
    assert parse_scores("Tell‑Don’t–Show: 3") == {"Tell-Don't-Show": 3.0}


@pytest.mark.parametrize(
    "line",
    [
        "Coherent: 21",
        "Coherent: -1",
        "Coherent: 12/10",
        "Coherent: 12-14",
        "Coherent: 12 - 14",
        "Coherent: 12/200",
        "Coherent: 12/20.5",
        "Coherent: 3 of the 5 scenes",
        "Coherent: N/A",
        "Coherent: twelve",
        "Coherent: [12",
        "Coherent: ٣",
        "Coherent 12",
        "Coherent:",
        "More Coherent: 12",
        "Coherent: 12\nCoherent: 13",
        "Coherent: 25\nCoherent: 12",
        "Coherent:\nso-so\n12",
        "<think>\nCoherent: 12",
        "<think>\nCoherent: 12\n</think>\n",
        f"Coherent: {'9' * 5000}",
    ],
)
def test_what_is_not_clear_is_not_read(line: str) -> None:
    assert parse_scores(line) == {}


def test_reasoning_does_not_count() -> None:
    assert parse_scores("<think>\nCoherent: 3\n</think>\nCoherent: 12") == {"Coherent": 12.0}


def test_the_same_value_twice_is_read() -> None:
    assert parse_scores("Coherent: 12\n\n[Scores]\nCoherent: 12.0") == {"Coherent": 12.0}


PATTERNS = [r"(.*?):\s*(?:Score\s+)?(-?\d+(?:\.\d+)?)", r"(.*?):\s*\[(-?\d+(?:\.\d+)?)\]"]
"""As benchmarks.md gives them: exact, but they go over a line again for each of its characters."""


def as_published(text: str) -> dict[str, float]:
    scores = {}
    for pattern in PATTERNS:
        scores |= {name.strip(): float(value) for name, value in re.findall(pattern, text) if float(value) <= 20}
    return scores


PIECES = st.sampled_from(["Coherent", ":", " ", "\n", "[", "]", "12", "-3", ".5", "Score ", "99", "\r", "\u2028", "٣"])


@given(st.lists(PIECES, max_size=30).map("".join))
def test_original_names_are_those_of_the_published_patterns(text: str) -> None:
    assert list(parse_scores(text, mode="original").items()) == list(as_published(text).items())


@pytest.mark.parametrize("mode", ["original", "repaired"])
@pytest.mark.parametrize(
    "unit", ["a", ":", ": ", ": [", "\n", " ", "9", "[", "Score ", ": Score ", "Coherent:", "- 1. ", "1.", "\ud800"]
)
def test_long_replies_are_read_in_linear_time(unit: str, mode: Mode) -> None:
    with cpu_within(5):
        parse_scores(unit * (1_000_000 // len(unit)), mode)
        parse_scores("Coherent: " + unit * (1_000_000 // len(unit)), mode)


@given(st.text())
def test_nothing_is_raised(text: str) -> None:
    assert parse_scores(text, mode="original") is not None
    assert set(parse_scores(text)) <= set(CRITERIA)
