from __future__ import annotations

import hashlib
import json
from pathlib import Path

from tests.cli.conftest import Weval

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
    assert "unknown task or prompt 'critic-1'; did you mean critic-10" in said.err
    assert "weval-mini" in said.err


def test_a_prompt_without_an_official_one_says_so(weval: Weval) -> None:
    said = weval("fetch", "listwise")
    assert said.code == 2
    assert "has no official prompt" in said.err
