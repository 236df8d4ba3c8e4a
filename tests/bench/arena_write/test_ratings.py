from __future__ import annotations

import math
import random
import sys
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.cpu import cpu_within
from weval.bench.arena_write import (
    ELO_PER_LOG_ODDS,
    VERDICTS,
    Game,
    battles,
    bradley_terry,
    elo,
    elo_intervals,
    win_probability,
)
from weval.errors import ConfigError, OriginalError

WIN, TIE, LOSS = ("B>A", "A>B"), ("A=B", "A=B"), ("A>B", "B>A")
SPLIT = ("A>B", "A>B")


def games_of(n_questions: int, seed: int = 0) -> list[Game]:
    """Two writers beside six baselines, verdicts at random."""
    rng, labels = random.Random(seed), list(VERDICTS)
    return [
        Game(str(question), model, f"b{baseline}", (rng.choice(labels), rng.choice(labels)))
        for question in range(n_questions)
        for model in ("m1", "m2")
        for baseline in range(6)
    ]


def test_two_players_have_the_odds_of_their_points() -> None:
    games = [Game("1", "m", "b", WIN), Game("2", "m", "b", WIN), Game("3", "m", "b", LOSS), Game("4", "m", "b", TIE)]
    strengths = bradley_terry(games)
    assert strengths == {"m": pytest.approx(math.log(5 / 3)), "b": 0.0}
    assert win_probability(strengths, "m", "b", 1.0) == pytest.approx(5 / 8)
    assert elo(games) == {"m": pytest.approx(1000 + 400 * math.log10(5 / 3)), "b": 1000.0}
    assert win_probability(elo(games), "m", "b") == pytest.approx(5 / 8)


@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2), st.sampled_from(list(VERDICTS))), min_size=1, max_size=40)
)
@settings(max_examples=60, deadline=None)
def test_expected_points_are_the_observed_ones(played: list[tuple[int, int, str]]) -> None:
    """The condition for the highest likelihood; it holds among the players who have a rating."""
    games = [Game(str(n), f"m{m}", f"b{b}", (label, "A=B")) for n, (m, b, label) in enumerate(played)]
    ratings = elo(games)
    rated = [game for game in games if ratings[game.model] is not None and ratings[game.baseline] is not None]
    excess = dict.fromkeys(ratings, 0.0)
    for battle in battles(rated):
        expected = win_probability(ratings, battle.model, battle.baseline)
        assert expected is not None
        excess[battle.model] += battle.points - expected
        excess[battle.baseline] -= battle.points - expected
    assert list(excess.values()) == pytest.approx([0.0] * len(excess), abs=1e-5)


def test_the_order_of_games_and_the_anchor_change_no_difference() -> None:
    games = games_of(20)
    ratings, other = elo(games), elo(games[::-1], anchor="m1")
    assert ratings["b0"] == other["m1"] == 1000
    gaps = {player: (ratings[player] or 0) - (other[player] or 0) for player in ratings}
    assert list(gaps.values()) == pytest.approx([gaps["b0"]] * 8, abs=1e-6)
    assert list(ratings) == sorted(ratings, key=lambda player: -(ratings[player] or 0))
    assert bradley_terry(games)["m2"] == pytest.approx(((ratings["m2"] or 0) - 1000) / ELO_PER_LOG_ODDS)


def test_the_weight_of_strong_verdicts() -> None:
    games = [Game("1", "m", "b", ("B>>A", "A>>B")), Game("2", "m", "b", LOSS)]
    assert elo(games, weight=1)["m"] == pytest.approx(1000)
    assert elo(games, weight=3)["m"] == pytest.approx(1000 + 400 * math.log10(3))


def test_who_won_or_lost_everything_has_no_rating() -> None:
    games = [
        Game("1", "winner", "b1", WIN),
        Game("1", "loser", "b1", LOSS),
        Game("1", "m", "b1", SPLIT),
        Game("1", "m", "b2", WIN),
        Game("2", "m", "b2", LOSS),
        Game("1", "missing", "b1", (None, "A>B")),
    ]
    ratings = elo(games)
    assert {player for player, points in ratings.items() if points is None} == {"winner", "loser", "missing"}
    # The others have what they have among themselves.
    assert {k: v for k, v in ratings.items() if v is not None} == pytest.approx(elo(games[2:5]))
    assert win_probability(ratings, "winner", "b1") is win_probability(ratings, "b1", "loser") is None
    with pytest.raises(OriginalError, match="'loser' a number that means nothing"):
        elo(games, mode="original")


def test_the_original_takes_games_with_one_verdict_and_does_not_know_players_without() -> None:
    games = [Game("1", "m", "b", TIE), Game("2", "m", "b", (None, "A>B")), Game("3", "idle", "b", (None, None))]
    assert elo(games, mode="original") == {"m": pytest.approx(1000 + 400 * math.log10(2)), "b": 1000}
    assert elo(games) == {"m": pytest.approx(1000), "b": 1000, "idle": None}


def test_the_original_fit_stops_short_and_has_no_anchor() -> None:
    games = [Game(str(n), "m", "b", WIN) for n in range(90)] + [Game(f"x{n}", "m", "b", LOSS) for n in range(10)]
    original, exact = bradley_terry(games, mode="original"), bradley_terry(games)
    assert win_probability(exact, "m", "b", 1.0) == pytest.approx(0.9)
    chance = win_probability(original, "m", "b", 1.0)
    assert chance is not None
    assert 0.85 < chance < 0.9
    assert original["b"] != 0
    with pytest.raises(ConfigError, match="one baseline, not 2"):
        bradley_terry([*games, Game("y", "m", "c", WIN)], mode="original")


def test_what_cannot_be_rated() -> None:
    with pytest.raises(ConfigError, match="the anchor 'x' is in no game; players are b, m"):
        elo([Game("1", "m", "b", TIE)], anchor="x")
    with pytest.raises(ConfigError, match="between 0 and 1"):
        elo_intervals([Game("1", "m", "b", TIE)], seed=0, level=95)


def test_of_no_games_there_are_no_ratings_and_the_original_stops() -> None:
    assert elo([]) == bradley_terry([]) == elo_intervals([], seed=0) == {}
    unread = [Game("1", "m", "b", (None, None))]
    assert elo(unread) == {"b": 1000, "m": None}
    for games in ([], unread):
        with pytest.raises(OriginalError, match="no verdict"):
            elo(games, mode="original")
        with pytest.raises(OriginalError, match="no battle"):
            bradley_terry(games, mode="original")


def test_a_player_who_is_linked_in_no_resample_has_no_interval() -> None:
    """A chain of players, each linked by one question alone: hardly a resample has all of them."""
    names = [f"p{n:02}" for n in range(40)]
    chain = [Game(one, two, one, TIE) for one, two in pairwise(names)]
    found = elo_intervals(chain, seed=0, n_resamples=100)
    assert found["p39"] == (pytest.approx(1000), None, None)
    assert found["p00"] == (1000, 1000, 1000)


def test_a_library_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "evalica", None)
    with pytest.raises(ConfigError, match=r"rating players needs evalica: pip install 'weval\[bench\]'"):
        elo([Game("1", "m", "b", TIE)])
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ConfigError, match=r"needs torch: pip install 'weval\[hf\]'"):
        bradley_terry([Game("1", "m", "b", TIE)], mode="original")


def test_intervals_hold_their_values_and_the_anchor_has_none() -> None:
    games = games_of(40)
    found = elo_intervals(games, seed=1, n_resamples=200)
    assert {player: value for player, (value, _, _) in found.items()} == elo(games)
    assert found["b0"] == (1000, 1000, 1000)
    narrow = elo_intervals(games, seed=1, n_resamples=200, level=0.5)
    for player in found.keys() - {"b0"}:
        value, low, high = found[player]
        assert value is not None and low is not None and high is not None
        assert low < value < high
        assert low < (narrow[player][1] or 0) < (narrow[player][2] or 0) < high
    assert elo_intervals(games, seed=1, n_resamples=200) == found != elo_intervals(games, seed=2, n_resamples=200)


def test_questions_are_resampled_whole() -> None:
    """The same game 50 times in one question is one question's worth of evidence."""
    spread = [Game(str(n), "m", "b", WIN if n % 2 else LOSS) for n in range(100)]
    clustered = [game._replace(question=str(n // 10 % 2 + 2 * (n % 2))) for n, game in enumerate(spread)]
    (_, low, high), (_, far_low, far_high) = (
        elo_intervals(games, seed=0, n_resamples=200)["m"] for games in (spread, clustered)
    )
    assert low is not None and high is not None
    assert high - low < 250
    # Of four questions, two all won and two all lost, many resamples have nothing but wins, or losses.
    assert far_low is None and far_high is None


def test_an_end_is_open_only_on_the_side_of_resamples_without_bound() -> None:
    games = [Game(str(n), "m", "b", WIN) for n in range(9)] + [Game("9", "m", "b", LOSS)]
    value, low, high = elo_intervals(games, seed=0, n_resamples=200)["m"]
    assert value is not None and low is not None
    assert low < value
    assert high is None


def test_one_question_and_no_rating_have_no_interval() -> None:
    assert elo_intervals([Game("1", "m", "b", SPLIT)], seed=0)["m"] == (pytest.approx(1000), None, None)
    games = [Game("1", "m", "b", WIN), Game("2", "m", "b", WIN)]
    assert elo_intervals(games, seed=0, n_resamples=20) == {"b": (1000, 1000, 1000), "m": (None, None, None)}


def test_as_many_games_as_arena_write_has_take_little_time() -> None:
    games = games_of(100)
    assert len(games) == 1200
    elo(games)  # loads the library
    with cpu_within(3):
        elo_intervals(games, seed=0, n_resamples=200)


@pytest.mark.parametrize("gap", [1e6, -1e6])
def test_a_chance_is_never_out_of_range(gap: float) -> None:
    assert win_probability({"m": 1000 + gap, "b": 1000.0}, "m", "b") == pytest.approx(float(gap > 0), abs=1e-12)
