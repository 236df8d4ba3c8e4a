"""What two runs have in common, and the command that repeats one."""

from __future__ import annotations

import shlex
from typing import Any

import pytest

from weval.errors import DataError
from weval.leaderboard.writers.identity import WriterIdentity, bench_command, bench_identity, unlike_the_benchmark
from weval.store import RunRecord

JUDGED = {"model": {"backend": "openai", "model": "gpt-4o"}, "judge": "writing-quality-6", "sha256": "ab"}


def content(**changed: Any) -> dict[str, Any]:
    return {
        "benchmark": {"name": "longbench-write", "version": "1.0", "set": "all"},
        "files": {"prompts": "0" * 64},
        "options": {"mode": "repaired", "set": None, "tries": 3, "prompt": None, "wording": "own"},
        "writer": {"name": "server/heron 7b", "fingerprint": {}, "given": False},
        "judge": {"name": "openai/GPT-4o", "fingerprint": {}, "given": False},
        "steps": {"responses": {"model": {"backend": "server"}}, "replies": JUDGED},
        "limit": None,
    } | changed


def identity(**changed: Any) -> WriterIdentity:
    return WriterIdentity.model_validate(content(**changed), strict=False)


def test_writers_share_a_way_and_judges_do_not() -> None:
    one = identity()
    other = identity(
        writer={"name": "server/crane"}, steps={"responses": {"model": {"backend": "x"}}, "replies": JUDGED}
    )
    assert one.key == other.key
    assert one.folder == other.folder == f"longbench-write.gpt-4o.{one.key}"
    for changed in (
        {"judge": {"name": "openai/gpt-5"}},
        {"options": content()["options"] | {"tries": 2}},
        {"benchmark": {"name": "longbench-write", "version": "1.0", "set": "en"}},
        {"steps": {"responses": {"model": {}}, "replies": JUDGED | {"sha256": "cd"}}},
    ):
        assert identity(**changed).key != one.key


def test_without_a_judge_the_folder_names_none() -> None:
    found = identity(
        benchmark={"name": "longwrite-ruler", "version": "1.0", "set": "all"}, judge=None, steps={"responses": {}}
    )
    assert found.folder == f"longwrite-ruler.{found.key}"
    assert found.is_given


def test_files_in_the_place_of_a_model_are_known() -> None:
    assert not identity().is_given
    assert identity(steps={"responses": {}, "replies": JUDGED}).is_given
    assert identity(steps={"responses": {"model": {}}, "replies": {}}).is_given
    assert identity(writer={"name": "heron", "given": True}).is_given


def test_the_command_is_one_whatever_its_settings_are() -> None:
    said = bench_command(identity(), {"judge.stop": "'; rm -rf /"})
    assert shlex.split(said) == [
        "weval", "bench", "longbench-write", "--model", "server/heron 7b", "--judge", "openai/GPT-4o",
        "--set", "judge.stop='; rm -rf /",
    ]  # fmt: skip
    given = bench_command(identity(steps={"responses": {}, "replies": JUDGED}), {})
    assert given == "weval bench longbench-write --model 'server/heron 7b' --responses FILE --judge openai/GPT-4o"


def test_what_is_no_run_of_a_benchmark(tmp_path: Any) -> None:
    record = RunRecord(created="", command="", data=None, identity=content(more=1, limit="x"), environment={})
    with pytest.raises(DataError) as caught:
        bench_identity(record, tmp_path)
    assert [line.partition("run.json: ")[2].partition(": ")[0] for line in caught.value.problems] == [
        "identity.limit",
        "identity.more",
    ]
    with pytest.raises(DataError, match="'nothing', which is no benchmark of this weval"):
        identity(benchmark={"name": "nothing", "version": "1", "set": "all"}).asked()
    with pytest.raises(DataError, match=r"options\.tries: "):
        identity(options={"tries": "many"}).asked()


def test_asked_as_a_benchmark_asks() -> None:
    assert [*unlike_the_benchmark(identity(), "1.0", ["all", "en"])] == []
    later = [*unlike_the_benchmark(identity(), "2.0", ["all", "en"])]
    assert later == ["is a run of longbench-write 1.0; now it is 2.0: run it again"]
    other_set = identity(benchmark={"name": "longbench-write", "version": "1.0", "set": "en"})
    assert "which is none of all, en, or not that of its settings" in next(
        iter(unlike_the_benchmark(other_set, "1.0", ["all", "en"]))
    )
