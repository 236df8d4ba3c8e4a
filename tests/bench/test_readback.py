from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.bench.benches import made, write_requests
from tests.factories import make_item, write_items
from weval.bench.readback import bench_folders, read_bench_run, rescore_bench
from weval.bench.result import BenchResult
from weval.bench.run import held
from weval.errors import DataError, ResultError, WevalError
from weval.files import read_json
from weval.run import RunSpec, run
from weval.store import RESULT, RUN, is_bench_run


def change(folder: Path, edit: Callable[[dict[str, Any]], object]) -> None:
    """Edits the run.json of a run."""
    content = json.loads((folder / RUN).read_text(encoding="utf-8"))
    edit(content)
    (folder / RUN).write_text(json.dumps(content), encoding="utf-8")


def listing(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def test_a_run_is_read_back_as_it_was(tmp_path: Path) -> None:
    outcome = made(tmp_path / "w", marks=(1, 2, 3, None, 5, 4))
    (tmp_path / "w" / RESULT).unlink()
    before = listing(tmp_path / "w")
    again = read_bench_run(tmp_path / "w")
    assert again.result == outcome.result
    assert (again.rows, again.items) == (outcome.rows, outcome.items)
    assert listing(tmp_path / "w") == before  # nothing is written
    assert rescore_bench(tmp_path / "w").result == outcome.result
    assert read_json(tmp_path / "w" / RESULT, BenchResult) == outcome.result


def test_the_first_items_stay_the_first_items(tmp_path: Path) -> None:
    made(tmp_path / "w", limit=4)
    again = read_bench_run(tmp_path / "w")
    assert (len(again.items), again.result.n_items) == (4, 4)


def test_what_has_no_text_yet_is_missing_and_counted(tmp_path: Path) -> None:
    made(tmp_path / "w")
    path = tmp_path / "w" / "responses.jsonl"
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:4]))
    result = read_bench_run(tmp_path / "w").result
    assert (result.n_scored, result.n_missing, result.publishable) == (4, 2, False)
    assert result.missing == {"writer: there is no text": 2}
    assert result.figures["s_l"].n_missing == 2


def test_a_reply_that_was_cut_off_is_told_and_mended(tmp_path: Path) -> None:
    made(tmp_path / "w")
    path = tmp_path / "w" / "replies.jsonl"
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    with pytest.raises(ResultError, match=r"w: the last of its replies was cut off .* weval bench report"):
        read_bench_run(tmp_path / "w")
    assert path.read_bytes() == whole[:-20]
    assert rescore_bench(tmp_path / "w").result.n_missing == 1
    assert read_bench_run(tmp_path / "w").result.missing == {"the judge was not asked": 1}


def test_a_run_that_is_going_on_is_left_alone(tmp_path: Path) -> None:
    outcome = made(tmp_path / "w")
    steps = outcome.benchmark.steps(outcome.benchmark.options)
    with held(tmp_path / "w", steps), pytest.raises(ResultError, match="another run is writing here"):
        rescore_bench(tmp_path / "w")


def test_data_that_are_gone_or_others_are_one_clear_line(tmp_path: Path) -> None:
    made(tmp_path / "w")
    data = tmp_path / "files" / "requests.jsonl"
    write_requests(data, (100, 200))
    with pytest.raises(
        ResultError, match=r"w: was made on another file \(sha256 \w{12}…\) than .*requests.jsonl is now"
    ):
        read_bench_run(tmp_path / "w")
    data.unlink()
    with pytest.raises(DataError, match=r"w: its data cannot be read: .*requests.jsonl: no such file") as caught:
        read_bench_run(tmp_path / "w")
    assert len(str(caught.value).splitlines()) == 1


def unknown_name(record: dict[str, Any]) -> None:
    record["identity"]["benchmark"]["name"] = "tea"


def other_version(record: dict[str, Any]) -> None:
    record["identity"]["benchmark"]["version"] = "0.1"


def other_set(record: dict[str, Any]) -> None:
    record["identity"]["benchmark"]["set"] = "tea"


def no_writer(record: dict[str, Any]) -> None:
    del record["identity"]["writer"]


def bad_tries(record: dict[str, Any]) -> None:
    record["identity"]["options"]["tries"] = 0


def no_step(record: dict[str, Any]) -> None:
    del record["identity"]["steps"]["replies"]


def other_part(record: dict[str, Any]) -> None:
    record["identity"]["files"]["tea"] = "0" * 64


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (unknown_name, "is a run of 'tea', a benchmark that this weval does not have"),
        (other_version, "was made on longbench-write 0.1; this weval has 1.0"),
        (other_set, "unknown set 'tea'"),
        (no_writer, "run.json: identity.writer: is missing"),
        (bad_tries, "run.json: identity.options.tries: "),
        (no_step, "run.json: identity.steps.replies: is missing"),
        (other_part, r"was made on a file \(tea\) that the benchmark no longer has"),
        (dict.clear, "run.json"),
    ],
)
def test_a_run_json_that_is_not_what_it_should_be(
    edit: Callable[[dict[str, Any]], object], said: str, tmp_path: Path
) -> None:
    made(tmp_path / "w")
    change(tmp_path / "w", edit)
    with pytest.raises(WevalError, match=said):
        read_bench_run(tmp_path / "w")


def test_a_reply_that_is_broken_is_named_by_its_line(tmp_path: Path) -> None:
    made(tmp_path / "w")
    with (tmp_path / "w" / "responses.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"item": 7}\n')
    with pytest.raises(DataError, match=r"responses.jsonl:7: item: "):
        read_bench_run(tmp_path / "w")


def test_runs_of_another_kind_are_told_apart(tmp_path: Path) -> None:
    made(tmp_path / "runs" / "w")
    (tmp_path / "runs" / "empty").mkdir()
    data = write_items(tmp_path / "items.jsonl", [make_item("i1")])
    run(RunSpec("length", data=data, out=tmp_path / "runs" / "other"))
    assert is_bench_run(tmp_path / "runs" / "w")
    assert not is_bench_run(tmp_path / "runs" / "other")
    assert not is_bench_run(tmp_path)
    with pytest.raises(ResultError, match="holds no run of weval bench"):
        read_bench_run(tmp_path / "runs" / "other")
    assert bench_folders(tmp_path / "runs") == [tmp_path / "runs" / "w"]
    assert bench_folders(tmp_path / "runs" / "w") == [tmp_path / "runs" / "w"]
    for folder, said in (("runs/other", "one of weval run"), ("runs/empty", "holds no run"), ("tea", "no such folder")):
        with pytest.raises(ResultError, match=said):
            bench_folders(tmp_path / folder)


def test_a_judge_folder_that_is_gone_is_not_missed(tmp_path: Path) -> None:
    outcome = made(tmp_path / "w")
    change(tmp_path / "w", lambda record: record["identity"]["options"].update(prompt="./gone"))
    assert read_bench_run(tmp_path / "w").result == outcome.result
