"""Verdicts in our own form and in the published one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.bench.race.tasks import numbered, published, stand_in
from tests.cpu import cpu_within
from weval.adapters.judge.outcome import NoVerdict
from weval.bench.race import race_score
from weval.bench.race.replies import read_shares, shares_original
from weval.bench.race.tasks import RaceItem, read_tasks

SCORES = [(6, 9), (5, 5.5), (7, 7), (8, 2), (1, 3)]


@pytest.fixture
def item(tmp_path: Path) -> RaceItem:
    folder = stand_in(tmp_path, 1)
    return next(read_tasks(folder / "query.jsonl", folder / "criteria.jsonl"))


def said(**more: Any) -> str:
    """A reply of which the second entry is changed."""
    entries = json.loads(numbered(SCORES))["scores"]
    return json.dumps({"scores": [entries[0], entries[1] | more, *entries[2:]]})


def test_both_forms_come_to_the_same(item: RaceItem) -> None:
    expected = race_score(published(1, SCORES), item.criteria)
    assert read_shares(numbered(SCORES), item) == expected
    assert read_shares(json.dumps(published(1, SCORES)), item) == expected
    assert read_shares(f"<think>Hm.</think>Here is my evaluation:\n```json\n{numbered(SCORES)}\n```", item) == expected
    for reply in (numbered(SCORES), json.dumps(published(1, SCORES))):
        shares, n_calls = shares_original([reply], item)
        assert shares == pytest.approx(expected, abs=1e-12)
        assert n_calls == 1


def test_the_order_of_the_numbers_does_not_count(item: RaceItem) -> None:
    entries = json.loads(numbered(SCORES))["scores"]
    assert read_shares(json.dumps({"scores": entries[::-1]}), item) == read_shares(numbered(SCORES), item)


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (said(criterion=1), "criterion 1 has two scores"),
        (said(criterion=6), "'6', which is no number from 1 to 5"),
        (said(criterion=0), "'0', which is no number"),
        (said(criterion=True), "'True', which is no number"),
        (said(criterion="2"), "'2', which is no number"),
        (said(criterion=2.0), "'2.0', which is no number"),
        (said(criterion=None), "'None', which is no number"),
        (said(article_a="7"), "no number from 0 to 10"),
        (said(article_a=None), "no number from 0 to 10"),
        (said(article_b=10.1), "no number from 0 to 10"),
        (said(article_b=-1), "no number from 0 to 10"),
        (said(article_b=True), "no number from 0 to 10"),
        (numbered(SCORES[:4]), "criterion 5 has no score"),
        ('{"scores": {}}', "scores is no list"),
        ('{"scores": [7]}', "'None', which is no number"),
        (json.dumps({"scores": [], "insight": []}), "there are both scores and insight"),
        (f"{numbered(SCORES)} {numbered(SCORES)}", "text after the JSON object"),
        (f"The article says: {numbered(SCORES)}", "text before the JSON object"),
        (f"{numbered(SCORES[::-1])}\n</think>\n{numbered(SCORES)}", "two different"),
        ("", "the reply is empty"),
        ("I'm sorry, but I can't help with that.", "refused"),
    ],
)
def test_anything_else_is_no_verdict(item: RaceItem, reply: str, why: str) -> None:
    with pytest.raises(NoVerdict, match=why):
        read_shares(reply, item)


def test_a_verdict_that_is_cut_off_is_none(item: RaceItem) -> None:
    reply = numbered(SCORES)
    for end in range(len(reply)):
        with pytest.raises(NoVerdict):
            read_shares(reply[:end], item)


def test_the_original_takes_what_there_is(item: RaceItem) -> None:
    without = [*SCORES[:1], *SCORES[2:]]
    entries = [entry for entry in json.loads(numbered(SCORES))["scores"] if entry["criterion"] != 2]
    shares, n_calls = shares_original([json.dumps({"scores": entries})], item)
    assert n_calls == 1
    assert shares is not None
    assert shares["comprehensiveness"] == pytest.approx(6 / 15)
    assert shares["insight"] == pytest.approx(without[1][0] / sum(without[1]))
    assert shares_original([numbered(SCORES[:4])], item) == (None, 10)  # readability has no score at all
    assert shares_original([None, "Hm", numbered(SCORES)], item)[1] == 3


@pytest.mark.parametrize(
    "reply",
    [
        "[" * 10**6,
        '{"scores": ' * 10**5,
        '{"scores": [' + "{" * 10**5,
        '{"scores": [{"criterion": ' + "9" * 10**5 + "}]}",
        '{"scores": [{"criterion": 1e999}]}',
        '{"scores": [{"criterion": 1, "article_a": ' + "[" * 900 + "]" * 900 + "}]}",
        '{"scores": [{"criterion": "\ud800"}]}',
        "\ud800" * 1000,
    ],
    ids=range(8),
)
def test_hostile_replies_are_no_verdict_and_take_no_time(item: RaceItem, reply: str) -> None:
    with cpu_within(5):
        with pytest.raises(NoVerdict):
            read_shares(reply, item)
        assert shares_original([reply], item)[0] is None
