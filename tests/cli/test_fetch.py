from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Weval


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
