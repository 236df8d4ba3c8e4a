from __future__ import annotations

import pickle
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.factories import make_item
from weval.engine.work import Desk, Fault, Replying, Scoring
from weval.errors import AdapterError, ConfigError, DataError
from weval.plan import PlanOptions, plan
from weval.textmodels import TextModelOptions
from weval.types import Prompt, Request, Score

REQUESTS = [request for request, _ in plan(make_item(), "response", PlanOptions())]


def test_a_desk_answers_as_the_adapter_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(Path.cwd())
    desk: Desk = pickle.loads(pickle.dumps(Desk(Scoring("length", {}), str(tmp_path))))
    answers, fault = desk.answers(REQUESTS)
    assert fault is None
    assert [answer.values for answer in answers] == [(float(len(one.responses[0])),) for one in REQUESTS]
    assert desk.about() == {"adapter": "Length", "revision": 1}
    assert Path.cwd() == tmp_path  # where the user stands, so that relative names lead where they should


def test_halves_of_signs_survive_the_way(tmp_path: Path) -> None:
    asked = Request("r", "g", "q", "q", None, (), ("half \ud800 of a sign",))
    assert pickle.loads(pickle.dumps([asked])) == [asked]


def test_another_model_than_the_run_s_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(Path.cwd())
    desk = Desk(Scoring("length", {}), str(Path.cwd()), {"adapter": "Length", "revision": 2})
    answers, fault = desk.answers(REQUESTS)
    assert answers == [] and fault is not None
    with pytest.raises(ConfigError, match="length: a worker has another model than the run; revision was 2, is 1"):
        raise fault.error()


class Breaking:
    """Work that breaks after one answer."""

    name = "breaking"

    def __init__(self, error: Exception) -> None:
        self.error = error

    def opened(self) -> Any:
        return self

    @property
    def fingerprint(self) -> dict[str, Any]:
        return {}

    def answers(self, model: Any, asked: Iterable[Any]) -> Iterator[Any]:
        yield Score.ok(next(iter(asked)), 1.0)
        raise self.error

    def asked_id(self, answer: Any) -> str:
        return str(answer.request_id)

    def failed(self, asked: Any, reason: str) -> Any:
        return Score.missing(asked, "failed", reason)


@pytest.mark.parametrize(
    ("error", "kind", "said"),
    [
        (AdapterError("no head"), AdapterError, "no head"),
        (DataError(["a: 1", "b: 2"]), DataError, "a: 1\nb: 2"),
        (
            RuntimeError("CUDA\nerror"),
            AdapterError,
            r"breaking: a worker failed \(RuntimeError at test_work\.py:\d+: CUDA e",
        ),
    ],
)
def test_what_breaks_keeps_what_came_before(
    error: Exception, kind: type[Exception], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(Path.cwd())
    answers, fault = Desk(Breaking(error), str(Path.cwd())).answers(REQUESTS)
    assert len(answers) == 1 and fault is not None
    sent: Fault = pickle.loads(pickle.dumps(fault))
    with pytest.raises(kind, match=f"^{said}"):
        raise sent.error()


def test_what_nobody_could_answer_is_failed_with_its_reason() -> None:
    score = Scoring("length", {}).failed(REQUESTS[0], "they died")
    reply = Replying("transformers/x", TextModelOptions()).failed(Prompt("p", ()), "they died")
    assert (score.status, score.reason, score.request_id) == ("failed", "they died", REQUESTS[0].id)
    assert (reply.status, reply.reason, reply.prompt_id) == ("failed", "they died", "p")
