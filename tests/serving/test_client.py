"""The client for training: groups go together, order is kept, and what has no score says why."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from tests.adapters.servers import BREAKS, Answer, Asked, Handler, serving
from tests.serving.scorers import Counting, asking
from weval.errors import AdapterError, ConfigError
from weval.remote import retrying
from weval.remote.retrying import Patience
from weval.serving.client import RemoteReward
from weval.serving.options import ServeOptions
from weval.serving.server import running
from weval.serving.service import Service

BRIEF = Patience(attempts=2, timeout_s=2.0, give_up_after_s=5.0)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retrying, "FIRST_WAIT_S", 0.01)


def reply(*scores: Any) -> Any:
    return lambda handler, asked: Answer({"scores": list(scores)})


def test_a_group_is_one_batch_and_order_is_kept() -> None:
    adapter = Counting()
    texts = ["x" * n for n in range(1, 21)]
    with running(Service("mine", adapter, ServeOptions(max_wait_ms=0.0))) as url:
        found = RemoteReward(url, group=8, n_at_once=1).score(iter(asking(*texts)))
        assert RemoteReward(f"{url}/weval").score([]) == []
    assert [score.values for score in found] == [(float(n),) for n in range(1, 21)]
    assert adapter.batches == [texts[:8], texts[8:16], texts[16:]]


def test_statuses_and_reasons_come_through() -> None:
    with running(Service("mine", Counting())) as url:
        found = RemoteReward(url).score(asking("a", "long", "broken"))
    assert [score.status for score in found] == ["ok", "truncated", "failed"]
    assert found[1].reason == "9 tokens, and the model reads 8"


def test_a_full_server_is_asked_again_when_it_says_so() -> None:
    adapter = Counting()
    adapter.gate.clear()
    with running(Service("mine", adapter, ServeOptions(max_wait_ms=0.0, max_queue=2))) as url:
        others: list[Any] = []
        threads = [
            threading.Thread(target=lambda: others.extend(RemoteReward(url).score(asking("a", "b")))) for _ in range(2)
        ]
        threads[0].start()
        assert adapter.entered.wait(10)
        threads[1].start()
        time.sleep(0.3)
        threading.Timer(0.3, adapter.gate.set).start()
        began = time.monotonic()
        found = RemoteReward(url).score(asking("c", "d"))
        assert time.monotonic() - began >= 1  # Retry-After is at least a second
        for thread in threads:
            thread.join()
    assert [score.status for score in [*found, *others]] == ["ok"] * 6


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        (lambda handler, asked: Answer({"error": "no room"}, 503), "HTTP 503 no room (given up after 2 attempts"),
        (lambda handler, asked: BREAKS["reset"](handler), "(given up after 2 attempts"),
        (lambda handler, asked: Answer({"error": "no"}, 400), "HTTP 400 no"),
        (lambda handler, asked: Answer({"error": "larger than 1 MB"}, 413), "HTTP 413 larger than 1 MB"),
        (lambda handler, asked: Answer(b"{"), "the reply is not JSON"),
        (lambda handler, asked: Answer([1, 2]), "the reply holds no list of 2 scores"),
        (reply({"status": "ok", "values": [1.0]}), "the reply holds no list of 2 scores"),
        (reply({"status": "ok", "values": []}, {"status": "ok"}), "the reply holds no score"),
        (reply({"status": "ok", "values": [1.0, 2.0]}, None), "the reply holds "),
        (reply({"values": [1.0]}, {"status": "fine", "values": [1.0]}), "the reply holds no score"),
        (reply(*[{"status": "failed", "values": [0.0], "reason": "x"}] * 2), "the reply holds no score"),
    ],
)
def test_no_fault_becomes_a_number_or_ends_the_training(behaviour: Any, reason: str) -> None:
    with serving(behaviour) as server:
        found = RemoteReward(server.url, patience=BRIEF).score(asking("a", "b"))
    assert [(score.request_id, score.status, score.values) for score in found] == [
        ("r0", "failed", ()),
        ("r1", "failed", ()),
    ]
    assert all(reason in str(score.reason) for score in found)


def test_one_group_that_is_lost_leaves_the_others() -> None:
    def breaking(handler: Handler, asked: Asked) -> Answer | None:
        texts = [one["response"] for one in asked.body["requests"]]
        if "b" in texts:
            return BREAKS["reset"](handler)
        return Answer({"scores": [{"status": "ok", "values": [1.0]} for _ in texts]})

    with serving(breaking) as server:
        found = RemoteReward(server.url, group=1, patience=BRIEF).score(asking("a", "b", "c"))
    assert [score.status for score in found] == ["ok", "failed", "ok"]


def test_nobody_there_is_data_and_a_wrong_key_is_not() -> None:
    with serving(lambda handler, asked: Answer({"error": "a key is needed"}, 401)) as server:
        url = server.url
        with pytest.raises(AdapterError, match="does not accept requests without a key"):
            RemoteReward(url).score(asking("a"))
    (score,) = RemoteReward(url, patience=BRIEF).score(asking("a"))
    assert score.status == "failed"


def test_what_is_no_url() -> None:
    with pytest.raises(ConfigError, match="is written --model http:http://HOST"):
        RemoteReward("localhost:8311")
