"""The same replies give exactly the same numbers in lm-eval, in `weval run`, and in a run made of lm-eval's samples."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests import small_models
from tests.harness.conftest import FOLDER, Both, Decided, Notes, both_ways
from weval.harness.importing import import_samples
from weval.results import Result
from weval.run import RunSpec, run
from weval.store import read_rows

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning")

NAMES = ("correlation", "il", "pl", "tie_rate")
OWN = {"model", "cost", "versions"}
"""Of a result: who asked, and how long it took."""


def assert_same(figures: dict[str, float], result: Result) -> None:
    assert {name: figures[name] for name in NAMES} == {
        name: estimate.value for name in NAMES if (estimate := result.metrics[name])
    }
    assert figures["n_missing"] == result.n_missing
    n = sum(result.statuses.values())
    assert figures["unparsed"] == (n - result.statuses["ok"]) / n


def answers(folder: Path) -> dict[str, object]:
    return {row.id: row.model_copy(update={"seconds": None}) for _, row in read_rows(folder)}


def test_a_model_that_decides_not_always(erratic: Both, tmp_path: Path) -> None:
    result = erratic.here.result
    assert {"ok", "unparsed", "refused"} == {*result.statuses}
    assert 5 < result.n_scored < 55
    assert_same(erratic.there.figures, result)
    assert sorted(erratic.there.contexts) == sorted(erratic.asked_here[2:]), "the first two are fixed texts"
    imported = import_samples(erratic.there.samples, tmp_path / "imported")
    assert imported.result.model_dump(exclude=OWN) == result.model_dump(exclude=OWN)
    assert answers(imported.folder) == answers(erratic.here.folder)


@pytest.mark.parametrize("model", ["t-chatting", "t-systemless"])
def test_by_a_chat_template(model: str, tmp_path: Path) -> None:
    found = both_ways(tmp_path, model, limit=12, apply_chat_template=True)
    assert_same(found.there.figures, found.here.result)
    assert sorted(found.there.contexts) == sorted(found.asked_here[2:])
    (begins,) = {context.partition("Below are")[0].partition("You are exact")[0] for context in found.there.contexts}
    assert begins.startswith("<system>You check" if model == "t-chatting" else "<user>You check")
    notes = Notes()
    imported = import_samples(found.there.samples, tmp_path / "imported", watcher=notes)
    assert notes.said == []
    assert imported.result.model_dump(exclude=OWN) == found.here.result.model_dump(exclude=OWN)


def test_the_same_command_again_asks_nothing(tmp_path: Path) -> None:
    spec = RunSpec("lm-eval:t-decided", "weval-mini", limit=1, out=tmp_path / "run")
    first = run(spec).result
    Decided.contexts = []
    assert run(spec).result.metrics == first.metrics
    assert Decided.contexts == []


@pytest.mark.slow
def test_a_real_model_by_the_real_command_line(tmp_path: Path) -> None:
    judge = small_models.make_judge(tmp_path / "judge")
    arguments = [
        "lm-eval", "run", "--model", "hf", "--model_args", f"pretrained={judge}", "--device", "cpu",
        "--include_path", FOLDER, "--tasks", "weval_mini", "--metadata", json.dumps({"limit": 2}),
        "--apply_chat_template", "--batch_size", "8", "--gen_kwargs", "temperature=0,do_sample=False,max_gen_toks=8",
        "--log_samples", "--output_path", tmp_path / "out",
    ]  # fmt: skip
    program = Path(sys.executable).with_name(str(arguments[0]))
    done = subprocess.run([program, *map(str, arguments[1:])], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    (results,) = (tmp_path / "out").rglob("results_*.json")
    (samples,) = (tmp_path / "out").rglob("samples_*.jsonl")
    found = json.loads(results.read_text(encoding="utf-8"))["results"]["weval_mini"]
    model = f"lm-eval:hf,pretrained={judge},device=cpu"
    settings = {"temperature": "0", "max_tokens": "8", "batch_size": "8"}
    here = run(RunSpec(model, "weval-mini", settings=settings, limit=2, out=tmp_path / "run"))
    assert here.result.statuses == {"ok": 50}
    assert_same({key.partition(",")[0]: value for key, value in found.items() if "stderr" not in key}, here.result)
    imported = import_samples(samples, tmp_path / "imported").result
    assert imported.model_dump(exclude=OWN) == here.result.model_dump(exclude=OWN)
    assert imported.model.name == f"lm-eval:hf,pretrained={judge}"
