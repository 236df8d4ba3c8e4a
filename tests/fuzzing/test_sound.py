"""What the fuzzers change is sound before they do: else nothing that they make would get past a first check."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.fuzzing import descriptions, items, replies, rows, runs, servers, submissions
from tests.fuzzing.benchdata import files_of, given_seeds
from tests.fuzzing.source import Source
from weval.adapters.protocols import HttpOptions, ProtocolName, score_from
from weval.bench.catalogue import CLASSES
from weval.bench.given import given_rows
from weval.bench.readback import rescore_bench
from weval.errors import DataError
from weval.leaderboard.check import check
from weval.readback import read_back, read_result
from weval.replied import Unsound
from weval.tasks import load_data
from weval.textmodels.batches.record import Ledger
from weval.textmodels.hosting import messages
from weval.textmodels.hosting.completions import reply_of
from weval.textmodels.journal import Journal
from weval.types import Item, Reply

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning")


@pytest.mark.parametrize("kind", ["parquet", "arrow", "stream"])
@pytest.mark.parametrize("checks", range(3))
def test_items_in_columns(kind: str, checks: int, tmp_path: Path) -> None:
    content = items.table_file(items._in_columns(checks), kind)
    assert content
    (tmp_path / "x").write_bytes(content)
    assert load_data(tmp_path / "x").n_items == 3


def test_items_in_lines_and_a_task_s_folder(tmp_path: Path) -> None:
    for n, made in enumerate((items.item_rows(), items.released_rows())):
        (tmp_path / str(n)).write_text("".join(json.dumps(row) + "\n" for row in made), encoding="utf-8")
        assert load_data(tmp_path / str(n)).n_items == (3, 2)[n]
    (tmp_path / "task").mkdir()
    assert load_data(items._task_folder(Source(b""), tmp_path / "task")).name == "tea"


@pytest.mark.parametrize("model", ["length", "keywords", "first"])
def test_runs(model: str) -> None:
    run = read_back(runs.templates() / model)
    assert sum(run.joined.statuses.values()) > 0
    assert read_result(runs.templates() / model).metrics
    assert (runs.templates() / model / "scores").exists() == (model == "keywords")  # sealed


def test_a_run_of_a_benchmark_and_what_was_paid_for(tmp_path: Path) -> None:
    shutil.copytree(runs.templates() / "bench", tmp_path / "bench")
    assert rescore_bench(tmp_path / "bench").result.n_scored == 2
    for name, made in runs._PAID.items():
        (tmp_path / name).write_text("".join(json.dumps(row) + "\n" for row in made), encoding="utf-8")
    assert Ledger(tmp_path, "m").known == {"b1"}
    journal = Journal({})
    journal.keep_in(tmp_path)
    reply = journal.get(runs._PROMPT)
    assert reply and reply.text == "Tea."


def test_descriptions(tmp_path: Path) -> None:
    for name, files, read in descriptions.kinds():
        assert files
        (tmp_path / name).write_bytes(files[0].read_bytes())
        read(tmp_path / name)


def test_replies() -> None:
    taken = set()
    for content in replies._OBJECTS:
        for n, read in enumerate(replies.readers()):
            try:
                read(json.dumps(content))
            except (DataError, Unsound, replies.NoVerdict):
                continue
            taken.add(n)
    assert taken >= {2, 4, 5, 6, 7, 8, 9}  # all but those that want no JSON, or a request to find it in


@pytest.mark.parametrize("protocol, n", [("predict", 0), ("vllm", 1), ("sglang", 2), ("weval", 3)])
def test_scores_of_servers(protocol: ProtocolName, n: int) -> None:
    own = {} if protocol in ("predict", "weval") else {"head": "class", "label": 0}
    options = HttpOptions.model_validate({"protocol": protocol, **own})
    assert score_from(servers.SCORES[n], options, servers.REQUEST).status == "ok"


def test_replies_of_servers() -> None:
    found: list[Reply] = [reply_of(servers.PROMPT, servers.COMPLETION, servers.SENT)]
    found.append(messages.reply_of(servers.PROMPT, servers.MESSAGE, servers._asked(), servers.KEY))
    assert [(reply.status, reply.text) for reply in found] == [("ok", "7"), ("ok", "7")]
    assert found[0].probabilities


def test_posts() -> None:
    headers = {"host": "127.0.0.1:8311"}
    status, body = servers.client("response").post("/weval", json.dumps(servers.POSTED).encode(), headers)
    assert (status, [score["status"] for score in json.loads(body)["scores"]]) == (200, ["ok", "truncated"])


@pytest.mark.parametrize("kind", ["models", "writers"])
def test_submissions(kind: str, tmp_path: Path) -> None:
    with submissions.cheaper():
        shutil.copytree(submissions.template(kind) / "results", tmp_path / "results")
        (verdict,) = check([tmp_path / "results"])
    assert verdict.accepted, verdict.problems


@pytest.mark.parametrize("n", range(len(rows.kinds())))
def test_rows(n: int, tmp_path: Path) -> None:
    kind = rows.kinds()[n]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in kind.rows), encoding="utf-8")
    kind.read(tmp_path / "rows.jsonl")


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_benchmarks_and_files_for_them(name: str, tmp_path: Path) -> None:
    benchmark = rows.sound(name)
    assert len(benchmark.items) == max(len(part) for part in files_of(name).values())
    taken = 0
    for row in given_seeds(name):
        (tmp_path / "given").write_text(json.dumps(row) + "\n", encoding="utf-8")
        for fills in ("responses", "replies"):
            try:
                taken += len(list(given_rows(tmp_path / "given", fills, benchmark)))
            except DataError:
                continue
    assert taken >= 2


def test_items_are_items() -> None:
    assert all(Item.model_validate_json(json.dumps(row)) for row in items.item_rows())
