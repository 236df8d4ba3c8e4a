"""Arena-Write from end to end on stand-ins for its file (it is not public here), its repairs, and files of verdicts."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.adapters.servers import Answer, Server
from tests.bench.arena_write.made import bracketed, task
from tests.bench.scripted import (
    Noting,
    Scripted,
    Stopping,
    effects,
    number,
    rows_of,
    settings_for,
    values,
    write_rows,
)  # fmt: skip
from tests.textmodels.servers import REPLIES
from weval.bench.arena_write import VERDICTS, pooled, win_rate
from weval.bench.compare import compare_bench
from weval.bench.finish import BenchOutcome
from weval.bench.run import BenchRun, run_bench
from weval.errors import ConfigError, DataError, OriginalError, ResultError

SIX = tuple(f"model-{n}" for n in range(1, 7))
LABELS = tuple(VERDICTS)


def by_length(prompt: str) -> str:
    """The writer's text, which is of words, beats every other; both orders agree."""
    return bracketed("A>B" if is_first(prompt) else "B>A")


def is_first(prompt: str) -> bool:
    """Whether the writer's text is shown as A."""
    return prompt.index("word word") < prompt.index(" on ")


@pytest.fixture
def scripted() -> Scripted:
    return Scripted(judges=by_length)


@pytest.fixture
def tasks(tmp_path: Path) -> Path:
    return write_rows(tmp_path / "tasks.jsonl", [task(0), task(1, length=2500), task(2, question="写一封信。")])


def spec_of(server: Server, data: Path, out: Path, **more: Any) -> BenchRun:
    settings = settings_for(server) | more.pop("settings", {})
    said: dict[str, Any] = {"model": "server/writer", "judge": "server/judge", "settings": settings, **more}
    return BenchRun("arena-write", data=data, out=out, **said)


def ran(server: Server, data: Path, out: Path, **more: Any) -> BenchOutcome:
    return run_bench(spec_of(server, data, out, **more))


def from_verdicts(data: Path | None, replies: Path, out: Path, **settings: str) -> BenchOutcome:
    """From judge replies alone."""
    settings = {"resamples": "100", **settings}
    return run_bench(BenchRun("arena-write", model="w", data=data, replies=replies, out=out, settings=settings))


def games_of(idx: int, baseline: str | None, *said: Any) -> dict[str, Any]:
    """A line of a judgment file of Arena-Hard."""
    games = [{"score": None, "judgment": one} if isinstance(one, str) else one for one in said]
    return {"uid": idx, "model": "w", "games": games} | ({} if baseline is None else {"baseline": baseline})


# --- from end to end ----------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_100_tasks_against_six_baselines_are_stopped_and_go_on(
    server: Server, scripted: Scripted, tmp_path: Path
) -> None:
    """A stand-in of the size of the real file: 1,200 verdicts, none of which is paid for twice."""
    rows = [task(n, SIX, length=(300, 1000, 3000, 8000)[n % 4]) for n in range(100)]
    data = write_rows(tmp_path / "tasks.jsonl", rows)
    scripted.judges = lambda prompt: bracketed(LABELS[number(prompt) % 5])
    spec = spec_of(server, data, tmp_path / "out", settings={"judge.concurrency": "4"})
    with pytest.raises(KeyboardInterrupt):
        run_bench(spec, Stopping(100 + 500))
    noting = Noting()
    outcome = run_bench(spec, noting)
    result = outcome.result
    doing, total, done = noting.begun[-1]
    assert (doing, total) == ("judging", 1200) and 500 <= done < 510
    assert scripted.n_asked("judge") < 1210 and len(rows_of(tmp_path / "out" / "replies.jsonl")) == 1200
    assert (result.n_scored, [step.n_calls for step in result.steps.values()]) == (100, [100, 1200])
    games = [game for row in outcome.rows for game in row.detail]
    for weight, name in ((1, "win_rate"), (3, "win_rate_w3")):
        value = win_rate(games, weight).value
        assert value is not None and values(result)[name] == pytest.approx(100 * value)
    shares = values(result)
    assert (shares["win"] or 0) + (shares["tie"] or 0) + (shares["loss"] or 0) == pytest.approx(100)
    assert (shares["win"] or 0) + (shares["tie"] or 0) / 2 == pytest.approx(shares["win_rate"])
    assert list(result.by["length"]) == ["[0,500)", "[500,2000)", "[2000,4000)", "[4000,20000+]"]
    assert [table.name for table in result.further] == ["baselines", "ratings", "ratings_w3", "order"]
    assert {row[0] for row in result.further[1].rows} == {*SIX, "this writer"}
    assert result.original == pytest.approx(values(result)) and effects(result) == {}

    # The same verdicts at once, as those of another writer.
    second = from_verdicts(data, tmp_path / "out" / "replies.jsonl", tmp_path / "another")
    assert second.result.figures == result.figures
    (ratings, _) = pooled([outcome, second], 100)
    assert {row[0]: row[1] for row in ratings.rows} == {**dict.fromkeys(SIX, 200), "server/writer": 600, "w": 600}


@pytest.mark.slow
def test_a_local_model_writes(tasks: Path, lm: Path, server: Server, scripted: Scripted, tmp_path: Path) -> None:
    scripted.judges = lambda prompt: bracketed("A=B")
    settings = {"judge.base_url": f"{server.url}/v1", "writer.max_tokens": "8", "resamples": "100"}
    spec = replace(spec_of(server, tasks, tmp_path / "out"), model=f"transformers/{lm}", settings=settings)
    result = run_bench(spec).result
    assert values(result) == {"win_rate": 50, "win_rate_w3": 50, "win": 0, "tie": 100, "loss": 0}
    assert result.steps["replies"].n_calls == 12


def test_each_text_is_shown_in_both_places(tasks: Path, server: Server, scripted: Scripted, tmp_path: Path) -> None:
    result = ran(server, tasks, tmp_path / "out").result
    assert values(result) == {"win_rate": 100, "win_rate_w3": 100, "win": 100, "tie": 0, "loss": 0}
    asked = [prompt for model, prompt in scripted.answered if model == "judge"]
    assert len(asked) == 12 and sum(map(is_first, asked)) == 6
    parts = {row["part"]: row["text"] for row in rows_of(tmp_path / "out" / "replies.jsonl")}
    assert parts == {
        f"B{n}/{order}": bracketed(label) for n in (1, 2) for order, label in (("first", "B>A"), ("second", "A>B"))
    }
    assert result.notices == () and result.further[-1].rows == ((6, 0.0, 0.0, 50.0),)
    # Who wins everything has no rating, and no report fails of it.
    assert [row for row in result.further[1].rows if row[0] == "this writer"] == [
        ("this writer", 6, None, None, None, None)
    ]
    assert list(result.by) == ["language", "type", "length"]


def test_strong_verdicts_count_three_times_in_one_figure(tasks: Path, tmp_path: Path) -> None:
    lines = [games_of(n, name, "[[A>B]]", "[[A>>B]]") for n in (0, 1, 2) for name in ("alpha", "beta")]
    result = from_verdicts(tasks, write_rows(tmp_path / "r.jsonl", lines), tmp_path / "out").result
    assert values(result) == {"win_rate": 50, "win_rate_w3": 75, "win": 50, "tie": 0, "loss": 50}


# --- what trips the published arithmetic ----------------------------------------------------------------------------


def test_verdicts_that_trip_the_script(tasks: Path, tmp_path: Path) -> None:
    lines = [
        games_of(0, "alpha", "[[B>A]]", "I waver: [[B>A]], no, [[A>B]], one could say."),
        games_of(0, "beta", "[[B>A]]", "[[A>B]]"),
        games_of(1, "alpha", "[[A=B]]", "Neither."),
        games_of(1, "beta", "[[A>B]]", "[[B>A]]"),
        games_of(2, "alpha", "[[A=B]]", "[[A=B]]"),
        games_of(2, "beta", "[[A=B]]", "[[ A = B ]]"),
    ]
    path = write_rows(tmp_path / "r.jsonl", lines)
    result = from_verdicts(tasks, path, tmp_path / "out").result
    # Task 0 has a verdict in a sentence, task 1 a game without one: the script keeps the one and drops the other game.
    assert (result.n_missing, values(result)["win_rate"]) == (2, 50)
    assert effects(result) == {"verdict": 2, "dropped": 2}
    assert (result.original or {})["win_rate"] == pytest.approx(100 * (4 + 0 + 1) / 8)
    assert (result.figures["win_rate"].worst, result.figures["loss"].worst) == (50 / 3, 200 / 3)
    strong = result.figures["win_rate_w3"]  # four ties, and at worst and best two tasks of four strong verdicts
    assert (strong.worst, strong.best) == (200 / 28, 2600 / 28)
    assert result.missing == {"judge: its reply has no verdict that can be read": 2}
    original = from_verdicts(tasks, path, tmp_path / "original", mode="original").result
    assert values(original)["win_rate"] == pytest.approx(62.5) and original.n_missing == 0
    lines[0]["games"][1]["judgment"] = "[[A]]"
    path = write_rows(tmp_path / "s.jsonl", lines)
    stopped = from_verdicts(tasks, path, tmp_path / "stops").result
    assert stopped.original is None and "task 0: Arena-Hard's script has a KeyError" in str(stopped.original_stops)
    with pytest.raises(OriginalError, match="task 0: Arena-Hard's script has a KeyError"):
        from_verdicts(tasks, path, tmp_path / "stopped", mode="original")


def test_a_judge_without_a_verdict_is_asked_again_but_not_by_the_script(
    tasks: Path, server: Server, scripted: Scripted, tmp_path: Path
) -> None:
    def judges(prompt: str) -> str:
        again = scripted.answered["judge", prompt] > 1
        return by_length(prompt) if again or not is_first(prompt) or "alpha" not in prompt else "Hm."

    scripted.judges = judges
    result = ran(server, tasks, tmp_path / "out").result
    assert (result.n_scored, effects(result)) == (3, {"again": 3})
    assert result.original is not None and result.steps["replies"].n_asked_again == 3
    scripted.answered.clear()
    result = ran(server, tasks, tmp_path / "original", settings={"mode": "original"}).result
    assert scripted.n_asked("judge") == 12 and result.further[0].rows[0][4] == 3


def test_recorded_games_come_to_the_recorded_win_rates(shared: Path, tmp_path: Path) -> None:
    """Arena-Hard's own rows, with one baseline; the tasks are stand-ins."""
    content = json.loads((shared / "conformance" / "d_arena_winrate.json").read_text(encoding="utf-8"))
    questions = list(dict.fromkeys(question for _, question, _ in content["input"]))
    data = write_rows(tmp_path / "tasks.jsonl", [task(question, ["gemini"]) for question in questions])
    expected = content["expected"]
    for model in expected["weight1"]["per_model"]:
        lines = [
            {"uid": question, "games": [None if label == "__null_game__" else {"score": label} for label in labels]}
            for name, question, labels in content["input"]
            if name == model
        ]
        result = from_verdicts(data, write_rows(tmp_path / "r.jsonl", lines), tmp_path / model).result
        original = result.original or {}
        for weight, name in ((1, "win_rate"), (3, "win_rate_w3")):
            recorded = expected[f"weight{weight}"]["per_model"][model]
            assert original[name] == pytest.approx(100 * recorded["mean"], abs=1e-9)
        recorded = expected["weight1"]["per_model"][model]
        assert original["win"] == pytest.approx(100 * recorded["wins"] / recorded["n"])
        assert result.n_missing == len(questions) - recorded["n"] // 2


# --- what is empty, or not there ----------------------------------------------------------------------------------


def test_an_empty_text_loses_every_game_and_what_never_came_is_missing(
    tasks: Path, server: Server, scripted: Scripted, tmp_path: Path
) -> None:
    def writes(prompt: str) -> str | Answer:
        said: dict[str, str | Answer] = {"Write text 0.": "<think>Hm", "Write text 1.": REPLIES["refusal"]}
        return said.get(prompt, "word word")

    scripted.writes = writes
    result = ran(server, tasks, tmp_path / "out").result
    assert (result.n_scored, result.n_missing, scripted.n_asked("judge")) == (2, 1, 4)
    assert values(result)["win_rate"] == 50 and effects(result) == {"unwritten": 1}
    assert result.missing == {"writer refused: refused by the model": 1}
    assert (result.original or {})["win_rate"] == 100  # only the one that was judged
    assert values(result)["win_rate_w3"] == pytest.approx(100 * 4 / (4 + 3 * 4))


def test_not_one_verdict_is_an_error(tasks: Path, server: Server, scripted: Scripted, tmp_path: Path) -> None:
    scripted.judges = lambda prompt: "Hm."
    with pytest.raises(ResultError, match="not one of 3 items has a score, for example: judge: its reply has no"):
        ran(server, tasks, tmp_path / "out")


# --- files of the user --------------------------------------------------------------------------------------------


def test_texts_by_idx_and_verdicts_by_part(tasks: Path, server: Server, tmp_path: Path) -> None:
    texts = write_rows(tmp_path / "t.jsonl", [{"idx": n, "response": "word word"} for n in (2, 1, 0)])
    settings = {"judge.base_url": f"{server.url}/v1", "resamples": "100"}
    spec = replace(spec_of(server, tasks, tmp_path / "out"), model=None, responses=texts, settings=settings)
    assert values(run_bench(spec).result)["win_rate"] == 100
    again = from_verdicts(tasks, tmp_path / "out" / "replies.jsonl", tmp_path / "again")
    assert values(again.result)["win_rate"] == 100
    lines = [
        games_of(n, name, {"score": "B>>A"}, {"judgment": {"answer": "[[A=B]]"}})
        for n in (0, 1, 2)
        for name in ("alpha", "beta")
    ]
    found = from_verdicts(tasks, write_rows(tmp_path / "r.jsonl", lines), tmp_path / "two").result
    assert values(found)["win_rate"] == 75


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        (games_of(9, "alpha", "", ""), "1: uid: '9' is no task here"),
        ({"games": []}, "1: uid: '' is no task here"),
        (games_of(0, None, "", ""), "1: baseline: 'None' is none of this task (alpha, beta)"),
        (games_of(0, "gamma", "", ""), "1: baseline: 'gamma' is none of this task (alpha, beta)"),
        (games_of(0, "alpha", ""), "1: games: are not two, one for each order"),
        ({"uid": 0, "baseline": "alpha", "games": 2}, "1: games: are not two, one for each order"),
        (games_of(0, "alpha", "", {"score": 1}), "1: games: have neither judgment nor score"),
        (games_of(0, "alpha", "", 7), "1: games: have neither judgment nor score"),
        ({"idx": 0, "text": "[[A>B]]"}, "1: holds no games, and no part, which is B1/first"),
        ({"idx": 0, "part": "B3/first", "text": "[[A>B]]"}, "1: holds no games, and no part, which is B1/first"),
        ({"idx": 9, "part": "B1/first", "text": "[[A>B]]"}, "1: '9' is no item of arena-write"),
    ],
)
def test_wrong_lines_of_verdicts(tasks: Path, tmp_path: Path, line: dict[str, Any], complaint: str) -> None:
    with pytest.raises(DataError) as error:
        from_verdicts(tasks, write_rows(tmp_path / "r.jsonl", [line]), tmp_path / "out")
    assert len(error.value.problems) == 1 and complaint in error.value.problems[0]


def test_a_game_twice_is_an_error(tasks: Path, tmp_path: Path) -> None:
    lines = [games_of(0, "alpha", "[[A=B]]", "[[A=B]]")] * 2
    with pytest.raises(DataError, match="item 0 is on line 1 already"):
        from_verdicts(tasks, write_rows(tmp_path / "r.jsonl", lines), tmp_path / "out")


def test_writers_who_are_compared_are_rated_together(tasks: Path, tmp_path: Path) -> None:
    won, tied = ["[[B>A]]", "[[A>B]]"], ["[[A=B]]"] * 2
    outcomes = []
    for name, (first, second) in {"one": (won, tied), "two": (tied, tied)}.items():
        lines = [
            games_of(n, baseline, *said) for n in range(3) for baseline, said in (("alpha", first), ("beta", second))
        ]
        file = write_rows(tmp_path / f"{name}.jsonl", lines)
        settings = {"resamples": "100"}
        outcomes.append(
            run_bench(BenchRun("arena-write", name, "j", tasks, replies=file, settings=settings, out=tmp_path / name))
        )
    comparison = compare_bench(outcomes, 100)
    assert [table.name for table in comparison.further] == ["ratings", "ratings_w3"]
    rows = {row[0]: row[1:3] for row in comparison.further[0].rows}
    assert rows.keys() == {"one", "two", "alpha", "beta"} and [n for n, _ in rows.values()] == [6] * 4
    points = {name: float(value or 0) for name, (_, value) in rows.items()}
    assert points["one"] > points["two"] > points["alpha"] == 1000


def test_baselines_without_names_are_remarked_and_there_is_no_official_prompt(server: Server, tmp_path: Path) -> None:
    data = write_rows(tmp_path / "tasks.jsonl", [task(0, None)])
    lines = [games_of(0, f"baseline-{n}", "[[A=B]]", "[[A=B]]") for n in (1, 2)]
    result = from_verdicts(data, write_rows(tmp_path / "r.jsonl", lines), tmp_path / "out").result
    assert result.notices == ("the file does not name its baselines; they go by their place in it",)
    with pytest.raises(ConfigError, match="no official prompt"):
        ran(server, data, tmp_path / "no", settings={"wording": "official"})
    with pytest.raises(
        ConfigError, match=r"arena_write.jsonl does not come with weval: the data set THU-KEG/Arena-Write"
    ):
        from_verdicts(None, tmp_path / "r.jsonl", tmp_path / "none")
