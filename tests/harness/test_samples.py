from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.factories import make_item, write_items, write_rows
from tests.harness.conftest import Evaluated, evaluated
from weval.errors import DataError
from weval.harness.samples import digest_of, read_samples

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning")

Rows = list[dict[str, Any]]


@pytest.fixture
def rows(first: Evaluated) -> Rows:
    return [json.loads(line) for line in first.samples.read_text(encoding="utf-8").splitlines()[:3]]


def problems(path: Path, rows: Rows) -> list[str]:
    with pytest.raises(DataError) as caught:
        read_samples(write_rows(path, rows))
    return [problem.removeprefix(f"{path}:") for problem in caught.value.problems]


def test_the_replies_by_question(first: Evaluated) -> None:
    found = read_samples(first.samples)
    assert (found.suite.name, found.is_plain, len(found.replies)) == ("weval-mini", True, 60)
    assert found.generation == {"until": [], "max_gen_toks": 2048, "do_sample": True, "temperature": 0.6}
    assert list(found.replies) == list(found.suite.questions)[:60]


def test_a_line_per_filter_counts_once(rows: Rows, tmp_path: Path) -> None:
    twice = [row | {"filter": name} for row in rows for name in ("none", "strict")]
    once, again = read_samples(write_rows(tmp_path / "a", rows)), read_samples(write_rows(tmp_path / "b", twice[::-1]))
    assert once.replies == again.replies
    assert digest_of(once) == digest_of(again)
    rows[1]["resps"] = [["[[1]] or so"]]
    assert digest_of(read_samples(write_rows(tmp_path / "c", rows))) != digest_of(once)


def test_metrics_in_the_file_are_not_looked_at(rows: Rows, tmp_path: Path) -> None:
    for row in rows:
        for name in row["metrics"]:
            row[name] = "whatever"
    assert len(read_samples(write_rows(tmp_path / "a", rows)).replies) == 3


def test_the_prompt_of_a_chat_api_is_understood(rows: Rows, tmp_path: Path) -> None:
    for row in rows:
        turns = [{"role": role, "content": row["doc"][role]} for role in ("system", "user")]
        row["arguments"]["gen_args_0"]["arg_0"] = [json.dumps(turns, ensure_ascii=False)]
    assert not read_samples(write_rows(tmp_path / "a", rows)).is_plain
    rows[1]["arguments"]["gen_args_0"]["arg_0"] = ["[" * 100_000]
    assert problems(tmp_path / "b", rows) == [
        "2: arguments.gen_args_0.arg_0: does not hold the judge's system text and its question"
    ]


def doc(**said: str) -> Callable[[dict[str, Any]], Any]:
    return lambda row: row["doc"].update(said)


def argument(name: str, value: Any) -> Callable[[dict[str, Any]], Any]:
    return lambda row: row["arguments"]["gen_args_0"].update({name: value})


@pytest.mark.parametrize(
    "change, problem",
    [
        (doc(candidate="a9"), "doc.item: w0002 a9 c2 is not what the question"),
        (doc(id="0" * 16), "doc.id: '0000000000000000' is no question about weval-mini"),
        (doc(id="\x1b[31m"), r"doc.id: '\x1b[31m' is no question"),
        (doc(sha256="0" * 64), "doc.sha256: is of other words than this version of weval asks in"),
        (doc(data_sha256="0" * 64), "doc.data_sha256: is of another file (sha256 000000000000…) than is here"),
        (doc(task="weval"), "doc.task: is weval, the first line's weval-mini"),
        (doc(user=""), "doc.user: must not be empty"),
        (lambda row: row["doc"].pop("system"), "doc.system: is missing"),
        (lambda row: row.pop("arguments"), "arguments: is missing"),
        (lambda row: row.update(resps=[]), "resps: "),
        (lambda row: row.update(resps=[[]]), "resps: holds no reply"),
        (lambda row: row.update(resps=[["a"], ["b"]]), "resps: "),
        (lambda row: row.update(resps=[[1]]), "resps[0][0]: must be a string"),
        (argument("arg_0", "Say [[1]]."), "arguments.gen_args_0.arg_0: does not hold the judge's system text"),
        (argument("arg_1", {"temperature": 0}), "arguments.gen_args_0.arg_1: is not what the first line says"),
    ],
)
def test_a_bad_line_is_named_with_its_field(
    change: Callable[[dict[str, Any]], Any], problem: str, rows: Rows, tmp_path: Path
) -> None:
    change(rows[1])
    found = problems(tmp_path / "samples.jsonl", rows)
    assert found[0].startswith(f"2: {problem}"), found


def test_a_template_for_some_lines_only(rows: Rows, tmp_path: Path) -> None:
    sent = rows[1]["arguments"]["gen_args_0"]
    sent["arg_0"] = f"<user>{sent['arg_0']}</user>"
    (problem,) = problems(tmp_path / "a", rows)
    assert problem.startswith("2: arguments.gen_args_0.arg_0: is put by a chat template where the first line's is not")


def test_two_replies_to_one_question(rows: Rows, tmp_path: Path) -> None:
    other = rows[0] | {"resps": [["[[0]]\nNo."]]}
    (problem,) = problems(tmp_path / "a", [*rows, other])
    assert problem == "4: resps: is another reply than that of line 1 to the same question"


def test_samples_of_another_task_are_foreign(tmp_path: Path) -> None:
    foreign = {"doc_id": 0, "doc": {"question": "1+1?"}, "arguments": {}, "resps": [["2"]], "filter": "none"}
    for rows in ([foreign] * 3, [{"id": "w1"}], [{"doc": 3}]):
        (problem,) = problems(tmp_path / "a", rows)
        assert problem.startswith("1: is no sample of a weval task; lm-eval run --tasks weval_mini --log_samples")


def test_a_task_that_nobody_knows(rows: Rows, tmp_path: Path) -> None:
    rows[0]["doc"]["task"] = "weval-maxi"
    assert problems(tmp_path / "a", rows)[0].startswith("1: doc.task: unknown task 'weval-maxi'; did you mean")


def test_what_is_no_json_lines(tmp_path: Path, first: Evaluated) -> None:
    (tmp_path / "cut").write_bytes(first.samples.read_bytes()[:-100])
    with pytest.raises(DataError, match=r"cut:60: is not JSON"):
        read_samples(tmp_path / "cut")
    (tmp_path / "empty").touch()
    for name, said in (("empty", "is empty"), ("gone", "no such file"), (".", "is a directory, not a file")):
        with pytest.raises(DataError, match=said):
            read_samples(tmp_path / name)


def test_own_data_must_be_there_unchanged(tmp_path: Path) -> None:
    own = write_items(tmp_path / "own.jsonl", [make_item("i1"), make_item("i2")])
    samples = evaluated(tmp_path / "out", "t-decided", metadata={"data": str(own)}).samples
    assert read_samples(samples).suite.task.path == own
    moved = [json.loads(line) for line in samples.read_text(encoding="utf-8").splitlines()]
    for row in moved:
        row["doc"]["data"] = str(tmp_path / "gone.jsonl")
    (problem,) = problems(tmp_path / "a", moved)
    assert problem == f"1: doc.data: {tmp_path}/gone.jsonl: no such file"
    broken = tmp_path / "broken.jsonl"
    broken.write_text('{"id": "i1"}\n', encoding="utf-8")
    for row in moved:
        row["doc"]["data"] = str(broken)
    found = problems(tmp_path / "c", moved)
    assert len(found) > 1
    assert all(one.startswith(f"1: doc.data: {broken}:1: ") for one in found)
    for row in moved:
        row["doc"]["data"] = str(write_items(tmp_path / "other.jsonl", [make_item("i1"), make_item("i3")]))
    (problem,) = problems(tmp_path / "b", moved)
    assert problem.startswith("1: doc.data_sha256: is of another file")
