"""Replies in one order, in one way of writing, and small."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from weval.bench.items import Step
from weval.bench.replies import ReplyRow
from weval.errors import DataError, ResultError
from weval.leaderboard.writers import packed
from weval.leaderboard.writers.packed import line_of, pack, read_step

STEP = Step("responses", "writer")
ITEMS = {"b": 0, "a": 1}


def rows(*said: tuple[str, str, int]) -> list[ReplyRow]:
    return [ReplyRow(item=item, part=part, attempt=attempt, text="茶 \u2028 x") for item, part, attempt in said]


def written(folder: Path, content: bytes) -> Path:
    (folder / "responses.jsonl").write_bytes(content)
    return folder


def test_a_reply_is_one_line_and_comes_back() -> None:
    (row,) = rows(("a", "1", 1))
    line = line_of(row.model_copy(update={"tokens_in": 3, "reason": None}))
    assert line == '{"item":"a","text":"茶 \u2028 x","tokens_in":3}\n'.encode()
    assert ReplyRow.model_validate_json(line).tokens_in == 3


def test_the_same_replies_make_the_same_file(tmp_path: Path) -> None:
    for name in ("one", "two"):
        pack(rows(("b", "1", 1), ("a", "1", 1)), tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    assert [json.loads(line)["item"] for line in gzip.decompress((tmp_path / "one").read_bytes()).splitlines()] == [
        "b",
        "a",
    ]


def test_too_many_replies_are_not_packed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed, "MAX_UNPACKED", 10)
    with pytest.raises(ResultError, match=r"takes .* bytes, .* unpacked; at most"):
        pack(rows(("a", "1", 1)), tmp_path / "one")


def test_replies_are_read_in_the_order_of_the_benchmark(tmp_path: Path) -> None:
    said = rows(("b", "1", 1), ("b", "1", 2), ("b", "2", 1), ("a", "1", 1))
    place = written(tmp_path, b"".join(map(line_of, said)))
    found = read_step(place, STEP, ITEMS, "responses.jsonl.gz")
    assert len(found.digest) == len(found.answers) == 64
    priced = [row.model_copy(update={"cost_usd": 1.0}) for row in said]
    again = read_step(written(tmp_path, b"".join(map(line_of, priced))), STEP, ITEMS, "x")
    assert again.answers == found.answers
    assert again.digest != found.digest
    with pytest.raises(DataError, match=r"responses\.jsonl\.gz:2: is not in order"):
        read_step(written(tmp_path, b"".join(map(line_of, [said[1], said[0]]))), STEP, ITEMS, "responses.jsonl.gz")


def test_nothing_was_asked(tmp_path: Path) -> None:
    assert read_step(written(tmp_path, b""), STEP, ITEMS, "x").answers == ""
