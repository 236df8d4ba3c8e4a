from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from lm_eval.api.task import ConfigurableTask
from lm_eval.caching import cache
from lm_eval.tasks import TaskManager

from tests.factories import make_item, write_items
from tests.harness.conftest import FOLDER
from weval.errors import ConfigError
from weval.harness import asking

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning")


@pytest.fixture(scope="module")
def task() -> Any:
    return loaded(limit=1)


def context(task: Any, **said: Any) -> Any:
    task.build_all_requests(**said)
    return task.instances[0].args[0]


def loaded(**metadata: Any) -> Any:
    manager = TaskManager(include_path=str(FOLDER), include_defaults=False, metadata=metadata)
    return manager.load(["weval_mini"])["tasks"]["weval_mini"]


def test_it_is_a_task_of_lm_eval_with_a_name_that_it_knows(task: Any) -> None:
    assert isinstance(task, ConfigurableTask)
    assert type(task) is asking.RequirementTask
    assert (task.VERSION, task.config.num_fewshot, task.OUTPUT_TYPE) == ("1", 0, "generate_until")
    with pytest.raises(AttributeError, match="has no attribute 'OtherTask'"):
        _ = asking.OtherTask


def test_without_a_template_a_blank_line_parts_system_and_question(task: Any) -> None:
    doc = task.eval_docs[0]
    assert context(task) == f"{doc['system']}\n\n{doc['user']}"


def test_a_template_is_given_both_turns(task: Any) -> None:
    doc = task.eval_docs[0]
    given = context(task, apply_chat_template=True, chat_template=lambda turns, **_: turns)
    assert given == [{"role": "system", "content": doc["system"]}, {"role": "user", "content": doc["user"]}]


def test_a_template_without_system_turns_has_its_text_before_the_question(task: Any) -> None:
    doc = task.eval_docs[0]
    given = context(task, apply_chat_template=True, chat_template=lambda turns, **_: f"<{turns[-1]['content']}>")
    assert given == f"<{doc['system']}\n\n{doc['user']}>"


def test_another_system_text_or_examples_would_be_another_judge(task: Any) -> None:
    with pytest.raises(ConfigError, match="--system_instruction: the judge has a system text of its own"):
        context(task, system_instruction="Be kind.")
    with pytest.raises(ConfigError, match="--num_fewshot: the judge is asked without examples"):
        task.fewshot_context(task.eval_docs[0], 2)


def test_requests_that_were_kept_are_taken_for_those_of_their_items_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "PATH", str(tmp_path))
    own = write_items(tmp_path / "own.jsonl", [make_item("i1"), make_item("i2")])
    loaded(limit=2).build_all_requests(cache_requests=True)
    again = loaded(limit=2)
    again.build_all_requests(cache_requests=True, limit=7)
    assert [request.doc["id"] for request in again.instances] == again.eval_docs["id"][:7]
    for metadata in ({"data": str(own)}, {"limit": 1}, {"limit": 3}):
        other = loaded(**metadata)
        with pytest.raises(ConfigError, match="--cache_requests: what lm-eval has kept was asked about other items"):
            other.build_all_requests(cache_requests=True)
    other.build_all_requests(cache_requests=True, rewrite_requests_cache=True)
    assert len(other.instances) == 75
    other.build_all_requests(samples=[1, 30])
    assert [request.doc["id"] for request in other.instances] == other.eval_docs[[1, 30]]["id"]
