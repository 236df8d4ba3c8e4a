"""What did not come, or cannot be read, is never a number: every benchmark, whatever its replies come to."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.bench.arena_write.made import bracketed, task
from tests.bench.creative_writing.test_benchmark import PIECE, equal, prompts, said
from tests.bench.finder.test_benchmark import checklist
from tests.bench.longbench_v2.test_questions import question
from tests.bench.race.tasks import N_CRITERIA, REPORT, numbered
from tests.bench.race.tasks import stand_in as race_files
from tests.bench.rewardbench.test_benchmark import stand_in as pairs
from tests.bench.scripted import requests, verdict, write_rows
from tests.bench.writingbench.made import query, score
from weval.bench.benchmark import Benchmark
from weval.bench.catalogue import benchmark_class
from weval.bench.data import BenchData
from weval.bench.figures import Sheet, headline_of, repair_effects
from weval.bench.items import BenchItem, Row
from weval.bench.replies import ReplyRow
from weval.bench.run import opened
from weval.bench.spec import read_bench
from weval.bench.told import Told
from weval.errors import OriginalError

TEXT = f"{PIECE}\n{REPORT}\nThe correct answer is (A)."


@dataclass(frozen=True)
class Made:
    """A benchmark on a stand-in: its file or folder, and a sound reply of each step of a judge or rater."""

    data: Callable[[Path], Path]
    sound: Mapping[str, dict[str, Any]]


def _arena(folder: Path) -> Path:
    return write_rows(folder / "tasks.jsonl", [task(n) for n in range(4)])


def _queries(folder: Path) -> Path:
    return write_rows(folder / "q.jsonl", [query(n) for n in range(1, 4)])


MADE = {
    "longbench-write": Made(lambda f: requests(f, 12), {"replies": {"text": verdict(3)}}),
    "longwrite-ruler": Made(lambda f: requests(f, 4), {}),
    "arena-write": Made(_arena, {"replies": {"text": bracketed("A>B")}}),
    "writingbench": Made(_queries, {"replies": {"text": score(7)}}),
    "finder": Made(lambda f: write_rows(f / "c.jsonl", checklist()), {"replies": {"text": "It is.\n[[Yes]]"}}),
    "creative-writing": Made(lambda f: prompts(f, 3), {"replies": {"text": said(equal(8))}}),
    "race": Made(
        lambda f: race_files(f / "data"),
        {"cleaned": {"text": REPORT}, "replies": {"text": numbered([(6.0, 4.0)] * N_CRITERIA)}},
    ),
    "longbench-v2": Made(lambda f: write_rows(f / "data.jsonl", [question(n, answer="A") for n in range(1, 5)]), {}),
    "rewardbench": Made(lambda f: pairs(f, {"hep-go": 3, "mt-bench-easy": 2}), {"scores": {"values": (0.5,)}}),
}

NOTHING: tuple[dict[str, Any], ...] = (
    {"status": "failed", "reason": "HTTP 500"},
    {"status": "refused", "reason": "refused by the model"},
    {"status": "truncated"},
)
"""Replies that are none."""

EMPTY: tuple[dict[str, Any], ...] = (
    {"text": ""},
    {"text": " \n"},
    {"text": "<think>Well"},
    {"text": "<think>a</think> "},
)
"""Texts of a writer without words."""

UNREAD: tuple[dict[str, Any], ...] = ({"text": "Hm."}, {"text": ""}, {"text": "<think>a"}, {"status": "unparsed"})
"""What a judge says that is no verdict; of a rater, that has no number."""


class Scenario:
    """Replies at random to all calls about all items of a benchmark, step by step, each with what it should come to."""

    def __init__(self, name: str, folder: Path, seed: int) -> None:
        self.made, kind = MADE[name], benchmark_class(name)
        self.benchmark: Benchmark[Any] = kind(
            BenchData(read_bench(name), None, self.made.data(folder)), kind.options_type(), {}
        )
        self.steps = kind.steps(self.benchmark.options)
        self.rng = random.Random(seed)
        self.missing = set[str]()
        self.empty = set[str]()

    def reply(self, step: str, item: str, part: str) -> list[dict[str, Any]]:
        """The attempts at one call."""
        usual = self.rng.random() < 0.75
        if step == "responses":
            found = (
                {"text": TEXT} if usual else self.rng.choice([*NOTHING, *EMPTY, {"status": "truncated", "text": TEXT}])
            )
            (self.missing if found in NOTHING else self.empty if found in EMPTY else set()).add(item)
            return [found]
        sound = self.made.sound[step]
        # A verdict that was cut off may be another one; it is as frequent here as all others that are none.
        cut_off = {**sound, "status": "truncated"}
        bad = self.rng.choice([cut_off, self.rng.choice([*NOTHING, *UNREAD])])
        attempts = [sound] if usual else [bad] * self.rng.choice([0, 1, 2]) + [sound] * self.rng.choice([0, 1])
        if sound not in attempts:
            self.missing.add(item)
        return attempts

    def rows(self, folder: Path) -> tuple[list[Row], list[Row] | None, Told]:
        """What the items come to, repaired and, unless the script stops, original."""
        with opened(folder, self.benchmark, self.steps) as (replies, told):
            for step in self.steps:
                for item in self.benchmark.items:
                    for part in self.benchmark.parts(step, item, told):
                        for n, fields in enumerate(self.reply(step.name, item.id, part), start=1):
                            replies[step.name].add(ReplyRow(item=item.id, part=part, attempt=n, **fields))
            items: list[BenchItem] = list(self.benchmark.items)
            rows = [self.benchmark.row(item, told, "repaired") for item in items]
            try:
                originals = [self.benchmark.row(item, told, "original") for item in items]
            except OriginalError:
                originals = None
            return rows, originals, told


@pytest.mark.parametrize("seed", range(16))
@pytest.mark.parametrize("name", MADE)
def test_a_figure_is_there_exactly_where_all_that_it_needs_came(name: str, seed: int, tmp_path: Path) -> None:
    scenario = Scenario(name, tmp_path, seed)
    rows, originals, _ = scenario.rows(tmp_path)
    figures = scenario.benchmark.figures
    headline = headline_of(figures, rows).name
    for item, row in zip(scenario.benchmark.items, rows, strict=True):
        share = row.shares.get(headline)
        # An empty piece of creative writing has its marks, but another piece of its prompt may be missing.
        assert (share is None) == (item.id in scenario.missing), (item.id, row)
        assert row.why or share is not None
        assert share is None or item.id not in scenario.empty or name == "creative-writing" or _is_lowest(figures, row)
        assert row.repairs <= scenario.benchmark.repairs.keys()
        _is_within(scenario.benchmark, row)
    found = Sheet(figures, rows).estimates(100)[headline]
    assert found.n_missing == len(scenario.missing)
    if found.estimate is not None:
        assert found.worst is not None and found.best is not None
        assert found.worst <= found.estimate.value + 1e-9 and found.estimate.value <= found.best + 1e-9
    for effect in repair_effects(figures, scenario.benchmark.repairs, rows, originals):
        assert effect.without is None or math.isfinite(effect.without)


def _is_lowest(figures: Any, row: Row) -> bool:
    """Whether every figure that applies is at the worse end of its range; of texts alone at least the first is."""
    (first, *_) = [figure for figure in figures if figure.name in row.shares]
    share = row.shares[first.name]
    return share is not None and share[0] == pytest.approx(first.worst * share[1])


def _is_within(benchmark: Benchmark[Any], row: Row) -> None:
    for figure in benchmark.figures:
        share = row.shares.get(figure.name)
        if share is not None:
            total, weight = share
            assert weight > 0 and figure.low * weight - 1e-9 <= total <= figure.high * weight + 1e-9
