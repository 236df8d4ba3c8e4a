"""Answers looked at before they are gold, by checks and by real judges on loopback."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.adapters.servers import serving
from tests.build.answered import lines, made, put, rows, text_of
from tests.build.judges import JudgeServer
from weval.build.dropout import kept_sets
from weval.build.records import about
from weval.errors import ConfigError, ResultError


def verdicts(root: Path) -> list[Any]:
    return lines(root / "build" / "verify" / "verdicts.jsonl")


def left_out(root: Path) -> list[Any]:
    return lines(root / "build" / "verify" / "left_out.jsonl")


def with_judge(url: str, role: str = "judge", **more: str) -> dict[str, str]:
    """The settings of a judge at an address."""
    given = {"base_url": url, "attempts": "1", **more}
    return {f"verify.{role}": "judge:server/m"} | {
        f"verify.judge_settings.{name}": each for name, each in given.items()
    }


# --- checks


def test_checks_look_where_a_requirement_has_one(tmp_path: Path) -> None:
    put(tmp_path, rows(3))
    done = made("verify", tmp_path)
    found = verdicts(tmp_path)
    assert Counter((one["requirement_id"], one["by"]) for one in found) == {("c1", "check"): 9, ("c2", "check"): 9}
    assert all(one["met"] == one["kept"] for one in found), "the answers were written so"
    assert [one["candidate_id"] for one in found[:4]] == ["a1", "a1", "a2", "a2"]
    first = lines(done.file)[0]
    texts = first["candidates"][0]["response"], first["requirements"][0]["text"]
    assert found[0]["about"] == about(*texts)
    checks = done.record.told["findings"]["checks"]
    assert (checks["n_answers"], checks["n_missing"]) == (18, 9)
    kept, dropped = checks["adherence"]["overall"]["kept"], checks["adherence"]["overall"]["dropped"]
    assert (kept["value"], dropped["value"], kept["n"] + dropped["n"]) == (1.0, 0.0, 18)
    assert set(checks["adherence"]["by_type"]) == {"length", "content"}
    assert set(checks["adherence"]["by_dropped"]) == {"0", "1", "2"}
    assert done.record.files.keys() == {"items.jsonl", "left_out.jsonl", "verdicts.jsonl"}


def test_nothing_is_looked_at_unless_asked(tmp_path: Path) -> None:
    put(tmp_path, rows(2))
    done = made("verify", tmp_path, verify__checks="false")
    assert verdicts(tmp_path) == []
    assert done.record.told["findings"] == {"n_items": 2, "checks": None, "judge": None, "reader": None}


@pytest.mark.parametrize(("keep", "kept"), [("all", ["i1", "i2", "i3"]), ("kept_met", ["i2", "i3"]), ("valid", ["i3"])])
def test_keep_says_which_items_stay(tmp_path: Path, keep: str, kept: list[str]) -> None:
    content = rows(3)
    spoiled = {"i1": ("a1", "Nothing of the kind, only gulls."), "i2": ("a3", None)}
    for one in content["answer"]:
        name, text = spoiled.get(one["item_id"], ("", None))
        if one["candidate_id"] == name:
            one["response"] = text or "The clerk put the pot on a shelf."
    put(tmp_path, content)
    done = made("verify", tmp_path, verify__keep=keep)
    assert [item["id"] for item in lines(done.file)] == kept
    reasons = {"all": {}, "kept_met": {"kept_unmet": 1}, "valid": {"dropped_met": 1, "kept_unmet": 1}}
    assert done.record.left_out == reasons[keep]
    assert len(verdicts(tmp_path)) == 18, "those of items that were left out as well"
    if keep == "valid":
        assert {"id": "i1", "reason": "kept_unmet", "detail": "a1 did not meet c2 (check)"} in left_out(tmp_path)
    assert done.record.told["findings"]["n_items"] == 3


# --- the same text twice


def test_answers_that_nobody_can_tell_apart_are_no_gold(tmp_path: Path) -> None:
    content = rows(3)
    long = "The river carries slate and birch leaves past the mill, the bridge, and the last lamp of the village."
    texts = {"i1": ["Same  TEXT here.", "same text\nhere."], "i2": [long, long.replace("lamp", "lamps")]}
    for name, twins in texts.items():
        own = [one for one in content["answer"] if one["item_id"] == name]
        for one, text in zip(own, twins, strict=False):
            one["response"] = text
    put(tmp_path, content)
    done = made("verify", tmp_path)
    assert done.record.left_out == {"near_duplicate": 1, "same_answer": 1}
    details = {one["id"]: one["detail"] for one in left_out(tmp_path)}
    assert details["i1"] == "a1 and a2 have the same text"
    assert details["i2"].startswith("a1 and a2 are nearly the same: similarity 0.")


# --- a judge by requirement


def test_a_judge_is_asked_about_every_requirement_and_believed_from_a_half(tmp_path: Path) -> None:
    """It finds warmth in the answers about violins alone, and disagrees with the check about pots."""
    judge = JudgeServer(
        lambda texts: "[[1]]" if "spruce" in texts["response"] and "warm" in texts["requirement"] else "[[0]]"
    )
    put(tmp_path, rows(2))
    with serving(judge) as server:
        done = made("verify", tmp_path, verify__keep="kept_met", **with_judge(f"{server.url}/v1"))
    found = [one for one in verdicts(tmp_path) if one["by"] == "judge"]
    assert len(found) == 18
    assert {one["item_id"] for one in found if one["met"]} == {"i2"}
    told = done.record.told["findings"]["judge"]
    assert told["model"] == "judge:server/m"
    assert (told["n_answers"], told["n_missing"]) == (18, 0)
    assert told["adherence"]["by_type"]["style"]["kept"]["count"] < told["adherence"]["by_type"]["style"]["kept"]["n"]
    assert [item["id"] for item in lines(done.file)] == ["i2"], "of pots the check is believed"
    assert done.record.spent.replies == 18
    assert done.record.spent.tokens_in == 180
    assert done.record.models["judge"]["judge"] == "requirement-binary"
    assert (tmp_path / "build" / "verify" / "judge" / "scores.jsonl").is_file()


def test_a_judge_that_fails_midway_is_asked_for_the_rest_only(tmp_path: Path) -> None:
    judge = JudgeServer(lambda texts: None if "pot" in texts["requirement"] else "[[1]]")
    put(tmp_path, rows(2))
    with serving(judge) as server:
        settings = with_judge(f"{server.url}/v1", concurrency="2")
        with pytest.raises(ResultError, match=r"judge: 6 questions were not answered \(.*500.*the same command asks"):
            made("verify", tmp_path, **settings)
        assert not (tmp_path / "build" / "verify" / "items.jsonl").exists()
        before = Counter(judge.seen)
        judge.says = lambda texts: "[[1]]"
        done = made("verify", tmp_path, **settings)
        again = Counter(judge.seen) - before
    assert done.record.told["findings"]["judge"]["n_answers"] == 18
    assert sum("pot" in prompt for prompt in again.elements()) >= 6
    assert not [prompt for prompt in again if "Be warm" in prompt and "harbours" in prompt], "none is asked again"


def test_what_is_said_about_other_answers_is_forgotten_and_not_paid_again(tmp_path: Path) -> None:
    judge = JudgeServer(lambda texts: "[[1]]")
    content = rows(2)
    put(tmp_path, content)
    with serving(judge) as server:
        settings = with_judge(f"{server.url}/v1")
        made("verify", tmp_path, **settings)
        n = len(judge.seen)
        content["answer"][0]["response"] = "Another text, with a pot."
        put(tmp_path, content)
        done = made("verify", tmp_path, **settings)
        asked = [prompt for prompt in judge.seen[n:] if "Another text" in prompt]
        others = [prompt for prompt in judge.seen[n:] if "Another text" not in prompt]
    assert len(asked) == 3
    assert not [prompt for prompt in others if "spruce" in prompt]
    assert done.record.told["findings"]["judge"]["n_answers"] == 18


def test_an_answer_without_a_verdict_says_nothing(tmp_path: Path) -> None:
    judge = JudgeServer(lambda texts: "Who knows." if "warm" in texts["requirement"] else "[[1]]")
    put(tmp_path, rows(2))
    with serving(judge) as server:
        done = made("verify", tmp_path, **with_judge(f"{server.url}/v1"))
    told = done.record.told["findings"]["judge"]
    assert (told["n_answers"], told["n_missing"]) == (12, 6), "no item has all its verdicts, and those that came count"
    assert not [one for one in verdicts(tmp_path) if one["by"] == "judge" and one["requirement_id"] == "c3"]
    assert done.record.n_rows == 2


def test_a_judge_without_a_single_verdict_is_no_judge(tmp_path: Path) -> None:
    put(tmp_path, rows(2))
    server = serving(JudgeServer(lambda texts: "Who knows."))
    with server as at, pytest.raises(ResultError, match=r"18 unparsed.*to have it asked again, remove .*judge$"):
        made("verify", tmp_path, **with_judge(f"{at.url}/v1"))


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"verify.judge": "length"}, "judge: length judges by response; here it takes one that judges by requirement"),
        ({"verify.reader": "rules"}, "reader: rules judges by requirement; here it takes one that judges by pair"),
        ({"verify.judge": "lenght"}, "unknown model 'lenght'"),
        ({"verify.judge": "judge:server/m"}, "base_url"),
        (
            {"verify.judge": "rules", "verify.judge_settings.probe": "swapped"},
            "verify.judge_settings: probe: a probe does not ask what the items ask",
        ),
    ],
)
def test_a_judge_that_cannot_be_asked_is_named_before_one_is(
    tmp_path: Path, settings: dict[str, str], said: str
) -> None:
    put(tmp_path, rows(2))
    with pytest.raises(ConfigError) as caught:
        made("verify", tmp_path, **settings)
    assert said in str(caught.value)
    assert str(caught.value).isprintable()


# --- the reader


def test_the_reader_sees_each_answer_beside_the_best_in_both_orders(tmp_path: Path) -> None:
    """It prefers the longer text, whichever is shown first, and is told nothing of requirements."""

    def says(texts: dict[str, str]) -> str:
        a, b = len(texts["response-A"]), len(texts["response-B"])
        return "[[A>B]]" if a > b else "[[B>A]]" if b > a else "[[A=B]]"

    judge = JudgeServer(says)
    put(tmp_path, rows(3))
    with serving(judge) as server:
        done = made("verify", tmp_path, **with_judge(f"{server.url}/v1", role="reader", prompt="critic-10"))
    assert not [prompt for prompt in judge.seen if "Name a pot" in prompt]
    told = done.record.told["findings"]["reader"]
    lengths = [
        [
            len(text_of(place, topic, kept))
            for place, kept in enumerate(kept_sets(("c1", "c2", "c3"), 0, name, nested=False))
        ]
        for name, topic in (("i1", "harbours"), ("i2", "violins"), ("i3", "glaciers"))
    ]
    for place, dropped in ((1, "1"), (2, "2")):
        part = told["by_dropped"][dropped]
        assert part["better"]["count"] == sum(each[place] > each[0] for each in lengths)
        assert part["worse"]["count"] == sum(each[place] < each[0] for each in lengths)
    assert (told["n_contradictory"], told["n_missing"], told["overall"]["equal"]["n"]) == (0, 0, 6)
    assert done.record.n_rows == 3, "it is counted, and leaves nothing out"


def test_a_reader_who_takes_what_comes_first_calls_all_equal(tmp_path: Path) -> None:
    put(tmp_path, rows(2))
    with serving(JudgeServer(lambda texts: "[[A>B]]")) as server:
        done = made("verify", tmp_path, **with_judge(f"{server.url}/v1", role="reader"))
    told = done.record.told["findings"]["reader"]
    assert told["n_contradictory"] == 4
    assert (told["overall"]["equal"]["count"], told["overall"]["better"]["count"]) == (4, 0)
