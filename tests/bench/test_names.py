"""The names that others rely on: how they are called, and odd but legal inputs."""

from __future__ import annotations

from typing import Any

import pytest

from weval.bench import (
    arena_write,
    creative_writing,
    finder,
    longbench_v2,
    longbench_write,
    race,
    rewardbench,
    writingbench,
)
from weval.bench.arena_write import Game
from weval.bench.items import Mode
from weval.errors import DataError, OriginalError

MODES: tuple[Mode, ...] = ("original", "repaired")
EMPTY: Any = {name: {"R": [], "C": []} for name in writingbench.REQUIREMENTS}
WON = [Game("1", "m", "b", ("B>A", "A>>B"))]


@pytest.mark.parametrize("mode", MODES)
def test_longbench_write(mode: Mode) -> None:
    assert longbench_write.count_words("", mode=mode) == 0
    assert longbench_write.length_score(100, 100, mode=mode) == 100
    dimensions = dict.fromkeys(longbench_write.DIMENSIONS, 4)
    assert longbench_write.quality_scores([dimensions], mode=mode) == dict.fromkeys([*dimensions, "total"], 75)


def test_longbench_write_without_anything() -> None:
    assert set(longbench_write.quality_scores([]).values()) == {None}
    with pytest.raises(OriginalError):
        longbench_write.quality_scores([], mode="original")
    assert longbench_write.length_score(100, 0) == 0
    with pytest.raises(OriginalError):
        longbench_write.length_score(100, 0, mode="original")


@pytest.mark.parametrize("mode", MODES)
def test_writingbench(mode: Mode) -> None:
    assert writingbench.parse_reply('{"score": 7, "reason": ""}', mode=mode) == 7
    assert writingbench.parse_reply("", mode=mode) is None
    row = writingbench.aggregate([(1, {"Tone": [8]})], [(1, "Education", "Quiz")], EMPTY, mode=mode)
    assert (row["Overall"], row["Count"], row["Domain1_Education"], row["Domain2_Quiz"]) == (8, 1, 8, 8)
    nothing = 0 if mode == "original" else None
    assert [row[f"{name}_{part}"] for name in writingbench.REQUIREMENTS for part in "RC"] == [nothing] * 6


def test_writingbench_without_anything() -> None:
    row = writingbench.aggregate([], [], {})
    assert (row["Overall"], row["Count"], row["Missing"]) == (None, 0, 0)
    for scores in ([], [(1, {})], [(1, {"Tone": []})]):
        with pytest.raises(OriginalError):
            writingbench.aggregate(scores, [(1, "Education", "Quiz")], EMPTY, mode="original")
        assert writingbench.aggregate(scores, [(1, "Education", "Quiz")], EMPTY)["Missing"] == 1


def test_arena_write() -> None:
    rules: tuple[arena_write.Rule, ...] = ("v2", "v0.1", "repaired")
    assert [arena_write.parse_verdict("[[A>>B]]", rule) for rule in rules] == ["A>>B"] * 3
    assert [arena_write.parse_verdict("", rule) for rule in rules] == [None] * 3
    for mode in MODES:
        assert [arena_write.win_rate(WON, weight, mode=mode).wins for weight in (1, 3)] == [2, 4]
        assert arena_write.win_rate([], 1, mode=mode).value is None
    assert arena_write.elo(WON) == {"b": 1000, "m": None}
    with pytest.raises(OriginalError):
        arena_write.elo(WON, mode="original")
    games = [*WON, Game("2", "m", "b", ("A>B", "A=B"))]
    one, other = (arena_write.elo(games, mode=mode) for mode in MODES)
    assert one == pytest.approx(other) and list(one) == ["m", "b"]
    assert arena_write.elo([]) == {}


@pytest.mark.parametrize("mode", MODES)
def test_race(mode: Mode) -> None:
    assert race.extract_json('{"a": 1}', mode=mode) == '{"a": 1}'
    assert race.extract_json("", mode=mode) is race.extract_json(None, mode=mode) is None
    weights = dict.fromkeys(race.DIMENSIONS, 0.25)
    criteria: Any = {
        "dimension_weight": weights,
        "criterions": {name: [{"criterion": "Depth", "weight": 1.0}] for name in weights},
    }
    said: dict[str, Any] = {
        name: [{"criterion": "Depth", "article_1_score": 6, "article_2_score": 4}] for name in weights
    }
    assert race.race_score(said, criteria, mode=mode) == pytest.approx(dict.fromkeys([*weights, "overall_score"], 0.6))
    partial = race.race_score({**said, "insight": []}, criteria, mode=mode)
    assert (partial is None) == (mode == "repaired") and (partial is None or partial["insight"] == 0)


def test_race_without_criteria() -> None:
    with pytest.raises(DataError):
        race.race_score({}, {})
    with pytest.raises(OriginalError):
        race.race_score({}, {}, mode="original")


@pytest.mark.parametrize("mode", MODES)
def test_finder(mode: Mode) -> None:
    assert finder.parse_answer("Yes", mode=mode) is True and finder.parse_answer("No", mode=mode) is False
    assert finder.parse_answer("", mode=mode) is (False if mode == "original" else None)
    assert finder.pass_rate([True, False], mode=mode) == 0.5
    assert finder.pass_rate([], mode=mode) is None


@pytest.mark.parametrize("mode", MODES)
def test_creative_writing(mode: Mode) -> None:
    assert creative_writing.parse_scores("Coherent: 12", mode=mode) == {"Coherent": 12}
    assert creative_writing.parse_scores("", mode=mode) == {}
    scores = {name: 0.0 if name in creative_writing.NEGATIVE else 20.0 for name in creative_writing.CRITERIA}
    whole = {"overall_score": 20, "eqbench_creative_score": 100}
    assert creative_writing.aggregate([("1", scores)], mode=mode) == whole
    nothing = 0 if mode == "original" else None
    assert set(creative_writing.aggregate([], mode=mode).values()) == {nothing}
    assert set(creative_writing.aggregate([("1", {})], mode=mode).values()) == {nothing}


@pytest.mark.parametrize("mode", MODES)
def test_longbench_v2_and_rewardbench(mode: Mode) -> None:
    assert longbench_v2.parse_choice("The correct answer is (B)", mode=mode) == "B"
    assert longbench_v2.parse_choice("", mode=mode) is None
    accuracies = dict.fromkeys(rewardbench.EXAMPLE_COUNTS, 0.5)
    assert rewardbench.section_scores(accuracies, mode=mode) == dict.fromkeys(rewardbench.SUBSETS, 0.5)
    assert set(rewardbench.section_scores({}, mode=mode).values()) == {0 if mode == "original" else None}
