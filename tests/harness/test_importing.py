from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.factories import make_item, write_items
from tests.harness.conftest import Both, Evaluated, Notes, evaluated
from weval.errors import DataError, ResultError
from weval.harness.importing import import_samples
from weval.readback import read_back, rescore
from weval.run import RunSpec, run
from weval.store import read_rows, read_run

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning")


PLAIN = "lm-eval asked without a chat template; weval run uses the model's, where it has one"


def results_of(found: Evaluated) -> Path:
    (path,) = found.samples.parent.glob("results_*.json")
    return path


def moved(found: Evaluated, to: Path, **config: Any) -> Path:
    """The files of an evaluation elsewhere, with other words on who was asked."""
    to.mkdir()
    content = json.loads(results_of(found).read_text(encoding="utf-8"))
    content["config"] |= config
    (to / results_of(found).name).write_text(json.dumps(content), encoding="utf-8")
    return Path(shutil.copy(found.samples, to / found.samples.name))


def test_a_run_that_says_what_it_is(decided: Evaluated, tmp_path: Path) -> None:
    notes = Notes()
    outcome = import_samples(decided.samples, tmp_path / "run", "weval import lm-eval samples", notes)
    record, model = read_run(tmp_path / "run"), outcome.result.model
    assert notes.said == [PLAIN]
    assert (model.name, model.unit, model.reads_ids) == ("lm-eval:t-decided", "requirement", False)
    fingerprint = model.fingerprint
    assert (fingerprint["adapter"], fingerprint["judge"]) == ("Judge", "requirement-binary")
    assert fingerprint["imported"]["from"] == "lm-eval" and len(fingerprint["imported"]["replies_sha256"]) == 64
    assert fingerprint["model"]["chat_template"] is False
    assert record.command == "weval import lm-eval samples"
    assert record.settings == {"temperature": "0.6", "max_tokens": "2048"}
    assert record.identity["limit"] == 6
    rows = [row for _, row in read_rows(tmp_path / "run")]
    assert len(rows) == 150 and all("[[" in str(row.raw) for row in rows)


def test_once_more_changes_nothing_and_another_file_is_refused(
    decided: Evaluated, erratic: Both, tmp_path: Path
) -> None:
    first = import_samples(decided.samples, tmp_path / "run")
    before = (tmp_path / "run" / "scores.jsonl").read_bytes()
    assert import_samples(decided.samples, tmp_path / "run").result == first.result
    assert (tmp_path / "run" / "scores.jsonl").read_bytes() == before
    with pytest.raises(ResultError, match="holds a different run"):
        import_samples(erratic.there.samples, tmp_path / "run")
    with pytest.raises(ResultError, match="holds a different run"):
        run(RunSpec("lm-eval:t-decided", "weval-mini", out=tmp_path / "run"))


def test_what_was_not_asked_is_missing_and_no_number(first: Evaluated, tmp_path: Path) -> None:
    result = import_samples(first.samples, tmp_path / "run").result
    assert (result.n_items, result.n_scored, result.n_missing) == (3, 2, 1)
    assert result.statuses == {"ok": 60, "unanswered": 15}
    assert {name: first.figures[name] for name in ("correlation", "il", "pl", "tie_rate")} == {
        name: estimate.value for name, estimate in result.metrics.items() if name in first.figures and estimate
    }
    assert result.unpublishable_because[0] == "only the first 3 of 60 items were judged"
    assert rescore(tmp_path / "run").result == result
    assert read_back(tmp_path / "run").joined.n_items == 3


def test_lines_that_are_lost_are_missing_items(decided: Evaluated, tmp_path: Path) -> None:
    lines = decided.samples.read_text(encoding="utf-8").splitlines(keepends=True)
    (tmp_path / "samples.jsonl").write_text("".join(lines[:10] + lines[11:]), encoding="utf-8")
    result = import_samples(tmp_path / "samples.jsonl", tmp_path / "run").result
    assert (result.n_items, result.n_scored, result.n_missing) == (6, 5, 1)


def test_values_of_the_file_are_not_believed(decided: Evaluated, tmp_path: Path) -> None:
    rows = [json.loads(line) for line in decided.samples.read_text(encoding="utf-8").splitlines()]
    for row in rows:
        row["correlation"][-1] = row["il"][-1] = 1.0
        row["filtered_resps"] = ["[[1]]"]
    forged = tmp_path / "samples.jsonl"
    forged.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    ours, theirs = import_samples(decided.samples, tmp_path / "a").result, import_samples(forged, tmp_path / "b").result
    assert ours.metrics == theirs.metrics


def test_no_verdict_anywhere_is_said(tmp_path: Path, decided: Evaluated) -> None:
    rows = [json.loads(line) | {"resps": [["Yes."]]} for line in decided.samples.open(encoding="utf-8")]
    (tmp_path / "samples.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    with pytest.raises(ResultError, match=r"scored no item of 6 \(answers: 150 unparsed"):
        import_samples(tmp_path / "samples.jsonl", tmp_path / "run")


def test_own_data_is_read_back(tmp_path: Path) -> None:
    own = write_items(tmp_path / "own.jsonl", [make_item("i1"), make_item("i2")])
    found = evaluated(tmp_path / "out", "t-decided", metadata={"data": str(own)})
    outcome = import_samples(found.samples, tmp_path / "run")
    assert (outcome.result.task.name, outcome.result.task.version) == ("own", "own-data")
    assert read_run(tmp_path / "run").data == str(own)
    assert rescore(tmp_path / "run").result == outcome.result


@pytest.mark.parametrize(
    "config, name",
    [
        ({"model": "hf", "model_args": {"pretrained": "a/b", "dtype": "float32"}}, "hf,pretrained=a/b,dtype=float32"),
        ({"model": "hf", "model_args": "pretrained=a/b"}, "hf,pretrained=a/b"),
        (
            {"model": "local-chat-completions", "model_args": {"model": "m", "api_key": "sk-1"}},
            "local-chat-completions",
        ),
    ],
)
def test_the_model_is_called_as_weval_run_would_ask_it(
    config: dict[str, Any], name: str, decided: Evaluated, tmp_path: Path
) -> None:
    outcome = import_samples(moved(decided, tmp_path / "there", **config), tmp_path / "run")
    assert outcome.result.model.name == f"lm-eval:{name}"
    assert "sk-1" not in (tmp_path / "run" / "run.json").read_text(encoding="utf-8")


def test_settings_are_in_our_words(first: Evaluated, tmp_path: Path) -> None:
    rows = [json.loads(line) for line in first.samples.open(encoding="utf-8")]
    for generation, settings in (
        ({"do_sample": False, "temperature": 0.0, "max_gen_toks": 8, "until": ["\n"], "top_p": 0.9},
         {"temperature": "0", "max_tokens": "8", "stop": "\n"}),
        ({"temperature": 0.5, "top_p": 0.9}, {"temperature": "0.5", "top_p": "0.9"}),
    ):  # fmt: skip
        folder = tmp_path / str(len(generation))
        path = moved(first, folder)
        for row in rows:
            row["arguments"]["gen_args_0"]["arg_1"] = generation
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        import_samples(path, folder / "run")
        assert read_run(folder / "run").settings == settings


def test_sampling_that_weval_run_has_no_words_for_is_said(first: Evaluated, tmp_path: Path) -> None:
    rows = [json.loads(line) for line in first.samples.open(encoding="utf-8")]
    for number, more in enumerate(({"top_k": 5}, {"until": ["\n", "."]}, {"max_tokens": 9})):
        folder, notes = tmp_path / str(number), Notes()
        path = moved(first, folder)
        for row in rows:
            row["arguments"]["gen_args_0"]["arg_1"] = {"temperature": 0.5} | more
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        import_samples(path, folder / "run", watcher=notes)
        assert notes.said[1:] == [
            "lm-eval was told more of sampling than weval run can be, so the run cannot be submitted"
        ]
        record = read_run(folder / "run")
        assert record.settings is None
        assert record.identity["model"]["fingerprint"]["model"]["generation"] == {"temperature": 0.5} | more


def test_without_results_the_model_is_not_known(decided: Evaluated, tmp_path: Path) -> None:
    notes = Notes()
    (tmp_path / "a__b").mkdir()
    alone = Path(shutil.copy(decided.samples, tmp_path / "a__b" / "samples.jsonl"))
    outcome = import_samples(alone, tmp_path / "run", watcher=notes)
    assert notes.said == [
        "no results of lm-eval beside samples.jsonl: which model it was is not known, and it cannot be submitted"
    ]
    assert outcome.result.model.name == "lm-eval:a__b"
    assert read_run(tmp_path / "run").settings is None


def test_broken_results_are_said(decided: Evaluated, tmp_path: Path) -> None:
    path = moved(decided, tmp_path / "there", model=None)
    with pytest.raises(DataError, match=r"results_.*json.*config.model: must be a string"):
        import_samples(path, tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_the_usual_folder(decided: Evaluated, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert import_samples(decided.samples).folder == Path("runs/lm-eval-t-decided/weval-mini-first6")
