from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from lm_eval.tasks import TaskManager

from tests.factories import make_item, write_items
from tests.harness.conftest import FOLDER, evaluated
from weval.adapters import open_adapter
from weval.adapters.judge import Judge
from weval.errors import ConfigError, DataError
from weval.harness.suite import METRICS, documents, judged, opened
from weval.plan import PlanOptions, plan
from weval.tasks import load_data, load_task

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning")


@pytest.fixture
def own(tmp_path: Path) -> Path:
    return write_items(tmp_path / "own.jsonl", [make_item("i1"), make_item("i2")])


def loaded(name: str, **metadata: Any) -> Any:
    return TaskManager(include_path=str(FOLDER), include_defaults=False, metadata=metadata).load([name])["tasks"]


def yaml_of(name: str) -> dict[str, Any]:
    class Loader(yaml.SafeLoader):
        pass

    Loader.add_constructor("!function", lambda loader, node: node.value)
    found: dict[str, Any] = yaml.load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"), Loader)
    return found


def test_it_asks_as_the_judge_does() -> None:
    judge = open_adapter("lm-eval:t-decided", {})
    assert isinstance(judge, Judge)
    asked = [pair for item in load_task("weval-mini").items() for pair in plan(item, judge.unit, PlanOptions())]
    questions = opened("weval-mini").questions
    assert [(question.request, question.source) for question in questions.values()] == asked
    assert [question.turns for question in questions.values()] == [judge.prompt(one).messages for one, _ in asked]


def test_it_samples_as_the_judge_does() -> None:
    judge: Any = open_adapter("lm-eval:t-decided", {})
    assert yaml_of("_requirement")["generation_kwargs"] == judge.model._arguments()


def test_the_yaml_names_every_metric_and_every_task() -> None:
    told = yaml_of("_requirement")["metric_list"]
    assert tuple(metric["metric"] for metric in told) == METRICS
    assert all(metric["aggregation"] == f"weval.harness.figures.{metric['metric']}" for metric in told)
    assert [metric["higher_is_better"] for metric in told] == [True, True, True, False, False, False]
    manager = TaskManager(include_path=str(FOLDER), include_defaults=False)
    assert manager.all_subtasks == ["weval", "weval_gemini", "weval_gpt4o", "weval_mini"]
    assert manager.all_tags == ["weval_all"]
    for name in manager.all_subtasks:
        assert yaml_of(name)["dataset_kwargs"]["weval_task"].replace("-", "_") == name


def test_a_document_says_what_it_is_about_and_nothing_of_gold() -> None:
    doc = next(iter(opened("weval-mini").documents()))
    names = ["candidate", "data", "data_sha256", "id", "item", "requirement", "sha256", "system", "task", "user"]
    assert sorted(doc) == names
    assert len(list(opened("weval-mini").documents())) == 1500
    assert len(list(opened("weval-mini").documents(3))) == 75


@pytest.mark.parametrize("name", ["weval_gpt4o", "weval_gemini"])
def test_what_was_never_released_says_how_to_bring_data(name: str, own: Path) -> None:
    task = name.replace("_", "-")
    with pytest.raises(ConfigError) as caught:
        loaded(name)
    assert str(caught.value) == (
        f"{task}: its items were never released; weval build all {task} makes others like them. Name their file: "
        """--metadata '{"data": "FILE"}'"""
    )
    assert len(loaded(name, data=str(own))[name].eval_docs) == 18


def test_each_task_of_the_tag_may_have_its_own_file(own: Path, tmp_path: Path) -> None:
    files = {"weval_gpt4o": str(own), "weval-gemini": str(own), "weval": str(own)}
    found = loaded("weval_all", data=files, limit=1)
    assert {name: len(task.eval_docs) for name, task in found.items()} == {
        "weval": 9, "weval_gemini": 9, "weval_gpt4o": 9, "weval_mini": 25,
    }  # fmt: skip


def test_a_file_is_found_again_from_another_folder(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(own.parent)
    (doc, *_) = documents(weval_task="weval-mini", data="own.jsonl", pretrained="x", version="1")["test"]
    assert doc["data"] == str(own)


@pytest.mark.parametrize(
    "said, problem",
    [({"limit": 0}, "limit: is a number of items, at least 1, not 0"), ({"limit": True}, "not True"),
     ({"limit": "3"}, "not '3'"), ({"data": 3}, "data: is the name of a file, or an object of task: file, not 3"),
     ({"data": {"weval_mini": ""}}, "not ''")],
)  # fmt: skip
def test_wrong_metadata_is_said(said: dict[str, Any], problem: str) -> None:
    with pytest.raises(ConfigError, match=problem):
        documents(weval_task="weval-mini", **said)


def test_a_file_that_has_become_another_is_read_again(own: Path) -> None:
    (before, *_) = documents(weval_task="weval-mini", data=str(own))["test"]
    write_items(own, [make_item("i3")])
    (after, *_) = documents(weval_task="weval-mini", data=str(own))["test"]
    assert (before["item"], after["item"]) == ("i1", "i3")
    assert before["data_sha256"] != after["data_sha256"] == load_data(own).sha256


def test_a_broken_file_is_said_by_line_and_field(tmp_path: Path) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text('{"id": "i1"}\n', encoding="utf-8")
    with pytest.raises(DataError, match=r"bad.jsonl:1: instruction: "):
        loaded("weval_mini", data=str(path))


def test_remarks_on_the_data_are_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_items(tmp_path / "counts.jsonl", [make_item("i1", kept=(3, 2, 1))])
    loaded("weval_mini", data=str(path))
    assert "3 candidates say only how many requirements they kept" in caplog.text


def test_a_reply_is_read_by_the_judges_parser(own: Path) -> None:
    doc = documents(weval_task="weval-mini", data=str(own))["test"][0]
    for said, status, value in (
        ("So:\n[[1]]", "ok", 1.0),
        ("<think>[[1]]</think>[[0]]", "ok", 0.0),
        ("I'm sorry, but I can't help with that.", "refused", None),
        ("Yes.", "unparsed", None),
        (None, "failed", None),
    ):
        found = judged(doc, [said])
        assert tuple(found) == METRICS
        assert {answer[5:] for answer in found.values()} == {(status, value)}
        assert json.loads(json.dumps(found["il"]))[2:5] == [doc["item"], doc["candidate"], doc["requirement"]]
    assert judged(doc, [])["il"].status == "failed"


def test_own_data_is_evaluated(own: Path, tmp_path: Path) -> None:
    found = evaluated(tmp_path / "out", "t-decided", "weval_gpt4o", metadata={"data": str(own)})
    assert (found.figures["sample_len"], found.figures["n_missing"]) == (18, 0)
