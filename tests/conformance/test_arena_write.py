"""The recorded cases of Arena-Hard's code, by which Arena-Write is read, and what repaired makes of the same input."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from weval.bench import arena_write
from weval.bench.arena_write import Game
from weval.errors import OriginalError

BASELINE = "gemini-2.0-flash-001"


def cases(shared: Path, name: str) -> Any:
    return json.loads((shared / "conformance" / f"d_arena_{name}.json").read_text(encoding="utf-8"))


def two_game_rows(shared: Path) -> list[Game]:
    rows = cases(shared, "winrate")["input"]
    return [
        Game(q, m, BASELINE, tuple(None if label == "__null_game__" else label for label in two)) for m, q, two in rows
    ]


def six_baselines(shared: Path) -> list[Game]:
    rows = cases(shared, "bt_elo")["v0.1_elo_six_baselines"]["input"]
    return [Game(str(question), model, baseline, tuple(labels)) for model, baseline, question, labels in rows]


def test_verdicts(shared: Path) -> None:
    for case in cases(shared, "verdicts")["cases"]:
        expected = case["expected"]
        label = arena_write.parse_verdict(case["input"], "v2")
        assert label == expected["v2_score"], case
        assert arena_write.parse_verdict(case["input"], "v0.1") == expected["v0.1_score"], case
        known = arena_write.points_of_a(label) is not None
        assert known == bool(expected["v2_label_known"]), case


def test_what_the_repair_changes_in_verdicts(shared: Path) -> None:
    changed = {}
    for case in cases(shared, "verdicts")["cases"]:
        label = arena_write.parse_verdict(case["input"])
        assert label is None or label in arena_write.VERDICTS
        if label != case["expected"]["v2_score"]:
            changed[case["input"][:60]] = label
    read = {text: label for text, label in changed.items() if label is not None}
    assert read == {"[[B=A]]": "A=B", "[[A<B]]": "B>A", "[[B<A]]": "A>B", "[[B<<A]]": "A>>B", "[[A > B]]": "A>B"}
    assert changed.keys() - read.keys() == {
        "[[A]]", "[B]", "[[BA]]", "[[>]]", "[[A>B>]]", "[[A>=B]]", "[[A==B]]",  # mean nothing
        "[A>B]", "[A>>B]", "[[a>b]]", "[[a>>B]]", "[[A>B]", "[[[A>B]]]", "$[[A>B]]$",  # are not what was asked for
        "[[A>B]] ... [[A>B]]", "[[A>>B]] and again [[A>>B]].\n", ("[[A>B]]" * 9)[:60],  # do not stand alone
        "[[A=B]] then [B>A]", "[B>A] then [[A=B]]", "the list [A] and [B]; final verdict A>B",
        "[[A>B]]<think>actually [[B>>A]]",
    }  # fmt: skip


@pytest.mark.parametrize("weight", [1, 3])
def test_win_rates(shared: Path, weight: int) -> None:
    games = two_game_rows(shared)
    expected = cases(shared, "winrate")["expected"][f"weight{weight}"]
    battles = arena_write.battles(games, weight, "v2")
    assert len(battles) == expected["n_battles"]
    assert arena_write.win_rate(games, weight, mode="original").nulls == expected["null_judgments"]
    published = arena_write.published_scores(games, weight, seed=0)
    row = r"^\d+ +(\S+) +([\d.]+) +\(-([\d.]+) / \+([\d.]+)\)"
    printed = {
        model: tuple(map(float, numbers)) for model, *numbers in re.findall(row, expected["leaderboard_seed0"], re.M)
    }
    del printed[BASELINE]  # half, and no interval, without any arithmetic
    assert published.keys() == printed.keys()
    for model, (score, low, high) in published.items():
        ours = (100 * score, 100 * (score - low), 100 * (high - score))
        assert ours == pytest.approx(printed[model], abs=0.051)
    for model, recorded in expected["per_model"].items():
        own = [game for game in games if game.model == model]
        ours = arena_write.win_rate(own, weight, mode="original")
        assert ours.value == pytest.approx(recorded["mean"], abs=1e-9)
        assert (ours.wins, ours.ties, ours.losses) == (recorded["wins"], recorded["ties"], recorded["losses"])
        assert ours.wins + ours.ties + ours.losses == recorded["n"]


def test_battles_of_a_strong_verdict(shared: Path) -> None:
    recorded = cases(shared, "bt_elo")["v2_bt"]["input"]["battles"]
    ours = arena_write.battles(two_game_rows(shared), 3, "v2")
    for model in {model for model, _ in recorded}:
        assert [b.points for b in ours if b.model == model] == [points for name, points in recorded if name == model]


def test_a_label_that_is_no_verdict_stops_v2_and_is_a_null_when_repaired(shared: Path) -> None:
    assert "KeyError" in cases(shared, "winrate")["unknown_label"]["expected"]
    games = [*two_game_rows(shared), Game("q-new", "m-even", BASELINE, ("A", "A>B"))]
    with pytest.raises(OriginalError, match="KeyError: question 'q-new' of 'm-even'"):
        arena_write.win_rate(games, mode="original")
    repaired = arena_write.win_rate(games)
    assert repaired.nulls == 18
    assert repaired._replace(nulls=17) == arena_write.win_rate(games[:-1], mode="original")


def test_strengths(shared: Path) -> None:
    expected = cases(shared, "bt_elo")["v2_bt"]["expected"]
    games = two_game_rows(shared)
    ours = arena_write.bradley_terry(games, mode="original")
    assert ours == pytest.approx(dict(zip(expected["models"], expected["coefs"], strict=True)), abs=1e-3)
    exact = arena_write.bradley_terry(games)
    for model, recorded in zip(expected["models"], expected["winrate_vs_baseline"], strict=True):
        assert arena_write.win_probability(ours, model, BASELINE, 1.0) == pytest.approx(recorded, abs=1e-3)
        if model != BASELINE:
            repaired = arena_write.win_probability(exact, model, BASELINE, 1.0)
            assert repaired == pytest.approx(expected["observed_mean"][model], abs=1e-6)


def test_elo_with_six_baselines(shared: Path) -> None:
    games = six_baselines(shared)
    content = cases(shared, "bt_elo")
    heavy, light = content["v0.1_elo_six_baselines"], content["v0.1_elo_six_baselines_multiplier1"]
    for weight, case, counts in ((3, heavy, "win_tie_loss_weighted3"), (1, light, "win_tie_loss")):
        expected = case["expected"]
        ours = arena_write.elo(games, weight, "base4", mode="original")
        assert ours == pytest.approx(expected["elo_anchor_base4_1000"], abs=0.05)
        battles = arena_write.battles(games, weight, "v0.1")
        assert len(battles) == expected["n_battles"]
        for model, recorded in expected[counts].items():
            points = [battle.points for battle in battles if battle.model == model]
            assert recorded == {"win": points.count(1.0), "tie": points.count(0.5), "loss": points.count(0.0)}
    ours = arena_write.elo(games, 3, "base4", mode="original")
    for player, percent in heavy["expected"]["winrate_vs_base4_percent"].items():
        chance = arena_write.win_probability(ours, player, "base4")
        assert chance is not None
        assert round(100 * chance, 2) == pytest.approx(percent, abs=0.011)


def test_elo_with_one_baseline(shared: Path) -> None:
    games = [game for game in six_baselines(shared) if game.baseline == "base4"]
    expected = cases(shared, "bt_elo")["v0.1_elo_single_baseline"]["expected"]
    assert arena_write.elo(games, anchor="base4", mode="original") == pytest.approx(expected, abs=0.05)


def test_what_the_repair_changes_in_elo(shared: Path) -> None:
    games = six_baselines(shared)
    both = [game for game in games if None not in game.labels]
    repaired = arena_write.elo(games, anchor="base4")
    assert len(both) < len(games)
    assert repaired == pytest.approx(arena_write.elo(both, anchor="base4", mode="original"))
    assert repaired != pytest.approx(arena_write.elo(games, anchor="base4", mode="original"), abs=0.05)


def test_intervals_keep_the_anchor_that_the_original_loses(shared: Path) -> None:
    content = cases(shared, "bt_elo")
    point, median = content["v0.1_elo_six_baselines"]["expected"], content["bootstrap_note"]["median_elo"]
    assert (point["elo_anchor_base4_1000"]["base4"], round(median["base4"], 1)) == (1000.0, 993.6)
    found = arena_write.elo_intervals(six_baselines(shared), seed=0, n_resamples=200, anchor="base4")
    assert found["base4"] == (1000.0, 1000.0, 1000.0)
    for player, (value, low, high) in found.items():
        assert value is not None and low is not None and high is not None
        assert player == "base4" or low < value < high
