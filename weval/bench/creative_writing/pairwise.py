"""Comparisons of two pieces on nine criteria: read, counted, both orders merged, and made into ratings.

Source: EQ-bench/creative-writing-bench at e7ab0091, core/elo_helpers_cw.py and core/trueskill_solver_cw.py.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any, NamedTuple

from weval.adapters.judge.objects import no_number, unique_keys
from weval.adapters.judge.outcome import NoVerdict
from weval.adapters.judge.reasoning import parted
from weval.bench.creative_writing.criteria import COUNTED_TWICE, FIRST, IGNORED_PROMPTS, PAIRWISE, SECOND
from weval.bench.items import Mode, is_original
from weval.errors import OriginalError, missing_extra

BINS = 4
"""A match is worth up to so many games in the original's ratings."""

_MOST = 45
"""Nine criteria with five pluses each."""

_NOT_JUDGED = frozenset({"improvement_suggestions", "theory_of_mind", "_item_order_idx"})
_SAID = re.compile(rf"({FIRST}|{SECOND})\s{{0,9}}(\+{{1,5}})")
_STRICT: dict[str, Any] = {"object_pairs_hook": unique_keys, "parse_constant": no_number}
_MEAN = 1200.0
_LIMIT = 100_000


class Pluses(NamedTuple):
    """What each of two pieces got, the first shown and the second; below 0 where it lost more than it got."""

    first: int
    second: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Game:
    """One judgment of two pieces by their pluses. A piece is a writer's, of one prompt and one iteration.

    `swapped` says that the judge was shown the other writer's piece first.
    """

    prompt: str
    writer: str
    other: str
    pluses: int
    other_pluses: int
    swapped: bool = False
    iteration: str = "1"
    other_iteration: str = "1"


class Match(NamedTuple):
    """Two pieces with all that was judged of them: by how much the first is better, 0.5 for neither."""

    prompt: str
    first: str
    second: str
    fraction: float


def parse_pairwise(text: str, mode: Mode = "repaired") -> dict[str, Any] | None:
    """What a judge says by criterion, as `A0493+++`: the better piece and by how much. Linear, and raises nothing.

    Repaired: the JSON object in the reply, outside reasoning, if it has all nine criteria, each with one piece and one
    to five pluses; else None. What else is in it is left out, its own reasoning among it. Original: whatever object
    stands between the first and the last brace, {} for none.

    >>> parse_pairwise('{"coherence": "A0493++"}', mode="original"), parse_pairwise('{"coherence": "A0493++"}')
    ({'coherence': 'A0493++'}, None)
    """
    if is_original(mode):
        return _object(text, strict=False) or {}
    try:
        found = _object(parted(text).answer, strict=True) or {}
    except NoVerdict:
        return None
    said = {name: _SAID.fullmatch(value.strip()) for name in PAIRWISE if isinstance(value := found.get(name), str)}
    read = {name: match[1] + match[2] for name, match in said.items() if match}
    return read if len(read) == len(PAIRWISE) else None


def pluses(said: Mapping[str, Any] | None, mode: Mode = "repaired") -> Pluses | None:
    """What each piece got, summed over criteria; on three of them the loser loses as much as the winner gets.

    Repaired: of what `parse_pairwise` reads, None without it. Original: of every field, the judge's own reasoning too,
    with all the plus signs in it, for the first shown wherever that is named; 0 and 0 without any. Raises OriginalError
    for a field that is no text.

    >>> pluses({"coherence": "A0493++", "reasoning": "A0493 + A0488"}, mode="original")
    Pluses(first=3, second=-2)
    """
    original = is_original(mode)
    if said is None and not original:
        return None
    got = {FIRST: 0, SECOND: 0}
    for name, value in (said or {}).items():
        if name in _NOT_JUDGED if original else name not in PAIRWISE:
            continue
        if not isinstance(value, str):
            raise OriginalError(f"the field {name} of a comparison is no text: the original stops at it")
        better = next((piece for piece in (FIRST, SECOND) if piece in value), None)
        if better:
            got[better] += value.count("+")
            got[SECOND if better == FIRST else FIRST] -= value.count("+") if name in COUNTED_TWICE else 0
    return Pluses(got[FIRST], got[SECOND])


def outcome(first: int, second: int) -> float:
    """1 where the first got more, 0 where the second did, else 0.5.

    >>> outcome(3, 3)
    0.5
    """
    return 0.5 if first == second else float(first > second)


def fraction(won: float, first: int, second: int, mode: Mode = "repaired") -> float:
    """By how much a piece is better: 0.5, plus or minus a 90th for every plus between the two; `won` says which.

    Repaired: no more than 1 and no less than 0, to which the pluses that count twice lead in the original.

    >>> fraction(1.0, 60, -10, mode="original"), fraction(1.0, 60, -10)
    (1.2777777777777777, 1.0)
    """
    margin = abs(first - second) / _MOST / 2 + 0.5
    if not is_original(mode):
        margin = min(margin, 1.0)
    return 0.5 if won == 0.5 else margin if won == 1 else 1.0 - margin


def bins(value: float, n_bins: int = BINS) -> tuple[int, int]:
    """The games that a fraction is worth in the original: won and lost by the first; (1, 1) is a single draw.

    >>> bins(0.5), bins(0.7), bins(-0.2)
    ((1, 1), (2, 0), (0, 4))
    """
    value = min(max(value, 0.0), 1.0)
    if abs(value - 0.5) < 1e-9:
        return 1, 1
    n_games = max(1, min(n_bins, math.ceil(abs(value - 0.5) / (0.5 / n_bins))))
    return (n_games, 0) if value > 0.5 else (0, n_games)


def matches(games: Iterable[Game], mode: Mode = "repaired") -> list[Match]:
    """Games of the same two pieces merged, in the order in which they first come, without IGNORED_PROMPTS.

    Repaired: the mean of the games' fractions over both orders; two pieces that were judged in one order only are
    missing, for the caller to count. Original: the pluses of all games are added up before the fraction is taken, so
    that two orders say twice as much as one. Pieces of one writer are not compared.

    >>> games = [Game(prompt="1", writer="b", other="a", pluses=9, other_pluses=0, swapped=s) for s in (False, True)]
    >>> [[round(match.fraction, 2) for match in matches(games, mode)] for mode in ("original", "repaired")]
    [[0.3], [0.4]]
    """
    groups: dict[tuple[str, tuple[str, str], tuple[str, str]], list[Game]] = {}
    for game in games:
        one, two = sorted([(game.writer, game.iteration), (game.other, game.other_iteration)])
        if one[0] != two[0] and game.prompt.split("_")[0] not in IGNORED_PROMPTS:
            groups.setdefault((game.prompt, one, two), []).append(game)
    merged = [(*key, _merged(group, key[1][0], mode)) for key, group in groups.items()]
    return [Match(prompt, one, two, value) for prompt, (one, _), (two, _), value in merged if value is not None]


def ratings(found: Sequence[Match]) -> dict[str, float] | None:
    """Ratings that do not depend on the order of the matches: Bradley-Terry, 400 points for odds of ten to one.

    A match counts as its fraction of a game won and the rest of it lost. Their mean is 1200. None where the ratings
    are not determined: without matches, where some writers never lose anything to the others (Ford 1957), and where
    they lose so little that no end is found. Raises ConfigError without evalica.

    >>> sorted((ratings([Match("1", "a", "b", 10 / 11)]) or {}).items())
    [('a', 1400.0), ('b', 1000.0)]
    """
    # One writer's share of a match each, in an order of their own: sums in another order differ in the last digits.
    shares = sorted(
        (winner, loser, share)
        for _, one, two, value in found
        for winner, loser, share in ((one, two, value), (two, one, 1.0 - value))
        if share > 0
    )
    if not shares or not _is_determined(shares):
        return None
    try:
        import evalica
    except ImportError:
        raise missing_extra("evalica", "bench", "rating writers") from None
    winners, losers, weights = (list(column) for column in zip(*shares, strict=True))
    won = [evalica.Winner.X] * len(shares)
    result = evalica.bradley_terry(winners, losers, won, weights=weights, tolerance=1e-12, limit=_LIMIT)
    if result.iterations >= _LIMIT:
        return None
    points = {str(name): 400 * math.log10(strength) for name, strength in result.scores.items()}
    centre = fmean(points.values()) - _MEAN
    return {name: round(value - centre, 6) for name, value in sorted(points.items())}


def _object(text: str, strict: bool) -> dict[str, Any] | None:
    braces = text[text.find("{") : text.rfind("}") + 1]
    try:
        found = json.loads(braces, **(_STRICT if strict else {}))
    except (ValueError, RecursionError):  # a ValueError also for a number with 5,000 digits
        return None
    return found if isinstance(found, dict) else None


def _merged(games: Sequence[Game], first: str, mode: Mode) -> float | None:
    """By how much the writer called first is better in games of the same two pieces."""
    sides = [(g.pluses, g.other_pluses) if g.writer == first else (g.other_pluses, g.pluses) for g in games]
    if is_original(mode):
        one, two = (sum(side) for side in zip(*sides, strict=True))
        return fraction(outcome(one, two), one, two, mode)
    by_order: dict[bool, list[float]] = {}
    for game, (one, two) in zip(games, sides, strict=True):
        shown_first = (game.writer == first) != game.swapped
        by_order.setdefault(shown_first, []).append(fraction(outcome(one, two), one, two, mode))
    return fmean(map(fmean, by_order.values())) if len(by_order) == 2 else None


def _is_determined(shares: Iterable[tuple[str, str, float]]) -> bool:
    """Whether everybody has, over others, won something from everybody else."""
    won: dict[str, set[str]] = {}
    lost: dict[str, set[str]] = {}
    for winner, loser, _ in shares:
        won.setdefault(winner, set()).add(loser)
        lost.setdefault(loser, set()).add(winner)
    everybody = {*won, *lost}
    return all(_reached(steps, min(everybody)) == everybody for steps in (won, lost))


def _reached(steps: Mapping[str, set[str]], start: str) -> set[str]:
    seen, waiting = {start}, [start]
    while waiting:
        new = steps.get(waiting.pop(), set()) - seen
        seen |= new
        waiting += new
    return seen
