"""Creative Writing Bench as its own code computes it, and what the repairs change on the same input."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from weval.bench import creative_writing as bench
from weval.errors import OriginalError

UNREADABLE = {"negative-number", "n/a", "empty", "prose", "bracket-range"}
"""Replies without a score from 0 to 20."""


@pytest.fixture
def cases(shared: Path) -> Any:
    return json.loads((shared / "conformance" / "h_creative_writing_bench.json").read_text(encoding="utf-8"))


def games(recorded: list[dict[str, Any]]) -> list[bench.Game]:
    """Both orders of each pair follow each other; the record does not say which was which."""
    return [
        bench.Game(
            prompt=row["item_id"],
            writer=row["pair"]["test_model"],
            other=row["pair"]["neighbor_model"],
            pluses=row["plus_for_test"],
            other_pluses=row["plus_for_other"],
            swapped=bool(at % 2),
            iteration=row["pair"]["test_model_iteration_id"],
            other_iteration=row["pair"]["neighbor_model_iteration_id"],
        )
        for at, row in enumerate(recorded)
    ]


def test_the_criteria(cases: Any) -> None:
    assert list(bench.CRITERIA) == cases["criteria"]
    assert sorted(bench.NEGATIVE) == sorted(cases["negative_criteria"])


def test_scores_are_parsed(cases: Any) -> None:
    for case in cases["parse"]:
        assert bench.parse_scores(case["input"], mode="original") == case["expected"], case["id"]


def test_repaired_every_form_of_the_scores_is_read(cases: Any) -> None:
    for case in cases["parse"]:
        found = bench.parse_scores(case["input"])
        if case["id"] == "bracket-spaces":
            assert found == {"Coherent": 15}
        else:
            assert set(found) == (set() if case["id"] in UNREADABLE else set(bench.CRITERIA)), case["id"]
        if set(found) == set(case["expected"]):
            assert found == case["expected"]


def test_scores_are_aggregated(cases: Any) -> None:
    for case in cases["aggregate"]:
        pieces = bench.recorded_pieces(case["input"])
        assert bench.aggregate(pieces, mode="original") == case["expected"], case["id"]


def test_repaired_pieces_with_criteria_missing_have_no_score(cases: Any) -> None:
    found = {case["id"]: bench.aggregate(bench.recorded_pieces(case["input"])) for case in cases["aggregate"]}
    expected = {case["id"]: case["expected"]["overall_score"] for case in cases["aggregate"]}
    for name in ("lower-case-negatives-not-inverted", "some-empty", "two-modifiers"):
        assert found[name]["overall_score"] is None
    for name in ("one-clean", "32-clean", "all-15"):
        assert found[name]["overall_score"] == pytest.approx(expected[name], abs=0.005)
    assert (found["partial-criteria"]["overall_score"], expected["partial-criteria"]) == (10, 14)


def test_repaired_negatives_count_in_every_form(cases: Any) -> None:
    """The same scores give a piece the same, however its judge wrote the names."""
    for case in cases["parse"]:
        published = bench.piece_score(bench.parse_scores(case["input"], mode="original"), mode="original")
        ours = bench.piece_score(bench.parse_scores(case["input"]))
        if case["id"] in ("plain", "brackets", "out-of-20", "decimal", "newline-value"):
            assert ours == pytest.approx(published)
        elif case["id"] in ("bold2", "numbered", "lower-case"):
            assert ours != pytest.approx(published)


def test_pairs_are_counted(cases: Any) -> None:
    for case in cases["pairwise"]:
        said, expected = case["input"], case["expected"]
        got = bench.pluses(said, mode="original")
        assert got == (expected["plus_A"], expected["plus_B"]), case["id"]
        won = bench.outcome(*got)
        assert won == expected["outcome_for_A"]
        value = bench.fraction(won, *got, mode="original")
        assert value == pytest.approx(expected["fraction"], abs=1e-9)
        assert bench.bins(value, 4) == tuple(expected["bin4"])
        assert bench.bins(value, 3) == tuple(expected["bin3"])


def test_repaired_the_judges_reasoning_does_not_count(cases: Any) -> None:
    for case in cases["pairwise"]:
        got, value = bench.pluses(case["input"]), None
        assert (got is None) == (case["id"] == "none")
        if got:
            value = bench.fraction(bench.outcome(*got), *got)
            assert 0 <= value <= 1
        if case["id"].startswith("cot-"):
            assert got == (0, 2)
        complete = bench.parse_pairwise(json.dumps(case["input"]))
        assert (complete is not None) == case["id"].startswith(("random-", "all-"))


def test_fractions(cases: Any) -> None:
    for case in cases["fraction"]:
        value = bench.fraction(*case["input"], mode="original")
        assert value == pytest.approx(case["expected"][0], abs=1e-9)
        assert bench.fraction(*case["input"]) == pytest.approx(min(max(value, 0), 1))


def test_bins(cases: Any) -> None:
    for case in cases["bin_fraction"]:
        assert bench.bins(*case["input"]) == tuple(case["expected"]), case


def test_ratings(cases: Any) -> None:
    recorded, expected = cases["trueskill"]["input"], cases["trueskill"]["expected"]
    found = bench.trueskill(bench.matches(games(recorded), mode="original"))
    mu = {name: rating.mu for name, rating in found.items()}
    assert mu == pytest.approx(expected["mu"], abs=1e-6, rel=0)
    assert {name: r.sigma for name, r in found.items()} == pytest.approx(expected["sigma"], abs=1e-6, rel=0)
    assert bench.normalised(mu) == pytest.approx(expected["normalized"], abs=1e-6, rel=0)
    backwards = bench.trueskill(bench.matches(games(recorded[::-1]), mode="original"))
    assert {name: r.mu for name, r in backwards.items()} == pytest.approx(
        expected["mu_if_comparisons_reversed"], abs=1e-6, rel=0
    )


def test_repaired_ratings_do_not_depend_on_the_order(cases: Any) -> None:
    recorded = cases["trueskill"]["input"]
    forwards, backwards = (bench.ratings(bench.matches(games(rows))) for rows in (recorded, recorded[::-1]))
    assert forwards is not None
    assert backwards == pytest.approx(forwards, abs=1e-4)
    assert max(forwards, key=forwards.__getitem__) == "m1"
    assert min(forwards, key=forwards.__getitem__) == "meta-llama/llama-3.2-1b-instruct"


def test_a_field_that_is_no_text_stops_the_original() -> None:
    with pytest.raises(OriginalError):
        bench.pluses({"coherence": None}, mode="original")
