"""Drafts, queries and answers into items; edits by hand that do not fit together are named by file, line and field."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.build.answered import lines, made, put, rows
from weval.build import BuildSpec, build
from weval.errors import DataError, ResultError
from weval.hashes import sha256_of

Content = dict[str, list[dict[str, Any]]]


def test_items_are_in_the_order_of_the_drafts_with_the_best_first(tmp_path: Path) -> None:
    content = rows(2)
    content["dropout"].reverse()
    content["answer"].reverse()
    put(tmp_path, content)
    items = lines(made("verify", tmp_path).file)
    assert [item["id"] for item in items] == ["i1", "i2"]
    assert [len(one["kept"]) for one in items[0]["candidates"]] == [3, 2, 1]
    assert [one["id"] for one in items[0]["candidates"]] == ["a1", "a2", "a3"]
    assert items[0]["requirements"][0]["check"]["max"] == 30
    answers = {(one["item_id"], one["candidate_id"]): one["response"] for one in content["answer"]}
    assert items[1]["candidates"][2]["response"] == answers["i2", "a3"]


def change(step: str, line: int, **fields: Any) -> Callable[[Content], None]:
    return lambda content: content[step][line - 1].update(fields)


def again(step: str, line: int) -> Callable[[Content], None]:
    return lambda content: content[step].append(content[step][line - 1])


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (again("requirements", 1), "drafts.jsonl:3: id: 'i1' is already the id of another draft"),
        (
            change("requirements", 2, requirements=[{"id": "c1", "text": "A."}, {"id": "c1", "text": "B."}]),
            "drafts.jsonl:2: requirements: 'c1' appears 2 times",
        ),
        (change("dropout", 2, item_id="i9"), "queries.jsonl:2: item_id: 'i9' is no draft"),
        (change("dropout", 2, kept=["c1", "c9"]), "queries.jsonl:2: kept: 'c9' is no requirement of 'i1'"),
        (change("dropout", 1, kept=["c1", "c1", "c2", "c3"]), "queries.jsonl:1: kept: 'c1' appears twice"),
        (again("dropout", 1), "queries.jsonl:7: candidate_id: 'a1' is already a version of 'i1'"),
        (
            change("dropout", 1, query="Write about harbours. Write at most 30 words. Be warm."),
            "queries.jsonl:1: query: lacks requirement 'c2', which it kept",
        ),
        (
            change("dropout", 3, query="Write at most 30 words. Name a pot. Be warm."),
            "queries.jsonl:3: query: holds requirement",
        ),
        (change("answer", 4, item_id="i9"), "answers.jsonl:4: item_id: 'i9' has no query"),
        (change("answer", 4, candidate_id="a9"), "answers.jsonl:4: candidate_id: 'a9' is no version of 'i2'"),
        (again("answer", 4), "answers.jsonl:7: candidate_id: 'a1' of 'i2' was answered before"),
        (change("answer", 5, response=" \n"), "answers.jsonl:5: response: is blank"),
        (change("answer", 5, response=7), "answers.jsonl:5: response: must be a string"),
        (change("answer", 5, colour="red"), "answers.jsonl:5: colour"),
    ],
)
def test_an_edit_that_does_not_fit_is_named(tmp_path: Path, edit: Callable[[Content], None], said: str) -> None:
    content = rows(2)
    edit(content)
    put(tmp_path, content)
    with pytest.raises(DataError) as caught:
        made("verify", tmp_path)
    (line, *_) = str(caught.value).splitlines()
    assert said in line
    assert not (tmp_path / "build" / "verify" / "items.jsonl").exists()


def test_a_query_in_other_words_may_stand(tmp_path: Path) -> None:
    content = rows(2)
    content["dropout"][0]["query"] = "Harbours! Be warm. Name a pot. Write at most 30 words."
    put(tmp_path, content)
    assert made("verify", tmp_path).record.n_rows == 2


def test_what_cannot_be_ranked_is_left_out_and_counted(tmp_path: Path) -> None:
    content = rows(5)
    del content["answer"][1]  # of i1
    content["dropout"] = [one for one in content["dropout"] if one["item_id"] != "i2" or one["candidate_id"] == "a1"]
    content["answer"] = [one for one in content["answer"] if one["item_id"] != "i2" or one["candidate_id"] == "a1"]
    for one in content["dropout"]:
        if one["item_id"] == "i3":
            text = "Write about glaciers. Write at most 30 words. Name a pot. Be warm."
            one.update(kept=["c1", "c2", "c3"], query=text)
    content["answer"] = [one for one in content["answer"] if one["item_id"] != "i4"]
    put(tmp_path, content)
    done = made("verify", tmp_path)
    assert [item["id"] for item in lines(done.file)] == ["i5"]
    assert done.record.left_out == {"incomplete": 1, "nothing_to_rank": 1, "one_version": 1}, "answer counts i4"
    left_out = lines(done.file.with_name("left_out.jsonl"))
    assert left_out[0] == {"id": "i1", "reason": "incomplete", "detail": "no answer to a2"}


def test_answers_to_other_queries_are_refused(tmp_path: Path) -> None:
    """The names of versions stay when their kept sets are drawn anew: gold would be wrong, and look right."""
    content = rows(2)
    queries = content.pop("dropout")
    recipe = str(put(tmp_path, content))
    (done,) = build(BuildSpec("dropout", recipe, {}, tmp_path / "build"))
    assert [one["kept"] for one in lines(done.file)] == [list(one["kept"]) for one in queries]
    record = json.loads(done.file.with_name("step.json").read_text())
    record |= {"step": "answer", "inputs": {"dropout/queries.jsonl": sha256_of(done.file)}, "files": {}}
    (tmp_path / "build" / "answer" / "step.json").write_text(json.dumps(record))
    assert made("verify", tmp_path).record.n_rows == 2
    build(BuildSpec("dropout", recipe, {"dropout.seed": "1"}, tmp_path / "build"))
    with pytest.raises(ResultError, match=r"answers\.jsonl: was made of another dropout/queries\.jsonl than is here"):
        made("verify", tmp_path)


def test_brought_answers_are_not_put_to_versions_that_are_drawn_anew(tmp_path: Path) -> None:
    content = rows(2)
    del content["dropout"]
    recipe = str(put(tmp_path, content))
    build(BuildSpec("dropout", recipe, {}, tmp_path / "build"))
    before = made("verify", tmp_path).file.read_bytes()
    build(BuildSpec("dropout", recipe, {"dropout.seed": "1"}, tmp_path / "build"))
    for _ in range(2):
        with pytest.raises(ResultError, match=r"answers\.jsonl: was put there beside another dropout/queries\.jsonl"):
            made("verify", tmp_path)
    build(BuildSpec("dropout", recipe, {}, tmp_path / "build"))
    assert made("verify", tmp_path).file.read_bytes() == before
    build(BuildSpec("dropout", recipe, {"dropout.seed": "1"}, tmp_path / "build"))
    content["answer"].reverse()  # other answers, for all that is known to these
    put(tmp_path, content)
    assert made("verify", tmp_path).record.n_rows == 2
