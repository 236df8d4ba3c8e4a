from __future__ import annotations

import pytest

from weval.bench.arena_write import Game, WinRate, battles, position_bias, published_scores, win_rate
from weval.errors import ConfigError, OriginalError

GAMES = [
    Game("1", "m", "b1", ("B>>A", "A>B")),
    Game("1", "m", "b2", ("A=B", "B>A")),
    Game("2", "m", "b1", ("A>B", "A>B")),
    Game("2", "m", "b2", (None, "A>>B")),
]


def test_win_rates_by_weight() -> None:
    assert win_rate(GAMES, 1) == WinRate(3.5 / 6, wins=3, ties=1, losses=2, nulls=1)
    assert win_rate(GAMES, 3) == WinRate(5.5 / 8, wins=5, ties=1, losses=2, nulls=1)
    assert win_rate(GAMES) == win_rate(GAMES, 3) == win_rate(GAMES, mode="original")


def test_swapping_the_two_texts_swaps_wins_and_losses() -> None:
    swapped = [Game(g.question, g.baseline, g.model, (g.labels[1], g.labels[0])) for g in GAMES]
    ours, theirs = win_rate(GAMES), win_rate(swapped)
    assert theirs == ours._replace(value=1 - (ours.value or 0), wins=ours.losses, losses=ours.wins)


def test_nothing_to_count() -> None:
    assert win_rate([]) == WinRate(None, 0, 0, 0, 0)
    assert win_rate(GAMES[3:]) == WinRate(None, 0, 0, 0, 1)
    assert published_scores(GAMES[3:], seed=0) == published_scores([], seed=0) == {}
    assert position_bias(GAMES[3:]) == (0, None, None, None)


def test_which_battles_each_rule_takes() -> None:
    assert [b.points for b in battles(GAMES[:1])] == [1, 1, 1, 1]
    assert [b.points for b in battles(GAMES[1:2])] == [0, 0.5]
    assert battles(GAMES[3:]) == battles(GAMES[3:], rule="v2") == []
    assert [b.points for b in battles(GAMES[3:], rule="v0.1")] == [1, 1, 1]


def test_a_label_that_is_no_verdict() -> None:
    game = Game("7", "m", "b", ("A>=B", "A>B"))
    assert win_rate([game]) == WinRate(None, 0, 0, 0, 1)
    with pytest.raises(OriginalError, match=r"question '7' of 'm' has the labels 'A>=B' and 'A>B'"):
        win_rate([game], mode="original")
    assert [b.points for b in battles([game], rule="v0.1")] == [1]
    # The published script drops games with a missing verdict before it looks at labels.
    assert win_rate([game._replace(labels=("A>=B", None))], mode="original").nulls == 1


def test_the_other_way_to_write_a_verdict_is_none_of_the_five_of_the_older_rule() -> None:
    game = Game("7", "m", "b", ("A<B", "B<<A"))
    assert [b.points for b in battles([game], rule="v2")] == [b.points for b in battles([game])] == [1, 1, 1, 1]
    assert battles([game], rule="v0.1") == []


@pytest.mark.parametrize("weight", [0, -1])
def test_a_weight_that_would_drop_verdicts(weight: int) -> None:
    with pytest.raises(ConfigError, match="at least 1"):
        win_rate(GAMES, weight)


def test_published_scores_pool_what_follows_the_last_slash() -> None:
    games = [Game("1", "a/m", "b", ("B>A", "A>B")), Game("1", "c/m", "b", ("A>B", "B>A"))]
    ((model, (score, low, high)),) = published_scores(games, seed=3).items()
    assert model == "m"
    assert low < score < high
    assert score == pytest.approx(0.5, abs=0.15)
    assert published_scores(games, seed=3) == published_scores(games, seed=3) != published_scores(games, seed=4)


def test_a_judge_that_goes_by_the_place_and_one_that_goes_by_the_texts() -> None:
    first = [Game(str(n), "m", "b", ("A>B", "A>>B")) for n in range(4)]
    last = [Game(str(n), "m", "b", ("B>A", "B>A")) for n in range(4)]
    fair = [Game(str(n), "m", "b", ("B>A", "A>B")) for n in range(3)] + [Game("4", "m", "b", ("A=B", "A=B"))]
    assert position_bias(first) == (4, 1, 1, 1)
    assert position_bias(last) == (4, 1, 1, 0)
    assert position_bias(fair) == (4, 0, 0, 0.5)


def test_a_win_that_becomes_a_tie_is_a_flip_but_no_contradiction() -> None:
    assert position_bias([Game("1", "m", "b", ("A=B", "A>B"))]) == (1, 1, 0, 0.75)
    assert position_bias(GAMES) == (3, 2 / 3, 1 / 3, pytest.approx((0.5 + 0.25 + 1) / 3))
