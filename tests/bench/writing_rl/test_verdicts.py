from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cpu import cpu_within
from weval.bench.items import Mode
from weval.bench.writing_rl.verdicts import LABELS, bracketed, parse_verdict


@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize(
    "form",
    [
        "[[{}]]",
        "Verdict: [[{}]]",
        "Both are fine. [[{}]]",
        "**[[{}]]**.",
        "\n[[{}]]\n",
        '"[[A]]" if assistant A is better, "[[B]]" if B is.\n\nFinal verdict: [[{}]]',
        "<think>[[A]] or [[B]]</think>\n[[{}]]",
        "[[{}]]\nSo: [[{}]]",
    ],
)
def test_the_verdict_at_the_end_is_read(form: str, label: str) -> None:
    assert parse_verdict(form.replace("{}", label)) == label


@pytest.mark.parametrize(
    "reply",
    [
        None,
        "",
        "A",
        "Assistant B is better",
        "[B]",
        "[[b]]",
        "[[D]]",
        "[[A=B]]",
        "[[B>A]]",
        "[[B] ]",
        "[[B]] is what I would say if A were not better",
        "[[B]] ... on reflection [[A]]",
        "[[B]]\nOn reflection:\n[[A]]",
        'Say "[[A]]" or "[[B]]".',
        "<think>[[A]]",
        "The first is a delight.",
    ],
)
def test_what_is_no_verdict_or_two_is_none(reply: str | None) -> None:
    assert parse_verdict(reply) is None


def test_the_original_takes_a_capital_for_a_verdict() -> None:
    said = {"Because B": "B", "BETTER": "B", "Cannot decide": "C", "[[B>A]]": "A", "no": None}
    assert {reply: parse_verdict(reply, mode="original") for reply in said} == said
    assert parse_verdict(None, mode="original") is None
    assert bracketed("Assistant B") is None


@pytest.mark.parametrize("mode", ["original", "repaired"])
@pytest.mark.parametrize("unit", ["[", "[[", "[[A", "[[A]]", "\n", "*", "<think>"])
def test_long_replies_are_read_in_linear_time(unit: str, mode: Mode) -> None:
    with cpu_within(5):
        parse_verdict(unit * (1_000_000 // len(unit)), mode)


@given(st.text())
def test_nothing_is_raised(text: str) -> None:
    assert {parse_verdict(text, "original"), parse_verdict(text)} <= {None, *LABELS}
