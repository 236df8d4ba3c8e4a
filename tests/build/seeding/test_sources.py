"""Where seeds are read from: files, local copies, and the real `datasets` against a hub on loopback."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import HfFileSystem, constants

from tests.build.data_hub import DataHub, serving
from tests.loopback_hub import Reply
from weval.build.sections import SeedSet
from weval.build.seeding.sources import HUB_SETS, Row, files_of, first_turn, rows, source_of
from weval.errors import ConfigError, DataError

TALK = [{"role": "user", "content": "Write a haiku."}, {"role": "assistant", "content": "Rain."}]


def write(path: Path, *lines: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def parquet(columns: Mapping[str, list[Any]]) -> bytes:
    import pyarrow
    import pyarrow.parquet

    file = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table(dict(columns)), file)
    return file.getvalue()


def of_file(home: Path, field: str = "prompt", **more: Any) -> list[Row]:
    return list(rows(SeedSet(source="file", path="mine.jsonl", field=field, **more), home))


# files


def test_the_rows_of_a_file_are_named_by_their_lines(tmp_path: Path) -> None:
    write(tmp_path / "mine.jsonl", {"prompt": "One"}, {"prompt": None, "more": [1.5]}, {"prompt": ""})
    assert of_file(tmp_path) == [Row("One", "1"), Row(None, "2"), Row("", "3")]
    assert of_file(tmp_path, limit=1) == [Row("One", "1")]
    assert source_of(SeedSet(source="file", path="far/mine.jsonl")) == "mine.jsonl"


@pytest.mark.parametrize("field", ["a.b.1.c", "a.b.1", "a.whole"])
def test_a_field_may_lie_deep_and_hold_turns(tmp_path: Path, field: str) -> None:
    turns = [{"from": "system", "value": "Be brief."}, {"from": "human", "value": "Hi"}]
    write(tmp_path / "mine.jsonl", {"a": {"b": [0, {"c": turns, "role": "user", "content": "Hi"}]}, "a.whole": "Hi"})
    assert of_file(tmp_path, field) == [Row("Hi", "1")]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("Hi", "Hi"),
        (None, None),
        ([], None),
        (TALK, "Write a haiku."),
        ([{"role": "System", "content": "x"}, {"role": "USER", "content": "Hi"}], "Hi"),
        ([{"role": "system", "content": "x"}], None),
        ([{"role": "user", "content": None}], None),
        ([{"role": "user"}], None),
        ([{"role": "assistant", "content": "Hello!"}, *TALK], None),  # an answer to what is not shown is no request
    ],
)
def test_the_first_turn_is_the_users_or_there_is_none(value: object, text: str | None) -> None:
    assert first_turn(value) == text


@pytest.mark.parametrize("value", [3, True, ["Hi"], [[TALK]], {"text": "Hi"}, [{"role": 1, "content": "x"}]])
def test_what_is_no_turn_is_refused(tmp_path: Path, value: object) -> None:
    write(tmp_path / "mine.jsonl", {"prompt": "One"}, {"prompt": value})
    with pytest.raises(DataError) as caught:
        of_file(tmp_path)
    assert caught.value.problems == [
        f"{tmp_path / 'mine.jsonl'}:2: prompt: is neither a text nor a list of turns, each with role and content"
    ]


def test_every_bad_line_is_named_and_what_there_is_instead(tmp_path: Path) -> None:
    path = tmp_path / "mine.jsonl"
    path.write_text('{"query": "Hi", "id": 1}\n{"prompt": "fine"}\n[1]\n{"prompt": \n', encoding="utf-8")
    with pytest.raises(DataError) as caught:
        of_file(tmp_path)
    one, three, four = caught.value.problems
    assert one == f"{path}:1: prompt: is not there; there are query, id"
    assert three.startswith(f"{path}:3: ")
    assert four.startswith(f"{path}:4: is not JSON")


@pytest.mark.parametrize("field", ["a.x", "a.9", "a.0.b", "b"])
def test_a_path_that_leads_nowhere_is_told(tmp_path: Path, field: str) -> None:
    write(tmp_path / "mine.jsonl", {"a": ["Hi"]})
    with pytest.raises(DataError, match=rf":1: {field}: is not there"):
        of_file(tmp_path, field)


def test_a_file_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"mine\.jsonl: no such file$"):
        of_file(tmp_path)


# local copies


def test_a_local_copy_of_parquet_is_read_in_the_order_of_its_files(tmp_path: Path) -> None:
    for n in (1, 0):
        path = tmp_path / "copy" / "data" / f"train-{n}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(parquet({"conversation_hash": [f"h{n}"], "conversation": [TALK], "toxic": [False]}))
    one = SeedSet(source="wildchat-1m", path="copy")
    assert list(rows(one, tmp_path)) == [Row("Write a haiku.", "h0"), Row("Write a haiku.", "h1")]
    assert [path.name for path in files_of(one, tmp_path)] == ["train-0.parquet", "train-1.parquet"]
    assert source_of(one) == "wildchat-1m"


def test_a_local_copy_of_prism_is_its_conversations(tmp_path: Path) -> None:
    write(tmp_path / "copy" / "survey.jsonl", {"user_id": "u1"})
    write(
        tmp_path / "copy" / "conversations.jsonl",
        {"conversation_id": "c1", "opening_prompt": "Why is tea green?", "conversation_history": [{"turn": 0}]},
        {"conversation_id": "c2", "opening_prompt": "Should we work less?", "conversation_history": []},
    )
    found = list(rows(SeedSet(source="prism", path="copy"), tmp_path))
    assert found == [Row("Why is tea green?", "c1"), Row("Should we work less?", "c2")]


def test_more_rows_than_a_batch_are_all_read(tmp_path: Path) -> None:
    n = 2500
    talks = [[{"role": "user", "content": f"Request {number}"}] for number in range(n)]
    names = [f"c{number}" for number in range(n)]
    (tmp_path / "all.parquet").write_bytes(parquet({"conversation_id": names, "conversation": talks}))
    found = list(rows(SeedSet(source="lmsys-chat-1m", path="all.parquet"), tmp_path))
    assert found == [Row(f"Request {number}", f"c{number}") for number in range(n)]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (parquet({"conversation": [TALK]}), "cannot be read as Parquet with columns conversation and conversation_id"),
        (b"PAR1 and no more", "cannot be read as Parquet with columns conversation and conversation_id"),
    ],
)
def test_parquet_of_another_kind_is_one_line(
    tmp_path: Path, content: bytes, said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "all.parquet").write_bytes(content)
    with pytest.raises(ConfigError, match=said) as caught:
        list(rows(SeedSet(source="lmsys-chat-1m", path="all.parquet"), tmp_path))
    assert str(caught.value).startswith(str(tmp_path / "all.parquet"))
    assert str(caught.value).isprintable()
    assert capfd.readouterr().err == ""


def test_turns_of_another_shape_are_told_with_their_row(tmp_path: Path) -> None:
    content = parquet(
        {
            "conversation_id": ["a", "b"],
            "conversation": [[{"role": "user", "content": "x"}], [{"role": "", "content": "x"}]],
        }
    )
    (tmp_path / "good.parquet").write_bytes(content)
    assert list(rows(SeedSet(source="lmsys-chat-1m", path="good.parquet"), tmp_path)) == [Row("x", "a"), Row(None, "b")]
    (tmp_path / "bad.parquet").write_bytes(parquet({"conversation_id": ["a"], "conversation": [7]}))
    with pytest.raises(DataError, match=r"bad\.parquet: row 1: conversation: is neither a text"):
        list(rows(SeedSet(source="lmsys-chat-1m", path="bad.parquet"), tmp_path))


def test_a_folder_without_a_copy_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"holds no copy of prism \(conversations\.jsonl\)"):
        list(rows(SeedSet(source="prism", path="."), tmp_path))


# the Hub


@pytest.fixture
def hub(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[DataHub]:
    """A hub with two rows of the data set of that name, which the libraries in this process take for the real one."""
    import datasets

    hub_set = HUB_SETS[request.param]
    if hub_set.files.endswith(".parquet"):
        content = {hub_set.row: ["r1", "r2"], hub_set.turns: [TALK, TALK[1:]], "model": ["m", "m"]}
        files = {"data/train-00000-of-00001.parquet": parquet(content), "README.md": b"# Read me\n"}
    else:
        lines = [
            {"conversation_id": f"r{n}", "opening_prompt": text, "user_id": "u"}
            for n, text in ((1, "Write a haiku."), (2, None))
        ]
        files = {
            "conversations.jsonl": "".join(json.dumps(line) + "\n" for line in lines).encode(),
            "survey.jsonl": b"{}\n",
        }
    with serving(hub_set.name, hub_set.revision, files) as found:
        found.stand_in(monkeypatch, tmp_path / "hub")
        monkeypatch.setattr(datasets.config, "HF_ENDPOINT", found.url)
        monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", str(tmp_path / "datasets"))
        monkeypatch.setenv("HF_TOKEN", "hf_notForAnyEyes")
        HfFileSystem.clear_instance_cache()
        yield found
        HfFileSystem.clear_instance_cache()


@pytest.mark.parametrize("hub", list(HUB_SETS), indirect=True)
def test_a_data_set_of_the_hub_is_streamed_at_its_commit(hub: DataHub, tmp_path: Path) -> None:
    name = next(name for name, one in HUB_SETS.items() if one.name == hub.name)
    assert list(rows(SeedSet(source=name), tmp_path)) == [Row("Write a haiku.", "r1"), Row(None, "r2")]
    read = [path for path in hub.asked if "/resolve/" in path]
    assert read
    assert all(f"/resolve/{HUB_SETS[name].revision}/" in path for path in read)
    assert not any("survey" in path or "README" in path for path in read)


@pytest.mark.parametrize("hub", ["wildchat-1m"], indirect=True)
def test_a_folder_of_the_same_name_is_not_taken_for_the_data_set(
    hub: DataHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "allenai" / "WildChat-1M"
    folder.mkdir(parents=True)
    (folder / "mine.parquet").write_bytes(parquet({"conversation": [[{"role": "user", "content": "Not this"}]]}))
    monkeypatch.chdir(tmp_path)
    assert next(rows(SeedSet(source="wildchat-1m"), tmp_path)).text == "Write a haiku."


@pytest.mark.parametrize("hub", ["lmsys-chat-1m"], indirect=True)
@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (Reply(403, {"error": "restricted"}, {"X-Error-Code": "GatedRepo"}), "is gated: get access at https://"),
        (Reply(404, {"error": "none"}, {"X-Error-Code": "RepoNotFound"}), "no such data set on the Hub"),
        (Reply(500, {"error": "oops"}), "cannot be read"),
    ],
)
def test_what_the_hub_refuses_is_one_line_that_says_what_to_do(
    hub: DataHub, tmp_path: Path, reply: Reply, said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    hub.fault = lambda method, path: reply
    line = refused(tmp_path)
    assert line.startswith(f"{hub.name}: ")
    assert said in line
    assert "hf_notForAnyEyes" not in line
    assert "hf download --repo-type dataset lmsys/lmsys-chat-1m --local-dir DIR" in line
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("hub", ["lmsys-chat-1m"], indirect=True)
def test_a_commit_that_the_data_set_does_not_have_is_one_line(hub: DataHub, tmp_path: Path) -> None:
    assert "cannot be read" in refused(tmp_path, revision="f" * 40)


@pytest.mark.parametrize("hub", ["lmsys-chat-1m"], indirect=True)
def test_without_a_network_it_is_one_line(hub: DataHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    assert "the Hub cannot be reached" in refused(tmp_path)


def test_without_the_library_the_install_line_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "datasets", None)
    assert refused(tmp_path) == "Reading lmsys/lmsys-chat-1m needs datasets: pip install 'weval[build]'"


def refused(home: Path, **more: str) -> str:
    with pytest.raises(ConfigError) as caught:
        list(rows(SeedSet(source="lmsys-chat-1m", **more), home))
    assert str(caught.value).isprintable()
    return str(caught.value)
