"""What a server's answers mean: to be tried again, no answer for this request, or the end of the run."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import pytest

from tests.adapters.servers import BREAKS, REPLIES, Answer, Handler, serving
from weval.errors import AdapterError, ConfigError
from weval.remote import posting
from weval.remote.posting import Key, NoAnswer, Poster, Reply, retry_after_s
from weval.remote.retrying import Transient, Unreachable

SECRET = "sk-0123456789abcdef"
NOW = datetime(2026, 11, 20, 12, 0, 0, tzinfo=UTC)


def posted(url: str, key: Key | None = None, body: Any = None) -> Reply:
    async def post() -> Reply:
        poster = Poster(url, key or Key(), 4)
        try:
            return await asyncio.wait_for(poster.post(body or {"a": 1}), 5)
        finally:
            await poster.close()

    return asyncio.run(post())


def answered(answer: Answer | Callable[[Handler], None], key: Key | None = None) -> Reply:
    with serving(lambda handler, asked: answer if isinstance(answer, Answer) else answer(handler)) as server:
        return posted(f"{server.url}/predict", key)


def test_json_goes_there_and_comes_back() -> None:
    text = "雨 \ud800 \x00 \n"  # half a character, too: it is the server's to judge
    with serving(lambda handler, asked: Answer({"value": [1, "雨"]})) as server:
        reply = posted(f"{server.url}/a/b", Key("K", SECRET), {"text": text})
    assert reply == Reply({"value": [1, "雨"]}, "uvicorn")
    (asked,) = server.asked
    assert (asked.path, asked.body) == ("/a/b", {"text": text})
    assert asked.headers["Authorization"] == f"Bearer {SECRET}"
    assert (asked.headers["Content-Type"], asked.headers["Accept-Encoding"]) == ("application/json", "identity")


# --- what may pass


@pytest.mark.parametrize("status", sorted(posting.MAY_PASS))
def test_statuses_that_may_pass(status: int) -> None:
    with pytest.raises(Transient, match=f"^HTTP {status} busy") as caught:
        answered(Answer({"error": {"message": "busy"}}, status, {"Retry-After": "7"}))
    assert caught.value.wait_s == 7
    assert not isinstance(caught.value, Unreachable)


@pytest.mark.parametrize("name", [name for name in BREAKS if name not in ("hang", "drip")])
def test_broken_connections_may_pass(name: str) -> None:
    with pytest.raises(Transient) as caught:
        answered(BREAKS[name])
    assert str(caught.value).isprintable()


def test_nobody_there() -> None:
    with serving(lambda handler, asked: Answer({})) as server:
        gone = server.url
    with pytest.raises(Unreachable):
        posted(gone)


def all_kinds(of: type[Exception]) -> list[type[Exception]]:
    return [of, *(kind for sub in of.__subclasses__() for kind in all_kinds(sub))]


@pytest.mark.parametrize("kind", all_kinds(httpx.TransportError))
def test_every_fault_of_the_transport_is_translated(kind: type[Exception], monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: Any, **more: Any) -> Any:
        raise kind("")

    monkeypatch.setattr(httpx.AsyncClient, "stream", broken)
    with pytest.raises(Transient, match=kind.__name__):
        posted("http://127.0.0.1:9/")


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, 0),
        ("", 0),
        ("0", 0),
        ("120", 120),
        (" 1.5 ", 1.5),
        ("-5", 0),
        ("nan", 0),
        ("1e9", 0),
        ("9" * 5000, 0),
        ("soon", 0),
        ("٣", 0),
        (format_datetime(NOW + timedelta(seconds=90), usegmt=True), 90),
        (format_datetime(NOW - timedelta(seconds=90), usegmt=True), 0),
        ("Fri, 20 Nov 2026 12:01:00 -0000", 60),
        ("Fri, 99 Nov 2026 12:01:00 GMT", 0),
        ("Fri, 20 Nov 99999 12:01:00 GMT", 0),
    ],
)
def test_retry_after(header: str | None, seconds: float) -> None:
    assert retry_after_s(header, NOW) == seconds


# --- what is no answer


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("cut", "the reply is not JSON (EOF while parsing a value at line 1 column 12)"),
        ("empty", "the reply is empty"),
        ("nan", "the reply is not JSON (expected value at line 1 column 11)"),
        ("infinite", "the reply is not JSON (expected value at line 1 column 11)"),
        ("html", "the reply is not JSON (expected value at line 1 column 1)"),
        ("binary", "the reply is not JSON (expected value at line 1 column 1)"),
        ("deep", "the reply is not JSON (recursion limit exceeded at line 1 column 202)"),
        ("large", "the reply is larger than 10 MB"),
        ("zipped", "the reply is compressed, which was not asked for"),
    ],
)
def test_replies_that_cannot_be_read(name: str, reason: str) -> None:
    with pytest.raises(NoAnswer) as caught:
        answered(REPLIES[name])
    assert (caught.value.status, str(caught.value)) == ("failed", reason)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"error": {"message": "no such field", "type": "x"}}, "HTTP 400 no such field"),
        ({"object": "error", "message": "no such field"}, "HTTP 400 no such field"),
        ({"error": "no such field"}, "HTTP 400 no such field"),
        ({"detail": [{"msg": "no"}]}, 'HTTP 400 {"detail": [{"msg": "no"}]}'),
        (["no"], 'HTTP 400 ["no"]'),
        (b"plain\n words", "HTTP 400 plain words"),
        (b"<html><h1>Bad</h1></html>", "HTTP 400 Bad Request"),
        (b"", "HTTP 400 Bad Request"),
        (b"\x1b[31m\xff", "HTTP 400 \\x1b[31m�"),
        (b"a" * 1000, f"HTTP 400 {'a' * 200}…"),
    ],
)
def test_the_servers_message_is_cut_to_a_line(content: Any, said: str) -> None:
    with pytest.raises(NoAnswer) as caught:
        answered(Answer(content, 400))
    assert (caught.value.status, str(caught.value)) == ("failed", said)


@pytest.mark.parametrize(
    "message",
    [
        "This model's maximum context length is 16384 tokens. However, you requested 20000 tokens in the input.",
        "The prompt (length 20000) is longer than the maximum model length of 16384.",
        "The input (2000 tokens) is longer than the model's context length (1000 tokens).",
        "Input length (5000 tokens) exceeds the maximum allowed length (4096 tokens).",
        "Input validation error: `inputs` must have less than 512 tokens. Given: 900",
        "context_length_exceeded",
        "prompt is too long: 250000 tokens > 200000 maximum",
    ],
)
@pytest.mark.parametrize("status", [400, 413, 422])
def test_a_text_that_is_too_long_is_truncated(message: str, status: int) -> None:
    with pytest.raises(NoAnswer) as caught:
        answered(Answer({"error": {"message": message}}, status))
    assert caught.value.status == "truncated"


@pytest.mark.parametrize("message", ["Unsupported parameter: max_tokens", "length must be a number", "bad token"])
def test_other_complaints_are_not_about_length(message: str) -> None:
    with pytest.raises(NoAnswer) as caught:
        answered(Answer({"error": {"message": message}}, 400))
    assert caught.value.status == "failed"


# --- what ends the run


@pytest.mark.parametrize("status", [401, 403])
def test_a_key_that_is_not_accepted(status: int) -> None:
    answer = Answer({"error": {"message": f"wrong key {SECRET}"}}, status)
    with pytest.raises(
        AdapterError, match=rf"does not accept requests without a key; --set key_env=NAME \(HTTP {status}"
    ):
        answered(answer)
    with pytest.raises(AdapterError, match=r"does not accept the key in MY_KEY \(HTTP \d+ wrong key \[key\]\)$"):
        answered(answer, Key("MY_KEY", SECRET))


@pytest.mark.parametrize("status", [404, 405])
def test_a_route_that_is_not_there(status: int) -> None:
    answer = Answer({"error": {"message": "The model `x` does not exist."}}, status)
    with pytest.raises(
        AdapterError, match=rf"/predict is no route .* no such model \(HTTP {status} The model `x` does"
    ):
        answered(answer)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirects_are_not_followed(status: int) -> None:
    answer = Answer(b"", status, {"Location": "http://127.0.0.1:9/login?token=abc"})
    with pytest.raises(AdapterError, match=r"not followed; give the URL itself: http://127\.0\.0\.1:9/login$"):
        answered(answer)


# --- the key


def test_the_key_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", f" {SECRET}\n")
    key = Key.read("MY_KEY")
    assert key.headers == {"Authorization": f"Bearer {SECRET}"}
    assert SECRET not in repr(key)
    assert Key.read(None).headers == {}


@pytest.mark.parametrize("held", [None, "", " ", "two words", "line\nbreak", "schlüssel"])
def test_a_key_that_cannot_be_sent(held: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MY_KEY", raising=False)
    if held is not None:
        monkeypatch.setenv("MY_KEY", held)
    with pytest.raises(ConfigError, match=r"^--set key_env=MY_KEY: ") as caught:
        Key.read("MY_KEY")
    assert not held or not held.strip() or held.strip() not in str(caught.value)


@pytest.mark.parametrize("given", [SECRET, "sk-ant-api03-aBc", "AIzaSyAbc", "gsk_0aB", "my_key", "A" * 64, "", "A=B"])
def test_a_key_in_place_of_its_variable_is_not_repeated(given: str) -> None:
    with pytest.raises(ConfigError, match=r"^--set key_env: names an environment variable") as caught:
        Key.read(given)
    assert not given or given not in str(caught.value)


def test_a_key_that_the_server_repeats_is_hidden_before_the_text_is_cut() -> None:
    said = Key("K", SECRET).hidden_in("x" * 190 + SECRET)
    assert "sk-" not in said
    key = Key("K", SECRET)
    assert answered(Answer({}, headers={"Server": f"a {SECRET}"}), key).server == "uvicorn, a [key]"
    with pytest.raises(Transient) as caught:
        answered(lambda handler: handler.wfile.write(f"{SECRET}\r\n".encode()), key)
    assert SECRET not in str(caught.value)


# --- proxies


def test_this_machine_is_asked_directly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    assert answered(Answer({"value": 1})).content == {"value": 1}
    with pytest.raises(Unreachable):
        posted("http://weval.invalid/predict")


def test_a_proxy_that_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "nonsense://127.0.0.1:9")
    with pytest.raises(ConfigError, match="the environment's proxy or certificate settings cannot be used"):
        posted("http://weval.invalid/predict")
