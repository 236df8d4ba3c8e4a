from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.adapters.servers import Answer
from tests.bench.construction.asked import Author, Notices, Says, criterion, five, lines, put, replied, settings
from tests.textmodels.servers import REPLIES, chatting
from weval.bench.construction import CriteriaSpec, write_criteria
from weval.bench.construction.criteria import criteria_in
from weval.bench.construction.records import Made
from weval.errors import ConfigError, DataError, ResultError
from weval.replied import Unsound

BAD: dict[str, Says] = {
    "refused": REPLIES["refusal"],
    "truncated": REPLIES["length"],
    "empty": "<think>Nothing.</think>",
    "no_json": "1. Tone 2. Plot",
    "bad_shape": replied(five(), query="Write about dogs."),
    "wrong_number": replied(five()[:4]),
    "bad_text": replied([*five()[:4], criterion("End", **{"9-10": " "})]),
    "duplicate": replied([*five()[:4], criterion(" tone ")]),
}


@pytest.mark.parametrize(
    ("checklist", "reason"),
    [
        ([*five()[:4], {k: v for k, v in criterion("End").items() if k != "9-10"}], "bad_shape"),
        ([*five()[:4], criterion("End", weight="2")], "bad_shape"),
        ([*five()[:4], criterion("End", **{"9-10": ["Good."]})], "bad_shape"),
        ([*five()[:4], criterion("End", **{"9-10": 10})], "bad_shape"),
        ([*five()[:4], criterion("x" * 201)], "bad_text"),
        ([*five()[:4], criterion("End", criteria_description="x" * 2_001)], "bad_text"),
        ([*five()[:4], "End"], "bad_shape"),
        ([*five(), criterion("More")], "wrong_number"),
        ({"1": five()}, "bad_shape"),
        ([], "wrong_number"),
    ],
)
def test_nothing_is_taken_of_a_reply_that_is_not_all_that_was_asked_for(checklist: Any, reason: str) -> None:
    with pytest.raises(Unsound) as caught:
        criteria_in(replied(checklist))
    assert caught.value.reason == reason


def test_a_sound_reply_is_taken_as_it_is() -> None:
    found = criteria_in(f"```json\n{replied(five())}\n```")
    assert [one.as_dict() for one in found] == five()
    turned = [dict(reversed(one.items())) for one in five()]
    assert [list(one.as_dict().items()) for one in criteria_in(replied(turned))] == [list(o.items()) for o in five()]


@dataclass
class Writing:
    """Queries in a folder, and a model that writes criteria for them."""

    home: Path
    author: Author
    url: str

    @property
    def out(self) -> Path:
        return self.home / "made" / "bench.jsonl"

    def write(self, rows: list[dict[str, Any]], **more: str) -> Made:
        queries = put(self.home / "queries.jsonl", rows)
        self.watcher = Notices()
        return write_criteria(CriteriaSpec(queries, "server/m", self.out, settings(self.url, **more)), self.watcher)


@contextmanager
def writing(home: Path, script: dict[str, list[Says]]) -> Iterator[Writing]:
    author = Author(script)
    with chatting(author) as server:
        yield Writing(home, author, server.url)


def query(n: int, word: str, **more: Any) -> dict[str, Any]:
    return {"index": n, "domain1": "Education", "domain2": "Lesson Plan", "lang": "en", "query": f"On {word}.", **more}


def test_criteria_come_in_the_layout_of_writingbench(tmp_path: Path) -> None:
    rows = [query(3, "tea", strategies=["length"]), query(1, "茶", checklist=five("A", "B", "C", "D", "E"))]
    with writing(
        tmp_path, {"On tea": [replied(five())], "On 茶": [replied(five("语气", "情节", "长度", "事实", "结尾"))]}
    ) as at:
        made = at.write(rows)
    found = lines(at.out)
    assert [list(row) for row in found] == [["index", "domain1", "domain2", "lang", "query", "checklist"]] * 2
    assert [row["index"] for row in found] == [3, 1]
    assert found[0]["checklist"] == five()
    assert [one["name"] for one in found[1]["checklist"]] == ["语气", "情节", "长度", "事实", "结尾"]
    assert (made.n_asked, made.n_rows, made.left_out, dict(made.replies)) == (2, 2, (), {"sound": 2})
    assert made.cost.tokens_in == 20 and made.model["model"] == "m" and made.settings == {"tries": 3}
    told = json.loads((tmp_path / "made" / "bench.jsonl.replies" / "outcome.json").read_text())
    assert told == json.loads(made.model_dump_json())


@pytest.mark.parametrize("reason", BAD)
def test_a_bad_reply_is_followed_by_another_try(reason: str, tmp_path: Path) -> None:
    with writing(tmp_path, {"On tea": [BAD[reason], replied(five())]}) as at:
        made = at.write([query(1, "tea")])
    assert dict(made.replies) == {reason: 1, "sound": 1}
    assert lines(at.out)[0]["checklist"] == five()


def test_a_query_without_sound_criteria_is_named_and_gets_none(tmp_path: Path) -> None:
    script: dict[str, list[Says]] = {"On tea": [replied(five())], "On pots": list(BAD.values())}
    with writing(tmp_path, script) as at:
        made = at.write([query(1, "pots"), query(2, "tea")])
    assert [row["index"] for row in lines(at.out)] == [2]
    assert [(left.id, left.reason) for left in made.left_out] == [("1", "empty")]
    assert dict(made.replies) == {"empty": 1, "refused": 1, "sound": 1, "truncated": 1}
    assert at.author.seen == {"On pots": 3, "On tea": 1}


def test_what_the_model_says_stays_between_the_lines_of_a_file(tmp_path: Path) -> None:
    said = replied([*five()[:4], criterion("End\u2028", **{"9-10": 'Two\nlines, "quoted"'})])
    with writing(tmp_path, {"On tea": [said]}) as at:
        at.write([query(1, "tea")])
    (line,) = at.out.read_bytes().splitlines()
    assert json.loads(line)["checklist"][4]["9-10"] == 'Two\nlines, "quoted"'


def test_stopped_in_the_middle_it_goes_on_and_asks_nothing_twice(tmp_path: Path) -> None:
    words = [f"tea{n}" for n in range(8)]
    rows = [query(n, word) for n, word in enumerate(words)]
    with writing(tmp_path, {f"On {word}.": [replied(five())] for word in words}) as at:
        at.author.n_more = 5
        with pytest.raises(ResultError, match="3 of 8 replies did not come"):
            at.write(rows)
        assert not at.out.exists()
        at.author.n_more = None
        made = at.write(rows)
        assert made.n_rows == 8 and set(at.author.seen.values()) == {1}
        before = at.out.read_bytes()
        again = at.write(rows)
        assert (at.out.read_bytes(), len(at.author.prompts)) == (before, 8)
        assert again.cost.tokens_in == made.cost.tokens_in == 80


def test_a_failed_start_leaves_the_file_of_before(tmp_path: Path) -> None:
    with writing(tmp_path, {"On tea": [replied(five())], "On pots": [replied(five())]}) as at:
        at.write([query(1, "tea")])
        before = at.out.read_bytes()
        at.author.n_more = 0
        with pytest.raises(ResultError, match="1 of 2"):
            at.write([query(1, "tea"), query(2, "pots")])
    assert at.out.read_bytes() == before


def test_what_cannot_work_costs_nothing(tmp_path: Path) -> None:
    with writing(tmp_path, {"On": [replied(five())]}) as at:
        with pytest.raises(DataError, match=r"queries.jsonl:2: '1' is on line 1 already"):
            at.write([query(1, "tea"), query(1, "pots")])
        with pytest.raises(ConfigError, match="unknown setting 'criteria'"):
            at.write([query(1, "tea")], criteria="5")
        queries = tmp_path / "queries.jsonl"
        with pytest.raises(ConfigError, match="is what is read"):
            write_criteria(CriteriaSpec(queries, "server/m", queries, settings(at.url)))
    assert at.author.prompts == []


def test_a_model_that_is_not_let_in_says_so(tmp_path: Path) -> None:
    with writing(tmp_path, {"On": [Answer({"error": {"message": "no key"}}, 500)]}) as at, pytest.raises(ResultError):
        at.write([query(1, "tea")])
    assert not at.out.exists()
