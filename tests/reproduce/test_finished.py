from __future__ import annotations

from pathlib import Path

import pytest

from weval.errors import DataError
from weval.reproduce.finished import FINISHED, Finished, is_done, read_finished, write_finished
from weval.reproduce.graph import MADE, Graph
from weval.reproduce.manifest import Fetch, Profile, Run, Step

STEPS: dict[str, Step] = {
    "length": Run(does="run", about="the longer, the better", model="length", task="weval-mini"),
    "set": Fetch(does="fetch", about="the bundled set", name="weval-mini"),
    "other": Fetch(does="fetch", about="nobody has fetched it", name="weval"),
}


@pytest.fixture
def graph(tmp_path: Path) -> Graph:
    return Graph(Profile(name="p", title="P", about="p", is_check=True, steps=STEPS), tmp_path, {}, {})


def finish(graph: Graph, name: str, **changed: str) -> Finished:
    said = {"step": name, "fingerprint": graph.fingerprints[name], **changed}
    finished = Finished.model_validate({**said, "command": ("run",), "seconds": 1.5, "versions": {"weval": "1"}})
    write_finished(graph.step_folder(name), finished)
    (graph.step_folder(name) / MADE).mkdir(exist_ok=True)
    return finished


def test_what_is_written_is_read_back(graph: Graph) -> None:
    assert read_finished(graph.step_folder("length")) is None
    finished = finish(graph, "length")
    assert read_finished(graph.step_folder("length")) == finished


def test_a_step_is_done_when_its_mark_is_there(graph: Graph) -> None:
    assert not is_done(graph, "length")
    finish(graph, "length")
    assert is_done(graph, "length")


def test_a_mark_beside_which_nothing_is_left_does_not_count(graph: Graph) -> None:
    finish(graph, "length")
    (graph.step_folder("length") / MADE).rmdir()
    assert not is_done(graph, "length")


def test_a_step_from_which_what_it_made_was_removed_is_not_done(graph: Graph) -> None:
    finish(graph, "length")
    (graph.step_folder("length") / MADE).rmdir()
    assert not is_done(graph, "length")


def test_the_mark_of_another_step_in_its_folder_does_not_count(graph: Graph) -> None:
    finish(graph, "length", step="other")
    assert not is_done(graph, "length")
    finish(graph, "length", fingerprint=graph.fingerprints["length"][:8] + "00000000")
    assert not is_done(graph, "length")


def test_what_was_fetched_has_to_be_here_still(graph: Graph) -> None:
    finish(graph, "set")
    finish(graph, "other")
    assert is_done(graph, "set") and not is_done(graph, "other")


def test_a_broken_mark_does_not_count_and_is_told_with_its_file(graph: Graph) -> None:
    path = graph.step_folder("length") / FINISHED
    path.parent.mkdir(parents=True)
    path.write_text('{"step": "length"', encoding="utf-8")
    assert not is_done(graph, "length")
    with pytest.raises(DataError, match=r"step\.json:1: is not JSON"):
        read_finished(path.parent)
