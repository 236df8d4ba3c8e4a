"""The schedule of Writing-RL through the store that training uses: the original's index, and what one step is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from weval.bench import writing_rl as bench
from weval.errors import OriginalError
from weval.training.comparing.store import Schedule, Store

STEP = 0


@pytest.fixture
def cases(shared: Path) -> Any:
    content = json.loads((shared / "conformance" / "g_writing_rl.json").read_text(encoding="utf-8"))
    return content["dynamic_reference"]


def index(store: Store, prompt: str, step: int = STEP) -> int:
    return store.schedule(step).index[prompt]


def reward(case: dict[str, Any], strategy: Any) -> float | None:
    reply = None if case["judge_reply"] == "fail" else case["judge_reply"]
    return bench.reward(bench.parse_verdict(reply, mode="original"), strategy, mode="original")


def test_the_original_index_through_the_file(cases: Any, tmp_path: Path) -> None:
    path = tmp_path / "schedule.jsonl"
    Store(path, "original").begin(Schedule(step=STEP, index=bench.starting_index(3)))
    for case in cases["sequence"]:
        store = Store(path, "original")  # another worker each time
        prompt, texts = case["id"], cases["references"][case["id"]]
        assert index(store, prompt) == case["index_before"]
        seen = store.seen(STEP, [prompt])
        assert seen.references.current(prompt, texts) == case["reference_used"]
        found = reward(case, cases["strategy"])
        assert found == case["reward"]
        seen.references.note(prompt, texts, found)
        store.note(seen)
        assert index(store, prompt) == case["index_after"]


def test_a_group_of_rollouts_moves_several_steps_originally_and_one_once_repaired(cases: Any, tmp_path: Path) -> None:
    group = cases["same_prompt_group_of_rollouts"]
    original, repaired = Store(tmp_path / "original.jsonl", "original"), Store(tmp_path / "repaired.jsonl")
    original.begin(Schedule(step=STEP, index={"0": 0}))
    workers = [repaired.seen(STEP, ["0"]) for _ in group["sequence"]]
    for case, worker in zip(group["sequence"], workers, strict=True):
        seen = original.seen(STEP, ["0"])
        seen.references.note("0", group["references"], reward(case, cases["strategy"]))
        original.note(seen)
        assert index(original, "0") == case["index_after"]
        worker.references.note("0", group["references"], bench.reward("B", "position-disadvantage"))
        repaired.note(worker)
    assert (index(original, "0"), index(repaired, "0", STEP + 1)) == (3, 1)


def test_what_stops_the_original_stops_it_through_the_file(cases: Any, tmp_path: Path) -> None:
    store = Store(tmp_path / "schedule.jsonl", "original")
    store.begin(Schedule(step=STEP, index={"0": 0}))
    for case in cases["errors"]:
        prompt = case["input"].get("id")
        with pytest.raises(OriginalError) as error:
            store.seen(STEP, [prompt]).references.current(prompt, case["input"]["target"])
        assert case["expected"] in str(error.value)
