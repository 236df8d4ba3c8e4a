"""Which folders are submissions, and what else lies there."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from weval.errors import ResultError
from weval.leaderboard.tree import (
    Entry,
    entries,
    is_root,
    is_run,
    models_of,
    reproductions_of,
    strays,
    strays_of_model,
    strays_of_run,
    tasks_of,
    unlike_published,
    writers_of,
)


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """Two models, three tasks, a probe; published tables and repetitions."""
    root = tmp_path / "results"
    for place in ("b/tea", "b/milk", "a-1/tea", "b/tea/swapped"):
        (root / place).mkdir(parents=True)
        for name in ("run.json", "result.json", "scores.jsonl.gz"):
            (root / place / name).write_text(place)
    for model in ("a-1", "b"):
        (root / model / "card.json").touch()
        (root / model / "changes.jsonl").touch()
    (root / "paper").mkdir()
    (root / "paper" / "ours.yaml").write_text("tables")
    (root / "reruns.jsonl").touch()
    (root / "README.md").touch()
    return root


def test_submissions_are_found_by_name(results: Path) -> None:
    every = [Entry(results, "a-1", "tea"), Entry(results, "b", "milk"), Entry(results, "b", "tea")]
    assert entries(results) == every
    assert entries(results / "b") == every[1:]
    assert entries(results / "b" / "tea") == every[2:]
    assert [str(entry) for entry in every] == ["a-1/tea", "b/milk", "b/tea"]
    assert every[2].folder == results / "b" / "tea"
    assert every[2].model_folder == results / "b"
    assert (models_of(results), tasks_of(results / "b")) == (["a-1", "b"], ["milk", "tea"])


def test_nothing_lies_there_that_should_not(results: Path) -> None:
    assert [*strays(results)] == []
    for entry in entries(results):
        assert [*strays_of_model(entry.model_folder), *strays_of_run(entry.folder)] == []


def test_what_a_folder_is(results: Path) -> None:
    assert is_root(results)
    assert not is_root(results / "b")
    assert not is_root(results / "b" / "tea")
    assert is_run(results / "b" / "tea") and not is_run(results / "b")


@pytest.mark.parametrize("name", ["card.json", "run.json", "changes.jsonl", "result.json", "c/run.json"])
def test_one_file_makes_no_other_thing_of_it(results: Path, name: str) -> None:
    before = entries(results)
    (results / name).parent.mkdir(exist_ok=True)
    (results / name).touch()
    assert is_root(results)
    assert entries(results) == before


@pytest.mark.parametrize("gone", ["card.json", "changes.jsonl", "tea/run.json"])
def test_a_model_that_lacks_a_file_is_still_a_model(results: Path, gone: str) -> None:
    (results / "b" / gone).unlink()
    assert not is_root(results / "b")
    assert entries(results / "b") == [Entry(results, "b", "milk"), Entry(results, "b", "tea")]


def test_an_empty_folder_has_none(tmp_path: Path) -> None:
    assert entries(tmp_path) == []
    assert is_root(tmp_path)


def test_a_folder_that_is_none_is_told(results: Path) -> None:
    with pytest.raises(ResultError, match="is not a folder"):
        entries(results / "README.md")
    with pytest.raises(ResultError, match="no such folder"):
        entries(results / "c")


def test_links_are_not_followed(results: Path) -> None:
    (results / "c").symlink_to(results / "b")
    (results / "b" / "coffee").symlink_to(results / "b" / "tea")
    assert [str(entry) for entry in entries(results)] == ["a-1/tea", "b/milk", "b/tea"]
    assert [*strays(results)] == [("c", "c: does not belong in results/")]
    assert [*strays_of_model(results / "b")] == ["coffee: does not belong in a model's folder"]


@pytest.mark.parametrize("name", ["B", "a--b", "-a", "a_b", "a.b", ".a", "a" * 65, "\u00e9"])
def test_folders_that_are_no_models(results: Path, name: str) -> None:
    (results / name / "tea").mkdir(parents=True)
    assert len(entries(results)) == 3
    ((where, said),) = strays(results)
    assert said.startswith(where) and "is no name for a model's folder" in said


def test_names_are_shown_on_one_line_of_a_terminal(results: Path) -> None:
    (results / "b" / "tea" / "a\n\x1b[2J\u202e").touch()
    (results / "b" / "tea" / ("x" * 200)).touch()
    first, second = strays_of_run(results / "b" / "tea")
    assert first.startswith("a\\n\\x1b[2J\\u202e: does not belong in a submission")
    assert second.startswith("x" * 76 + "\u2026: does not")
    assert str(Entry(results, "b\n", "tea")) == "b\\n/tea"


def test_a_probe_has_the_files_of_a_run_and_no_probes(results: Path) -> None:
    (results / "b" / "tea" / "swapped" / "echoed").mkdir()
    (results / "b" / "tea" / "other").mkdir()
    found = [line.partition(":")[0] for line in strays_of_run(results / "b" / "tea")]
    assert found == ["other", "swapped/echoed"]


def test_what_is_published_stays(results: Path, tmp_path: Path) -> None:
    published = Path(shutil.copytree(results, tmp_path / "published"))
    assert [*unlike_published(results, published)] == []
    (results / "c" / "tea").mkdir(parents=True)
    (results / "b" / "card.json").write_text("changed")
    assert [*unlike_published(results, published)] == []  # others look at that
    (results / "reruns.jsonl").write_text("more")
    (results / "paper" / "ours.yaml").unlink()
    (results / "paper" / "theirs.yaml").symlink_to("/etc/passwd")
    shutil.rmtree(results / "b" / "milk")
    assert [where for where, _ in unlike_published(results, published)] == [
        "reruns.jsonl",
        "paper/ours.yaml",
        "paper/theirs.yaml",
        "b",
    ]


# --- writers ------------------------------------------------------------------------------------------------------


@pytest.fixture
def writers(results: Path) -> Path:
    """A writer with a run of a benchmark beside the models."""
    folder = results / "writers" / "heron" / "poems.gpt-4o.0123abcd"
    folder.mkdir(parents=True)
    for name in ("run.json", "result.json", "responses.jsonl.gz"):
        (folder / name).touch()
    (results / "writers" / "heron" / "card.json").touch()
    return results / "writers"


def test_writers_are_a_folder_of_their_own(results: Path, writers: Path) -> None:
    entry = Entry(writers, "heron", "poems.gpt-4o.0123abcd")
    assert models_of(results) == ["a-1", "b"]
    assert writers_of(results) == writers
    assert writers_of(writers) is None
    assert entries(writers) == entries(writers / "heron") == entries(entry.folder) == [entry]
    assert is_root(writers)
    assert (entry.is_writer, entry.owner, entry.questions) == (True, "writers/heron", "poems")
    assert str(entry) == "writers/heron/poems.gpt-4o.0123abcd"
    assert [*strays(results), *strays(writers), *strays_of_model(entry.model_folder)] == []
    assert [*strays_of_run(entry.folder, ("run.json", "result.json", "responses.jsonl.gz"), probes=False)] == []
    model = Entry(results, "b", "tea.x")
    assert (model.is_writer, model.owner, model.questions) == (False, "b", "tea.x")


def test_nothing_hides_among_writers(results: Path, writers: Path, tmp_path: Path) -> None:
    for name in ("paper", "writers", "No Name"):
        (writers / name).mkdir()
    (writers / "heron" / "changes.jsonl").touch()
    assert [where for where, _ in strays(writers)] == ["No Name", "paper", "writers"]
    assert [*strays_of_model(writers / "heron")] == ["changes.jsonl: does not belong in a model's folder"]
    shutil.move(writers, tmp_path / "elsewhere")
    writers.symlink_to(tmp_path / "elsewhere")
    assert writers_of(results) is None
    assert [said for _, said in strays(results)] == ["writers: does not belong in results/"]


def test_reproductions_are_no_models(results: Path) -> None:
    assert reproductions_of(results) == []
    before = entries(results)
    (results / "reproductions" / "tiny" / "steps").mkdir(parents=True)
    assert reproductions_of(results) == [results / "reproductions" / "tiny"]
    assert (entries(results), [*strays(results)]) == (before, [])
    assert Entry(results / "reproductions", "tiny", "").owner == "reproductions/tiny"
    (results / "reproductions" / "notes.txt").touch()
    (results / "reproductions" / "No Name").mkdir()
    assert [whose for whose, _ in strays(results)] == ["reproductions/No Name", "reproductions/notes.txt"]
    (results / "writers" / "reproductions").mkdir(parents=True)
    assert [*strays(results / "writers")] == [("reproductions", "reproductions: does not belong in writers/")]
    assert reproductions_of(results / "writers") == []


def test_a_link_in_the_place_of_reproductions_has_none(results: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere" / "tiny").mkdir(parents=True)
    (results / "reproductions").symlink_to(tmp_path / "elsewhere")
    assert reproductions_of(results) == []
    assert [whose for whose, _ in strays(results)] == ["reproductions"]


def test_a_published_reproduction_may_not_go(results: Path, tmp_path: Path) -> None:
    shutil.copytree(results, tmp_path / "published")
    (tmp_path / "published" / "reproductions" / "tiny").mkdir(parents=True)
    said = [*unlike_published(results, tmp_path / "published")]
    assert said == [("reproductions/tiny", "tiny: is published, and gone here; only maintainers remove one")]
