"""The routes over a real connection: what is answered, and every way to be refused."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from tests.serving.scorers import Counting, asking
from weval.adapters.exchange import posted
from weval.remote.posting import Key
from weval.serving import routes
from weval.serving.options import ServeOptions
from weval.serving.server import running
from weval.serving.service import Service
from weval.types import Adapter

SECRET = "sk-0123456789abcdef"


@contextmanager
def client(adapter: Adapter, key: str = "", **said: float) -> Iterator[httpx.Client]:
    options = ServeOptions.model_validate({"max_wait_ms": 0, "finish_s": 5, **said}, strict=False)
    service = Service("mine", adapter, options, Key("K", key) if key else Key())
    with running(service) as url, httpx.Client(base_url=url, trust_env=False, timeout=20) as found:
        yield found


def scores(found: httpx.Client, *requests: Any) -> list[dict[str, Any]]:
    reply = found.post("/weval", json={"requests": list(requests)})
    assert reply.status_code == 200
    said: list[dict[str, Any]] = reply.json()["scores"]
    return said


def test_several_requests_in_one_post_are_one_batch_and_come_back_in_order() -> None:
    adapter = Counting()
    with client(adapter) as found:
        reply = found.post("/weval", json={"requests": [posted(one) for one in asking("a", "long", "bbb")]})
        assert reply.json() == {
            "model": "mine",
            "unit": "response",
            "scores": [
                {"status": "ok", "values": [1.0]},
                {"status": "truncated", "reason": "9 tokens, and the model reads 8"},
                {"status": "ok", "values": [3.0]},
            ],
        }
        assert scores(found) == []
    assert adapter.batches == [["a", "long", "bbb"]]


def test_a_faulty_request_does_not_fail_its_neighbours() -> None:
    faulty: list[Any] = [
        {"query": "Tea."},
        {"query": "Tea.", "response": 3},
        {"query": "Tea.", "response": "a", "colour": "red"},
        {"query": "Tea.", "response": "a", "requirements": [{"id": "c1"}]},
        {"query": "Tea.", "response": "half a character: \ud800"},
        {"query": "Tea.", "response": "broken"},
        posted(asking("a", requirement="Mention water.")[0]),
        "Tea.",
        None,
    ]
    with client(Counting()) as found:
        body = json.dumps({"requests": [{"query": "Tea.", "response": "sound"}, *faulty]})
        reply = found.post("/weval", content=body)
        first, *others = reply.json()["scores"]
    assert first == {"status": "ok", "values": [5.0]}
    assert [set(one) for one in others] == [{"status", "reason"}] * len(faulty)
    assert [one["status"] for one in others] == ["failed"] * len(faulty)
    assert [one["reason"] for one in others] == [
        "response: is missing",
        "response: must be a string, not 3",
        "colour: is not a known key",
        "requirements[0].text: is missing",
        "response: holds half a character (a lone surrogate)",
        "the model broke: ValueError: cannot read broken at all",
        "this model judges whole responses, and a requirement is named (unit=response)",
        "a request: must be an object, not 'Tea.'",
        "a request: must be an object, not null",
    ]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"{", "the body is not JSON"),
        (b"", "the body is not JSON"),
        (b"\xff\xfe", "the body is not JSON"),
        (b"[" * 100_000, "the body is not JSON"),
        (b"[]", "the body must be an object with a list"),
        (b'{"requests": {}}', "the body must be an object with a list"),
        (b'{"request": []}', "the body must be an object with a list"),
    ],
)
def test_a_body_that_is_nothing_is_400(body: bytes, said: str) -> None:
    with client(Counting()) as found:
        reply = found.post("/weval", content=body)
    assert reply.status_code == 400
    assert reply.json()["error"].startswith(said)


def test_the_released_form() -> None:
    with client(Counting()) as found:
        reply = found.post("/predict", json={"question": "Tea.", "answer": "four"})
        assert reply.json() == {"value": 4.0, "model": "mine"}
        reply = found.post("/predict", json={"question": "Tea.", "answer": "long"})
        assert (reply.status_code, reply.json()) == (
            422,
            {"error": "too long: 9 tokens, and the model reads 8", "status": "truncated"},
        )
        for body in ({"question": "Tea."}, {"question": 1, "answer": "a"}, {"question": "", "answer": "a"}, []):
            reply = found.post("/predict", json=body)
            assert (reply.status_code, "value" in reply.json()) == (400, False)
            assert reply.json()["error"].endswith('two texts, "question" and "answer"')


def test_health_says_what_is_served() -> None:
    with client(Counting()) as found:
        scores(found, *map(posted, asking("a", "b", "long")))
        assert found.get("/health").json() == {
            "model": "mine",
            "unit": "response",
            "fingerprint": {"adapter": "Counting"},
            "n_waiting": 0,
            "n_ok": 2,
            "n_missing": 1,
            "n_batches": 1,
        }
        assert found.get("/weval").status_code == 405
        assert found.get("/other").status_code == 404


def test_limits() -> None:
    adapter = Counting()
    with client(adapter, max_body_mb=1, max_queue=2) as found:
        reply = found.post("/weval", content=b" " * (4 * 2**20))
        assert (reply.status_code, reply.json()) == (413, {"error": "the body is larger than 1 MB (max_body_mb)"})
        reply = found.post("/weval", json={"requests": [posted(one) for one in asking("a", "b", "c")]})
        assert reply.status_code == 413
        assert reply.json()["error"] == "3 requests at once; at most 2 are taken (max_queue)"
        assert found.post("/weval", json={"requests": [{}] * 3}).status_code == 413  # whatever they are
        adapter.gate.clear()
        busy = [
            threading.Thread(target=scores, args=(found, *map(posted, asking(*texts)))) for texts in ("a", ("b", "c"))
        ]
        busy[0].start()
        assert adapter.entered.wait(10)
        busy[1].start()
        while found.get("/health").json()["n_waiting"] < 2:
            time.sleep(0.01)
        reply = found.post("/weval", json={"requests": [posted(one) for one in asking("d")]})
        assert (reply.status_code, reply.json()) == (503, {"error": "too many requests are waiting"})
        assert 1 <= int(reply.headers["Retry-After"]) <= 30
        adapter.gate.set()
        for thread in busy:
            thread.join()
    assert adapter.batches == [["a"], ["b", "c"]]


def test_a_client_that_goes_away_leaves_nothing_to_compute() -> None:
    adapter = Counting()
    with client(adapter) as found:
        adapter.gate.clear()
        first = threading.Thread(target=scores, args=(found, posted(asking("a")[0])))
        first.start()
        assert adapter.entered.wait(10)
        with pytest.raises(httpx.ReadTimeout):
            found.post("/weval", json={"requests": [posted(asking("gone")[0])]}, timeout=0.2)
        time.sleep(0.2)  # the server hears of it
        adapter.gate.set()
        first.join()
        assert scores(found, posted(asking("b")[0])) == [{"status": "ok", "values": [1.0]}]
    assert adapter.batches == [["a"], ["b"]]


def test_the_key_is_needed_everywhere() -> None:
    with client(Counting(), key=SECRET) as found:
        for headers in ({}, {"Authorization": "Bearer no"}, {"Authorization": SECRET}, {"Authorization": b"\xff\xfe"}):
            for reply in (
                found.get("/health", headers=headers),
                found.post("/weval", headers=headers, content=b"{"),
                found.post("/predict", headers=headers, content=b"{"),
            ):
                assert reply.status_code == 401
                assert SECRET not in reply.text
        found.headers["Authorization"] = f"Bearer {SECRET}"
        assert found.get("/health").status_code == 200
        assert scores(found, posted(asking("a")[0])) == [{"status": "ok", "values": [1.0]}]


def test_keys_are_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[bytes, bytes]] = []
    monkeypatch.setattr(routes, "hmac", SimpleNamespace(compare_digest=lambda *both: compared.append(both)))
    with client(Counting(), key=SECRET) as found:
        assert found.get("/health", headers={"Authorization": "Bearer no"}).status_code == 401
    assert compared == [(b"Bearer no", f"Bearer {SECRET}".encode())]


@pytest.mark.parametrize(
    ("host", "status"),
    [
        *((host, 200) for host in ("127.0.0.1", "127.0.0.1:1", "localhost:99999", "LOCALHOST", "[::1]", "[::1]:8311")),
        *((host, 403) for host in ("evil.example", "evil.example:8311", "127.0.0.1.evil.example", "localhost.example")),
        *((host, 403) for host in ("0.0.0.0:8311", "[::]", "[::1", "", "192.0.2.1", "[::ffff:192.0.2.1]")),
    ],
)
def test_a_page_whose_name_leads_here_is_not_answered(host: str, status: int) -> None:
    adapter = Counting()
    with client(adapter) as found:
        found.headers["Host"] = host
        said = {reply.status_code for reply in (found.get("/health"), found.post("/weval", json={"requests": []}))}
        assert said == {status}
        reply = found.post("/predict", json={"question": "Tea.", "answer": "four"})
        assert (reply.status_code, "value" in reply.json()) == (status, status == 200)
    assert len(adapter.batches) == (status == 200)


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost:3000", ""])
def test_a_page_in_a_browser_may_not_post_here(origin: str) -> None:
    adapter = Counting()
    with client(adapter) as found:
        headers = {"Origin": origin, "Content-Type": "text/plain"}  # what a page may send without asking first
        reply = found.post("/predict", headers=headers, content='{"question": "Tea.", "answer": "four"}')
        assert (reply.status_code, adapter.batches) == (403, [])
        assert "access-control-allow-origin" not in found.options("/predict", headers=headers).headers


def test_behind_a_key_the_server_may_have_any_name() -> None:
    with client(Counting(), key=SECRET) as found:
        headers = {"Host": "rm.example.org", "Origin": "https://example.org"}
        assert found.get("/health", headers=headers).status_code == 401
        assert found.get("/health", headers=headers | {"Authorization": f"Bearer {SECRET}"}).status_code == 200


def test_a_fault_of_ours_is_told_to_nobody_outside(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(content: object) -> Any:
        raise RuntimeError("/home/me/models/secret-rm")

    monkeypatch.setattr(routes, "request_in", broken)
    with client(Counting(), key=SECRET) as found:
        found.headers["Authorization"] = f"Bearer {SECRET}"
        reply = found.post("/weval", json={"requests": [{}]})
    assert (reply.status_code, reply.text) == (500, "Internal Server Error")
    assert "secret-rm" in caplog.text
    assert SECRET not in caplog.text


def test_nothing_that_was_asked_is_logged(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> None:
    with caplog.at_level("DEBUG"), client(Counting(), key=SECRET) as found:
        found.get("/health", headers={"Authorization": f"Bearer {SECRET}no"})
        found.headers["Authorization"] = f"Bearer {SECRET}"
        assert scores(found, posted(asking("private")[0]))
        ours = "".join(record.getMessage() for record in caplog.records if not record.name.startswith("http"))
    said = ours + "".join(capfd.readouterr())
    assert SECRET not in said
    assert "private" not in said


def test_a_reason_with_half_a_character_is_still_json() -> None:
    class Odd(Counting):
        def score(self, requests: Any) -> Iterator[Any]:
            from weval.types import Score

            return (Score.missing(request, "unparsed", "it said \ud800") for request in requests)

    with client(Odd()) as found:
        (said,) = scores(found, posted(asking("a")[0]))
    assert said == {"status": "unparsed", "reason": "it said \ufffd"}
