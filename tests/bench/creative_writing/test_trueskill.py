"""Numbers of trueskill 0.4.5, taken once from the library: mu 1200, sigma 400, beta 200, tau 4, draw probability 0."""

from __future__ import annotations

import pytest

from weval.bench.creative_writing.pairwise import Match
from weval.bench.creative_writing.trueskill import Rating, _played, normalised, trueskill

TABLE = [
    # by how much the first is ahead, sigma of both; drawn? (else the second wins); first, second
    (1, 400, True, (1200.5999940433042, 309.8527178040823), (1200.400005956696, 309.8527178040823)),
    (1, 400, False, (998.8825673862816, 345.31926225348553), (1402.1174326137184, 345.31926225348553)),
    (50, 70, True, (1247.2637787288013, 68.16872241763538), (1202.7362212711987, 68.16872241763538)),
    (50, 70, False, (1235.122879189845, 68.81408534238828), (1214.8771208101548, 68.81408534238828)),
    (3000, 400, True, (2999.9760224460397, 309.85213566980724), (2400.0239775539603, 309.85213566980724)),
    (3000, 70, False, (4034.2194047404587, 68.1873332481325), (1365.780595259541, 68.1873332481325)),
    (12000, 400, False, (8386.642458420609, 310.13455521435606), (6013.357541579393, 310.13455521435606)),
]


@pytest.mark.parametrize(("ahead", "sigma", "drawn", "first", "second"), TABLE)
def test_a_game_moves_two_ratings_as_in_the_library(
    ahead: float, sigma: float, drawn: bool, first: Rating, second: Rating
) -> None:
    one, other = Rating(1200.0 + ahead, sigma), Rating(1200.0, sigma)
    played = _played(one, other, drawn=True) if drawn else _played(other, one)[::-1]
    # A draw divides two differences of nearly equal numbers: between unequal writers few of their digits are the same.
    off = 1e-3 if drawn else 1e-6
    assert played == (pytest.approx(first, abs=off), pytest.approx(second, abs=off))


def test_a_draw_of_equals_widens_what_is_known_of_them() -> None:
    # An error of the approximation that is larger than the true difference, and which the original repeats.
    even = trueskill([Match("1", "a", "b", 0.5)])
    assert even["a"] == even["b"] == (1200, pytest.approx(460.212, abs=1e-3))


@pytest.mark.parametrize("drawn", [True, False])
def test_what_the_library_cannot_compute_is_said(drawn: bool) -> None:
    ahead, behind = Rating(1200.0 + 25000, 400), Rating(1200.0, 400)
    with pytest.raises(FloatingPointError):
        _played(behind, ahead, drawn)


def test_games_are_played_one_after_the_other() -> None:
    games = [Match("1", "a", "b", 0.9), Match("1", "b", "c", 0.7), Match("1", "a", "c", 0.3)]
    forwards, backwards = trueskill(games), trueskill(games[::-1])
    assert forwards["a"].mu != pytest.approx(backwards["a"].mu, abs=1)
    assert trueskill(games, n_bins=1)["a"].sigma > forwards["a"].sigma


def test_ratings_are_set_by_two_anchors() -> None:
    anchors = {"high": 1500.0, "low": 200.0}
    assert normalised({"high": 2.0, "low": 1.0, "m": 1.5}, anchors=anchors) == {"high": 1500, "low": 200, "m": 850}


def test_without_both_anchors_only_the_original_gives_something() -> None:
    anchors = {"high": 1500.0, "low": 200.0}
    assert normalised({"high": 2.0, "m": 1.5}, anchors=anchors) is None
    assert normalised({"high": 2.0, "m": 1.5}, "original", anchors) == {"high": 2, "m": 1.5}
    assert normalised({"high": 2.0, "low": 2.0}, anchors=anchors) is None
    assert normalised({"high": 2.0, "low": 2.0}, "original", anchors) == {"high": 1500, "low": 1500}
