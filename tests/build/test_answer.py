from __future__ import annotations

import threading
from pathlib import Path

import pytest

from tests.adapters.servers import Answer, Asked, Handler
from tests.build.started import RECIPE, Started, Teacher, draft, put
from tests.textmodels.servers import REPLIES, chatting, completion, error
from weval.build.perform import Done
from weval.errors import DataError, Pending, ResultError

DRAFTS = [draft(number) for number in range(6)]


def answered(folder: Path, teacher: Teacher, **settings: str) -> tuple[Started, Done]:
    """The step of a build of six drafts, three versions each."""
    with chatting(teacher) as server:
        started = Started(folder, server.url).write(DRAFTS)
        started.make("dropout")
        return started, started.make("answer", **settings)


def test_each_version_is_asked_by_itself_and_answers_keep_the_order_of_the_queries(tmp_path: Path) -> None:
    teacher = Teacher()
    started, done = answered(tmp_path, teacher)
    queries = started.rows("dropout", "queries.jsonl")
    rows = started.rows("answer", "answers.jsonl")
    assert done.record.n_rows == len(queries) == len(rows) == 18
    for query, row in zip(queries, rows, strict=True):
        assert (row["item_id"], row["candidate_id"]) == (query["item_id"], query["candidate_id"])
        assert row["response"] == f"An answer of {len(query['query'])} to: {query['query']}"
        assert (row["model"], row["tokens_in"], row["tokens_out"], row["cost_usd"]) == ("m-1", 10, 3, None)
    assert teacher.asked == {query["query"]: 1 for query in queries}


def test_as_many_are_asked_at_once_as_the_recipe_says(tmp_path: Path) -> None:
    """Each question waits until six are there; five at once would wait for ever."""
    six = threading.Barrier(6, timeout=20)
    teacher = Teacher()

    def together(handler: Handler, asked: Asked) -> Answer | None:
        six.wait()
        return teacher(handler, asked)

    with chatting(together) as server:
        started = Started(tmp_path, server.url).write(DRAFTS)
        started.make("dropout")
        assert started.make("answer", answer__settings__concurrency="6").record.n_rows == 18
        assert server.most_inside == 6


def test_a_price_that_is_known_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("weval.textmodels.hosting.hosted.AtUrl.host", "api.openai.com")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-a-test")
    started, done = answered(tmp_path, Teacher(), answer__model="openai/gpt-4o")
    assert started.rows("answer", "answers.jsonl")[0]["cost_usd"] == pytest.approx(55e-6)
    assert done.record.spent.cost_usd == pytest.approx(18 * 55e-6)
    for path in started.root.rglob("*.json*"):
        assert "sk-of-a-test" not in path.read_text(encoding="utf-8")


FAULTY = {
    "Write 0.": (REPLIES["refusal"], "refused"),
    "Write 1.": (REPLIES["length"], "truncated"),
    "Write 2.": (Answer(completion(" \n ")), "empty"),
    "Write 3.": (Answer(completion("I’m sorry, but I can’t help with that.")), "refused"),
    "Write 4.": (Answer(completion("<think>I should write of")), "truncated"),
}


def test_answers_that_are_none_leave_their_items_out_and_are_counted(tmp_path: Path) -> None:
    teacher = Teacher(faults={word: answer for word, (answer, _) in FAULTY.items()})
    started, done = answered(tmp_path, teacher)
    assert {row["item_id"] for row in started.rows("answer", "answers.jsonl")} == {"i5"}
    left_out = started.rows("answer", "left_out.jsonl")
    assert {row["id"]: row["reason"] for row in left_out} == {
        f"i{word[6]}": reason for word, (_, reason) in FAULTY.items()
    }
    assert all(row["detail"].startswith("a1: ") for row in left_out)
    assert done.record.left_out == {"empty": 1, "refused": 2, "truncated": 2}
    assert done.record.spent.replies == 18  # what was left out was paid for, too


def test_one_missing_version_leaves_all_of_its_item_out(tmp_path: Path) -> None:
    whole = "Write 2. Do 1 of 2. Do 2 of 2. Do 3 of 2."
    started, done = answered(tmp_path, Teacher(faults={whole: REPLIES["refusal"]}))
    assert done.record.n_rows == 15
    assert started.rows("answer", "left_out.jsonl") == [
        {"id": "i2", "reason": "refused", "detail": "a1: refused by the model"}
    ]


def test_reasoning_that_a_server_leaves_in_the_text_is_taken_out(tmp_path: Path) -> None:
    teacher = Teacher(faults={"Write": Answer(completion("<think>\nTea, or coffee?\n</think>\n\nTea.<|im_end|>"))})
    started, _ = answered(tmp_path, teacher)
    assert {row["response"] for row in started.rows("answer", "answers.jsonl")} == {"Tea."}


def test_an_answer_that_no_file_of_items_would_take_is_left_out(tmp_path: Path) -> None:
    teacher = Teacher(faults={"Write 2.": Answer(completion("x" * 1_000_001))})
    _, done = answered(tmp_path, teacher)
    assert done.record.left_out == {"too_long": 1}


def test_failed_replies_can_be_left_out_and_are_asked_for_once_more_when_that_is_taken_back(tmp_path: Path) -> None:
    teacher = Teacher(faults={"Write 2.": error(500, "boom")})
    with chatting(teacher) as server:
        started = Started(tmp_path, server.url).write(DRAFTS)
        started.make("dropout")
        done = started.make("answer", answer__failed="leave_out")
        assert done.record.left_out == {"failed": 1} and done.record.n_rows == 15
        assert not started.make("answer", answer__failed="leave_out").is_new
        with pytest.raises(ResultError, match="answer: 3 of 18 replies did not come"):
            started.make("answer")
        teacher.faults = {}
        assert started.make("answer").record.n_rows == 18
    assert set(teacher.answered.values()) == {1}


def test_queries_that_are_there_twice_are_refused_before_anything_is_asked(tmp_path: Path) -> None:
    row = {"item_id": "i1", "candidate_id": "a1", "kept": ["c1"], "query": "Write."}
    teacher = Teacher()
    with chatting(teacher) as server:
        started = Started(tmp_path, server.url).write(DRAFTS)
        put(started.root / "dropout" / "queries.jsonl", [row, {**row, "query": "Other."}])
        with pytest.raises(DataError, match=r"queries\.jsonl:2: 'i1#a1' is on line 1 already"):
            started.make("answer")
    assert teacher.asked.total() == 0


def test_texts_with_anything_in_them_are_only_text(tmp_path: Path) -> None:
    nasty = 'Ignore all that."}\n{"item_id": "x"}\x00\x1b[31m\u2028 <script>alert(1)</script> 茶'
    teacher = Teacher(faults={"Write": Answer(completion(nasty))})
    started, done = answered(tmp_path, teacher)
    raw = (started.root / "answer" / "answers.jsonl").read_bytes()
    assert raw.count(b"\n") == done.record.n_rows == 18
    assert b"\x1b" not in raw and b"\0" not in raw
    assert {row["response"] for row in started.rows("answer", "answers.jsonl")} == {nasty}


def test_what_is_still_being_made_is_no_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.textmodels import fake_batches

    monkeypatch.setenv("THE_KEY", "sk-of-a-test")
    with fake_batches.serving() as fake:
        fake.key, fake.ends = "sk-of-a-test", False
        fake.word = lambda text: ("say", f"Answer to {text}")
        started = Started(tmp_path).write(DRAFTS, RECIPE.replace("server/teacher", "openai/gpt-4o-2024-08-06"))
        started.make("dropout")
        settings = {"base_url": fake.url, "key_env": "THE_KEY", "batch": "leave"}
        given = {f"answer__settings__{name}": value for name, value in settings.items()}
        for _ in range(2):
            with pytest.raises(Pending, match="the same command collects"):
                started.make("answer", **given)
        assert len(fake.batches) == 1
        fake.end()
        done = started.make("answer", **given)
    assert done.record.n_rows == 18
