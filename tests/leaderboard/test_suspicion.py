"""Scores that are doubtful although their figures are right (more of it stands in test_hostile.py)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.leaderboard.factories import TASK, answered, as_unit, kept_by, missing, put, put_rows, questions, rows_of
from weval.leaderboard.bundle import Bundle, read_bundle, read_run_of
from weval.leaderboard.recompute import joined_of, recomputed
from weval.leaderboard.suspicion import MIN_ITEMS, MOST, copies_gold, doubts, impossible
from weval.leaderboard.tree import Entry
from weval.store import RUN, ScoreRow


def bundle_of(entry: Entry) -> Bundle:
    record, identity = read_run_of(entry.folder)
    asked = questions().asked(identity.model.unit, identity.plan)
    return read_bundle(entry.folder, record, identity, len(asked))


def copies(entry: Entry, rows: list[ScoreRow]) -> str | None:
    bundle = bundle_of(entry)
    return copies_gold(joined_of(Bundle(bundle.folder, bundle.record, bundle.identity, rows, ""), questions()))


def lost(row: ScoreRow) -> ScoreRow:
    return row.model_copy(update={"values": (), "status": "failed", "reason": "x"})


@pytest.mark.parametrize("model", ["length", "keywords", "rules"])
def test_a_model_that_reads_is_not_gold(made: Path, model: str) -> None:
    bundle = bundle_of(Entry(made / "results", model, TASK))
    assert copies_gold(joined_of(bundle, questions())) is None


def test_gold_with_holes_is_gold(length: Entry) -> None:
    rows = answered(length, lambda row: kept_by(row, row.candidates[0]))
    assert copies(length, rows) == "every one of the 60 items is ranked exactly as gold is"
    few = 5 * MIN_ITEMS
    assert (
        copies(length, [*rows[:few], *map(lost, rows[few:])]) == "every one of the 5 items is ranked exactly as gold is"
    )
    fewer = few - 5  # four may be ranked rightly by merit
    assert copies(length, [*rows[:fewer], *map(lost, rows[fewer:])]) is None


def test_gold_turned_round_is_no_gold(length: Entry) -> None:
    assert copies(length, answered(length, lambda row: -kept_by(row, row.candidates[0]))) is None


GOOD: dict[str, Any] = {"id": "r", "item": "i", "candidates": ("a",), "status": "ok", "values": (0.5,)}


@pytest.mark.parametrize(
    ("unit", "fields", "reason"),
    [
        ("response", {}, None),
        ("response", {"values": (-1e150,)}, None),
        ("response", {"values": (1.1e150,)}, "a score beyond 1e150"),
        ("list", {"values": (1.0, -2e150)}, "a score beyond 1e150"),
        ("pair", {"values": (0.0,)}, None),
        ("pair", {"values": (-0.1,)}, "points of a pair are from 0 to 1"),
        ("response", {"tokens_in": 0, "tokens_out": 0, "cost_usd": 0.0, "seconds": 0.0}, None),
        ("response", {"tokens_in": -1}, "tokens_in is below 0"),
        ("response", {"cost_usd": -1e-9}, "cost_usd is below 0"),
        ("response", {"seconds": MOST * 2}, "seconds is above 1e+09"),
        ("response", {"mass": 1.0000001}, None),
        ("response", {"mass": 1.1}, "mass is a probability, from 0 to 1"),
        ("response", {"mass": -0.1}, "mass is a probability, from 0 to 1"),
        ("response", {"raw": ""}, "the model's words (raw) are not part of a submission"),
        ("response", {"reason": "x" * 301}, "a reason of more than 300 characters"),
        ("response", {"reason": "x" * 300}, None),
        ("requirement", {"status": "not_applicable", "values": (), "reason": "no rule"}, None),
        ("response", {"status": "failed", "values": ()}, "an answer without values says why"),
        ("pair", {"status": "not_applicable", "values": ()}, "only a question about a requirement can be"),
    ],
)
def test_values_that_no_run_writes(unit: str, fields: dict[str, Any], reason: str | None) -> None:
    found = [*impossible([ScoreRow.model_validate(GOOD), ScoreRow.model_validate(GOOD | fields)], unit)]
    assert found == [] if reason is None else found[0].startswith(f"line 2: {reason}")


def test_the_first_few_are_told() -> None:
    row = ScoreRow.model_validate(GOOD | {"tokens_in": -1})
    assert len([*impossible([row] * 100, "response")]) == 5


def doubts_of(entry: Entry) -> list[str]:
    bundle = bundle_of(entry)
    return [*doubts(recomputed(bundle, joined_of(bundle, questions()), questions().index), bundle)]


@pytest.mark.parametrize("model", ["length", "keywords", "rules"])
def test_the_baselines_are_not_doubted(made: Path, model: str) -> None:
    assert doubts_of(Entry(made / "results", model, TASK)) == []


def test_above_the_ceiling(length: Entry) -> None:
    rows = answered(length, lambda row: kept_by(row, row.candidates[0]))
    put_rows(length, [*answered(length, lambda row: 0.0)[:5], *rows[5:]])
    (doubt,) = doubts_of(length)
    assert "is above what counting the requirements that texts really meet can reach here" in doubt


def test_looked_up_and_equal_scores(length: Entry) -> None:
    put_rows(length, answered(length, lambda row: 3.0))
    assert doubts_of(length) == ["all its scores are equal"]
    put(length.folder / RUN, {"identity.model.reads_ids": True, "settings": None})
    assert doubts_of(length) == [
        "its scores were looked up in a file: nobody can repeat them",
        "run.json does not keep its settings (made by an older version); its command does",
    ]


def test_questions_left_out(length: Entry) -> None:
    as_unit(length, "requirement", lambda row: (float(len(row.candidates[0]) % 2),))
    rows = [missing(row, "not_applicable", "no rule") if row.requirement == "c1" else row for row in rows_of(length)]
    put_rows(length, rows)
    assert any(
        line.startswith("it chose what to answer: 20% of the questions, and 0 items") for line in doubts_of(length)
    )
