"""The file of a step: what is found again, by item, part and attempt, and what is held in memory."""

from __future__ import annotations

from pathlib import Path

import pytest

from weval.bench.replies import ReplyRow, StepReplies, key_of
from weval.errors import DataError
from weval.types import Reply, Score


def _open(path: Path, *, only_reads: bool = False) -> StepReplies:
    return StepReplies(path, lambda row: row.text == "good", only_reads=only_reads)


def test_the_first_reply_that_can_be_read_counts_else_the_last(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    with _open(path) as replies:
        for attempt, text in enumerate(["bad", "good", "good"], start=1):
            replies.add(ReplyRow(item="q", attempt=attempt, text=text, model=text))
        replies.add(ReplyRow(item="p", part="c1", text="bad"))
        replies.add(ReplyRow(item="p", part="c1", attempt=2, text="worse"))
    with _open(path) as replies:
        found, last = replies.get("q", "1"), replies.get("p", "c1")
        assert found is not None and (found.attempt, found.text) == (2, "good")
        assert last is not None and last.text == "worse"
        assert replies.get("q", "2") is None and replies.get("z", "1") is None
        assert [row.text for row in replies.every("q", "1")] == ["bad", "good", "good"]
        assert [seen.is_read for seen in replies.attempts("q", "1")] == [False, True, True]
        assert all(seen.row.text == "" for seen in replies.attempts("q", "1"))  # words stay on disk
        assert [[seen.row.item for seen in call] for call in replies.calls()] == [["q"] * 3, ["p"] * 2]
        assert replies.parts("p") == ["c1"] and not replies.is_empty


def test_an_attempt_that_comes_again_takes_the_place_of_the_one_that_failed(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    with _open(path) as replies:
        replies.add(ReplyRow(item="q", status="failed", reason="HTTP 500"))
        replies.add(ReplyRow(item="q", text="good"))
        assert len(replies.attempts("q", "1")) == 1
    with _open(path) as replies:
        found = replies.get("q", "1")
        assert found is not None and found.status == "ok"
        assert len(path.read_bytes().splitlines()) == 2


def test_one_that_only_reads_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    with _open(path) as replies:
        replies.add(ReplyRow(item="q", text="good"))
    half = path.read_bytes()[:-5]
    path.write_bytes(half)
    with pytest.raises(DataError, match=r"r\.jsonl:1: "):
        _open(path, only_reads=True)
    assert path.read_bytes() == half
    with _open(path) as replies:
        assert replies.is_empty
    assert path.read_bytes() == b""


def test_rows_of_replies_and_of_scores() -> None:
    row = ReplyRow.of("q", "c1", 2, Reply("x", "truncated", "Te\ud83d", "cut off", tokens_in=3, tokens_out=4))
    assert (row.key, row.text, row.reason, row.values) == (key_of("q", "c1", 2), "Te\ufffd", "cut off", ())
    row = ReplyRow.of("q", "c1", 1, Score("x", "ok", (0.5,), raw="7", tokens_in=3))
    assert (row.status, row.values, row.text, row.tokens_in) == ("ok", (0.5,), "7", 3)


@pytest.mark.parametrize(
    ("row", "came"),
    [
        (ReplyRow(item="q"), True),
        (ReplyRow(item="q", status="truncated", text="T"), True),
        (ReplyRow(item="q", status="truncated", tokens_out=9), True),
        (ReplyRow(item="q", status="truncated"), False),
        (ReplyRow(item="q", status="refused", text="I will not."), False),
        (ReplyRow(item="q", status="failed", text="Te"), False),
    ],
)
def test_whether_a_reply_came(row: ReplyRow, came: bool) -> None:
    assert row.came is came


def test_keys_cannot_be_forged_by_names_of_items() -> None:
    assert key_of('a","b', "c", 1) != key_of("a", 'b","c', 1)
