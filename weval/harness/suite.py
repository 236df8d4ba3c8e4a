"""The documents of weval's lm-eval tasks, one per item, candidate and requirement; and what a reply to one is worth."""

from __future__ import annotations

import importlib
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any, NamedTuple

from weval.adapters.judge import JudgeOptions
from weval.adapters.judge.folder import JudgeFolder, Turns, read_judge
from weval.adapters.judge.reading import Reader
from weval.errors import ConfigError
from weval.plan import PlanOptions, plan
from weval.randomness import digest
from weval.tasks import Task, UnreleasedSource, lasting, load_data, load_task, read_spec
from weval.types import Reply, Request, Score, Source, Status

PLAN = PlanOptions()
"""lm-eval asks as a run without --set does."""

METRICS = ("correlation", "il", "pl", "tie_rate", "unparsed", "n_missing")
"""What the tasks report, in the order of their YAML."""


class Answer(NamedTuple):
    """What a reply came to: of which task, or which file (`data`, empty for a task's own), about what, and its score.

    `value` is there exactly when the status is ok. This is what lm-eval carries from a document to the aggregation.
    """

    task: str
    data: str
    item: str
    candidate: str
    requirement: str
    status: Status
    value: float | None


@dataclass(frozen=True, slots=True)
class Question:
    """A request, where it comes from, and how it is put to a model."""

    request: Request
    source: Source
    turns: Turns

    @property
    def sha256(self) -> str:
        """A hash of the roles and texts of its turns."""
        return digest(*(part for turn in self.turns for part in turn), size=32).hex()


@dataclass(frozen=True, slots=True)
class Suite:
    """A task and every question about it, by the id of its request, in the order in which they are asked."""

    name: str
    data: str
    task: Task
    judge: JudgeFolder
    questions: Mapping[str, Question]

    def score(self, request_id: str, said: object) -> Score:
        """The score of what a model said, read by the judge's own parser."""
        question = self.questions[request_id]
        if isinstance(said, str):
            reply = Reply(request_id, "ok", said)
        else:
            reply = Reply(request_id, "failed", reason=f"the reply is no text ({type(said).__name__})")
        return Reader(self.judge.spec, JudgeOptions(), None).score(question.request, [reply])

    def documents(self, limit: int | None = None) -> Iterator[dict[str, str]]:
        """One document per question, of the first `limit` items: names, the turns, and a hash of them."""
        asked = {item.id for item in islice(self.task.items(), limit)}
        for request_id, question in self.questions.items():
            source = question.source
            if source.item in asked:
                yield {
                    "task": self.name,
                    "data": self.data,
                    "data_sha256": self.task.sha256,
                    "id": request_id,
                    "item": source.item,
                    "candidate": source.candidates[0],
                    "requirement": source.requirement or "",
                    "sha256": question.sha256,
                    **dict(question.turns),
                }


def opened_anew(name: str, data: str = "") -> Suite:
    """As `opened`, at the start of something: a file that has become another since it was looked at is read again."""
    suite = opened(name, data)
    if suite.task.shards.sha256() != suite.task.sha256:
        opened.cache_clear()
        suite = opened(name, data)
    return suite


@lru_cache(maxsize=4)
def opened(name: str, data: str = "") -> Suite:
    """A task by name, or a file in its place, with its questions. The file is looked at once.

    Raises ConfigError for a task that was never released, without a file; DataError for a broken file.
    """
    if data:
        task = load_data(data, reach=False)  # nobody is asked because a file of samples names them
    elif isinstance(read_spec(name).source, UnreleasedSource):
        raise ConfigError(
            f"{name}: its items were never released; weval build all {name} makes others like them. Name their file: "
            """--metadata '{"data": "FILE"}'"""
        )
    else:
        task = load_task(name)
    judge = read_judge(JudgeOptions().prompt)
    questions = {
        request.id: Question(request, source, judge.prompt(request))
        for item in task.items()
        for request, source in plan(item, judge.spec.unit, PLAN)
    }
    return Suite(name, data, task, judge, questions)


def documents(**said: Any) -> dict[str, Any]:  # noqa: ANN401 - lm-eval's metadata: whatever was given to it
    """The data set of one of weval's lm-eval tasks, as lm-eval's `custom_dataset` is asked for it.

    `weval_task` names the task of weval. By `--metadata` a user may give `data`, a file of items in place of its own
    (or an object of such files by task), and `limit`, how many items; what else lm-eval says is not looked at. Raises
    ConfigError, DataError.
    """
    name, limit = str(said["weval_task"]), said.get("limit")
    if limit is not None and (isinstance(limit, bool) or not isinstance(limit, int) or limit < 1):
        raise ConfigError(f"--metadata limit: is a number of items, at least 1, not {limit!r}")
    suite = opened_anew(name, _file(name, said.get("data")))
    for notice in suite.task.notices:
        logging.getLogger(__name__).warning("%s: %s", name, notice)
    dataset: Any = importlib.import_module("datasets").Dataset  # lm-eval has it
    return {"test": dataset.from_list(list(suite.documents(limit)))}


def _file(name: str, data: object) -> str:
    """The file, or what else `data` names for a task; empty for none. It is found again from another folder."""
    if isinstance(data, Mapping):
        data = next((data[key] for key in (name, name.replace("-", "_")) if key in data), None)
    if data is None:
        return ""
    if not isinstance(data, str) or not data:
        raise ConfigError(f"--metadata data: is the name of a file, or an object of task: file, not {data!r}")
    return lasting(data)


def judged(doc: Mapping[str, str], results: Sequence[object]) -> dict[str, Answer]:
    """What the first reply to a document came to, once for each metric: lm-eval's `process_results`."""
    score = opened(doc["task"], doc["data"]).score(doc["id"], results[0] if results else None)
    names = doc["task"], doc["data"], doc["item"], doc["candidate"], doc["requirement"]
    return dict.fromkeys(METRICS, Answer(*names, score.status, score.values[0] if score.values else None))
