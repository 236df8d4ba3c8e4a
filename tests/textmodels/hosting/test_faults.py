"""What servers complain of, in the words of many: a parameter, a text, a key, money, or nothing that lasts."""

from __future__ import annotations

import json
from typing import Any

import pytest

from weval.errors import AdapterError
from weval.remote.posting import Key, NoAnswer
from weval.remote.retrying import Transient
from weval.textmodels.hosting.faults import Complaints, Fault, not_taken
from weval.textmodels.hosting.hosted import NotTaken

SENT = ("model", "messages", "temperature", "max_tokens", "stop", "seed", "response_format", "logprobs", "top_logprobs")
COMPLAINTS = Complaints("http://h/v1", Key("JUDGE_KEY", "sk-secret-0123456789"))


def of(status: int, body: Any, **headers: str) -> Exception:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return COMPLAINTS.of(status, content, named, SENT)


def openai(message: str, code: Any = None, param: Any = None, kind: str = "invalid_request_error") -> dict[str, Any]:
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


@pytest.mark.parametrize(
    ("status", "body", "name"),
    [
        (400, openai("Unsupported parameter: 'max_tokens' is not supported with this model. Use "
                     "'max_completion_tokens' instead.", "unsupported_parameter", "max_tokens"), "max_tokens"),
        (400, openai("Unsupported value: 'temperature' does not support 0 with this model. Only the default (1) "
                     "value is supported.", "unsupported_value", "temperature"), "temperature"),
        (400, openai("Unrecognized request argument supplied: seed. Unknown parameter: 'seed'."), "seed"),
        (403, openai("You are not allowed to request logprobs from this model"), "logprobs"),
        (400, openai("top_logprobs must be at most 5", None, "top_logprobs"), "top_logprobs"),
        (400, openai("Invalid schema for response_format 'reply'", None, "response_format"), "response_format"),
        (400, openai("`stop` is not supported by this model"), "stop"),
        (422, {"detail": "Unexpected fields in the request: {'seed'}"}, "seed"),
        (422, {"detail": [{"type": "extra_forbidden", "loc": ["body", "seed"], "msg": "Extra inputs are not permitted",
                           "input": 3}]}, "seed"),
        (422, {"object": "error", "message": {"detail": [{"type": "extra_forbidden", "loc": ["body", "seed"],
                                                          "msg": "Extra inputs are not permitted"}]}}, "seed"),
        (400, [{"error": {"code": 400, "message": 'Invalid JSON. Unknown name "seed": Cannot find field.',
                          "status": "INVALID_ARGUMENT"}}], "seed"),
    ],
)  # fmt: skip
def test_parameters_that_are_not_taken(status: int, body: Any, name: str) -> None:
    found = of(status, body)
    assert isinstance(found, NotTaken), repr(found)
    assert found.parameter == name


@pytest.mark.parametrize(
    "body",
    [
        openai("'max_tokens' is too large: 9000. This model's maximum context length is 8192 tokens and your request "
               "has 5000 input tokens."),
        openai("This model's maximum context length is 8192 tokens.", "context_length_exceeded", "messages"),
        openai("Input is too long for requested model; stop is not supported"),
        openai("The input token count (1200000) exceeds the maximum number of tokens allowed (1048576)."),
    ],
)  # fmt: skip
def test_a_text_that_is_too_long_is_no_parameter(body: Any) -> None:
    found = of(400, body)
    assert isinstance(found, NoAnswer), repr(found)
    assert found.status == "truncated"


@pytest.mark.parametrize(
    "body",
    [
        openai("messages: 'say that seed and temperature are not supported'", param="messages"),
        openai("unexpected end of stop words"),
        openai("x" * 500 + " temperature is not supported"),
        openai("top_p is not supported"),
        b"<html>temperature not supported</html>",
    ],
)
def test_what_a_prompt_may_have_said_drops_nothing(body: Any) -> None:
    assert type(of(400, body)) is NoAnswer
    assert not_taken(Fault("temperature is too hot"), SENT) is None


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, openai("The response was filtered", "content_filter")),
        (400, {"error": {"message": "blocked", "code": "400", "innererror": {"code": "ResponsibleAIPolicyViolation"}}}),
        (400, openai("Content Exists Risk")),
        (403, openai("Your input was flagged by moderation")),
    ],
)
def test_texts_that_are_not_let_through_are_refused(status: int, body: Any) -> None:
    found = of(status, body)
    assert isinstance(found, NoAnswer)
    assert found.status == "refused"


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (401, openai("Incorrect API key provided: sk-secret-0123456789"), r"accept the key in JUDGE_KEY .*\[key\]"),
        (403, openai("No access"), "JUDGE_KEY"),
        (400, [{"error": {"code": 400, "message": "API key not valid. Please pass a valid API key."}}], "JUDGE_KEY"),
        (404, openai("The model `m` does not exist", "model_not_found"), "no such model"),
        (400, openai("Model Not Exist"), "no such model"),
        (429, openai("You exceeded your current quota", "insufficient_quota"), "payment"),
        (402, openai("Insufficient Balance"), "payment"),
        (400, openai("Invalid 'temperature': decimal above maximum value.", "decimal_above_max_value", "temperature"),
         "--set temperature"),
        (307, b"", "redirects"),
    ],
)  # fmt: skip
def test_what_no_request_will_survive(status: int, body: Any, said: str) -> None:
    found = of(status, body, location="http://elsewhere/v1?token=1")
    assert isinstance(found, AdapterError), repr(found)
    assert "sk-secret" not in str(found)
    assert "token=1" not in str(found)
    with pytest.raises(AdapterError, match=said):
        raise found


@pytest.mark.parametrize(
    ("status", "body", "headers", "wait_s"),
    [
        (429, openai("Rate limit reached", "rate_limit_exceeded"), {"retry_after": "7"}, 7),
        (429, openai("Rate limit reached. Please try again in 1m3.5s."), {}, 63.5),
        (429, [{"error": {"code": 429, "message": "You exceeded your current quota. Please retry in 34.5s.",
                          "status": "RESOURCE_EXHAUSTED"}}], {}, 34.5),
        (503, b"", {"retry_after_ms": "20"}, 0.02),
        *((status, b"<html>", {}, 0) for status in (408, 409, 429, 500, 502, 503, 504, 520, 524, 529)),
    ],
)  # fmt: skip
def test_what_may_pass(status: int, body: Any, headers: dict[str, str], wait_s: float) -> None:
    found = of(status, body, **headers)
    assert isinstance(found, Transient), repr(found)
    assert found.wait_s == pytest.approx(wait_s)


def test_a_request_larger_than_a_minute_s_limit_never_passes() -> None:
    assert isinstance(
        of(429, openai("Request too large for m on tokens per min (TPM): Limit 3, Requested 4")), NoAnswer
    )


@pytest.mark.parametrize(
    "body", [b"", b"[" * 100_000, b"\xff", b"7", b"null", b"[]", b'{"error": []}', b'{"error": {"message": {}}}']
)
def test_no_body_breaks_it(body: bytes) -> None:
    assert type(of(400, body)) is NoAnswer
    assert "\n" not in str(of(400, b"a\nb"))


def test_an_error_in_place_of_a_reply() -> None:
    assert isinstance(COMPLAINTS.of_reply(openai("upstream failed")), Transient)
    refused = COMPLAINTS.of_reply(openai("flagged by moderation"))
    assert isinstance(refused, NoAnswer)
    assert refused.status == "refused"
    assert COMPLAINTS.of_reply({"choices": [{"message": {}}], "error": {}}) is None
    assert COMPLAINTS.of_reply([]) is None
