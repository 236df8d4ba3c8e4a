"""Replies into a result: what is counted, why things are missing, what steps cost, and why it is not published."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.bench.fakes import longbench_write
from tests.bench.scripted import requests, verdict
from weval.bench.finish import MAX_REASONS, finish, outcome_of
from weval.bench.replies import ReplyRow
from weval.bench.result import BenchResult, Maker
from weval.bench.run import opened
from weval.errors import OriginalError, ResultError
from weval.files import read_json

WRITER, JUDGE = Maker(name="w"), Maker(name="j")


def _finished(
    folder: Path, texts: list[Any], said: list[Any], judge: Maker | None = JUDGE, writer: Maker = WRITER, **options: Any
) -> BenchResult:
    """The result of texts and verdicts: each a text, fields of a row, or None for none."""
    benchmark = longbench_write(requests(folder, len(texts)), **options)
    with opened(folder, benchmark, benchmark.steps(benchmark.options)) as (replies, _):
        for step, rows in (("responses", texts), ("replies", said)):
            for n, row in enumerate(rows, start=1):
                for one in row if isinstance(row, list) else [row]:
                    if one is not None:
                        fields = one if isinstance(one, dict) else {"text": one}
                        replies[step].add(ReplyRow(item=str(n), **fields))
        return finish(folder, benchmark, replies, (writer, judge)).result


def test_the_result_is_written_as_it_is_told(tmp_path: Path) -> None:
    result = _finished(tmp_path, ["tea " * 100] * 3, [verdict(3)] * 3)
    assert read_json(tmp_path / "result.json", BenchResult) == result
    assert json.loads((tmp_path / "result.json").read_text())["kind"] == "bench"
    assert (result.benchmark.name, result.benchmark.set, result.resamples) == ("longbench-write", "all", 100)
    assert set(result.stamps) == set(result.figures) and result.stamps["s_bar"].label == "S-bar"
    assert set(result.by) == {"language", "length", "type"}


def test_why_something_is_missing_is_counted_by_what_was_wrong(tmp_path: Path) -> None:
    failed = [{"status": "failed", "reason": f"HTTP 500 (given up after 6 attempts in 3.{n} s)"} for n in range(3)]
    texts = [*failed, "tea " * 100, " ", "tea", "tea"]
    said = [None, None, None, verdict(3), None, "no", {"status": "refused", "reason": "refused by the model"}]
    result = _finished(tmp_path, texts, said)
    assert result.missing == {
        "writer failed: HTTP 500": 3,
        "judge: the judge's verdict cannot be read": 1,
        "judge: refused by the model": 1,
    }
    assert (result.n_items, result.n_scored, result.n_missing) == (7, 2, 5)
    assert result.n_missing == sum(result.missing.values()) == result.figures["s_bar"].n_missing


def test_no_more_reasons_than_can_be_read(tmp_path: Path) -> None:
    failed = [{"status": "failed", "reason": f"reason {n} " + "x" * 900} for n in range(MAX_REASONS + 9)]
    result = _finished(tmp_path, ["tea", *failed], [verdict(3)])
    assert len(result.missing) == MAX_REASONS
    assert max(map(len, result.missing)) < 250


def test_a_run_is_published_when_it_is_whole(tmp_path: Path) -> None:
    whole = _finished(tmp_path, ["tea " * 100] * 2, [verdict(3)] * 2)
    assert whole.unpublishable_because == ("some of its data are not the public files",)
    (tmp_path / "b").mkdir()
    part = _finished(tmp_path / "b", ["tea " * 100] * 2, [verdict(3), "no"], mode="original")
    assert part.unpublishable_because[-1] == "its figures are by the published arithmetic, faults included"
    assert not part.publishable and part.repairs == ()


def test_what_a_step_came_to_and_cost(tmp_path: Path) -> None:
    paid = {"tokens_in": 10, "tokens_out": 3, "cost_usd": 0.5, "seconds": 0.25}
    said = [[{"text": "no", **paid}, {"text": verdict(3), "attempt": 2, **paid}], {"text": "", "status": "failed"}]
    step = _finished(tmp_path, ["tea", "tea"], said).steps["replies"]
    assert (step.role, step.n_calls, step.n_unread, step.n_asked_again) == ("judge", 2, 1, 1)
    assert step.statuses == {"ok": 1, "failed": 1} and step.reasons == {"failed": "2: failed"}
    assert (step.cost.requests, step.cost.tokens_in, step.cost.usd, step.cost.seconds) == (3, 20, 1.0, 0.5)


def test_what_came_from_a_file_cost_nothing_here(tmp_path: Path) -> None:
    given = Maker(name="w", given=True)
    result = _finished(
        tmp_path, [{"text": "tea", "cost_usd": 3.0}], [{"text": verdict(3), "cost_usd": 2.0}], JUDGE, given
    )
    assert (result.steps["responses"].cost.requests, result.steps["responses"].cost.usd) == (0, None)
    assert result.steps["responses"].n_calls == 1
    assert result.steps["replies"].cost.usd == 2.0


def test_where_the_script_would_stop_is_said_beside_the_repaired_figures(tmp_path: Path) -> None:
    result = _finished(tmp_path, ["tea " * 100, ""], [verdict(3), None])
    assert result.original is None
    assert result.original_stops is not None and result.original_stops.startswith("item 2: ")
    assert result.n_scored == 2 and all(effect.without is None for effect in result.repairs)
    (tmp_path / "b").mkdir()
    with pytest.raises(OriginalError, match="item 2: "):
        _finished(tmp_path / "b", ["tea " * 100, ""], [verdict(3), None], mode="original")


def test_nothing_scored_is_no_result(tmp_path: Path) -> None:
    with pytest.raises(ResultError, match=r"not one of 2 items has a score, for example: writer failed: HTTP 500"):
        _finished(tmp_path, [{"status": "failed", "reason": "HTTP 500"}] * 2, [])
    assert not (tmp_path / "result.json").exists()
    (tmp_path / "b").mkdir()
    with pytest.raises(
        ResultError, match=r"longbench-write: not one of 1 items has a score, .*the judge was not asked"
    ):
        _finished(tmp_path / "b", [None], [])


def test_what_is_only_read_is_not_written(tmp_path: Path) -> None:
    benchmark = longbench_write(requests(tmp_path, 1))
    with opened(tmp_path, benchmark, benchmark.steps(benchmark.options)) as (replies, _):
        replies["replies"].add(ReplyRow(item="1", text=verdict(5)))
        outcome = outcome_of(tmp_path, benchmark, replies, (WRITER, JUDGE))
    assert outcome.result.headline == "s_q" and len(outcome.rows) == 1
    assert not (tmp_path / "result.json").exists()
