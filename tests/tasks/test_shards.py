"""Where items lie: one file keeps its own hash; several are known by their names and hashes, in the order of names."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from tests.factories import make_item, write_items
from weval.errors import DataError
from weval.readback import read_back
from weval.run import RunSpec, run
from weval.tasks.shards import Shards, is_url, lasting, local, shards_of


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three shards, written in another order than that of their names."""
    for name in ("part-2", "part-0", "part-1"):
        write_items(tmp_path / "set" / f"{name}.jsonl", [make_item(f"{name}-{n}") for n in range(2)])
    (tmp_path / "set" / "README.md").write_text("about")
    (tmp_path / "set" / ".part-3.jsonl").write_text("")
    return tmp_path / "set"


@pytest.fixture(autouse=True)
def _made(tmp_path: Path) -> None:
    (tmp_path / "set").mkdir()


def test_one_file_is_known_by_its_bytes(folder: Path) -> None:
    path = folder / "part-1.jsonl"
    whole = hashlib.sha256(path.read_bytes()).hexdigest()
    assert shards_of(path) == Shards(path, "part-1", (path,), ("part-1.jsonl",))
    assert shards_of(path).sha256() == whole
    assert shards_of(folder / "part-1*").sha256() == whole


def test_several_are_known_by_names_and_hashes_in_order(folder: Path) -> None:
    names = ("part-0.jsonl", "part-1.jsonl", "part-2.jsonl")
    lines = [f"{name} {hashlib.sha256((folder / name).read_bytes()).hexdigest()}\n" for name in names]
    for found in (shards_of(folder), shards_of(folder / "*.jsonl"), shards_of(folder / "part-?.jsonl")):
        assert (found.name, found.names) == ("set", names)
        assert found.sha256() == hashlib.sha256("".join(lines).encode()).hexdigest()
    (folder / "part-1.jsonl").rename(folder / "part-9.jsonl")
    assert shards_of(folder).sha256() != hashlib.sha256("".join(lines).encode()).hexdigest()


def test_a_pattern_reaches_into_folders(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "more").mkdir()
    write_items(folder / "more" / "part-0.jsonl", [make_item()])
    found = shards_of(folder / "m*" / "part-?.jsonl")
    assert (found.name, found.names) == ("set", ("more/part-0.jsonl",))
    assert shards_of(folder / "part-[02]*").names == ("part-0.jsonl", "part-2.jsonl")
    monkeypatch.chdir(folder)
    assert shards_of(Path("part-*")).names == ("part-0.jsonl", "part-1.jsonl", "part-2.jsonl")
    assert shards_of(Path("part-*")).name == "set"


def test_a_file_may_have_the_name_of_a_pattern(folder: Path) -> None:
    write_items(folder / "part-*.jsonl", [make_item()])
    assert shards_of(folder / "part-*.jsonl").files == (folder / "part-*.jsonl",)


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("none", "is a folder without task.yaml and without items (.jsonl, .parquet, .arrow files)"),
        (
            "large",
            "is a folder without task.yaml and without items (.jsonl, .parquet, .arrow files); write the ending of a.P",
        ),
        ("deep", "is a folder without task.yaml and without items (.jsonl, .parquet, .arrow files); folders in it are"),
        ("two", "holds .jsonl and .parquet files; name those meant, as "),
        ("x*", "no file fits this pattern"),
        ("a**/b", "is not a pattern ("),
        ("**/b", "** is not taken"),
        ("a/**/*.jsonl", "** is not taken"),
        ("a/**", "** is not taken"),
    ],
)
def test_what_names_no_items_is_refused_in_one_line(tmp_path: Path, what: str, words: str) -> None:
    (tmp_path / "none").mkdir()
    (tmp_path / "two").mkdir()
    (tmp_path / "large").mkdir()
    (tmp_path / "large" / "a.PARQUET").touch()
    (tmp_path / "deep" / "en").mkdir(parents=True)
    for name in ("a.jsonl", "a.parquet"):
        (tmp_path / "two" / name).touch()
    with pytest.raises(DataError) as caught:
        shards_of(tmp_path / what)
    assert str(caught.value).startswith(f"{tmp_path / what}: {words}")
    assert len(caught.value.problems) == 1


def test_a_run_may_not_have_a_disk_searched(folder: Path, tmp_path: Path) -> None:
    run(RunSpec("length", data=folder, out=tmp_path / "run"))
    path = tmp_path / "run" / "run.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    content["data"] = str(tmp_path / "**" / "*.jsonl")
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(DataError, match=r"\*\* is not taken"):
        read_back(tmp_path / "run")


def test_addresses_and_paths(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for url in ("s3://b/x.parquet", "hf://datasets/a/b", "memory://x", "zip::s3://b/x"):
        assert is_url(url) and lasting(url) == url
    for path in ("x.jsonl", "a:b.jsonl", "data/*.parquet", "file:///x.jsonl", "C"):
        assert not is_url(path)
    assert lasting("data/*.parquet") == str(tmp_path / "data" / "*.parquet")
    assert local("file:///data/x.jsonl") == Path("/data/x.jsonl")
    assert not is_url(Path("s3://b"))
