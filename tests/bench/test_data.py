"""The files of a benchmark: pinned ones, those that a user brings, and where both are looked for."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from weval.bench.data import BenchData, fetch_bench
from weval.bench.spec import BenchSpec
from weval.errors import ConfigError, DataError
from weval.hashes import sha256_of

CONTENT = {"prompts": b'{"prompt": "Write."}\n', "criteria": b'{"criterion": "Brief."}\n', "other": b"{}\n"}


def _blob(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def _spec() -> BenchSpec:
    files = {
        name: {
            "kind": "github", "repository": "owner/repo", "commit": "0" * 40, "path": f"data/{name}.jsonl",
            "blob": _blob(content),
        }
        for name, content in CONTENT.items()
    }  # fmt: skip
    files["brought"] = {"kind": "bring", "name": "brought.jsonl", "where": "the author's desk"}
    content = {
        "name": "small", "version": "1", "title": "Small", "about": "A small one.", "licence": "none",
        "languages": ["en"], "files": files, "writer": {"temperature": 0.5},
        "sets": {
            "all": {"prompts": "prompts", "criteria": "criteria"},
            "half": {"prompts": "other"},
            "mine": {"prompts": "brought", "criteria": "criteria"},
        },
    }  # fmt: skip
    return BenchSpec.model_validate_json(json.dumps(content))


@pytest.fixture
def spec(monkeypatch: pytest.MonkeyPatch) -> BenchSpec:
    found = _spec()
    monkeypatch.setattr("weval.bench.data.read_bench", lambda name: found)
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The public files, as they lie in their repository."""
    for name, content in CONTENT.items():
        path = tmp_path / "upstream" / "owner/repo/data" / f"{name}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return tmp_path / "upstream"


def test_pinned_files_are_fetched_once_and_known_by_their_hash(spec: BenchSpec, folder: Path) -> None:
    assert set(fetch_bench("small", folder)) == set(CONTENT)
    data = BenchData(spec)
    assert data.path("prompts").read_bytes() == CONTENT["prompts"]
    assert data.used == {"prompts": hashlib.sha256(CONTENT["prompts"]).hexdigest()}
    assert not data.is_own
    assert BenchData(spec, "half").path("prompts").read_bytes() == CONTENT["other"]


def test_a_file_is_read_through_once(spec: BenchSpec, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its hash is that of what was read first: a file of half a gigabyte is not hashed for every question."""
    fetch_bench("small", folder)
    read = list[Path]()

    def noted(path: Path) -> str:
        read.append(path)
        return sha256_of(path)

    monkeypatch.setattr("weval.bench.data.sha256_of", noted)
    data = BenchData(spec)
    assert data.path("prompts") == data.path("prompts") == data.maybe("prompts")
    assert read == [data.path("prompts")]


def test_a_folder_may_lack_some_files_but_not_all(spec: BenchSpec, folder: Path, tmp_path: Path) -> None:
    (folder / "owner/repo/data/other.jsonl").unlink()
    assert set(fetch_bench("small", folder)) == {"prompts", "criteria"}
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match=r"empty: holds none of prompts, criteria, other$"):
        fetch_bench("small", tmp_path / "empty")
    with pytest.raises(DataError, match=r"empty: holds none of prompts\.jsonl, criteria\.jsonl"):
        BenchData(spec, own=tmp_path / "empty")
    with pytest.raises(DataError, match="nowhere: is not a folder"):
        fetch_bench("small", tmp_path / "nowhere")


def test_another_file_in_the_place_of_a_pinned_one_is_refused(spec: BenchSpec, folder: Path) -> None:
    (folder / "owner/repo/data/criteria.jsonl").write_bytes(b"{}")
    with pytest.raises(DataError, match=r"criteria\.jsonl: is not the pinned file"):
        fetch_bench("small", folder)


def test_one_file_of_the_user_stands_for_the_first_part(spec: BenchSpec, folder: Path, tmp_path: Path) -> None:
    fetch_bench("small", folder)
    own = tmp_path / "mine.jsonl"
    own.write_text("{}\n")
    data = BenchData(spec, own=own)
    assert data.path("prompts") == own and data.is_own
    with pytest.raises(ConfigError, match=r"--data .*mine\.jsonl is one file; criteria is another, in a FOLDER"):
        data.path("criteria")
    assert data.maybe("criteria") is None and data.maybe("nothing") is None


def test_a_folder_of_the_user_goes_before_pinned_files(spec: BenchSpec, folder: Path, tmp_path: Path) -> None:
    fetch_bench("small", folder)
    own = tmp_path / "own"
    (own / "data").mkdir(parents=True)
    (own / "data" / "criteria.jsonl").write_text("{}\n")
    data = BenchData(spec, own=own)
    assert data.path("criteria") == own / "data" / "criteria.jsonl"
    assert data.path("prompts").read_bytes() == CONTENT["prompts"]
    assert data.is_own and data.maybe("prompts") is None
    (own / "brought.jsonl").write_text("{}\n")
    assert BenchData(spec, "mine", own).path("prompts") == own / "brought.jsonl"


def test_the_public_file_brought_by_hand_is_the_public_file(spec: BenchSpec, folder: Path) -> None:
    data = BenchData(spec, own=folder)
    data.path("prompts")
    data.path("criteria")
    assert not data.is_own
    (folder / "owner/repo/data/criteria.jsonl").write_bytes(b"{}")
    assert data.is_own


def test_what_cannot_be_pinned_says_where_it_comes_from(spec: BenchSpec, tmp_path: Path) -> None:
    said = r"small: brought\.jsonl does not come with weval: the author's desk; bring it by --data FILE"
    with pytest.raises(ConfigError, match=said):
        BenchData(spec, "mine").path("prompts")


def test_unknown_sets_and_places(spec: BenchSpec, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"unknown set 'al'; did you mean all or half"):
        BenchData(spec, "al")
    with pytest.raises(DataError, match="nowhere: no such file or folder"):
        BenchData(spec, own=tmp_path / "nowhere")


def test_offline_says_what_to_do(spec: BenchSpec, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("weval.pins.RAW_HOST", "http://127.0.0.1:9")
    monkeypatch.setattr("weval.pins.WAIT_S", 0.0)
    with pytest.raises(ConfigError, match="weval fetch small --from DIR") as caught:
        BenchData(spec).path("prompts")
    assert len(str(caught.value).splitlines()) == 1


def test_nothing_pinned_is_nothing_to_fetch() -> None:
    with pytest.raises(ConfigError, match="arena-write: has no file that could be pinned; bring them by --data: the"):
        fetch_bench("arena-write")
