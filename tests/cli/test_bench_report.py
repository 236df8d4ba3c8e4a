from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.bench.benches import made, write_lines
from tests.cli.conftest import Weval
from tests.factories import make_item, write_items
from weval.bench.compare import BenchComparison
from weval.bench.readback import read_bench_run
from weval.bench.result import BenchResult
from weval.report.bench_page import bench_page
from weval.run import RunSpec, run


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """A folder with two runs of one benchmark."""
    made(tmp_path / "runs" / "good", marks=(5, 4, 5, 5, 4, 5))
    made(tmp_path / "runs" / "fair", marks=(3, 2, None, 4, 3, 2))
    return tmp_path / "runs"


def test_one_run_has_its_page_written_and_its_result_printed(weval: Weval, runs: Path) -> None:
    (runs / "good" / "result.json").unlink()
    said = weval("bench", "report", "runs/good")
    assert (said.code, said.err) == (0, "")
    assert "good on LongBench-Write 1.0, judged by referee" in said.out
    assert said.out.splitlines()[-1] == "report: runs/good/report.html"
    html = (runs / "good" / "report.html").read_text(encoding="utf-8")
    assert html == bench_page(read_bench_run(runs / "good"))
    assert (runs / "good" / "result.json").is_file()
    assert not (runs.parent / "bench.html").exists()


def test_a_folder_of_runs_stands_for_all_and_they_are_compared(weval: Weval, runs: Path) -> None:
    said = weval("bench", "report", "runs")
    assert said.code == 0
    assert "6 items, 5 scored by all and compared" in said.out
    pages = ["runs/fair/report.html", "runs/good/report.html", "bench.html"]
    assert said.out.splitlines()[-3:] == [f"report: {page}" for page in pages]
    assert all((runs.parent / page).is_file() for page in pages)
    assert weval("bench", "report", "runs/good", "runs/fair", "--out", "pages/both.html").code == 0
    assert "Writers on LongBench-Write" in (runs.parent / "pages" / "both.html").read_text(encoding="utf-8")


def test_machines_get_results_comparisons_and_pages(weval: Weval, runs: Path) -> None:
    found = json.loads(weval("bench", "report", "runs", "--json").out)
    assert [BenchResult.model_validate_json(json.dumps(one)).writer.name for one in found["results"]] == [
        "fair",
        "good",
    ]
    (comparison,) = (BenchComparison.model_validate_json(json.dumps(one)) for one in found["comparisons"])
    assert comparison.n_compared["s_bar"] == 5
    assert found["pages"][-1] == "bench.html"
    alone = json.loads(weval("bench", "report", "runs/good", "--json").out)
    assert (len(alone["results"]), alone["comparisons"], alone["pages"]) == (1, [], ["runs/good/report.html"])


def test_what_cannot_be_done_is_one_line_and_nothing_is_overwritten(weval: Weval, runs: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.html").write_text("my own", encoding="utf-8")
    data = write_items(tmp_path / "items.jsonl", [make_item("i1")])
    run(RunSpec("length", data=data, out=tmp_path / "other"))
    made(tmp_path / "odd", judge="another")
    for arguments, told in (
        (["runs", "--out", "mine.html"], "--out mine.html: is there already, and no page of weval"),
        (["runs/good", "--out", "x.html"], "--out x.html: is for the page across runs, and runs/good is one"),
        (["other"], "other: holds no run of weval bench, but one of weval run"),
        (["nothing"], "nothing: no such folder"),
        (["runs/good", "odd"], "figures by different judges cannot be compared: another, not referee"),
    ):
        said = weval("bench", "report", *arguments)
        assert (said.code, said.out, len(said.err.splitlines())) == (2, "", 1)
        assert told in said.err
    assert (tmp_path / "mine.html").read_text(encoding="utf-8") == "my own"
    assert not (tmp_path / "bench.html").exists()


def test_a_run_ends_with_its_page(weval: Weval, runs: Path) -> None:
    files = runs / "files"
    arguments = ["--model", "new", "--data", files / "requests.jsonl", "--responses", files / "good-texts.jsonl"]
    arguments += ["--replies", files / "good-verdicts.jsonl", "--judge", "referee", "--out", "runs/new"]
    said = weval("bench", "longbench-write", *map(str, arguments))
    assert said.code == 0
    assert said.out.splitlines()[-1] == "report: runs/new/report.html"
    assert (runs / "new" / "report.html").is_file()


def test_a_best_of_several_stands_beside_other_writers(weval: Weval, tmp_path: Path) -> None:
    rows = [{"item": f"{i}", "sample": k, "text": "tea " * 60 * k} for i in range(1, 7) for k in (1, 2)]
    several = write_lines(tmp_path / "several.jsonl", rows)
    given: dict[str, Any] = {"benchmark": "longwrite-ruler", "replies": None, "judge": None}
    grpo = made(tmp_path / "runs" / "grpo", **given).folder
    asked = ["longwrite-ruler", "--data", "runs/files/requests.jsonl", "--responses", str(several)]
    named = ["--out", "runs/several", "--best-of", "2", "--set=resamples=100"]
    for reward in ("length", "shortest"):
        assert weval("bench", *asked, *named, "--reward", reward).code == 0
    said = weval("bench", "report", "runs")
    assert said.code == 0
    pages = [f"report: {page}" for page in said.out.split("report: ")[1:]]
    assert [page.strip() for page in pages] == [
        "report: runs/grpo/report.html",
        "report: runs/several/by-length/report.html",
        "report: runs/several/by-shortest/report.html",
        "report: bench.html",
    ]
    assert said.out.count("best of N minus it") == 2
    html = Path("bench.html").read_text(encoding="utf-8")
    assert html.count("Beside other writers</h3>") == 2 and "Best of n by length" in html
    found = json.loads(weval("bench", "report", str(grpo), "runs/several/by-length", "--json").out)
    assert [one["kind"] for one in found["results"]] == ["bench", "best_of"]
    assert found["beside"][0][0]["name"] == "grpo"
    alone = weval("bench", "report", "runs/several/by-length")
    assert alone.code == 0 and alone.out.splitlines()[-1] == "report: runs/several/by-length/report.html"
    assert weval("bench", "report", "runs/several/by-length", "--out", "x.html").code == 2
