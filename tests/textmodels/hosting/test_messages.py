"""What Anthropic's API is sent, and what its answers mean, without a server."""

from __future__ import annotations

import pytest

from weval.errors import AdapterError
from weval.remote.posting import Key, NoAnswer
from weval.remote.retrying import Transient
from weval.textmodels.hosting.hosted import NotTaken
from weval.textmodels.hosting.messages import Asked, complaint, reply_of
from weval.types import Prompt

KEY = Key("K", "secret")
PROMPT = Prompt("p", (("user", "hello"),))


def asked(*dropped: str, **taken: object) -> Asked:
    return Asked("claude-x", "api.anthropic.com", {"max_tokens": 9, **taken}, frozenset(dropped), "2023-06-01")


def meant(message: str, kind: str = "invalid_request_error", status: int | None = None, **taken: object) -> Exception:
    body = {"type": "error", "error": {"type": kind, "message": message}}
    return complaint(status, body, asked(**taken), KEY, {}, PROMPT)


def test_an_error_inside_a_batch_is_wrapped_once_more_and_has_no_status() -> None:
    inner = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    found = complaint(None, {"type": "errored", "error": inner}, asked(), KEY, {}, PROMPT)
    assert isinstance(found, Transient)
    assert str(found) == "HTTP 529 Overloaded"


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [
        ("authentication_error", AdapterError),
        ("billing_error", AdapterError),
        ("permission_error", AdapterError),
        ("not_found_error", AdapterError),
        ("request_too_large", NoAnswer),
        ("rate_limit_error", Transient),
        ("api_error", Transient),
        ("timeout_error", Transient),
        ("overloaded_error", Transient),
        ("something_new", NoAnswer),
    ],
)
def test_each_kind_of_error_has_a_meaning(kind: str, wanted: type[Exception]) -> None:
    assert type(meant("oh", kind)) is wanted


@pytest.mark.parametrize(
    ("message", "parameter"),
    [
        ("temperature: Extra inputs are not permitted", "temperature"),
        ("`temperature` and `top_p` cannot both be specified for this model. Please use only one.", "top_p"),
        ("`temperature` may only be set to 1 when thinking is enabled", "temperature"),
        ("output_config.effort: not supported by this model", "effort"),
        ("stop_sequences: each stop sequence must contain non-whitespace", "stop"),
        ("output_config: Extra inputs are not permitted", "effort"),
        ('anthropic-version: "2023-06-01" is not a valid version', "top_p"),
    ],
)
def test_a_parameter_that_is_named_and_was_sent_is_not_taken(message: str, parameter: str) -> None:
    found = meant(message, temperature=0.5, top_p=0.9, effort="low", stop=" ")
    assert isinstance(found, NotTaken)
    assert found.parameter == parameter
    assert not isinstance(meant(message), NotTaken)


@pytest.mark.parametrize("body", [None, 7, [], {}, {"error": 7}, {"error": {"type": 7, "message": []}}, "<html>"])
def test_an_error_without_words_is_read_by_its_status(body: object) -> None:
    assert isinstance(complaint(500, body, asked(), KEY, {}), Transient)
    assert isinstance(complaint(400, body, asked(), KEY, {}), NoAnswer)


def test_messages_are_short_and_without_the_key() -> None:
    said = str(meant(f"bad secret {'x' * 999}"))
    assert "secret" not in said
    assert len(said) < 250


def test_texts_are_joined_and_all_else_is_left_out() -> None:
    blocks = [
        {"type": "redacted_thinking", "data": "x"},
        {"type": "text", "text": "a"},
        {"type": "server_tool_use", "name": "x"},
        {"type": "text", "text": "b"},
    ]
    usage = {"input_tokens": 1, "cache_creation_input_tokens": 2, "cache_read_input_tokens": 3, "output_tokens": 4}
    reply = reply_of(PROMPT, {"content": blocks, "stop_reason": "end_turn", "usage": usage}, asked(), KEY)
    assert (reply.status, reply.text, reply.tokens_in, reply.tokens_out) == ("ok", "ab", 6, 4)
    assert reply.cost_usd is None  # what is written into a cache has a price of its own


def test_a_schema_that_was_not_asked_for_is_not_among_what_was_refused() -> None:
    assert asked("schema", "top_p").sent(PROMPT) == {"max_tokens": 9, "top_p": None, "api_version": "2023-06-01"}


def test_a_schema_that_the_library_cannot_read_is_sent_as_it_is() -> None:
    prompt = Prompt("p", (("user", "hello"),), schema={"type": "object", "properties": {"a": {}}})
    assert asked().body(prompt)["output_config"]["format"]["schema"] == prompt.schema
