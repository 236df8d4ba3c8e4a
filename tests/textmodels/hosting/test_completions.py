"""Bodies of chat completions: a reply with its counts, or a status with its reason; nothing raises."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.textmodels.servers import completion, with_logprobs
from weval.textmodels.hosting.completions import of_json, reply_of, usage_in, whole
from weval.textmodels.prices import Usage, price_of
from weval.types import Prompt, Reply

PROMPT = Prompt("p", (("user", "Tea?"),), labels=("7",))


def read(content: object) -> Reply:
    return reply_of(PROMPT, content, {"temperature": 0.0, "probabilities": True})


def test_a_whole_reply() -> None:
    price = price_of("gpt-4o")
    found = reply_of(
        PROMPT, with_logprobs(completion("7."), {"7": 0.6, " 7": 0.3}, "7"), {"probabilities": True}, price, 2.0
    )
    assert (found.status, found.text, found.reason, found.model) == ("ok", "7.", None, "m-1")
    assert found.probabilities == pytest.approx({"7": 0.6, " 7": 0.3})
    assert (found.tokens_in, found.tokens_out, found.seconds) == (10, 3, 2.0)
    assert found.cost_usd == pytest.approx((10 * 2.5 + 3 * 10) / 1e6)
    assert found.sent == {"probabilities": True}


@pytest.mark.parametrize(
    ("content", "status", "text", "said"),
    [
        (completion(""), "ok", "", None),
        (completion("Te", ended="length"), "truncated", "Te", "max_tokens"),
        (completion(None, ended="length"), "truncated", "", "max_tokens"),
        (completion("T", ended="content_filter: SAFETY"), "refused", "T", "content filter"),
        (completion(None, refusal="No."), "refused", "No.", "refused"),
        (completion("T", ended="tool_calls"), "failed", "T", "tool_calls"),
        (completion("T", ended=["stop"]), "failed", "T", "finish_reason"),
        (completion(None), "failed", "", "no text"),
        (completion(["T"]), "failed", "", "another type"),
        (completion("T", ended="eos_token"), "ok", "T", None),
    ],
)
def test_how_replies_end(content: Any, status: str, text: str, said: str | None) -> None:
    found = read(content)
    assert (found.status, found.text) == (status, text)
    assert said in found.reason if said and found.reason else found.reason is said
    assert (found.tokens_in, found.tokens_out) == (10, 3)  # which are paid for, whatever they are worth


def test_reasoning_is_no_text() -> None:
    assert read(completion("7", reasoning_content="8?", reasoning="9?")).text == "7"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(
    JSON, st.sampled_from(["choices", "usage", "model", "message", "content", "finish_reason", "logprobs", "refusal"])
)
def test_nothing_of_another_shape_raises(found: Any, where: str) -> None:
    body = completion("7")
    choice = body["choices"][0]
    holder = body if where in body else choice if where in choice else choice["message"]
    holder[where] = found
    reply = read(body)
    json.dumps(reply.text + str(reply.reason))
    assert read(found).status == "failed"


@pytest.mark.parametrize(
    "logprobs",
    [
        None, [], {}, {"content": None}, {"content": []}, {"content": [7]}, {"content": [{}]},
        {"content": [{"token": "7"}]},
        {"content": [{"token": "7", "logprob": "x", "top_logprobs": []}]},
        {"content": [{"token": "7", "logprob": True, "top_logprobs": None}]},
        {"content": [{"token": "7", "logprob": 3.0, "top_logprobs": []}]},
        {"content": [{"token": "7", "logprob": math.nan, "top_logprobs": []}]},
        {"content": [{"token": "7", "logprob": -0.1, "top_logprobs": [{"token": "8", "logprob": -0.1}]}]},
        {"content": [{"token": "<think>", "logprob": -0.1, "top_logprobs": []}]},
        {"tokens": ["7"], "token_logprobs": [-0.1]},
    ],
)  # fmt: skip
def test_odd_probabilities_are_none(logprobs: Any) -> None:
    body = completion("7")
    body["choices"][0]["logprobs"] = logprobs
    found = read(body)
    assert found.status == "ok"
    assert found.probabilities == {}
    assert found.sent["probabilities"] is None


def test_probabilities_of_one_text_add_up_and_the_drawn_token_counts() -> None:
    body = with_logprobs(completion("7"), {"8": 0.5}, "7")
    body["choices"][0]["logprobs"]["content"][0]["top_logprobs"] += [
        {"token": "8", "logprob": math.log(0.25)},
        {"token": "9", "logprob": -9999.0},
    ]
    assert read(body).probabilities == pytest.approx({"7": 0.01, "8": 0.75})


@pytest.mark.parametrize(
    ("found", "usage"),
    [
        ({"prompt_tokens": 5, "completion_tokens": 2}, Usage(5, 2)),
        ({"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 30}, Usage(5, 25)),  # Gemini's thoughts
        ({"prompt_tokens": 5, "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": 3}}, Usage(5, 2, 3)),
        ({"prompt_tokens": 5, "completion_tokens": 2, "prompt_cache_hit_tokens": 4}, Usage(5, 2, 4)),
        ({"prompt_tokens": 5, "completion_tokens": 2, "prompt_cache_hit_tokens": 40}, Usage(5, 2, 5)),
        ({"prompt_tokens": -5, "completion_tokens": True}, Usage(None, None)),
        ({"prompt_tokens": 1e3, "completion_tokens": 10**12}, Usage(None, None)),
        ({"prompt_tokens": "5", "total_tokens": 9}, Usage(None, None)),
        (None, Usage(None, None)),
        ([], Usage(None, None)),
    ],
)
def test_usage_is_what_a_counter_can_have_said(found: Any, usage: Usage) -> None:
    assert usage_in(found) == usage


def test_half_a_character_is_no_fault() -> None:
    body = json.dumps(completion("Tea \ud83d")).encode()
    assert read(of_json(body)).text == "Tea \ufffd"
    assert whole("a\ud83d\ude00b") == "a😀b"


@pytest.mark.parametrize(
    "found",
    [b"{", b"[" * 100_000, b'"\\ud83d' + b"[" * 9, b'["\\ud83d", NaN]', b'["\\ud83d", ' + b"[" * 100_000, b"\xff"],
)
def test_what_is_not_json_is_a_value_error(found: bytes) -> None:
    with pytest.raises(ValueError):
        of_json(found)
