"""Tables of games: by baseline, ratings of one run and of several together, and the order of showing."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from weval.bench.arena_write import WRITER, Game, elo, pooled
from weval.bench.arena_write.tables import tables
from weval.bench.finish import BenchOutcome
from weval.bench.items import Row
from weval.errors import ConfigError

WON, LOST, EVEN = ("B>A", "A>>B"), ("A>B", "B>A"), ("A=B", "A=B")


def game(question: int, baseline: str, labels: tuple[str | None, str | None]) -> Game:
    return Game(str(question), WRITER, baseline, labels)


GAMES = [
    game(1, "a", WON), game(1, "b", LOST),
    game(2, "a", EVEN), game(2, "b", ("A>B", "A>B")),
    game(3, "a", LOST), game(3, "b", (None, "A>B")),
]  # fmt: skip


@dataclass(frozen=True)
class Outcome:
    """As much of a run as is asked about."""

    folder: Path
    result: Any
    rows: tuple[Row, ...]


def outcome(name: str, games: list[Game], folder: str = "run", files: str = "1") -> BenchOutcome:
    result = SimpleNamespace(writer=SimpleNamespace(name=name), benchmark=SimpleNamespace(files={"tasks": files}))
    return cast(BenchOutcome, Outcome(Path(folder), result, (Row("1", {}, detail=tuple(games)),)))


def test_how_games_ended_against_each_baseline() -> None:
    found = tables(GAMES)[0]
    assert found.headers == ("baseline", "won", "tied", "lost", "no verdict", "win rate")
    assert found.rows == (("a", 2, 2, 2, 0, 50.0), ("b", 1, 0, 3, 1, 25.0))


def test_ratings_of_one_writer_with_verdicts_alike_and_weighed() -> None:
    alike, strong = tables(GAMES)[1:3]
    assert (alike.name, strong.name) == ("ratings", "ratings_w3")
    for weight, table in ((1, alike), (3, strong)):
        points = {str(row[0]): row[2] for row in table.rows}
        assert points == pytest.approx(elo(GAMES, weight))
        assert [row[1] for row in table.rows if row[0] == WRITER] == [6]
        assert next(row[2:] for row in table.rows if row[0] == "a") == (1000, 1000, 1000, 0)
    assert "a at 1,000" in alike.about and "only if all games are rated together" in alike.about


def test_a_player_who_lost_everything_has_no_rating() -> None:
    rows = {row[0]: row[2:] for row in tables([game(1, "a", LOST), game(2, "a", LOST)])[1].rows}
    assert rows == {"a": (1000, 1000, 1000, 0), WRITER: (None, None, None, None)}


def test_what_the_order_did() -> None:
    (row,) = tables([game(1, "a", WON), game(2, "a", ("A>B", "A>B"))])[-1].rows
    assert row == (2, 50.0, 50.0, 75.0)
    assert tables([game(1, "a", (None, None))])[-1].rows == ((0, None, None, None),)


def test_without_games_there_are_no_tables() -> None:
    assert tables([]) == () and pooled([]) == () and pooled([outcome("m", [])]) == ()


def test_without_evalica_the_table_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "evalica", None)
    by_baseline, alike, *_ = tables(GAMES)
    assert by_baseline.rows and alike.rows == ()
    assert "rating players needs evalica: pip install 'weval[bench]'" in alike.about


def test_runs_are_rated_together() -> None:
    others = [one._replace(labels=LOST) for one in GAMES[:3]] + [game(4, "a", WON)]
    alike, strong = pooled([outcome("x/m", GAMES), outcome("x/n", others)])
    points = {str(row[0]): row[2] for row in alike.rows}
    together = [one._replace(model="x/m") for one in GAMES] + [one._replace(model="x/n") for one in others]
    assert points == pytest.approx(elo(together, 1)) and points.keys() == {"a", "b", "x/m", "x/n"}
    assert strong.name == "ratings_w3" and "all runs together" in strong.about
    assert points["a"] == 1000


def test_runs_with_one_name_stay_apart() -> None:
    runs = [outcome("m", GAMES, "one"), outcome("m", GAMES, "two"), outcome("m", GAMES, "two"), outcome("a", GAMES)]
    names = {row[0] for row in pooled(runs)[0].rows}
    assert names == {"m", "m (two)", "m (two, 2)", "a", "a (run)", "b"}


def test_runs_of_different_files_are_not_rated_together() -> None:
    with pytest.raises(ConfigError, match="the runs are of different files"):
        pooled([outcome("m", GAMES), outcome("n", GAMES, files="2")])
