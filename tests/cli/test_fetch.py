from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from tests.cli.conftest import Weval
from weval.bench.spec import BenchSpec

OWN = """\
version: "1"
about: Is it brief?
unit: requirement
reads: [response, requirement]
reply: {{form: brackets, values: {{"1": 1, "0": 0}}}}
answers: {{reasoned: "[[1]] or [[0]]"}}
official:
  source: {{repository: owner/repo, commit: "0123456789abcdef0123456789abcdef01234567", path: asking.py, blob: {blob}}}
  user: {{name: asking, places: {{text: response, rule: requirement}}}}
  rule: none
"""


def test_a_bundled_task_is_here_already(weval: Weval) -> None:
    said = weval("fetch", "weval-mini")
    assert said.code == 0
    assert Path(said.out.strip()).name == "items.jsonl"
    assert json.loads(weval("fetch", "weval-mini", "--json").out) == {"task": "weval-mini", "path": said.out.strip()}


def test_a_folder_without_the_file_is_named(weval: Weval) -> None:
    Path("empty").mkdir()
    said = weval("fetch", "weval", "--from", "empty")
    assert said.code == 2
    assert "WEval/eval.jsonl" in said.err


def test_a_wrong_file_is_refused_and_not_kept(weval: Weval, tmp_path: Path) -> None:
    Path("eval.jsonl").write_text("{}\n")
    said = weval("fetch", "weval", "--from", ".")
    assert said.code == 2
    assert "is not the pinned file" in said.err
    assert weval("list", "tasks").out.count("weval fetch weval)") == 1


def test_an_official_prompt_is_fetched_like_a_task(weval: Weval) -> None:
    Path("WEval").mkdir()
    Path("WEval/llm_judge.py").write_text("prompt = 1\n")
    said = weval("fetch", "requirement-binary", "--from", ".")
    assert said.code == 2
    assert "WEval/llm_judge.py: is not the pinned file" in said.err


def test_a_judge_of_ones_own_is_fetched_by_its_path(weval: Weval) -> None:
    content = b'asking = "{text} {rule}"\n'
    blob = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
    Path("mine").mkdir()
    Path("mine/judge.yaml").write_text(OWN.format(blob=blob))
    Path("mine/user.txt").write_text("{response} {requirement} {answer}")
    Path("asking.py").write_bytes(content)
    said = json.loads(weval("fetch", "./mine", "--from", ".", "--json").out)
    assert said["prompt"] == "./mine"
    assert Path(said["path"]).read_bytes() == content


def test_an_unknown_name_gets_the_nearest_of_both(weval: Weval) -> None:
    said = weval("fetch", "critic-1")
    assert said.code == 2
    assert "unknown task, benchmark or prompt 'critic-1'; did you mean critic-10" in said.err
    assert said.err.endswith("(see: weval list tasks|benchmarks|prompts)\n")


def test_a_prompt_without_an_official_one_says_so(weval: Weval) -> None:
    said = weval("fetch", "listwise")
    assert said.code == 2
    assert "has no official prompt" in said.err


def test_a_benchmark_is_fetched_with_all_its_files_and_what_a_folder_lacks_is_said(
    weval: Weval, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = {"a": b'{"prompt": "Write."}\n', "b": b"{}\n"}
    files = {
        name: {
            "kind": "github", "repository": "owner/repo", "commit": "0" * 40, "path": f"data/{name}.jsonl",
            "blob": hashlib.sha1(b"blob %d\0" % len(text) + text).hexdigest(),
        }
        for name, text in content.items()
    }  # fmt: skip
    files["c"] = {"kind": "bring", "name": "c.jsonl", "where": "the author's desk"}
    about = {"name": "small", "version": "1", "title": "Small", "about": "Small.", "licence": "none"}
    described = {**about, "languages": ["en"], "files": files, "sets": {"all": {"x": "a", "y": "b", "z": "c"}}}
    spec = BenchSpec.model_validate_json(json.dumps(described))
    for where in ("weval.bench.data", "weval.bench.spec"):  # what is imported now must know the real one
        monkeypatch.setattr(f"{where}.read_bench", lambda name: spec)
    monkeypatch.setattr("weval.bench.spec.bench_names", lambda: ("small",))
    Path("a.jsonl").write_bytes(content["a"])
    said = weval("fetch", "small", "--from", ".")
    assert said.code == 0
    assert [Path(line).read_bytes() for line in said.out.splitlines()] == [content["a"]]
    assert said.err.splitlines() == [
        "note: . lacks b, owner/repo/data/b.jsonl of 00000000, which is not here yet",
        "note: c.jsonl has no pin: the author's desk; bring it by --data",
    ]
    Path("b.jsonl").write_bytes(content["b"])
    found = json.loads(weval("fetch", "small", "--from", ".", "--json").out)
    assert (found["benchmark"], list(found["paths"])) == ("small", ["a", "b"])
    Path("b.jsonl").unlink()
    assert "lacks b, owner/repo/data/b.jsonl of 00000000\n" in weval("fetch", "small", "--from", ".").err
    Path("a.jsonl").write_bytes(b"{}")
    said = weval("fetch", "small", "--from", ".")
    assert said.code == 2 and "a.jsonl: is not the pinned file" in said.err
    said = weval("fetch", "small", "--from", "nowhere")
    assert (said.code, said.err) == (2, "weval: nowhere: is not a folder\n")


def test_real_benchmarks_come_from_the_folder_of_their_sources(weval: Weval, shared: Path) -> None:
    for name, n_files in (("longbench-write", 2), ("longwrite-ruler", 1)):
        said = weval("fetch", name, "--from", str(shared / "data" / "upstream"))
        assert (said.code, said.err, len(said.out.splitlines())) == (0, "", n_files)
        assert f"weval fetch {name})" not in weval("list", "benchmarks").out


def test_a_benchmark_without_a_pin_says_where_it_comes_from(weval: Weval) -> None:
    said = weval("fetch", "arena-write")
    assert said.code == 2 and "arena-write: has no file that could be pinned; bring them by --data: " in said.err


def test_items_at_an_address_are_fetched(weval: Weval) -> None:
    store = pytest.importorskip("fsspec").filesystem("memory")
    store.pipe("/fetched/tea.jsonl", b"{}\n")
    said = weval("fetch", "memory://fetched/tea.jsonl")
    assert said.code == 0
    assert Path(said.out.strip()).read_bytes() == b"{}\n"
    found = json.loads(weval("fetch", "memory://fetched", "--json").out)
    assert found["url"] == "memory://fetched" and len(found["paths"]) == 1
    said = weval("fetch", "memory://fetched/none.jsonl")
    assert (said.code, said.err.count("\n")) == (2, 1)
    assert "--from: takes what has a name" in weval("fetch", "memory://fetched", "--from", ".").err
