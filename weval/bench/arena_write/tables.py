"""Tables of games: how they ended against each baseline, ratings of all players, and what the order of showing did."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from weval.bench.arena_write.ratings import bradley_terry, elo_intervals
from weval.bench.arena_write.scoring import Game, position_bias, win_rate
from weval.bench.result import Cell, FurtherTable
from weval.errors import ConfigError

if TYPE_CHECKING:
    from weval.bench.finish import BenchOutcome

WRITER = "this writer"
"""What the writer of a run is called in its games."""

STRONG = 3
"""How often a strong verdict counts where it counts more than once."""

_SEED = 0


def tables(games: Sequence[Game], n_resamples: int | None = None) -> tuple[FurtherTable, ...]:
    """The tables of one writer's games; none without games. `n_resamples` are those of elo_intervals."""
    if not games:
        return ()
    return (
        FurtherTable(
            name="baselines",
            title="Against each baseline",
            about="verdicts for, ties and against; a game without a verdict in one of the orders is in neither; "
            "the win rate in percent, ties half",
            headers=("baseline", "won", "tied", "lost", "no verdict", "win rate"),
            rows=tuple(_baseline(name, games) for name in dict.fromkeys(game.baseline for game in games)),
        ),
        *_ratings(
            games,
            "One writer and its baselines; another run's compare only if all games are rated together.",
            n_resamples,
        ),
        _order(games),
    )


def pooled(outcomes: Sequence[BenchOutcome], n_resamples: int | None = None) -> tuple[FurtherTable, ...]:
    """Ratings of several writers and the baselines from the games of all their runs together.

    The runs must be of the same tasks, so that a baseline of one is that of all. A writer that is called as another
    one or a baseline gets its folder, and in the end a number, behind its name. Raises ConfigError for runs of
    different files; no table without games.
    """
    if len({tuple(sorted(outcome.result.benchmark.files.items())) for outcome in outcomes}) > 1:
        raise ConfigError("the runs are of different files: their baselines need not be the same, nor their ratings")
    games: list[Game] = []
    runs = [[game for row in outcome.rows for game in row.detail] for outcome in outcomes]
    taken = {game.baseline for run in runs for game in run}
    for outcome, run in zip(outcomes, runs, strict=True):
        name = _free(outcome.result.writer.name, outcome.folder.name, taken)
        taken.add(name)
        games += [game._replace(model=name) for game in run]
    return tuple(_ratings(games, "From the games of all runs together.", n_resamples)) if games else ()


def _free(name: str, folder: str, taken: set[str]) -> str:
    """A name that nobody has yet."""
    wanted = [name, f"{name} ({folder})", *(f"{name} ({folder}, {n})" for n in range(2, len(taken) + 3))]
    return next(free for free in wanted if free not in taken)


def _baseline(name: str, games: Sequence[Game]) -> tuple[Cell, ...]:
    found = win_rate([game for game in games if game.baseline == name], weight=1)
    percent = None if found.value is None else 100 * found.value
    return (name, found.wins, found.ties, found.losses, found.nulls, percent)


def _ratings(games: Sequence[Game], whose: str, n_resamples: int | None) -> Iterator[FurtherTable]:
    """Elo points with their intervals and log odds: one table with all verdicts alike, one with strong ones thrice."""
    anchor = min(game.baseline for game in games)
    said = (
        f"Elo points of a Bradley-Terry model with {anchor} at 1,000, and their intervals at 95 % over tasks; log odds "
        "are against it. A dash: who won or lost all games, or has none that link it to others."
    )
    for weight, name, title in ((1, "ratings", "Ratings"), (STRONG, "ratings_w3", f"Ratings, strong ×{STRONG}")):
        try:
            rows, about = tuple(_players(games, weight, n_resamples)), f"{whose} {said}"
        except ConfigError as error:  # the extra is not installed
            rows, about = (), f"{whose} {error}"
        headers = ("player", "games", "Elo", "from", "to", "log odds")
        yield FurtherTable(name=name, title=title, about=about, headers=headers, rows=rows)


def _players(games: Sequence[Game], weight: int, n_resamples: int | None) -> Iterator[tuple[Cell, ...]]:
    points, odds = (
        elo_intervals(games, seed=_SEED, n_resamples=n_resamples, weight=weight),
        bradley_terry(games, weight),
    )
    n_games = Counter(name for game in games for name in (game.model, game.baseline))
    yield from ((player, n_games[player], *points[player], odds[player]) for player in points)


def _order(games: Sequence[Game]) -> FurtherTable:
    found = position_bias(games)
    shares = (found.flips, found.contradictions, found.first)
    return FurtherTable(
        name="order",
        title="What the order of showing did",
        about="percent of games judged in both orders: in which the verdict changes with the order, in which the text "
        "in one place wins both times; and the points of the text shown first, 50 for a judge that goes by the texts",
        headers=("games", "changed", "by place", "points of the first"),
        rows=((found.games, *(None if share is None else 100 * share for share in shares)),),
    )
