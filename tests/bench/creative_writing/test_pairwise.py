from __future__ import annotations

import json
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cpu import cpu_within
from weval.bench.creative_writing.criteria import PAIRWISE
from weval.bench.creative_writing.pairwise import (
    Game,
    Match,
    Pluses,
    bins,
    fraction,
    matches,
    outcome,
    parse_pairwise,
    pluses,
    ratings,
)
from weval.bench.items import Mode
from weval.errors import ConfigError, OriginalError

ALL_FIRST = dict.fromkeys(PAIRWISE, "A0493+++++")
REASONED = {"chain_of_thought_reasoning": "A0493 is ++++++++++ vivid"} | dict.fromkeys(PAIRWISE, "A0488+")


def game(writer: str, other: str, *got: int, swapped: bool = False, prompt: str = "1") -> Game:
    return Game(prompt=prompt, writer=writer, other=other, pluses=got[0], other_pluses=got[1], swapped=swapped)


def test_a_reply_is_read_as_its_nine_criteria() -> None:
    reply = f"<think>{{}}</think>Here:\n```json\n{json.dumps(REASONED)}\n```"
    assert parse_pairwise(reply) == dict.fromkeys(PAIRWISE, "A0488+")
    assert parse_pairwise(json.dumps(REASONED), mode="original") == REASONED


@pytest.mark.parametrize(
    "said",
    [
        "",
        "A0493+++",
        "[1]",
        "{",
        json.dumps({name: "A0493+" for name in PAIRWISE[1:]}),
        json.dumps(ALL_FIRST | {"coherence": "A0493"}),
        json.dumps(ALL_FIRST | {"coherence": "A0493++++++"}),
        json.dumps(ALL_FIRST | {"coherence": "A0493+ or A0488+"}),
        json.dumps(ALL_FIRST | {"coherence": 3}),
        json.dumps(ALL_FIRST)[:-1] + ', "coherence": "A0488+"}',
        "<think>" + json.dumps(ALL_FIRST),
        "{" * 100_000 + "}" * 100_000,
        '{"a":' * 100_000 + "}" * 100_000,
        '{"a": ' + "9" * 5000 + "}",
    ],
)
def test_what_is_not_complete_is_missing(said: str) -> None:
    assert parse_pairwise(said) is None
    assert pluses(parse_pairwise(said)) is None


def test_pluses_in_the_reasoning_win_only_in_the_original() -> None:
    assert pluses(REASONED, mode="original") == Pluses(7, 9)
    assert pluses(REASONED) == Pluses(-3, 9)
    assert pluses(None, mode="original") == Pluses(0, 0)


def test_the_original_stops_at_a_field_that_is_no_text() -> None:
    with pytest.raises(OriginalError, match="coherence"):
        pluses({"coherence": 3}, mode="original")


def test_no_fraction_leaves_its_range_once_repaired() -> None:
    got = pluses(ALL_FIRST)
    assert got == Pluses(45, -15)
    assert fraction(1.0, *got) == 1 < fraction(1.0, *got, mode="original")
    assert fraction(0.0, *reversed(got)) == 0 > fraction(0.0, *reversed(got), mode="original")


def test_outcomes() -> None:
    assert [outcome(1, 2), outcome(2, 2), outcome(3, 2)] == [0, 0.5, 1]


@given(st.floats(0, 1), st.integers(1, 9))
def test_bins_are_fair(value: float, n_bins: int) -> None:
    won, lost = bins(value, n_bins)
    assert max(won, lost) <= n_bins
    assert (min(won, lost) == 0) != (won == lost == 1)
    assert bins(0.5 + 0.25, n_bins) == bins(0.5 - 0.25, n_bins)[::-1]


def test_repaired_a_pair_needs_both_orders() -> None:
    one, two = game("b", "a", 20, 2), game("a", "b", 4, 2, swapped=False)
    assert matches([one]) == []
    assert matches([one], mode="original") == [("1", "a", "b", pytest.approx(0.3))]
    # "b" is shown first in one game, "a" in the other.
    assert matches([one, two])[0].fraction == pytest.approx((0.3 + 0.5 + 2 / 90) / 2)
    assert matches([one, two], mode="original")[0].fraction == pytest.approx(0.5 - 16 / 90)


def test_both_orders_weigh_the_same_however_often_each_was_judged() -> None:
    games = [game("a", "b", 9, 0), game("a", "b", 9, 0), game("a", "b", 0, 9, swapped=True)]
    assert matches(games)[0].fraction == pytest.approx(0.5)


@pytest.mark.parametrize("mode", ["original", "repaired"])
def test_ignored_prompts_and_pairs_of_one_writer_are_left_out(mode: Mode) -> None:
    games = [
        game(writer, "b", 9, 0, swapped=swapped, prompt=prompt)
        for writer, prompt in [("a", "5"), ("a", "16_2"), ("b", "1"), ("a", "6")]
        for swapped in (False, True)
    ]
    assert [match.prompt for match in matches(games, mode)] == ["6"]


def test_iterations_are_pieces_of_their_own() -> None:
    games = [
        Game(prompt="1", writer="a", other="b", pluses=3, other_pluses=0, swapped=s, iteration=i)
        for i in "12"
        for s in (False, True)
    ]
    assert len(matches(games)) == 2


def test_ratings_do_not_depend_on_the_order() -> None:
    found = [Match("1", "a", "b", 0.7), Match("1", "b", "c", 0.8), Match("1", "a", "c", 0.9), Match("2", "a", "b", 0.4)]
    assert ratings(found) == ratings(found[::-1])
    turned = [Match(prompt, two, one, 1 - value) for prompt, one, two, value in found]
    assert ratings(turned) == pytest.approx(ratings(found), abs=1e-4)
    points = ratings(found) or {}
    assert points["a"] > points["b"] > points["c"]
    assert sum(points.values()) == pytest.approx(3 * 1200, abs=1e-4)


@pytest.mark.parametrize(
    "found",
    [
        [],
        [Match("1", "a", "b", 1.0)],
        [Match("1", "a", "b", 0.6), Match("1", "b", "c", 1.0)],
        [Match("1", "a", "b", 0.6), Match("1", "c", "d", 0.6)],
    ],
    ids=["none", "never lost", "one side never lost", "never met"],
)
def test_ratings_that_are_not_determined_are_none(found: list[Match]) -> None:
    assert ratings(found) is None


def test_a_missing_library_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "evalica", None)
    with pytest.raises(ConfigError, match=r"rating writers needs evalica: pip install 'weval\[bench\]'"):
        ratings([Match("1", "a", "b", 0.6)])


@pytest.mark.parametrize("mode", ["original", "repaired"])
@pytest.mark.parametrize("unit", ["{", "}", "[", '"', "+", "A0493+", "<think>", "\ud800"])
def test_long_replies_are_read_in_linear_time(unit: str, mode: Mode) -> None:
    with cpu_within(5):
        parse_pairwise("{" + unit * (1_000_000 // len(unit)) + "}", mode)


@given(st.text())
def test_nothing_is_raised(text: str) -> None:
    assert isinstance(parse_pairwise(text, mode="original"), dict)
    assert parse_pairwise(text) is None
