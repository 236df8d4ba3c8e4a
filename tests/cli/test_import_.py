from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Weval
from tests.factories import write_rows
from weval.harness.importing import import_samples
from weval.harness.suite import opened
from weval.store import read_run

SAID = {"organisation": "us", "licence": "none", "trained_on_weval": "false"}


def sample(doc: dict[str, str], reply: str) -> dict[str, object]:
    """A line as lm-eval writes it."""
    sent = {"arg_0": f"{doc['system']}\n\n{doc['user']}", "arg_1": {"until": [], "do_sample": False}}
    answer = [doc["task"], "", doc["item"], doc["candidate"], doc["requirement"], "ok", 1.0]
    return {
        "doc_id": 0, "doc": doc, "target": "", "arguments": {"gen_args_0": sent}, "resps": [[reply]],
        "filtered_resps": [reply], "filter": "none", "metrics": ["il"], "doc_hash": "0", "il": answer,
    }  # fmt: skip


def written(folder: Path, limit: int | None = None) -> Path:
    """A coin's samples of all items or the first few, with the results of lm-eval beside them."""
    folder.mkdir()
    rows = [sample(doc, f"[[{int(doc['id'], 16) % 2}]]") for doc in opened("weval-mini").documents(limit)]
    config = {"config": {"model": "hf", "model_args": {"pretrained": "a/coin"}}, "lm_eval_version": "0.4.13"}
    (folder / "results_2026-01-01T00-00-00.json").write_text(json.dumps(config), encoding="utf-8")
    return write_rows(folder / "samples_weval_mini_2026-01-01T00-00-00.jsonl", rows)


def test_a_run_like_others(weval: Weval, tmp_path: Path) -> None:
    samples = written(tmp_path / "out", 6)
    said = weval("import", "lm-eval", str(samples))
    folder = Path("runs/lm-eval-hf-pretrained-a-coin/weval-mini-first6")
    assert said.code == 0, said.err
    assert f"report: {folder}/report.html" in said.out
    assert (folder / "report.html").is_file()
    result = json.loads(weval("show", str(folder), "--json").out)
    assert result["n_scored"] == 6
    assert json.loads(weval("rescore", str(folder), "--json").out)["metrics"] == result["metrics"]
    assert weval("run", "--model", "keywords", "--task", "weval-mini", "--limit", "6").code == 0
    compared = weval("compare", str(folder), "runs/keywords/weval-mini-first6", "--json")
    assert compared.code == 0 and len(json.loads(compared.out)["runs"]) == 2
    assert read_run(folder).command == f"weval import lm-eval {samples}"


def test_it_can_be_submitted_if_the_model_is_known(weval: Weval, tmp_path: Path) -> None:
    samples = written(tmp_path / "out")

    def card(name: str) -> list[str]:
        return [word for key, value in (SAID | {"name": name}).items() for word in ("--set", f"{key}={value}")]

    import_samples(samples, Path("known"))
    said = weval("submit", "known", *card("Coin"))
    assert said.code == 0, said.err
    submitted = read_run(Path("results/coin/weval-mini"))
    assert submitted.command == ("weval run --model lm-eval:hf,pretrained=a/coin --task weval-mini --set temperature=0")
    assert json.loads(Path("results/coin/card.json").read_text(encoding="utf-8"))["family"] == "judge"
    next(samples.parent.glob("results_*")).unlink()
    import_samples(samples, Path("unknown"), "weval import lm-eval samples")
    said = weval("submit", "unknown", *card("Other"))
    assert said.code == 2
    assert "command is not one of weval run" in said.err
    assert not Path("results/other").exists()


def test_foreign_samples_are_refused_in_one_line(weval: Weval, tmp_path: Path) -> None:
    path = write_rows(tmp_path / "samples_gsm8k.jsonl", [{"doc": {"question": "?"}, "resps": [["2"]]}])
    said = weval("import", "lm-eval", str(path))
    assert (said.code, said.out) == (2, "")
    assert f"weval: {path}:1: is no sample of a weval task; lm-eval run --tasks weval_mini" in said.err
    assert "Traceback" not in said.err
    assert not Path("runs").exists()
