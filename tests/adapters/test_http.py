"""Reward models behind servers: what they are asked, what becomes of every fault, and what a certificate finds."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.adapters.servers import (
    BREAKS,
    REPLIES,
    Answer,
    Asked,
    Faulty,
    Handler,
    Server,
    Vllm,
    flask,
    liked,
    serving,
    sglang,
)
from tests.factories import make_item, write_items
from weval.adapters.http import LOST_ROUNDS, Http
from weval.errors import AdapterError, ConfigError
from weval.remote import retrying
from weval.run import RunSpec, run
from weval.types import Adapter, Certified, Request, Requirement, Score

SECRET = "sk-0123456789abcdef"
WIRE = "<user>{asked}<assistant>{response}"
QUICK = {"timeout_s": "1.5", "attempts": "3"}


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retrying, "FIRST_WAIT_S", 0.01)


def asking(*responses: str, requirement: str | None = None) -> list[Request]:
    asked = Requirement(id="c1", text=requirement) if requirement else None
    return [
        Request(f"r{n}", "g", "Tea. Mention water.", "Tea.", "en", (), (response,), asked)
        for n, response in enumerate(responses)
    ]


def scored(adapter: Http, requests: Iterable[Request]) -> dict[str, Score]:
    """The scores by response; every request has one, and none has two."""
    kept = list(requests)
    found = list(adapter.score(kept))
    assert Counter(score.request_id for score in found) == Counter(request.id for request in kept)
    texts = {request.id: request.responses[0] for request in kept}
    return {texts[score.request_id]: score for score in found}


def no_threads_left() -> bool:
    return not any(thread.name == "weval-requests" for thread in threading.enumerate())


# --- three kinds of servers


def test_the_contract_is_kept() -> None:
    adapter = Http("http://127.0.0.1:55111/predict", unit="requirement")
    assert isinstance(adapter, Adapter)
    assert isinstance(adapter, Certified)
    assert (adapter.unit, adapter.reads_ids) == ("requirement", False)


def test_the_released_protocol() -> None:
    with serving(flask) as server:
        adapter = Http(f"{server.url}/predict", unit="requirement")
        found = scored(adapter, asking("a", "a b c", requirement="Mention water."))
    assert found["a b c"].values > found["a"].values
    assert {(asked.path, asked.body["question"]) for asked in server.asked} == {("/predict", "Mention water.")}
    assert all(score.seconds is not None and score.tokens_in is None for score in found.values())


def test_vllm_gives_raw_scores() -> None:
    texts = ["a", "a b c d e f g", "a b c d e f g h i j k l m n o p q r s t u v w x y z"]
    with serving(Vllm()) as server:
        found = scored(Http(server.url, protocol="vllm", model="rm"), asking(*texts))
        for text in texts:
            chat = f"<bos> <user> Tea. Mention water. <assistant> {text}"
            assert found[text].values == (liked(chat),)
            assert found[text].tokens_in == len(chat.split())
        wired = scored(Http(server.url, protocol="vllm", wire=WIRE), asking("a b"))
        assert wired["a b"].values == (liked("<bos><user>Tea. Mention water.<assistant>a b"),)


def test_vllm_of_two_labels() -> None:
    with serving(Vllm(n_labels=2)) as server:
        plain = scored(Http(server.url, protocol="vllm"), asking("a"))["a"]
        assert plain.reason == "the server gives 2 scores for a text; say which, as --set head=class --set label=1"
        (value,) = scored(Http(server.url, protocol="vllm", head="class", label="1"), asking("a"))["a"].values
        settings = {"head": "logit_difference", "label": "1", "other_label": "0"}
        (less,) = scored(Http(server.url, protocol="vllm", **settings), asking("a"))["a"].values
    assert 0 < value < 1
    assert less == pytest.approx(2 * -liked("<bos> <user> Tea. Mention water. <assistant> a"))


def test_sglang_gives_raw_scores_of_a_text() -> None:
    with serving(sglang) as server:
        found = scored(Http(server.url, protocol="sglang", wire=WIRE), asking("a", "a b"))
    assert found["a b"].values == (liked("<bos><user>Tea. Mention water.<assistant>a b"),)
    assert found["a b"].tokens_in == 4
    assert {asked.path for asked in server.asked} == {"/classify"}


@pytest.mark.parametrize(("behaviour", "protocol"), [(Vllm(), "vllm"), (sglang, "sglang")])
def test_texts_that_are_too_long_are_truncated(behaviour: Any, protocol: str) -> None:
    with serving(behaviour) as server:
        found = scored(Http(server.url, protocol=protocol, wire=WIRE), asking("a", "a " * 2000))
    assert found["a"].status == "ok"
    assert found["a " * 2000].status == "truncated"
    assert len(server.asked) == 2


def test_a_model_that_is_not_served_ends_the_run() -> None:
    with serving(Vllm()) as server, pytest.raises(AdapterError, match="The model `other` does not exist"):
        list(Http(server.url, protocol="vllm", model="other").score(asking("a", "b", "c")))


# --- URLs and settings


@pytest.mark.parametrize(
    ("reference", "settings", "url"),
    [
        ("http://h:55111/predict", {}, "http://h:55111/predict"),
        ("//h:55111/predict", {}, "http://h:55111/predict"),
        ("https://h/rm/predict/", {}, "https://h/rm/predict/"),
        ("http://h:8000", {"protocol": "vllm"}, "http://h:8000/classify"),
        ("http://h:8000/", {"protocol": "vllm"}, "http://h:8000/classify"),
        ("http://[::1]:8000/", {"protocol": "sglang", "wire": WIRE}, "http://[::1]:8000/classify"),
        ("http://h:8000/x/classify", {"protocol": "vllm"}, "http://h:8000/x/classify"),
        ("http://h:8000", {"protocol": "predict"}, "http://h:8000/predict"),
        ("http://h:8311/weval", {}, "http://h:8311/weval"),
        ("http://h:8311", {"protocol": "weval"}, "http://h:8311/weval"),
    ],
)
def test_urls(reference: str, settings: dict[str, str], url: str) -> None:
    adapter = Http(reference, **settings)
    assert adapter.url == adapter.fingerprint["url"] == url


@pytest.mark.parametrize(
    ("reference", "settings", "said"),
    [
        ("http://h:8000", {}, r"--model http:http://h:8000: say what is spoken there, by --set protocol=predict\|vllm"),
        ("http://h/classify", {}, "say what is spoken there"),
        ("http://skywork/x", {}, "say what is spoken there"),
        (
            "http://h/v1/classify",
            {"protocol": "sglang", "wire": WIRE},
            "takes a softmax, .* its own route is /classify",
        ),
        ("http://h/v1/classify/", {"protocol": "vllm"}, "takes a softmax"),
        ("h:8000/predict", {}, "is written --model http:http://HOST"),
        ("ftp://h/predict", {}, "is written --model http:http://HOST"),
        ("http:///predict", {}, "is written --model http:http://HOST"),
        ("http://h:0/predict", {}, "is written --model http:http://HOST"),
        ("http://h:99999/predict", {}, "is written --model http:http://HOST"),
        ("http://a b/predict", {}, "is written --model http:http://HOST"),
        ("http://h\n/predict", {}, "is written --model http:http://HOST"),
        ("//\udcff@h/predict", {}, "is written --model http:http://HOST"),
        (f"http://u:{SECRET}@h/predict", {}, "may hold no password"),
        (f"http://h/predict?key={SECRET}", {}, "may hold no password"),
        (f"http://h/predict#{SECRET}", {}, "may hold no password"),
        ("http://h/predict", {"key_env": "NO_SUCH_KEY"}, "--set key_env=NO_SUCH_KEY: this environment variable is not"),
        ("http://h/predict", {"wire": WIRE}, "--set wire: has no effect"),
    ],
)
def test_what_is_refused_before_anything_is_asked(reference: str, settings: dict[str, str], said: str) -> None:
    with pytest.raises(ConfigError, match=said) as caught:
        Http(reference, **settings)
    assert "\n" not in str(caught.value)
    assert SECRET not in str(caught.value)


def test_the_fingerprint_tells_urls_and_questions_apart_but_not_speeds() -> None:
    def of(url: str = "http://h/predict", **settings: str) -> Any:
        return json.dumps(Http(url, **settings).fingerprint)

    assert of() == of(concurrency="1", timeout_s="1", attempts="1", give_up_after_s="9")
    assert len({of(), of("http://g/predict"), of(unit="requirement"), of("http://h/predict", protocol="vllm")}) == 4


# --- certificates


@pytest.mark.parametrize("unit", ["response", "requirement"])
@pytest.mark.parametrize(
    ("behaviour", "settings"),
    [
        (flask, {"protocol": "predict"}),
        (Vllm(), {"protocol": "vllm", "model": "rm"}),
        (Vllm(n_labels=2), {"protocol": "vllm", "head": "class", "label": "0"}),
        (sglang, {"protocol": "sglang", "wire": WIRE}),
    ],
)
def test_a_sound_server_is_certified(behaviour: Any, settings: dict[str, str], unit: str) -> None:
    with serving(behaviour) as server:
        found = Http(server.url, unit=unit, **settings).certify()
        n = found.n_texts
        assert len(server.asked) == 3 * n
    assert {name: (drift.largest, drift.flipped) for name, drift in found.drift.items()} == {
        "batched": (0, 0),
        "repeated": (0, 0),
    }
    assert found.noise == 0
    assert found.easy[0] > found.easy[1]
    assert found.computed["protocol"] == settings["protocol"]
    assert found.computed["server"] == ("Werkzeug/3.0.1 Python/3.11.7" if behaviour is flask else "uvicorn")
    assert found.computed.get("served_model") == ("rm" if settings["protocol"] == "vllm" else None)


def test_one_at_a_time_is_alone() -> None:
    with serving(Vllm()) as server:
        found = Http(server.url, protocol="vllm", concurrency="1").certify()
        assert server.most_inside == 1
    assert list(found.drift) == ["repeated"]
    assert found.remarks == ("batched was not measured: --set concurrency=1 asks for one at a time",)


def test_a_server_whose_scores_move_with_the_load() -> None:
    def loaded(handler: Handler, asked: Asked) -> Answer:
        time.sleep(0.02)
        answer = Vllm()(handler, asked)
        answer.content["data"][0]["probs"][0] += 0.25 * (handler.server.inside > 1)
        return answer

    with serving(loaded) as server:
        found = Http(server.url, protocol="vllm").certify()
    assert found.drift["batched"].largest == pytest.approx(0.25)


@pytest.mark.parametrize(
    ("behaviour", "settings", "said"),
    [
        (Vllm(old=True), {"protocol": "vllm"}, "gives scores between 0 and 1 only .* as after a sigmoid or softmax"),
        (lambda handler, asked: Answer({"value": 1.0}), {"protocol": "predict"}, r"the same score \(1\)"),
        (lambda handler, asked: Answer([{"embedding": [3.5]}]), {"protocol": "sglang", "wire": WIRE}, "the same score"),
        (Vllm(n_labels=2), {"protocol": "vllm"}, "gives no score for a short text: the server gives 2 scores"),
        (lambda handler, asked: Answer({"value": None}), {"protocol": "predict"}, "value of the reply is null"),
        (
            lambda handler, asked: Answer({}, 503),
            {"protocol": "predict"},
            r"short text: HTTP 503 .* \(given up after 2 attempts",
        ),
    ],
)
def test_a_server_that_cannot_be_right_is_found_out(behaviour: Any, settings: dict[str, str], said: str) -> None:
    with serving(behaviour) as server, pytest.raises(AdapterError, match=said) as caught:
        Http(server.url, attempts="2", **settings).certify()
    assert "\n" not in str(caught.value)
    assert no_threads_left()


# --- many at once


def test_requests_really_are_on_their_way_together() -> None:
    def slow(handler: Handler, asked: Asked) -> Answer:
        time.sleep(0.03)
        return flask(handler, asked)

    with serving(slow) as server:
        scored(Http(f"{server.url}/predict", concurrency="6"), asking(*(f"text {n}" for n in range(40))))
        assert server.most_inside == 6


def test_requests_are_drawn_as_they_are_needed() -> None:
    drawn = 0

    def requests() -> Iterator[Request]:
        nonlocal drawn
        for request in asking(*(f"text {n}" for n in range(1000))):
            drawn += 1
            yield request

    with serving(flask) as server:
        found = Http(f"{server.url}/predict", concurrency="4").score(requests())
        assert drawn == 0
        for _ in range(10):
            next(found)
        assert drawn <= 14
        found.close()
        assert no_threads_left()


def hanging(server: Server) -> Http:
    return Http(f"{server.url}/predict", timeout_s="60", concurrency="4")


def test_a_run_that_is_closed_does_not_wait_for_the_server() -> None:
    with serving(Faulty(flask)) as server:
        found = hanging(server).score(asking("sound 1", *["hang"] * 10))
        next(found)
        began = time.monotonic()
        found.close()
        assert time.monotonic() - began < 20
        assert no_threads_left()


def test_ctrl_c_does_not_wait_for_the_server() -> None:
    with serving(Faulty(flask)) as server:
        threading.Timer(0.3, os.kill, [os.getpid(), signal.SIGINT]).start()
        began = time.monotonic()
        with pytest.raises(KeyboardInterrupt):
            list(hanging(server).score(asking(*["hang"] * 10)))
        assert time.monotonic() - began < 20
        assert no_threads_left()


# --- faults


def test_every_request_ends_with_a_value_or_a_status() -> None:
    """Every fault in one run, several times, between requests that are sound."""
    words = [
        *("sound", "429", "503", "400", "413", "422"),
        *(f"once-{status}" for status in (408, 409, 429, 500, 502, 503, 504, 529)),
        *BREAKS,
        *(f"once-{name}" for name in BREAKS),
        *(name for name in REPLIES if name != "large"),  # which takes a while
    ]
    texts = [f"{word} {n}" for n in range(4) for word in words]
    faulty = Faulty(flask)
    with serving(faulty) as server:
        found = scored(Http(f"{server.url}/predict", **QUICK), asking(*texts))
    for text, score in found.items():
        word = text.split()[0]
        passes = word == "sound" or word.startswith("once-")
        assert (score.status == "ok") == passes, (text, score)
        assert passes or (score.reason and score.reason.isprintable() and len(score.reason) < 300)
        if word in BREAKS or word in ("429", "503"):
            assert 1 <= faulty.seen[text] <= 3  # a busy server may read one after it was given up
            assert score.reason
            assert "given up after 3 attempts" in score.reason
        elif not passes:
            assert faulty.seen[text] == 1, text
    assert len(found) == len(texts)


def test_a_value_is_never_invented() -> None:
    """The released script counted a missing value as 0."""
    with serving(lambda handler, asked: Answer({"value": None})) as server:
        (score,) = Http(f"{server.url}/predict").score(asking("a"))
    assert (score.status, score.values, score.reason) == ("failed", (), "value of the reply is null, not a number")


def test_retry_after_is_honoured() -> None:
    faulty = Faulty(flask)

    def busy(handler: Handler, asked: Asked) -> Answer | None:
        answer = faulty(handler, asked)
        return Answer({}, 429, {"Retry-After": "1"}) if answer and answer.status == 429 else answer

    with serving(busy) as server:
        assert scored(Http(f"{server.url}/predict"), asking("once-429 a"))["once-429 a"].status == "ok"
    first, second = (asked.at for asked in server.asked)
    assert 1 <= second - first < 2


@pytest.mark.parametrize("status", [401, 403, 404])
def test_what_no_request_can_mend_ends_the_run(status: int) -> None:
    with serving(Faulty(flask)) as server:
        with pytest.raises(AdapterError, match=f"{server.url}/predict .*HTTP {status} trouble {status}"):
            list(Http(f"{server.url}/predict").score(asking(*[f"{status} x"] * 100)))
        assert len(server.asked) <= 16
    assert no_threads_left()


def test_a_server_that_is_not_there_scores_nothing() -> None:
    with serving(flask) as server:
        url = f"{server.url}/predict"
    found: list[Score] = []
    with pytest.raises(AdapterError, match=r"/predict cannot be reached: .+ \(given up after 2 attempts"):
        for score in Http(url, attempts="2").score(asking("a", "b", "c")):
            found.append(score)
    assert found == []


def test_a_server_that_is_lost_ends_the_run_and_nothing_is_lost() -> None:
    answered = threading.Semaphore(20)

    def dying(handler: Handler, asked: Asked) -> Answer | None:
        return flask(handler, asked) if answered.acquire(blocking=False) else BREAKS["reset"](handler)

    texts = [f"text {n}" for n in range(500)]
    found: list[Score] = []
    with serving(dying) as server, pytest.raises(AdapterError, match="none of the last 12 requests") as caught:
        for score in Http(f"{server.url}/predict", concurrency="4", attempts="2").score(asking(*texts)):
            found.append(score)
    assert "the same command continues" in str(caught.value)
    assert len({score.request_id for score in found}) == len(found)
    assert sum(score.status == "ok" for score in found) == 20
    assert LOST_ROUNDS * 4 - 4 <= sum(score.status == "failed" for score in found) < LOST_ROUNDS * 4


def test_a_server_may_stumble_for_a_while() -> None:
    faulty = Faulty(flask)
    texts = [f"{'reset' if 20 <= n < 30 else 'sound'} {n}" for n in range(60)]
    with serving(faulty) as server:
        found = scored(Http(f"{server.url}/predict", concurrency="4", **QUICK), asking(*texts))
    assert Counter(score.status for score in found.values()) == {"ok": 50, "failed": 10}


# --- the key


def test_the_key_is_sent_and_stands_nowhere(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setenv("RM_KEY", SECRET)
    caplog.set_level("DEBUG")

    def telling(handler: Handler, asked: Asked) -> Answer | None:
        """Repeats the key wherever it can."""
        key = asked.headers["Authorization"]
        assert key == f"Bearer {SECRET}"
        handler.server_version = f"uvicorn {key}"
        kinds = {
            "400": Answer({"error": {"message": f"what is {key}?"}}, 400),
            "503": Answer(f"overloaded by {key}".encode(), 503),
            "kind": Answer({"data": [{"probs": key}]}),
            "path": Answer({key: 1}),
            "json": Answer(f"{{{key}".encode()),
        }
        answer = kinds.get(str(asked.body.get("input", "")).split()[0]) or Vllm()(handler, asked)
        if isinstance(answer.content, dict) and "model" in answer.content:
            answer.content["model"] = f"rm of {key}"
        return answer

    with serving(telling) as server:
        adapter = Http(server.url, protocol="vllm", wire="{response} {query}", key_env="RM_KEY", attempts="2")
        found = scored(adapter, asking("sound", "400", "503", "kind", "path", "json"))
        certificate = adapter.certify()
    assert [score.status for score in found.values()].count("ok") == 1
    assert found["400"].reason == "HTTP 400 what is Bearer [key]?"
    said = [repr(found), repr(adapter), repr(vars(adapter)), json.dumps(adapter.fingerprint), repr(certificate)]
    logged = [line for line in caplog.messages if "receive_response_headers" not in line]  # what the server sent
    assert logged
    assert SECRET not in "".join(said + logged)
    assert certificate.computed["served_model"] == "rm of Bearer [key]"


def test_a_key_that_is_refused_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RM_KEY", SECRET)
    refusing = Answer({"error": {"message": f"Incorrect API key provided: {SECRET}"}}, 401)
    with serving(lambda handler, asked: refusing) as server, pytest.raises(AdapterError) as caught:
        Http(server.url, protocol="vllm", key_env="RM_KEY").certify()
    assert "does not accept the key in RM_KEY (HTTP 401 Incorrect API key provided: [key])" in str(caught.value)


# --- a whole run


def test_a_run_is_continued_when_the_server_is_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RM_KEY", SECRET)
    data = write_items(tmp_path / "items.jsonl", [make_item(f"i{n}") for n in range(40)])
    answers = threading.Semaphore(50)

    def dying(handler: Handler, asked: Asked) -> Answer | None:
        if answers.acquire(blocking=False):
            return flask(handler, asked)
        return Answer({"error": f"no room for {asked.headers['Authorization']}"}, 503, {"Retry-After": "0"})

    with serving(dying) as server:
        port = server.server_port
        settings = {"key_env": "RM_KEY", "unit": "response"}
        spec = RunSpec(f"http:{server.url}/predict", data=data, out=tmp_path / "run", settings=settings)
        with pytest.raises(AdapterError, match="the same command continues") as caught:
            run(spec)
    lines = (tmp_path / "run" / "scores.jsonl").read_text(encoding="utf-8").splitlines()
    statuses = Counter(json.loads(line)["status"] for line in lines)
    assert 0 < statuses["ok"] <= 50
    assert 0 < statuses["failed"] < LOST_ROUNDS * 16
    with serving(flask, port) as server:
        result = run(spec).result
        asked = [asked.body["answer"] for asked in server.asked if asked.body["answer"].startswith("text ")]
    assert (result.n_items, result.n_scored, result.n_missing) == (40, 40, 0)
    assert len(asked) == len(set(asked)) == 120 - statuses["ok"]
    files = [path.read_text(encoding="utf-8") for path in (tmp_path / "run").iterdir() if path.suffix != ".lock"]
    assert len(files) >= 3
    assert SECRET not in str(caught.value) + "".join(files)
