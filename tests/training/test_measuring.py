"""Measuring runs the harness as its commands do; what cannot be measured is told with the command for later."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench.scripted import NAME, Scripted, requests
from tests.textmodels.servers import chatting
from tests.training.made import Cats
from weval.bench.readback import read_bench_run
from weval.readback import read_result
from weval.store import read_run
from weval.training import Training, read_training
from weval.training.measuring import measured
from weval.training.outcome import read_outcome
from weval.training.sections import Bench, Measure


def training_of(cats: Cats, out: Path, measure: Measure) -> Training:
    """The run, with its files in another folder and something else to measure."""
    recipe, folder = read_training(str(cats.recipe))
    out.mkdir()
    (out / "model").symlink_to(cats.out / "model")
    (out / "preset.yaml").write_bytes((cats.out / "preset.yaml").read_bytes())
    profile = recipe.profile("tiny").model_copy(update={"measure": measure})
    return Training(recipe, folder, "tiny", profile, out, "weval train")


def test_a_reward_model_is_scored_on_tasks_and_files(cats: Cats, tmp_path: Path) -> None:
    settings = {"resamples": 100, "device": "cpu"}
    items = Path("tasks/weval-mini/items.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)[:6]
    (tmp_path / "held.jsonl").write_text("".join(items), encoding="utf-8")
    training = training_of(cats, tmp_path / "out", Measure(tasks=(str(tmp_path / "held.jsonl"),), settings=settings))
    found = measured(training, read_outcome(cats.out))
    (one,) = found.measured
    assert (one.folder, found.not_measured) == ("runs/held", {})
    result = read_result(tmp_path / "out/runs/held")
    assert one.figures == result.metrics and one.figures["correlation"] is not None
    assert result.n_items == 6 and result.model.unit == "response"
    command = read_run(tmp_path / "out/runs/held").command
    assert command.startswith(f"weval run --model preset:{tmp_path / 'out/preset.yaml'} --data {tmp_path}/held.jsonl")
    assert "--set resamples=100 --set device=cpu --out" in command


def test_a_writer_is_measured_on_a_benchmark(cats: Cats, lm: Path, tmp_path: Path) -> None:
    with chatting(Scripted()) as server:
        settings = {"writer.max_tokens": 8, "judge.base_url": f"{server.url}/v1", "resamples": 100}
        data = str(requests(tmp_path, 2))
        bench = Bench(name=NAME, judge="server/judge", settings=settings, limit=1, data=data)
        training = training_of(cats, tmp_path / "out", Measure(benches=(bench,)))
        (tmp_path / "out/model").unlink()
        (tmp_path / "out/model").symlink_to(lm)
        found = measured(training, read_outcome(cats.out))
    assert found.not_measured == {}
    (one,) = found.measured
    outcome = read_bench_run(tmp_path / "out" / one.folder)
    assert outcome.result.writer.name == f"transformers/{tmp_path / 'out/model'}"
    assert one.figures == {name: each.estimate for name, each in outcome.result.figures.items()}


def test_what_cannot_be_measured_keeps_nothing_else_from_it(
    cats: Cats, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    bench = Bench(name=NAME, judge="openai/gpt-4o", data=str(requests(tmp_path, 2)))
    measure = Measure(tasks=("no/such.jsonl",), benches=(bench,))
    found = measured(training_of(cats, tmp_path / "out", measure), read_outcome(cats.out))
    assert found.measured == () and list(found.not_measured) == ["no/such.jsonl", NAME]
    file, judge = found.not_measured.values()
    assert file.startswith("no/such.jsonl: no such file; later: weval run --model preset:")
    assert "OPENAI_API_KEY" in judge and f"; later: weval bench {NAME} --model transformers/" in judge
    assert "\n" not in judge
