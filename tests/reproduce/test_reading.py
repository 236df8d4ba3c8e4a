from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.factories import make_item, write_items
from tests.reproduce.reproductions import LIMIT, make_steps, profile
from weval.errors import ResultError, WevalError
from weval.join import gold_of
from weval.reproduce.figures import BenchFigures, Counts, RunFigures
from weval.reproduce.graph import MADE, STEPS
from weval.reproduce.manifest import Build, Fetch, Run
from weval.reproduce.reading import EXPORT, GOLD, bench_figures, measured, run_figures
from weval.run import RunSpec, run
from weval.tasks import load_task


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_steps(tmp_path) / STEPS


def made_of(folder: Path, name: str) -> Path:
    return folder / f"{name}-00000000" / MADE


def edited(path: Path, **changes: Any) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def test_a_step_is_read_by_what_it_does(folder: Path, tmp_path: Path) -> None:
    steps = profile().steps
    kinds = {"t4-rules": RunFigures, "good": BenchFigures, "data": Counts}
    for name, kind in kinds.items():
        assert isinstance(measured(steps[name], made_of(folder, name)), kind)
    with pytest.raises(ResultError, match="train has no figures"):
        measured(steps["rm"], tmp_path)


def test_what_a_result_says_of_itself_is_not_believed(folder: Path) -> None:
    made = made_of(folder, "t4-rules")
    before = run_figures(made).figure("correlation")
    result = json.loads((made / "result.json").read_text())
    result["metrics"]["correlation"]["value"] = result["released"]["correlation"] = 1.0
    (made / "result.json").write_text(json.dumps(result))
    assert run_figures(made).figure("correlation") == before
    (made_of(folder, "good") / "result.json").unlink()
    assert bench_figures(made_of(folder, "good")).figure("s_q").headline


def test_an_answer_that_is_edited_changes_the_figure(folder: Path) -> None:
    made = made_of(folder, "t4-length")
    before = run_figures(made).figure("correlation")
    rows = [json.loads(line) for line in (made / "scores.jsonl").read_text().splitlines()]
    (made / "scores.jsonl").write_text("".join(json.dumps({**row, "values": [0.0]}) + "\n" for row in rows))
    after = run_figures(made).figure("correlation")
    assert before.headline and after.headline and after.released
    assert after.headline.value == 0 != before.headline.value
    assert after.released.value == 1  # ties in gold order


def test_gold_without_texts_says_as_much_as_the_items(folder: Path) -> None:
    made = made_of(folder, "t4-rules")
    before = run_figures(made)
    gold = [gold_of(item) for item in load_task("weval-mini").items()]
    (made / GOLD).write_text("".join(f"{one.model_dump_json()}\n" for one in gold))
    edited(made / "run.json", data=str(folder / "gone.jsonl"))
    after = run_figures(made)
    assert after.joined.n_items == LIMIT
    assert all(after.figure(name) == before.figure(name) for name in ("correlation", "il", "pl", "reading"))


def test_items_that_are_gone_are_told_and_never_fetched(folder: Path, tmp_path: Path) -> None:
    made = made_of(folder, "t4-rules")
    edited(made / "run.json", data=str(tmp_path / "gone.jsonl"))
    with pytest.raises(WevalError, match=r"items that it was made on are not here \(gone.jsonl\)"):
        run_figures(made)
    record = json.loads((made / "run.json").read_text())
    record["identity"]["task"]["name"], record["data"] = "weval", None
    (made / "run.json").write_text(json.dumps(record))
    with pytest.raises(WevalError, match="the items of weval are not here: weval fetch weval"):
        run_figures(made)
    edited(made_of(folder, "good") / "run.json", data=None)
    with pytest.raises(WevalError, match="the files of longbench-write are not here: weval fetch longbench-write"):
        bench_figures(made_of(folder, "good"))
    for name in ("weval", "weval-gpt4o"):
        with pytest.raises(WevalError, match=f"the items of {name} are not here"):
            measured(Fetch(does="fetch", name=name, about="a"), tmp_path)


def test_kinds_of_runs_are_not_mixed_up(folder: Path) -> None:
    with pytest.raises(ResultError, match="no run of weval bench"):
        bench_figures(made_of(folder, "t4-rules"))
    with pytest.raises(ResultError, match="another kind of run"):
        run_figures(made_of(folder, "good"))
    with pytest.raises(ResultError, match="not a run folder"):
        run_figures(folder / "nothing")


def test_a_build_is_counted_by_its_items(tmp_path: Path) -> None:
    (tmp_path / EXPORT).mkdir()
    write_items(tmp_path / EXPORT / "items.jsonl", [make_item("a"), make_item("b", kept=((1, 2), (1,)))])
    found = measured(Build(does="build", recipe="weval-gpt4o", about="a"), tmp_path)
    responses = found.figure("responses").headline
    assert responses and responses.value == 5
    judgements = found.figure("requirement_judgements").headline
    assert judgements and judgements.value == 15
    with pytest.raises(WevalError, match="the items that it built are not here"):
        measured(Build(does="build", recipe="weval-gpt4o", about="a"), tmp_path / "gone")
    with pytest.raises(ResultError, match="writingbench-critic is no task"):
        measured(Fetch(does="fetch", name="writingbench-critic", about="a"), tmp_path)


def test_more_resamples_can_be_asked_for(folder: Path) -> None:
    step = Run(does="run", model="rules", task="weval-mini", about="a")
    found = measured(step, made_of(folder, "t4-rules"), 300)
    usual = measured(step, made_of(folder, "t4-rules"))
    assert (found.n_resamples, usual.n_resamples) == (300, 200)
    ours, theirs = found.figure("correlation").headline, usual.figure("correlation").headline
    assert ours and theirs and ours.value == theirs.value
    assert ours.ci != theirs.ci
    assert measured(profile().steps["good"], made_of(folder, "good"), 300).n_resamples == 300


def test_failed_answers_count_as_the_run_says(tmp_path: Path) -> None:
    """The released figures of a run with released_failures=zero are of all items, as its result has them."""
    spec = {"resamples": "100", "released_failures": "zero"}
    found = run(RunSpec("rules", task="weval-mini", limit=5, out=tmp_path, settings=spec))
    rows = [json.loads(line) for line in (tmp_path / "scores.jsonl").read_text().splitlines()]
    rows[0] = {**{name: rows[0][name] for name in ("id", "item", "candidates", "requirement")}, "status": "failed"}
    (tmp_path / "scores.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    figure = run_figures(tmp_path).figure("correlation")
    assert found.result.released_failures == "zero"
    assert figure.headline and figure.released
    assert (figure.headline.n, figure.released.n) == (4, 5)
    assert "1 item of 5 without a score" in figure.remarks
