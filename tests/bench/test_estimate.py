"""--estimate: how many calls for sure, how many at most, and about what they cost; nothing is asked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.bench.scripted import NAME, requests, verdict, write_rows
from weval.adapters.judge.adapter import REASONED_TOKENS
from weval.bench.estimate import TEXT, Supposed, estimate
from weval.bench.ready import BenchRun
from weval.errors import ConfigError

URL = "http://127.0.0.1:9/v1"


@pytest.fixture
def spec(tmp_path: Path) -> BenchRun:
    settings = {"writer.base_url": URL, "judge.base_url": URL}
    data = requests(tmp_path, 4)
    return BenchRun(NAME, model="server/w", judge="server/j", data=data, settings=settings, out=tmp_path / "out")


def test_calls_and_tokens_of_each_step(spec: BenchRun, tmp_path: Path) -> None:
    found = estimate(spec)
    writing, judging = found.lines
    assert (writing.step, writing.role, writing.model) == ("responses", "writer", "server/w")
    assert (writing.calls, writing.at_most) == (4, 4)
    assert (judging.step, judging.model, judging.calls, judging.at_most) == ("replies", "server/j", 4, 12)
    sizes = [100 + n for n in range(4)]
    assert writing.tokens_out == sum(size * 4 // 3 for size in sizes)
    assert judging.tokens_out == 4 * REASONED_TOKENS
    assert judging.tokens_in > writing.tokens_out + 4 * 300  # the texts, in a prompt of some length
    assert (found.items, found.usd, writing.usd) == (4, None, None)
    assert not (tmp_path / "out").exists()


def test_a_limit_and_tries(spec: BenchRun) -> None:
    settings = {**spec.settings, "tries": "5"}
    lines = estimate(replace(spec, limit=2, settings=settings)).lines
    assert [(line.calls, line.at_most) for line in lines] == [(2, 2), (2, 10)]


def test_prices_where_they_are_known(spec: BenchRun, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-not-a-key-at-all")
    settings = {"writer.base_url": URL}
    found = estimate(replace(spec, judge="openai/gpt-4o", settings=settings))
    writing, judging = found.lines
    assert writing.usd is None and judging.usd is not None
    assert judging.usd == pytest.approx((judging.tokens_in * 2.5 + judging.tokens_out * 10) / 1e6)
    assert found.usd == judging.usd


def test_texts_that_are_here_are_neither_written_nor_guessed(spec: BenchRun, tmp_path: Path) -> None:
    rows = [{"item": "1", "text": "tea " * 4000}, {"item": "2", "text": "茶" * 500}, {"item": "3", "text": ""}]
    texts = write_rows(tmp_path / "t.jsonl", rows)
    (judging,) = estimate(replace(spec, responses=texts, settings={"judge.base_url": URL})).lines
    assert judging.calls == 2
    bare = estimate(replace(spec, limit=2)).lines[1].tokens_in - sum(n * 4 // 3 for n in (100, 101))
    assert judging.tokens_in == bare + 4000 + 500


def test_verdicts_that_are_here_ask_nothing(spec: BenchRun, tmp_path: Path) -> None:
    said = write_rows(tmp_path / "v.jsonl", [{"item": "1", "text": verdict(3)}])
    found = estimate(BenchRun(NAME, data=spec.data, replies=said))
    assert (found.items, found.lines, found.usd) == (4, (), None)


def test_what_is_wrong_is_said_as_the_run_would(spec: BenchRun) -> None:
    with pytest.raises(ConfigError, match="who judges"):
        estimate(replace(spec, judge=None))


def test_every_call_is_supposed_to_be_replied_to() -> None:
    supposed: Any = Supposed()
    assert supposed.text("responses", "q").text == TEXT and supposed.has("anything")
    assert [row.text for row in supposed.every("replies", "q", "c1")] == [TEXT]
    assert supposed.attempts("replies", "q")[0].is_read and supposed.parts("responses", "q") == ("1",)
