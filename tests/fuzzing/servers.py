"""Entry point `servers`: what other machines answer, and what clients post to `weval serve`."""

from __future__ import annotations

import asyncio
import atexit
import json
import os
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any, get_args

from tests.fuzzing.bounds import mended
from tests.fuzzing.source import Source, as_json, mutated, overwritten
from tests.serving.scorers import Counting
from weval.adapters.exchange import NoRequest, answer, request_in, score_of
from weval.adapters.http import located as located_server
from weval.adapters.judge.folder import read_judge
from weval.adapters.judge.options import JudgeOptions
from weval.adapters.judge.reading import Reader
from weval.adapters.protocols import HttpOptions, ProtocolName, score_from
from weval.remote.posting import Key, NoAnswer, Poster, retry_after_s
from weval.remote.retrying import Transient
from weval.serving.batching import Batcher
from weval.serving.client import _read
from weval.serving.options import ServeOptions
from weval.serving.routes import application
from weval.serving.service import Service
from weval.store import score_line
from weval.textmodels.anthropic import Anthropic
from weval.textmodels.batches.of_anthropic import AnthropicBatches
from weval.textmodels.batches.of_openai import OpenAIBatches
from weval.textmodels.batches.record import Submission
from weval.textmodels.batches.results import Reading
from weval.textmodels.hosting import messages
from weval.textmodels.hosting.completions import reply_of
from weval.textmodels.hosting.faults import Complaints
from weval.textmodels.hosting.hosted import NotTaken
from weval.textmodels.hosting.pace import asked_wait_s, hints_s
from weval.textmodels.hosting.wire import Answer, located
from weval.textmodels.openai import OpenAI
from weval.textmodels.options import TextModelOptions
from weval.types import Prompt, Reply, Request, Requirement, Score
from weval.types import Source as Asked

WORDS = (
    "ok", "failed", "unparsed", "stop", "length", "content_filter", "refusal", "end_turn", "max_tokens", "text", "7",
    "error", "message", "detail", "context length exceeded", "too long", "invalid api key", "model not found",
    "temperature is not supported", "insufficient_quota", "rate limit; try again in 6m0s", "1.5", "120", "-1", "1e9",
    "Wed, 21 Oct 2026 07:28:00 GMT", "Wed, 21 Oct 99999 07:28:00 GMT", "2026-01-01T00:00:00Z", "9" * 30, "<html>",
    "sk-secret", "max_tokens", "response_format", "unsupported_parameter", "overloaded_error", "\x1b[31m", "\ud800",
)  # fmt: skip

KEY = Key("K", "sk-secret")
REQUEST = Request("r", "g", "Tea. Do 1.", "Tea.", "en", (Requirement(id="c1", text="Do 1."),), ("It is hot.",), None)
PROMPT = Prompt("p", (("system", "Judge."), ("user", "Tea?")), schema={"type": "object"}, labels=("7", "8"))
SENT = {"temperature": 0.0, "max_tokens": 100, "seed": 0, "probabilities": True, "schema": True}

_USAGE = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5, "input_tokens": 3, "output_tokens": 2}
_CHOICE = {
    "finish_reason": "stop", "index": 0,
    "message": {"role": "assistant", "content": "7", "refusal": None},
    "logprobs": {"content": [{"token": "7", "logprob": -0.1, "top_logprobs": [
        {"token": "7", "logprob": -0.1}, {"token": " 8", "logprob": -3.0}]}]},
}  # fmt: skip
COMPLETION = {"id": "x", "model": "m", "choices": [_CHOICE], "usage": _USAGE}
MESSAGE = {
    "type": "message", "model": "claude",
    "content": [{"type": "thinking", "thinking": "x"}, {"type": "text", "text": "7"}],
    "stop_reason": "end_turn", "stop_details": {"category": "c", "explanation": "e"}, "usage": _USAGE,
}  # fmt: skip
FAULTS: tuple[Any, ...] = (
    {"error": {"message": "temperature is not supported", "type": "invalid_request_error", "param": "temperature",
               "code": "unsupported_parameter", "innererror": {"code": "x"}}},
    {"detail": [{"loc": ["body", "seed"], "msg": "extra fields not permitted", "type": "value_error.extra"}]},
    [{"error": {"code": 429, "message": "try again in 6m0s", "status": "RESOURCE_EXHAUSTED"}}],
    {"type": "error", "error": {"type": "rate_limit_error", "message": "prompt is too long", "error": {"type": "x"}}},
)  # fmt: skip
SCORES: tuple[Any, ...] = (
    {"value": 0.7, "model": "m"},
    {"data": [{"index": 0, "probs": [0.1, 0.9]}], "usage": {"prompt_tokens": 9}},
    [{"embedding": [1.5], "meta_info": {"prompt_tokens": 9}}],
    {"model": "m", "unit": "response",
     "scores": [{"status": "ok", "values": [0.5], "tokens_in": 9, "samples": [[0.5], None]}]},
)  # fmt: skip
POSTED = {
    "requests": [
        {"id": "r", "group": "g", "query": "Tea. Do 1.", "instruction": "Tea.", "language": "en", "response": "Hot.",
         "requirements": [{"id": "c1", "text": "Do 1.", "check": {"kind": "word_count", "min": 1}}]},
        {"query": "Tea.", "response": "long"},
    ]
}  # fmt: skip


def ready() -> None:
    """Loads the libraries of those that are asked, and starts a server of each unit."""
    batches()
    for unit in ("response", "requirement"):
        client(unit)


def fuzz(data: bytes) -> None:
    """One answer, or one post."""
    source = Source(data)
    source.pick([_score, _reply, _fault, _batch, _served, _headers, _addresses])(source)


def _content(source: Source, seed: Any) -> bytes:
    """The bytes of a body."""
    return source.rest() if source.below(8) == 0 else overwritten(source, as_json(mutated(source, seed, WORDS)))


def _parsed(source: Source, seed: Any) -> Any:
    """What a client has of a body: what is no JSON is refused before."""
    try:
        return Answer(200, {}, _content(source, seed)).parsed()
    except (Transient, NoAnswer):
        return None


def _score(source: Source) -> None:
    """A reward model's server, in every protocol."""
    content = _parsed(source, source.pick(SCORES))
    head = source.pick(["logit", "class", "logit_difference"])
    labels: dict[str, Any] = {} if head == "logit" else {"label": 1} | ({"other_label": 0} if "_" in head else {})
    for protocol in get_args(ProtocolName):
        own = {} if protocol in ("predict", "weval") else {"head": head, **labels}
        with mended(NoAnswer):
            _stored(score_from(content, HttpOptions(protocol=protocol, **own), REQUEST))
    with mended(NoAnswer):
        _read(content, [REQUEST])
    with mended(NoAnswer):
        _stored(score_of(content, REQUEST))


def _stored(score: Score) -> None:
    json.loads(score_line(score, Asked("i", ("a",), None)))
    json.dumps(answer(score), allow_nan=False)


def _reply(source: Source) -> None:
    """A chat model's answer as a Reply, and that as a judge's score."""
    price = None
    openai = reply_of(PROMPT, _parsed(source, COMPLETION), SENT, price, 0.5)
    replies: list[Reply] = [openai]
    with mended(NoAnswer):
        replies.append(messages.reply_of(PROMPT, _parsed(source, MESSAGE), _asked(), KEY))
    for reply in replies:
        assert "sk-secret" not in (reply.reason or "")
        reply.text.encode()
        for options in (JudgeOptions(), JudgeOptions(answer="label"), JudgeOptions(answer="expected")):
            found = Reader(read_judge("requirement-binary").spec, options, None).score(REQUEST, [reply])
            _stored(found)


@cache
def _asked() -> messages.Asked:
    taken = {"temperature": 0.0, "max_tokens": 100, "effort": "low"}
    return messages.Asked("claude-opus-4-1", "api.anthropic.com", taken, frozenset(), "2023-06-01")


def _fault(source: Source) -> None:
    """An answer other than 2xx: every one is an exception that retrying understands."""
    status = source.pick([400, 401, 402, 403, 404, 405, 408, 413, 422, 429, 500, 501, 503, 529, 302, 199, 600])
    content, headers = _content(source, source.pick(FAULTS)), _some_headers(source)
    kinds = (Transient, NoAnswer, NotTaken, Exception)
    found = Complaints("http://a/v1", KEY).of(status, content, headers, SENT)
    assert isinstance(found, kinds) and "sk-secret" not in str(found)
    parsed = _parsed(source, source.pick(FAULTS))
    Complaints("http://a/v1", KEY).of_reply(parsed)
    for given in (status, None):
        said = messages.complaint(given, parsed, _asked(), KEY, headers, PROMPT)
        assert "sk-secret" not in str(said)
    _posting(status, content, headers)


def _posting(status: int, content: bytes, headers: Mapping[str, str]) -> None:
    """The same over httpx, from a transport in this process."""
    import httpx

    clean = {name: value for name, value in headers.items() if value.isascii() and value.isprintable()}

    async def body() -> AsyncIterator[bytes]:
        yield content

    async def post() -> None:
        poster = object.__new__(Poster)  # whose own client would load certificates each time
        transport = httpx.MockTransport(lambda _: httpx.Response(status, headers=clean, content=body()))
        poster._url, poster._key, poster._client = "http://a/x", KEY, httpx.AsyncClient(transport=transport)
        with mended(NoAnswer, Transient):
            await poster.post({"a": "\ud800"})

    client("response").loop.run_until_complete(post())


def _some_headers(source: Source) -> dict[str, str]:
    names = (
        "retry-after", "retry-after-ms", "location", "content-encoding", "server", "x-ratelimit-remaining-requests",
        "x-ratelimit-reset-requests", "anthropic-ratelimit-tokens-remaining", "anthropic-ratelimit-tokens-reset",
    )  # fmt: skip
    return {source.pick(names): source.text(WORDS)[:200] for _ in range(source.below(4))}


def _headers(source: Source) -> None:
    """How long to wait: never less than 0, never for ever."""
    headers, now = _some_headers(source), datetime(2026, 1, 1, tzinfo=UTC)
    headers |= {"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": source.text(WORDS)[:100]}
    for wait in (*hints_s(headers, now), asked_wait_s(headers), retry_after_s(source.text(WORDS)[:100], now)):
        assert 0 <= wait < float("inf")


def _batch(source: Source) -> None:
    """The lines of a batch's results, by both providers."""
    intent, keys = "0123456789abcdef", {"a", "b"}
    rows = [
        {"custom_id": f"{intent}_a", "response": {"status_code": 200, "body": COMPLETION}, "error": None,
         "result": {"type": "succeeded", "message": MESSAGE}},
        {"custom_id": f"{intent}_b", "response": {"status_code": 429, "body": FAULTS[0]},
         "error": {"code": "batch_expired", "message": "x"}, "result": {"type": "errored", "error": FAULTS[3]}},
    ]  # fmt: skip
    for service in batches():
        made = Submission(intent, datetime(2026, 1, 1, tzinfo=UTC), 2, {*keys}, frozenset())
        reading = Reading(made, "b1", dict.fromkeys(keys, PROMPT), lambda prompt, reply: reply)
        for row in rows:
            reading._taken(overwritten(source, as_json(mutated(source, row, WORDS))), service)
        reading.finish(whole=bool(source.below(2)))
        assert reading.outcome.keys <= keys


@cache
def batches() -> tuple[OpenAIBatches, AnthropicBatches]:
    """Those who read the lines. Nothing is connected to."""
    os.environ["WEVAL_FUZZING_KEY"] = KEY.secret
    options = TextModelOptions(key_env="WEVAL_FUZZING_KEY", base_url="http://127.0.0.1:1/v1")
    openai, anthropic = OpenAI("gpt-4o", options), Anthropic("claude-opus-4-1", options)
    return OpenAIBatches(openai.client()), AnthropicBatches(anthropic.client())


class _Client:
    """A connection to `weval serve` in this process: one application, one event loop, one model."""

    def __init__(self, unit: Any) -> None:
        options = ServeOptions.model_validate({"max_wait_ms": 0, "max_queue": 50, "max_body_mb": 1}, strict=False)
        self.batcher = Batcher(Counting(unit), options)
        self.batcher.start()
        self.application = application(Service("mine", Counting(unit), options), self.batcher)
        self.loop = asyncio.new_event_loop()
        atexit.register(self.close)

    def close(self) -> None:
        self.batcher.close(1)
        self.loop.close()

    def post(self, route: str, content: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        return self.loop.run_until_complete(self._post(route, content, headers))

    async def _post(self, route: str, content: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        sent = list[dict[str, Any]]()
        asked = iter([{"type": "http.request", "body": content, "more_body": False}])
        done = asyncio.Event()

        async def receive() -> Any:
            if (message := next(asked, None)) is not None:
                return message
            await done.wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {
            "type": "http", "method": "POST", "path": route, "raw_path": route.encode(), "query_string": b"",
            "headers": [(name.encode(), value.encode("latin-1", "replace")) for name, value in headers.items()],
            "http_version": "1.1", "scheme": "http", "server": ("127.0.0.1", 1), "client": ("127.0.0.1", 2),
            "root_path": "", "asgi": {"version": "3.0"},
        }  # fmt: skip
        await self.application(scope, receive, send)
        done.set()
        return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:])


@cache
def client(unit: str) -> _Client:
    """The one of this process."""
    return _Client(unit)


def _served(source: Source) -> None:
    """A post: whatever it is, an answer in JSON, and never a fault of ours (500)."""
    route = source.pick(["/weval", "/predict"])
    seed: Any = POSTED if route == "/weval" else {"question": "Tea?", "answer": "Hot."}
    content = _content(source, seed)
    headers = {"host": "127.0.0.1:8311"}
    if source.below(4) == 0:
        headers[source.pick(["host", "origin", "authorization"])] = source.text((*WORDS, "localhost", "[::1]", "127.1"))
    status, body = client(source.pick(["response", "requirement"])).post(route, content, headers)
    assert status in (200, 400, 403, 413, 422, 503), (status, body[:300])
    json.loads(body)
    with mended(NoRequest):
        request_in(mutated(source, POSTED["requests"][0], WORDS))


def _addresses(source: Source) -> None:
    """Addresses that a user gives, and that may come from a preset."""
    text = source.pick(["http://", "https://", "", "//"]) + source.text(
        (*WORDS, "a.b", ":80", "@", "/v1", "?", "%41", "[")
    )
    for read in (located, lambda found: located_server(found, HttpOptions(protocol="weval"))):
        with mended():
            read(text[:2000])
