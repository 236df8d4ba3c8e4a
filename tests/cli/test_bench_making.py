"""`weval bench queries`, `criteria` and `preferences` by the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.adapters.servers import Answer
from tests.bench.construction.asked import Author, five, lines, put, replied
from tests.cli.conftest import Weval
from tests.textmodels.servers import chatting, completion, last

QUERIES = [
    {"index": 1, "domain1": "Education", "domain2": "Lesson Plan", "lang": "en", "query": "A lesson on tides."},
    {"index": 2, "domain1": "Education", "domain2": "Lesson Plan", "lang": "en", "query": "A lesson on sand."},
]


def of(url: str) -> tuple[str, ...]:
    return ("--set", f"base_url={url}/v1", "--set", "attempts=1")


def test_criteria_for_queries(weval: Weval, tmp_path: Path) -> None:
    put(tmp_path / "queries.jsonl", QUERIES)
    with chatting(Author({"tides": [replied(five())], "sand": ["no JSON"]})) as server:
        said = weval(
            "bench", "criteria", "queries.jsonl", "--model", "server/m", "--out", "made.jsonl", *of(server.url)
        )
        again = weval("bench", "criteria", "queries.jsonl", "--model", "server/m", "--out", "x.jsonl", "--json",
                      *of(server.url))  # fmt: skip
    assert said.code == 0 and said.out.startswith("made.jsonl: 1 of 2\nreplies: ")
    assert "left out: 2: " in said.out
    (row,) = lines(tmp_path / "made.jsonl")
    assert row["query"] == "A lesson on tides." and len(row["checklist"]) == 5
    assert json.loads(again.out)["n_rows"] == 1


def test_queries_over_a_pool(weval: Weval, tmp_path: Path) -> None:
    answers = iter(range(1000))

    def write(handler: Any, asked: Any) -> Answer:
        text = last(asked)
        words = {"queries": [f"Write a plan, number {next(answers)}, for a small club of readers."]}
        refined = {"query": f"Write a plan of 200 words, number {next(answers)}, for a club."}
        return Answer(completion(json.dumps(words if "queries" in text and "<query" not in text else refined)))

    with chatting(write) as server:
        said = weval("bench", "queries", "--model", "server/m", "--out", "q.jsonl", "--set", "n=1", "--set",
                     "domains=Education", "--set", "languages=en", *of(server.url))  # fmt: skip
    assert said.code == 0, said.err
    assert said.out.startswith("q.jsonl: ")


def test_preferences_of_people(weval: Weval, tmp_path: Path) -> None:
    rows = [{"index": n, "query": "On tea.", "response_a": "good", "response_b": "bad", "preferred": p}
            for n, p in ((1, "a"), (2, "b"), (3, "tie"))]  # fmt: skip
    put(tmp_path / "p.jsonl", rows)
    with chatting(Author({"<query": [json.dumps({"reason": "r", "score": 5})]})) as server:
        said = weval("bench", "preferences", "p.jsonl", "--judge", "server/m", "--set", "criteria=global",
                     *of(server.url))  # fmt: skip
    assert said.code == 0, said.err
    assert "server/m: 3 judgements of people on 3 queries" in said.out
    assert [line.split()[:2] for line in said.out.splitlines() if line.startswith("global")] == [["global", "0.500"]]
    assert "People called 1 tie" in " ".join(said.out.split())


def test_what_is_wrong_is_said_in_one_line(weval: Weval, tmp_path: Path) -> None:
    said = weval("bench", "criteria", "nowhere.jsonl", "--model", "server/m", "--out", "made.jsonl")
    assert (said.code, said.out, said.err.count("\n")) == (2, "", 1)
    said = weval("bench", "preferences", "nowhere.jsonl", "--judge", "nobody/m")
    assert said.code == 2 and "Traceback" not in said.err
