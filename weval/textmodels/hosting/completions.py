"""A body of OpenAI's chat completions as a Reply. It is not believed: what has another shape is `failed`, with why."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from pydantic_core import from_json

from weval.files import one_line
from weval.textmodels.prices import Price, Usage
from weval.types import Prompt, Reply, ReplyStatus

ENDED = ("stop", "eos_token", "stop_sequence")
"""Finish reasons of a whole text; the last two are older TGI's."""

MAX_TOKENS = 10**9
SUM_SLACK = 0.01


class Odd(Exception):
    """A reply that has not the shape of the protocol."""


def reply_of(
    prompt: Prompt, content: object, sent: Mapping[str, Any], price: Price | None = None, seconds: float | None = None
) -> Reply:
    """The reply that a parsed body holds. Never raises; what was counted, and so billed, is kept whatever the status.

    `sent` holds the parameters by our names; where probabilities were asked for and none came, it says null.
    """
    body: Mapping[str, Any] = content if isinstance(content, dict) else {}
    usage = usage_in(body.get("usage"))
    probabilities = dict[str, float]()
    try:
        choice = _choice(body)
        status, text, reason = _said(choice)
        probabilities = _probabilities(choice, text) if prompt.labels else {}
    except Odd as odd:
        status, text, reason = "failed", "", f"the reply {odd}"
    model = body.get("model")
    return Reply(
        prompt.id,
        status,
        text=text,
        reason=reason,
        probabilities=probabilities,
        tokens_in=usage.tokens_in,
        tokens_out=usage.tokens_out,
        cost_usd=price.cost_usd(usage) if price else None,
        seconds=seconds,
        sent={**sent, "probabilities": None} if sent.get("probabilities") and not probabilities else sent,
        model=one_line(whole(model), 200) if isinstance(model, str) and model else None,
    )


def of_json(found: bytes) -> object:
    """Parsed JSON, where half a character in a text is no fault. Raises ValueError, in few words."""
    try:
        return from_json(found, allow_inf_nan=False)
    except ValueError as error:
        if "surrogate" not in str(error) and "hex escape" not in str(error):
            raise
    try:
        return json.loads(found, parse_constant=_no_number)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _no_number(name: str) -> object:
    raise ValueError(f"{name} is no number")


def _choice(body: Mapping[str, Any]) -> Mapping[str, Any]:
    choices = body.get("choices")
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
        raise Odd("holds no choices")
    choice: Mapping[str, Any] = choices[0]
    if not isinstance(choice.get("message"), dict):
        raise Odd("holds no message")
    return choice


def _said(choice: Mapping[str, Any]) -> tuple[ReplyStatus, str, str | None]:
    """Status, text and reason of a choice."""
    message, ended = choice["message"], choice.get("finish_reason")
    refusal, text = message.get("refusal"), message.get("content")
    if isinstance(refusal, str) and refusal:
        return "refused", whole(refusal), "refused by the model"
    if isinstance(ended, str) and ended.startswith("content_filter"):  # Gemini says which, after a colon
        return "refused", _text(text), "stopped by the provider's content filter"
    if ended == "length":
        return "truncated", _text(text), "ended at max_tokens, or at the model's own limit"
    if not isinstance(text, str):
        raise Odd(
            f"holds no text (finish_reason {one_line(repr(ended), 60)})"
            if text is None
            else "holds a text of another type"
        )
    if ended not in ENDED:
        return "failed", whole(text), f"the reply ended with finish_reason {one_line(repr(ended), 60)}"
    return "ok", whole(text), None


def _text(text: object) -> str:
    """What was written of a reply that is not whole; reasoning may have left nothing."""
    return whole(text) if isinstance(text, str) else ""


def whole(text: str) -> str:
    """The text with a sign for each half character, which a cut may leave and no file can hold."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _probabilities(choice: Mapping[str, Any], text: str) -> dict[str, float]:
    """Of the first token of the text; nothing where they have another shape, or belong to something before the text."""
    logprobs = choice.get("logprobs")
    tokens = logprobs.get("content") if isinstance(logprobs, dict) else None
    first = tokens[0] if isinstance(tokens, list) and tokens else None
    if not isinstance(first, dict) or not _begins(text, first.get("token")):
        return {}
    others = first.get("top_logprobs")
    others = others if isinstance(others, list) else []
    if not any(isinstance(other, dict) and other.get("token") == first["token"] for other in others):
        others = [first, *others]  # the token that was drawn need not be among the likeliest
    return _summed(others)


def _begins(text: str, token: object) -> bool:
    """Whether a text begins with a token. With the reasoning of some servers, the first token is that's."""
    return isinstance(token, str) and text.lstrip().startswith(token.strip())


def _summed(tokens: list[Any]) -> dict[str, float]:
    found = dict[str, float]()
    for one in tokens:
        token, logprob = (one.get("token"), one.get("logprob")) if isinstance(one, dict) else (None, None)
        if not isinstance(token, str) or isinstance(logprob, bool) or not isinstance(logprob, int | float):
            return {}
        if not logprob <= SUM_SLACK:  # NaN as well
            return {}
        if probability := math.exp(logprob):
            found[whole(token)] = found.get(whole(token), 0.0) + probability
    total = math.fsum(found.values())
    if total > 1 + SUM_SLACK:
        return {}
    return {token: value / max(total, 1.0) for token, value in found.items()}


def usage_in(found: object) -> Usage:
    """What a body says was counted; None for what no counter can have said.

    Some leave reasoning out of `completion_tokens` and bill it; then the total is more than the sum.
    """
    usage: Mapping[str, Any] = found if isinstance(found, dict) else {}
    tokens_in, tokens_out = _count(usage.get("prompt_tokens")), _count(usage.get("completion_tokens"))
    total = _count(usage.get("total_tokens"))
    if total is not None and tokens_in is not None and tokens_out is not None:
        tokens_out = max(tokens_out, total - tokens_in)
    details = usage.get("prompt_tokens_details")
    cached = _count(details.get("cached_tokens")) if isinstance(details, dict) else None
    if cached is None:
        cached = _count(usage.get("prompt_cache_hit_tokens"))  # DeepSeek
    return Usage(tokens_in, tokens_out, min(cached or 0, tokens_in or 0))


def _count(found: object) -> int | None:
    return found if isinstance(found, int) and not isinstance(found, bool) and 0 <= found <= MAX_TOKENS else None
