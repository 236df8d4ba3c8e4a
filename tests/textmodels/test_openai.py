"""OpenAI's protocol: what is asked, by both names of what has two, and what is known of the model that answers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.adapters.servers import Answer
from tests.textmodels.servers import TAKEN, Chat, chatting
from weval.errors import AdapterError, ConfigError
from weval.textmodels import TextModelOptions, open_text_model
from weval.textmodels.openai import OTHER_NAME, OpenAI, Server, reply_of
from weval.types import Prompt, Reply

SCHEMA: dict[str, Any] = {"type": "object", "properties": {"score": {"type": "integer"}}}
PROMPT = Prompt("p", (("system", "Judge."), ("user", "say 7"), ("assistant", "so"), ("user", "say 7")), SCHEMA, ("7",))
EVERYTHING = TextModelOptions(
    temperature=0.0,
    top_p=0.9,
    max_tokens=5,
    stop="END",
    sampling_seed=3,
    effort="low",
    base_url="http://127.0.0.1:1/v1",
)


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-0123456789")


def test_the_whole_request() -> None:
    body = OpenAI("gpt-4o", EVERYTHING).client().body(PROMPT, frozenset())
    assert body == {
        "model": "gpt-4o",
        "messages": [
            {"role": "system", "content": "Judge."},
            {"role": "user", "content": "say 7"},
            {"role": "assistant", "content": "so"},
            {"role": "user", "content": "say 7"},
        ],
        "temperature": 0.0,
        "top_p": 0.9,
        "max_completion_tokens": 5,
        "stop": "END",
        "seed": 3,
        "reasoning_effort": "low",
        "response_format": {"type": "json_schema", "json_schema": {"name": "reply", "schema": SCHEMA, "strict": True}},
        "logprobs": True,
        "top_logprobs": 20,
    }


def test_what_is_not_asked_for_is_not_sent() -> None:
    plain = Prompt("p", (("user", "Tea?"),))
    client = OpenAI("gpt-4o", TextModelOptions()).client()
    assert client.body(plain, frozenset()).keys() == {"model", "messages"}
    assert client.sent(plain, frozenset()) == {}


def test_what_was_dropped_is_null() -> None:
    client = Server("m", EVERYTHING).client()
    dropped = frozenset({"temperature", "schema", "probabilities", "max_tokens", OTHER_NAME})
    assert client.body(PROMPT, dropped).keys() == {"model", "messages", "top_p", "stop", "seed", "reasoning_effort"}
    sent = client.sent(PROMPT, dropped)
    assert {name for name, value in sent.items() if value is None} == dropped - {OTHER_NAME}


@pytest.mark.parametrize(("kind", "refused"), [(OpenAI, "max_completion_tokens"), (Server, "max_tokens")])
def test_max_tokens_goes_by_its_other_name(kind: Any, refused: str) -> None:
    with chatting(Chat(TAKEN - {refused})) as server:
        model = kind("m", TextModelOptions(base_url=f"{server.url}/v1", max_tokens=9, concurrency=1))
        replies = list(model.replies([Prompt("a", PROMPT.messages), Prompt("b", PROMPT.messages)]))
        assert [asked.body.keys() & {"max_tokens", "max_completion_tokens"} for asked in server.asked][1:] == [
            {"max_tokens", "max_completion_tokens"} - {refused}
        ] * 2
    assert [reply.sent for reply in replies] == [{"max_tokens": 9}] * 2


def test_neither_name_is_taken() -> None:
    with chatting(Chat(TAKEN - {"max_tokens", "max_completion_tokens"})) as server:
        model = Server("m", TextModelOptions(base_url=f"{server.url}/v1", max_tokens=9))
        assert [reply.sent for reply in model.replies([Prompt("a", PROMPT.messages)])] == [{"max_tokens": None}]


@pytest.mark.parametrize(
    "wording", [lambda name: Answer({"detail": f"Unexpected fields in the request: {{'{name}'}}"}, 422)]
)
def test_a_server_that_takes_next_to_nothing(wording: Any) -> None:
    with chatting(Chat(frozenset({"model", "messages"}), wording)) as server:
        options = EVERYTHING.model_copy(update={"base_url": f"{server.url}/v1"})
        (reply,) = Server("m", options).replies([PROMPT])
    assert reply.status == "ok"
    assert set(reply.sent.values()) == {None}
    assert len(reply.sent) == 8


def test_probabilities_come_with_the_reply() -> None:
    with chatting() as server:
        (reply,) = Server("m", TextModelOptions(base_url=f"{server.url}/v1")).replies([PROMPT])
    assert reply.probabilities == pytest.approx({"7": 0.6, " 7": 0.1, "8": 0.2})
    assert reply.sent == {"schema": True, "probabilities": True}
    assert reply.cost_usd is None


def test_what_is_asked_is_in_the_fingerprint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://hidden/v1")
    model = OpenAI("gpt-4o", TextModelOptions(temperature=0.0, concurrency=3))
    assert model.fingerprint == {
        "backend": "openai", "model": "gpt-4o", "temperature": 0.0, "base_url": "https://api.openai.com/v1"
    }  # fmt: skip
    assert model.tells == {"probabilities", "schema"}
    same = [Server("m", TextModelOptions(base_url=f"http://h:1/v1{end}")).fingerprint for end in ("", "/")]
    assert same[0] == same[1]
    json.dumps(same)


def test_the_cost_is_of_the_host_that_answers() -> None:
    body = {"choices": [{"message": {"content": "7"}, "finish_reason": "stop"}]}
    body |= {"usage": {"prompt_tokens": 1000, "completion_tokens": 100}}
    openai = OpenAI("gpt-4o", TextModelOptions()).client()
    assert openai.reply(PROMPT, body, frozenset()).cost_usd == pytest.approx(0.0035)
    assert openai.reply(PROMPT, body, frozenset(), batch=True).cost_usd == pytest.approx(0.00175)
    assert Server("gpt-4o", EVERYTHING).client().reply(PROMPT, body, frozenset()).cost_usd is None
    assert reply_of(PROMPT, body, {}) == Reply("p", "ok", "7", tokens_in=1000, tokens_out=100)


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError, match=r"server/m: say where it is, by --set base_url=http://HOST:PORT/v1"):
        open_text_model("server/m", TextModelOptions())
    monkeypatch.delenv("OPENAI_API_KEY")
    with pytest.raises(ConfigError, match="OPENAI_API_KEY"):
        open_text_model("openai/gpt-4o", TextModelOptions())
    monkeypatch.setenv("MINE", "sk-1")
    open_text_model("openai/gpt-4o", TextModelOptions(key_env="MINE"))
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r"pip install 'weval\[api\]'"):
        open_text_model("openai/gpt-4o", TextModelOptions(key_env="MINE"))


def test_a_wrong_route_ends_the_run() -> None:
    with chatting() as server, pytest.raises(AdapterError, match="no such model, or is no address of an API"):
        list(Server("m", TextModelOptions(base_url=server.url)).replies([PROMPT]))
