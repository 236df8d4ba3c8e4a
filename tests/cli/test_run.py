from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Weval
from weval.readback import read_result
from weval.store import REPORT, read_run


def test_the_default_task_is_the_released_set_and_offline_says_what_to_do(
    weval: Weval, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("weval.pins.RAW_HOST", "http://127.0.0.1:9")
    monkeypatch.setattr("weval.pins.WAIT_S", 0.0)
    said = weval("run", "--model", "length")
    assert said.code == 2
    assert len(said.err.strip().splitlines()) == 1
    for words in ("WEval/eval.jsonl", "weval fetch weval --from", "--task weval-mini"):
        assert words in said.err
    assert list(Path().iterdir()) == []


def test_a_run_is_recorded_with_its_command(weval: Weval) -> None:
    assert weval("run", "--model", "shortest", "--task", "weval-mini", "--limit", "5").code == 0
    folder = Path("runs/shortest/weval-mini-first5")
    assert read_run(folder).command == "weval run --model shortest --task weval-mini --limit 5"
    assert (folder / REPORT).exists()
    assert read_result(folder).n_items == 5


def test_estimate_prints_and_writes_nothing(weval: Weval) -> None:
    said = weval("run", "--model", "keywords", "--task", "weval-mini", "--estimate")
    assert said.out.startswith("60 items, 1,500 requests, ")
    assert (
        json.loads(weval("run", "--model", "keywords", "--task", "weval-mini", "--estimate", "--json").out)["requests"]
        == 1500
    )
    assert list(Path().iterdir()) == []


def test_a_changed_run_is_refused_and_fresh_starts_over(weval: Weval) -> None:
    assert weval("run", "--model", "random", "--task", "weval-mini", "--out", "r").code == 0
    before = read_result(Path("r"))
    refused = weval("run", "--model", "random", "--task", "weval-mini", "--out", "r", "--set", "seed=1")
    assert refused.code == 2
    assert "plan.seed was 0, is 1" in refused.err
    assert read_result(Path("r")) == before
    assert (
        weval("run", "--model", "random", "--task", "weval-mini", "--out", "r", "--set", "seed=1", "--fresh").code == 0
    )
    assert read_result(Path("r")) != before


def test_another_way_to_compute_figures_needs_no_new_answers(weval: Weval) -> None:
    for resamples in ("500", "200"):
        said = weval(
            "run", "--model", "random", "--task", "weval-mini", "--out", "r", "--set", f"resamples={resamples}"
        )
        assert said.code == 0
        assert read_result(Path("r")).resamples == int(resamples)


def test_scores_of_other_texts_are_noticed(weval: Weval) -> None:
    rows = [
        {"item_id": "W0002", "candidate_id": "a1", "score": 1},
        {"item_id": "w0002", "candidate_id": "a1", "score": 1},
    ]
    Path("own.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    said = weval("run", "--model", "scores:own.jsonl", "--task", "weval-mini")
    assert said.err.startswith("note: own.jsonl: 1 of 2 answers are for no text of this task, as W0002 a1\n")


def test_nothing_scored_is_said_and_ends_with_2(weval: Weval, tmp_path: Path) -> None:
    item = {
        "id": "i1",
        "instruction": "Write.",
        "requirements": [{"id": "c1", "text": "Well."}, {"id": "c2", "text": "Now."}],
        "candidates": [
            {"id": "a1", "kept": ["c1", "c2"], "response": "x"},
            {"id": "a2", "kept": ["c1"], "response": "y"},
        ],
    }
    (tmp_path / "items.jsonl").write_text(json.dumps(item) + "\n")
    said = weval("run", "--model", "rules", "--data", "items.jsonl")
    assert said.code == 2
    assert said.err == "weval: rules can judge no item (all 1 not applicable): it can check no requirement of theirs\n"


def test_a_users_own_scores(weval: Weval) -> None:
    items = Path(__file__).parents[2] / "tasks/weval-mini/items.jsonl"
    rows = [json.loads(line) for line in items.read_text(encoding="utf-8").splitlines()]
    own = [
        {"item_id": row["id"], "candidate_id": candidate["id"], "score": len(candidate["kept"])}
        for row in rows for candidate in row["candidates"]
    ]  # fmt: skip
    Path("own.jsonl").write_text("".join(json.dumps(row) + "\n" for row in own))
    said = weval("run", "--model", "scores:own.jsonl", "--task", "weval-mini", "--json")
    result = json.loads(said.out)
    assert result["metrics"]["pl"]["value"] == 1
    assert result["model"]["reads_ids"] is True
