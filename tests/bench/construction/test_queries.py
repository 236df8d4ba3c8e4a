from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.bench.construction.asked import Author, Notices, Says, lines, settings
from tests.bench.construction.test_pool import SMALL, pool_file
from tests.textmodels.servers import REPLIES, chatting
from weval.bench.construction import CriteriaSpec, QueriesSpec, write_queries
from weval.bench.construction.pool import Place, read_pool
from weval.bench.construction.queries import Draft, normalised, refined_in, requests_in, without_duplicates
from weval.bench.construction.records import Made, Query, read_rows
from weval.errors import AdapterError, ConfigError
from weval.replied import Unsound


def asked_for(prompt: str) -> str:
    """What a model writes when it is asked for requests: as many as are wanted, about what they are to be about."""
    n = int(prompt.partition("Write exactly ")[2].partition(" ")[0])
    kind = prompt.partition("Kind of text: ")[2].partition("\n")[0]
    language = prompt.partition("- They are in ")[2].partition(".")[0]
    return json.dumps({"requests": [f"Write {kind} number {k} in {language}." for k in range(1, n + 1)]})


def reworked(prompt: str) -> str:
    """What it writes when it is to refine one: the request, and the ways in which it is refined."""
    draft = prompt.partition("<query-")[2].partition(">\n")[2].partition("\n</query-")[0]
    ways = [
        line.removeprefix("- ") for line in prompt.partition("all of them at once:\n")[2].split("\n\n")[0].split("\n")
    ]
    return json.dumps({"request": f"{draft} {' '.join(ways)}"})


USUAL: dict[str, list[Says]] = {"Write exactly": [asked_for], "Rework it": [reworked]}


@dataclass
class Writing:
    """A pool in a folder, and a model that writes requests."""

    home: Path
    author: Author
    url: str
    pool: str = SMALL

    @property
    def out(self) -> Path:
        return self.home / "queries.jsonl"

    def write(self, **more: str) -> Made:
        given = {"pool": str(pool_file(self.home, self.pool)), "n": "2"} | more
        self.watcher = Notices()
        return write_queries(QueriesSpec("server/m", self.out, settings(self.url, **given)), self.watcher)


@contextmanager
def writing(home: Path, script: dict[str, list[Says]] | None = None) -> Iterator[Writing]:
    author = Author(script or USUAL)
    with chatting(author) as server:
        yield Writing(home, author, server.url)


def test_requests_are_written_and_refined_over_the_pool(tmp_path: Path) -> None:
    with writing(tmp_path) as at:
        made = at.write()
    rows = lines(at.out)
    assert [row["index"] for row in rows] == list(range(1, 17))
    assert [(row["domain1"], row["domain2"], row["lang"]) for row in rows[::2]] == [
        tuple(place) for place in read_pool(pool_file(tmp_path)).places()
    ]
    assert rows[0]["query"].startswith("Write Prose number 1 in English. Say ")
    for row in rows:
        assert len(row["strategies"]) == 2
        said = {"length": "Say how long", "style": "Say how it is to sound", "readers": "Say who"}
        assert {name for name, words in said.items() if words in row["query"]} == set(row["strategies"])
    assert len({tuple(row["strategies"]) for row in rows}) == 3
    assert (made.n_asked, made.n_rows, dict(made.replies)) == (16, 16, {"sound": 24})
    assert dict(made.duplicates) == {"written": 0, "refined": 0}
    assert at.watcher.totals == [8, 16]
    assert len(read_rows(at.out, Query)) == 16 and CriteriaSpec(at.out, "server/m", at.out).settings == {}


def test_the_same_seed_draws_the_same_ways_whatever_else_is_asked_for(tmp_path: Path) -> None:
    with writing(tmp_path) as at:
        at.write()
        ways = {row["query"].split(". ")[0]: row["strategies"] for row in lines(at.out)}
        at.write(domains="Law", languages="zh,en")
        law = lines(at.out)
        assert [row["lang"] for row in law] == ["zh", "zh", "en", "en"] * 2
        assert all(ways[row["query"].split(". ")[0]] == row["strategies"] for row in law)
        n = len(at.author.prompts)
        at.write(seed="1")
        assert {row["query"].split(". ")[0]: row["strategies"] for row in lines(at.out)} != ways
    assert len(at.author.prompts) > n


def test_duplicates_are_taken_out_and_counted_before_they_are_paid_for(tmp_path: Path) -> None:
    same = json.dumps({"requests": ["Write about tea!", "Write about pots."]})
    script: dict[str, list[Says]] = {"Text: Prose": [same], "Write exactly": [same], "Rework it": [reworked]}
    with writing(tmp_path, script) as at:
        made = at.write(domains="Arts", languages="en")
    assert dict(made.duplicates) == {"written": 2, "refined": 0}
    assert (made.n_asked, made.n_rows) == (4, 2)
    assert sum("Rework it" in prompt for prompt in at.author.prompts) == 2
    script["Rework it"] = ['{"request": "Write it all."}', '{"request": "Write  IT, all"}']
    with writing(tmp_path / "..", script) as at:
        at.home = tmp_path
        assert dict(at.write(domains="Arts", languages="en", tries="1").duplicates) == {"written": 2, "refined": 1}
    assert [row["index"] for row in lines(at.out)] == [1]


def test_what_has_no_sound_reply_is_named_and_left_out(tmp_path: Path) -> None:
    script: dict[str, list[Says]] = {
        "text: Poetry": [REPLIES["refusal"], "Roses are red.", '{"requests": ["One.", "Two."]}'],
        "<query-": ["I'm sorry, but I can't help with that.", '{"request": ""}', '{"requests": ["x"]}', reworked],
        "Write exactly": [asked_for],
    }
    with writing(tmp_path, script) as at:
        made = at.write(domains="Arts", languages="en", concurrency="1", n="1")
    assert lines(at.out) == []
    assert [(left.id, left.reason) for left in made.left_out] == [
        ("Arts/Poetry/en", "wrong_number"),
        ("Arts/Prose/en/1", "bad_shape"),
    ]
    assert dict(made.replies) == {
        "bad_shape": 1, "bad_text": 1, "no_json": 1, "refused": 2, "sound": 1, "wrong_number": 1,
    }  # fmt: skip


def test_without_strategies_requests_stay_as_they_are(tmp_path: Path) -> None:
    with writing(tmp_path) as at:
        at.write(strategies="0", domains="Law", languages="en")
    assert [row["query"] for row in lines(at.out)] == [
        f"Write {kind} number {n} in English." for kind in ("Plea", "Opinion") for n in (1, 2)
    ]
    assert "strategies" not in lines(at.out)[0]


def test_stopped_in_the_middle_of_refining_it_goes_on_and_asks_nothing_twice(tmp_path: Path) -> None:
    with writing(tmp_path) as at:
        at.author.n_more = 13
        with pytest.raises(AdapterError, match=r"has answered none of the last 6 requests.*the same command continues"):
            at.write()
        assert not at.out.exists()
        at.author.n_more = None
        made = at.write()
        assert made.n_rows == 16 and len(at.author.prompts) == len(set(at.author.prompts)) == 24
        before = at.out.read_bytes()
        at.write()
    assert at.out.read_bytes() == before and len(at.author.prompts) == 24


def test_what_cannot_work_costs_nothing(tmp_path: Path) -> None:
    with writing(tmp_path) as at:
        for more, complaint in (
            ({"domains": "Art"}, "unknown domain 'Art'"),
            ({"languages": "fr"}, "unknown language 'fr'"),
            ({"strategies": "4"}, "the pool has 3"),
            ({"n": "0"}, "--set n=0"),
        ):
            with pytest.raises(ConfigError, match=complaint):
                at.write(**more)
    assert at.author.prompts == []


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"requests": ["One.", "one"]}', "duplicate"),
        ('{"requests": ["One.", 2]}', "bad_shape"),
        ('{"requests": "One. Two."}', "bad_shape"),
        ('{"requests": ["One.", "Two."], "n": 2}', "bad_shape"),
        ('{"requests": ["One.", "' + "x" * 4_001 + '"]}', "bad_text"),
    ],
)
def test_requests_are_read_strictly(text: str, reason: str) -> None:
    with pytest.raises(Unsound) as caught:
        requests_in(text, 2)
    assert caught.value.reason == reason


def test_a_refined_request_is_another() -> None:
    with pytest.raises(Unsound, match="came back as it was"):
        refined_in('{"request": "write about TEA"}', "Write about tea.")


def test_texts_are_alike_by_their_letters_and_digits() -> None:
    place = Place("Arts", "Prose", "en")
    drafts = [
        Draft(str(n), place, text) for n, text in enumerate(["A b.", "a-B", "ａｂ", "ab c", "!", "?", "写。", "写"])
    ]
    kept, n = without_duplicates(drafts)
    assert [draft.text for draft in kept] == ["A b.", "ab c", "!", "?", "写。"] and n == 3
    assert normalised("Straße") == normalised("STRASSE")
