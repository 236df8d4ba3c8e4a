from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.adapters.servers import Answer
from tests.bench.construction.asked import Author, Notices, Says, criterion, lines, put, settings
from tests.textmodels.servers import REPLIES, chatting
from weval.bench.construction import PreferencesSpec, judge_preferences
from weval.bench.construction.preferences import PreferencesResult
from weval.bench.construction.static import static_criteria
from weval.errors import AdapterError, ConfigError, DataError

GLOBAL = static_criteria("global")[0]["name"]
EDUCATION = static_criteria("domain", "Education")[0]["name"]


def between(prompt: str, name: str) -> str:
    """What a judge is shown under a tag."""
    found = re.search(rf"<({name}-[0-9a-f]{{8}})>\n(.*?)\n</\1>", prompt, re.DOTALL)
    assert found
    return found[2]


def score(value: object) -> str:
    return json.dumps({"reason": "So it is.", "score": value})


def judged(prompt: str) -> str:
    """By criteria of the query the better response is better, by those of the domain all are alike, by global ones
    the longer is better.
    """
    response, asked = between(prompt, "response"), between(prompt, "requirement")
    if asked.startswith("Own"):
        return score(9 if "good" in response else 4)
    if any(asked.startswith(one["name"]) for one in static_criteria("global")):
        return score(min(10, len(response)))
    return score(5)


def own(n: int) -> list[dict[str, Any]]:
    return [criterion(f"Own {k} of {n}") for k in range(5)]


def queries(n: int = 3) -> list[dict[str, Any]]:
    return [
        {
            "index": k,
            "domain1": "Education",
            "domain2": "Lesson Plan",
            "lang": "en",
            "query": f"On {k}.",
            "checklist": own(k),
        }
        for k in range(1, n + 1)
    ]


def preference(n: int, a: str = "good", b: str = "very bad", preferred: str = "a", **more: Any) -> dict[str, Any]:
    return {"index": n, "response_a": a, "response_b": b, "preferred": preferred, **more}


@dataclass
class Judging:
    """Preferences in a folder, and a judge on loopback."""

    home: Path
    judge: Author
    url: str

    @property
    def out(self) -> Path:
        return self.home / "made" / "agreement.json"

    def go(
        self, rows: list[dict[str, Any]], known: list[dict[str, Any]] | None = None, **more: str
    ) -> PreferencesResult:
        self.watcher = Notices()
        given = settings(self.url, resamples="200") | more
        if known is not None:
            given["queries"] = str(put(self.home / "queries.jsonl", known))
        path = put(self.home / "preferences.jsonl", rows)
        return judge_preferences(PreferencesSpec(path, "judge:server/m", given, self.out), self.watcher)


@contextmanager
def judging(home: Path, *says: Says) -> Iterator[Judging]:
    judge = Author({"<query-": list(says or (judged,))})
    with chatting(judge) as server:
        yield Judging(home, judge, server.url)


ROWS = [
    preference(1),
    preference(2, "bad", "good at it", "b"),
    preference(3, "good", "bad", "tie"),
    preference(3, "bad", "good", "b", annotator="ann"),
    preference(3, "good", "bad", "b", annotator="bob"),
]


def test_kinds_of_criteria_stand_side_by_side(tmp_path: Path) -> None:
    with judging(tmp_path) as at:
        found = at.go(ROWS, queries())
    figures = {kind: one.agreement for kind, one in found.kinds.items()}
    values = {kind: one.value and (one.value.value, one.value.n_pairs) for kind, one in figures.items()}
    assert values == {"query": (0.75, 4), "domain": (0.5, 4), "global": (0.5, 4)}
    assert {kind: (one.n_human_ties, one.n_scored_ties, one.n_missing) for kind, one in figures.items()} == {
        "query": (1, 0, 0), "domain": (1, 4, 0), "global": (1, 0, 0),
    }  # fmt: skip
    three_way = {kind: one.three_way and one.three_way.value for kind, one in figures.items()}
    assert three_way == {"query": 0.6, "domain": 0.2, "global": 0.4}
    assert [(one.first, one.second, one.n_items, one.n_judgements) for one in found.apart] == [
        ("query", "domain", 3, 4), ("query", "global", 3, 4), ("domain", "global", 3, 4),
    ]  # fmt: skip
    assert found.apart[0].difference == 0.25
    assert (found.n_judgements, found.n_items, found.n_annotators) == (5, 3, 2)
    # Three queries with two responses each, by three times five criteria; and two texts to try the judge.
    assert len(at.judge.prompts) == 3 * 2 * 15 + 2 and at.watcher.totals == [90]
    assert found.cost.requests == 90 and found.judge.fingerprint["judge"] == "critic-10"
    assert found.kinds["query"].statuses == {"ok": 30}


def test_the_result_and_the_scores_are_written(tmp_path: Path) -> None:
    with judging(tmp_path) as at:
        found = at.go(ROWS, queries())
    assert json.loads(at.out.read_text()) == json.loads(found.model_dump_json())
    scored = lines(tmp_path / "made" / "agreement.json.replies" / "scores.jsonl")
    assert scored[1] == {
        "key": "2",
        "annotator": None,
        "preferred": "b",
        "scores": {"query": [4.0, 9.0], "domain": [5.0, 5.0], "global": [3.0, 10.0]},
    }


def test_global_criteria_need_no_other_file(tmp_path: Path) -> None:
    rows = [{**preference(n), "query": f"On {n}."} for n in (1, 2)]
    with judging(tmp_path) as at:
        found = at.go(rows, criteria="global")
        assert list(found.kinds) == ["global"] and found.apart == ()
        assert found.kinds["global"].agreement.value and found.kinds["global"].agreement.value.value == 0.0
        with pytest.raises(ConfigError, match=r"--set criteria=all: needs --set queries=FILE, or take criteria=global"):
            at.go(rows)


@pytest.mark.parametrize("kind", ["query", "domain"])
def test_one_kind_is_asked_alone(kind: str, tmp_path: Path) -> None:
    with judging(tmp_path) as at:
        assert list(at.go(ROWS, queries(), criteria=kind).kinds) == [kind]
    shown = [between(prompt, "requirement").partition(":")[0] for prompt in at.judge.prompts[2:]]
    assert len(shown) == 30 and (kind == "query") == all(name.startswith("Own") for name in shown)
    assert (EDUCATION in shown) == (kind == "domain") and GLOBAL not in shown


BAD: list[Says] = ["No score.", score(11), score("7"), score(True), score(7.5), REPLIES["refusal"], REPLIES["length"]]


@pytest.mark.parametrize("reply", BAD)
def test_a_reply_without_a_score_is_missing_and_counted(reply: Says, tmp_path: Path) -> None:
    def says(prompt: str) -> Any:
        is_it = "Own 3 of 1:" in prompt and between(prompt, "response") == "very bad"
        return (reply if isinstance(reply, Answer) else str(reply)) if is_it else judged(prompt)

    with judging(tmp_path, says) as at:
        found = at.go(ROWS, queries(), criteria="query").kinds["query"]
    assert found.agreement.n_missing == 1 and sum(found.statuses.values()) == 30 and found.statuses["ok"] == 29
    assert len(found.reasons) == 1 and found.reasons.keys() == found.statuses.keys() - {"ok"}
    assert found.agreement.value and found.agreement.value.n_pairs == 3
    assert found.agreement.pessimistic == 0.5


def test_an_answer_that_did_not_come_is_asked_for_again_and_others_are_not(tmp_path: Path) -> None:
    with judging(tmp_path) as at:
        at.judge.n_more = 2 + 27
        found = at.go(ROWS, queries(), criteria="query")
        assert found.kinds["query"].statuses == {"failed": 3, "ok": 27}
        assert found.kinds["query"].agreement.n_missing > 0
        assert at.watcher.said[-1] == "3 answers of the judge did not come; the same command asks for these again"
        at.judge.n_more = None
        found = at.go(ROWS, queries(), criteria="query")
        assert found.kinds["query"].statuses == {"ok": 30} and len(at.judge.prompts) == 32
        # Other kinds later: what was asked is not asked again.
        at.go(ROWS, queries())
    assert len(at.judge.prompts) == len(set(at.judge.prompts)) == 92


def test_stopped_in_the_middle_it_goes_on(tmp_path: Path) -> None:
    with judging(tmp_path) as at:
        at.judge.n_more = 40
        with pytest.raises(AdapterError, match="the same command continues"):
            at.go(ROWS, queries())
        assert not at.out.exists()
        at.judge.n_more = None
        assert at.go(ROWS, queries()).cost.requests == 90
    assert len(at.judge.prompts) == len(set(at.judge.prompts)) == 92


def test_all_that_is_wrong_is_named_by_line_before_anything_is_paid_for(tmp_path: Path) -> None:
    known = queries()
    del known[1]["checklist"]
    known[2]["domain1"] = "Eduction"
    rows = [preference(1, query="On another."), preference(2), preference(3), preference(4)]
    with judging(tmp_path) as at, pytest.raises(DataError) as caught:
        at.go(rows, known)
    path, other = tmp_path / "preferences.jsonl", tmp_path / "queries.jsonl"
    assert [problem.partition(";")[0] for problem in caught.value.problems] == [
        f"{path}:1: query: is another than that of '1' elsewhere",
        f"{path}:2: index: '2' has no checklist in {other}",
        f"{path}:3: index: '3': unknown domain 'Eduction'",
        f"{path}:4: query: '4' is not in {other}, and no query is here",
    ]
    assert at.judge.prompts == []


def test_a_query_of_nobody_is_missing(tmp_path: Path) -> None:
    with judging(tmp_path) as at, pytest.raises(DataError, match=r":2: query: is missing$"):
        at.go([preference(1, query="On 1."), preference(2)], criteria="global")


def test_without_out_the_result_is_among_the_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with judging(tmp_path) as at:
        path = put(tmp_path / "mine.jsonl", [preference(1, query="On 1.")])
        given = settings(at.url, criteria="global")
        judge_preferences(PreferencesSpec(path, "judge:server/m", given))
    assert (tmp_path / "runs" / "judge-server-m" / "preferences-mine.json").is_file()


def test_a_judge_without_paid_replies_does_as_well(tmp_path: Path) -> None:
    path = put(tmp_path / "mine.jsonl", [preference(1, "tea", "tone and order", "b", query="On 1.")])
    found = judge_preferences(PreferencesSpec(path, "keywords", {"criteria": "global"}, tmp_path / "out.json"))
    assert found.kinds["global"].statuses == {"ok": 10} and found.cost.usd is None
