"""Anthropic's API, by a server on loopback that follows its documents, and breaks in every way a server can."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from tests.adapters.servers import Answer
from tests.textmodels.anthropic_server import Messages, Server, error, message, serving
from weval.errors import AdapterError, ConfigError
from weval.remote import retrying
from weval.textmodels import TextModelOptions, open_text_model
from weval.textmodels.anthropic import MAX_TOKENS
from weval.types import Prompt, Reply

KEY = "sk-ant-of-the-tests"
MODEL = "anthropic/claude-opus-4-5"


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    monkeypatch.setattr(retrying, "FIRST_WAIT_S", 0.01)


def ask(server: Server, *texts: str, folder: Path | None = None, prompts: Any = None, **settings: Any) -> list[Reply]:
    fast = {"attempts": 3, "timeout_s": 5.0, "give_up_after_s": 20.0}
    options = TextModelOptions(**{"base_url": f"{server.url}/v1", **fast, **settings})
    model = open_text_model(MODEL, options)
    if folder:
        model.keep_in(folder)
    asked = prompts or [Prompt(f"p{n}", (("user", text),)) for n, text in enumerate(texts)]
    return sorted(model.replies(asked), key=lambda reply: reply.prompt_id)


def test_a_prompt_is_sent_as_the_api_wants_it_and_its_reply_read() -> None:
    turns = (("system", "Be brief."), ("user", "say a"), ("assistant", "b"), ("system", "Really."), ("user", "say c"))
    with serving(Messages()) as server:
        (reply,) = ask(server, prompts=[Prompt("p", turns)], stop="\n\n", effort="low", max_tokens=50)
        (asked,) = server.asked
    assert asked.body == {
        "model": "claude-opus-4-5",
        "max_tokens": 50,
        "system": "Be brief.\n\nReally.",
        "messages": [
            {"role": "user", "content": "say a"},
            {"role": "assistant", "content": "b"},
            {"role": "user", "content": "say c"},
        ],
        "stop_sequences": ["\n\n"],
        "output_config": {"effort": "low"},
    }
    headers = {name.lower(): value for name, value in asked.headers.items()}
    assert headers["authorization"] == f"Bearer {KEY}"
    assert headers["anthropic-version"] == "2026-10-21"
    assert reply.status == "ok"
    assert reply.text == "c"
    assert (reply.tokens_in, reply.tokens_out, reply.model) == (14, 3, "claude-x-1")
    assert reply.sent == {"max_tokens": 50, "stop": "\n\n", "effort": "low", "api_version": "2026-10-21"}
    assert reply.seconds is not None
    assert reply.cost_usd is None  # this machine is not Anthropic, whatever the model is called


def test_the_cost_counts_what_came_from_the_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("weval.textmodels.hosting.hosted.host_of", lambda url: "api.anthropic.com")
    with serving(Messages()) as server:
        (reply,) = ask(server, "say a")
    assert reply.cost_usd == pytest.approx((10 * 5.0 + 4 * 0.5 + 3 * 25.0) / 1e6)


def test_a_limit_of_tokens_is_always_sent() -> None:
    with serving(Messages()) as server:
        (reply,) = ask(server, "say a")
    assert server.asked[0].body["max_tokens"] == MAX_TOKENS == reply.sent["max_tokens"]


def test_a_schema_is_sent_without_what_the_api_does_not_know() -> None:
    schema = {"type": "object", "properties": {"score": {"type": "integer", "minimum": 1}}, "required": ["score"]}
    with serving(Messages()) as server:
        ask(server, prompts=[Prompt("p", (("user", "say a"),), schema=schema)])
    sent = server.asked[0].body["output_config"]["format"]
    assert sent["type"] == "json_schema"
    assert sent["schema"]["additionalProperties"] is False
    assert "minimum" not in sent["schema"]["properties"]["score"]


def test_sampling_parameters_go_by_the_old_version_and_are_recorded() -> None:
    with serving(Messages()) as server:
        (reply,) = ask(server, "say a", temperature=0.0, top_p=0.9)
    assert server.asked[0].body["temperature"] == 0.0
    assert reply.sent == {"max_tokens": 2048, "temperature": 0.0, "top_p": 0.9, "api_version": "2023-06-01"}


@pytest.mark.parametrize(
    ("server", "sent"),
    [
        (Messages(takes=frozenset()), {"temperature": None, "top_p": None, "api_version": "2026-10-21"}),
        (Messages(takes=frozenset({"top_p"})), {"temperature": None, "top_p": 0.9, "api_version": "2023-06-01"}),
        (Messages(old=False), {"temperature": None, "top_p": None, "api_version": "2026-10-21"}),
    ],
    ids=["neither", "one", "version gone"],
)
def test_sampling_parameters_that_are_refused_are_recorded_as_null(server: Messages, sent: dict[str, Any]) -> None:
    with serving(server) as running:
        replies = ask(running, "say a", "say b", concurrency=1, temperature=0.5, top_p=0.9)
    assert [reply.status for reply in replies] == ["ok", "ok"]
    assert [reply.sent for reply in replies] == [{"max_tokens": 2048, **sent}] * 2


def test_other_parameters_and_schemas_that_are_refused_are_dropped() -> None:
    def old_model(handler: Any, asked: Any) -> Answer:
        config = asked.body.get("output_config", {})
        if "effort" in config:
            return error(400, "invalid_request_error", "This model does not support the effort parameter.")
        if "format" in config:
            return error(400, "invalid_request_error", "'claude-3' does not support output format: structured outputs")
        return Answer(message("a"))

    with serving(old_model) as server:
        prompt = Prompt("p", (("user", "say a"),), schema={"type": "object", "properties": {}})
        (reply,) = ask(server, prompts=[prompt], effort="low")
    assert reply.sent == {"max_tokens": 2048, "effort": None, "schema": None, "api_version": "2026-10-21"}


@pytest.mark.parametrize(
    ("ended", "status"),
    [
        ("end_turn", "ok"),
        ("stop_sequence", "ok"),
        ("max_tokens", "truncated"),
        ("model_context_window_exceeded", "truncated"),
        ("refusal", "refused"),
        ("tool_use", "failed"),
        ("pause_turn", "failed"),
        (None, "failed"),
        (7, "failed"),
    ],
)
def test_how_a_reply_ended_is_its_status(ended: Any, status: str) -> None:
    with serving(lambda *_: Answer(message("words", ended))) as server:
        (reply,) = ask(server, "say a")
    assert (reply.status, reply.text) == (status, "words")
    assert bool(reply.reason) == (status != "ok")


def test_a_refusal_says_why() -> None:
    details = {"type": "refusal", "category": "bio", "explanation": "Not this."}
    with serving(lambda *_: Answer(message("", "refusal", stop_details=details))) as server:
        (reply,) = ask(server, "say a")
    assert reply.reason == "the model, or its provider, refused; bio; Not this."


REFUSALS = {
    "long": (error(400, "invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum"), "truncated"),
    "context": (
        error(400, "invalid_request_error", "input length and `max_tokens` exceed context limit: 9 + 2 > 10"),
        "truncated",
    ),
    "large": (error(413, "request_too_large", "Request exceeds the maximum size"), "truncated"),
    "filtered": (error(400, "invalid_request_error", "Output blocked by content filtering policy"), "refused"),
    "bad": (error(400, "invalid_request_error", "messages: text content blocks must be non-empty"), "failed"),
    "temperature": (error(400, "invalid_request_error", "temperature: is not what was sent"), "failed"),
    "teapot": (Answer(b"<html>", 418), "failed"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_what_is_refused_for_one_prompt_ends_with_a_status(name: str) -> None:
    answer, status = REFUSALS[name]
    with serving(lambda *_: answer) as server:
        (reply,) = ask(server, "say a")
    assert reply.status == status
    assert len(server.asked) == 1


ENDS = {
    "key": (error(401, "authentication_error", f"invalid bearer token {KEY}"), "the key in ANTHROPIC_API_KEY"),
    "forbidden": (error(403, "permission_error", "no access"), "the key in ANTHROPIC_API_KEY"),
    "model": (error(404, "not_found_error", "model: claude-opus-4-5"), "has no model claude-opus-4-5"),
    "credit": (error(400, "invalid_request_error", "Your credit balance is too low"), "for want of money"),
    "billing": (error(402, "billing_error", "Pay"), "for want of money"),
    "spending": (error(429, "rate_limit_error", "Limit", "enforced_spend_limit_reached"), "limit of spending"),
    "usage": (
        error(400, "invalid_request_error", "You have reached your specified API usage limits."),
        "limit of spending",
    ),
    "limit": (
        error(400, "invalid_request_error", "max_tokens: 2048 > 1000, which is the maximum allowed number"),
        "--set max_tokens=2048",
    ),
    "moved": (Answer(b"", 301, {"Location": "http://127.0.0.1:9/"}), "redirects"),
}


@pytest.mark.parametrize("name", ENDS)
def test_what_holds_for_all_prompts_ends_the_run_and_never_shows_the_key(name: str) -> None:
    answer, said = ENDS[name]
    with serving(lambda *_: answer) as server, pytest.raises(AdapterError, match=said) as raised:
        ask(server, "say a")
    assert KEY not in str(raised.value)
    assert len(server.asked) == 1


@pytest.mark.parametrize("word", ["500", "503", "529", "429", "reset", "half", "babble", "cut", "empty"])
def test_faults_that_pass_are_tried_again(word: str) -> None:
    answers = {
        "500": error(500, "api_error", "oh"),
        "503": Answer(b"<html>busy</html>", 503),
        "529": error(529, "overloaded_error", "Overloaded"),
        "429": error(429, "rate_limit_error", "slow down", retry_after="0"),
        "cut": Answer(b'{"content": ['),
        "empty": Answer(b""),
    }
    with serving(Messages(answers)) as server:
        (reply,) = ask(server, f"once-{word} a")
    assert (reply.status, reply.text) == ("ok", "a")
    assert len(server.asked) == 2


def test_the_wait_that_is_asked_for_is_kept() -> None:
    with serving(Messages({"429": error(429, "rate_limit_error", "slow down", retry_after="1")})) as server:
        began = time.monotonic()
        (reply,) = ask(server, "once-429 a")
    assert reply.text == "a"
    assert time.monotonic() - began >= 1


def test_faults_that_stay_are_a_status_with_the_reason() -> None:
    with serving(Messages({"500": error(500, "api_error", f"oh {KEY}")})) as server:
        replies = ask(server, "say a", "500 b", "hang c", "drip d", timeout_s=2.0, attempts=2)
    assert [reply.status for reply in replies] == ["ok", "failed", "failed", "failed"]
    assert "HTTP 500 oh [key] (given up after 2 attempts" in str(replies[1].reason)
    assert "no answer in 2 s" in str(replies[2].reason)


ODD = {
    "number": Answer(7),
    "list": Answer([message("a")]),
    "nothing": Answer({}),
    "no list": Answer(message("a") | {"content": "text"}),
    "broken part": Answer(message("a") | {"content": ["text"]}),
    "text of another type": Answer(message("a") | {"content": [{"type": "text", "text": 7}]}),
    "only thinking": Answer(message("a") | {"content": [{"type": "thinking", "thinking": "a"}]}),
    "blank": Answer(message(" \n")),
    "deep": Answer(b"[" * 100_000),
    "large": Answer(b" " * (10 * 2**20 + 10) + json.dumps(message("a")).encode()),
    "zipped": Answer(b"\x1f\x8b\x08", headers={"Content-Encoding": "gzip"}),
    "binary": Answer(b"\xff\xfe\x00"),
}


@pytest.mark.parametrize("name", ODD)
def test_a_reply_that_is_none_is_failed(name: str, tmp_path: Path) -> None:
    with serving(lambda *_: ODD[name]) as server:
        (reply,) = ask(server, "say a", folder=tmp_path, attempts=1)
    assert reply.status == "failed"
    assert reply.reason
    assert not (tmp_path / "replies.jsonl").exists()


@pytest.mark.parametrize("usage", [None, 7, {}, {"input_tokens": "9", "output_tokens": True}, {"input_tokens": -1}])
def test_tokens_that_were_not_counted_are_unknown(usage: Any) -> None:
    with serving(lambda *_: Answer(message("a") | {"usage": usage, "model": 7})) as server:
        (reply,) = ask(server, "say a")
    assert (reply.status, reply.tokens_in, reply.tokens_out, reply.cost_usd, reply.model) == ("ok", *[None] * 4)


def test_nothing_but_the_key_by_its_name_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("ANTHROPIC_AUTH_TOKEN", "other")
    monkeypatch.setenv("ANTHROPIC_CUSTOM_HEADERS", "Authorization: Bearer other\nX-Api-Key: other")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("MY_KEY", "mine")
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    with serving(Messages()) as server:
        (reply,) = ask(server, "say a", key_env="MY_KEY")
    headers = {name.lower(): value for name, value in server.asked[0].headers.items()}
    assert reply.text == "a"
    assert headers["authorization"] == "Bearer mine"
    assert "x-api-key" not in headers
    with pytest.raises(ConfigError, match="ANTHROPIC_API_KEY: this environment variable is not set"):
        open_text_model(MODEL, TextModelOptions())


def test_the_key_in_a_reply_reaches_no_file(tmp_path: Path) -> None:
    with serving(Messages()) as server:
        (reply,) = ask(server, f"say {KEY}", folder=tmp_path)
    assert reply.text == "[key]"
    assert KEY not in (tmp_path / "replies.jsonl").read_text()


def test_half_a_character_is_sent_and_read() -> None:
    found = json.dumps(message("a")).replace('"a"', '"\\ud83d"').encode()
    with serving(lambda *_: Answer(found)) as server:
        (reply,) = ask(server, "say \ud83d")
    assert (reply.status, reply.text) == ("ok", "�")


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"effort": "minimal"}, "effort=minimal: Anthropic's models take low"),
        ({"temperature": 1.5}, "temperature=1.5: Anthropic's models take 0 to 1"),
        ({"base_url": "http://user:word@host/v1"}, "may hold no password"),
        ({"base_url": "host"}, "is written http://HOST:PORT/v1"),
        ({"sampling_seed": 1}, "sampling_seed: has no effect with anthropic/"),
    ],
)
def test_settings_that_cannot_be_are_said_before_anything_is_asked(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        open_text_model(MODEL, TextModelOptions(**settings))


def test_the_fingerprint_holds_what_changes_a_reply_and_no_key() -> None:
    model = open_text_model(MODEL, TextModelOptions(temperature=0.5, concurrency=3))
    assert model.fingerprint == {
        "backend": "anthropic",
        "model": "claude-opus-4-5",
        "temperature": 0.5,
        "base_url": "https://api.anthropic.com/v1",
    }
    assert model.tells == {"schema"}


def test_a_server_that_is_not_there_ends_the_run() -> None:
    with serving(Messages()) as server:
        pass
    with pytest.raises(AdapterError, match="cannot be reached"):
        ask(server, "say a", attempts=1)


def test_many_requests_are_on_their_way_at_once() -> None:
    together = threading.Barrier(8)

    def slow(handler: Any, asked: Any) -> Answer | None:
        together.wait(30)
        return Messages()(handler, asked)

    with serving(slow) as server:
        replies = ask(server, *[f"say {n}" for n in range(16)], concurrency=8)
    assert len({reply.text for reply in replies}) == 16
    assert server.most_inside == 8


def test_a_client_that_asked_nothing_closes() -> None:
    model = open_text_model(MODEL, TextModelOptions())
    asyncio.run(model.client().close())
