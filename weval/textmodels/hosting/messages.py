"""What Anthropic's API is sent for a prompt, and what its answers and complaints mean. Pure; it opens no connection."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from weval.errors import AdapterError
from weval.remote.posting import MAY_PASS, Key, NoAnswer
from weval.remote.retrying import Transient
from weval.textmodels.hosting.completions import whole
from weval.textmodels.hosting.hosted import NotTaken
from weval.textmodels.hosting.pace import asked_wait_s
from weval.textmodels.prices import Usage, price_of
from weval.types import Prompt, Reply

SAMPLING = ("top_p", "temperature")
"""In the order in which they are given up, where a model takes one of them but not both."""

_NAMES = {
    "top_p": r"\btop_p\b",
    "temperature": r"\btemperature\b",
    "stop": r"\bstop_sequences\b",
    "effort": r"\beffort\b|\boutput_config: ",
    "schema": r"\boutput_config(\.format\b|: )|\boutput_format\b|\bjson_schema\b|structured outputs?",
}
"""How a complaint names what was sent, by our names."""

_VERSION = re.compile(r"anthropic-version|api version", re.IGNORECASE)
_BLOCKED = re.compile(r"content filtering policy|blocked by content", re.IGNORECASE)
_MONEY = re.compile(r"credit balance|billing|spend_limit|spend limit|usage limits|organization_on_hold", re.IGNORECASE)
_LIMIT = re.compile(r"^max_tokens:|maximum allowed number of output tokens", re.IGNORECASE)
_TOO_LONG = re.compile(r"prompt is too long|exceed.{0,20}context|context (limit|window)|too many tokens", re.IGNORECASE)

_TYPES = {
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "api_error": 500,
    "timeout_error": 504,
    "overloaded_error": 529,
}
"""What an error inside a batch, which has no HTTP status, would have had for one."""

_ENDS: Mapping[str, tuple[Any, str]] = {
    "end_turn": ("ok", ""),
    "stop_sequence": ("ok", ""),
    "max_tokens": ("truncated", "the reply reached its limit of tokens (--set max_tokens)"),
    "model_context_window_exceeded": ("truncated", "prompt and reply are longer than the model reads"),
    "refusal": ("refused", "the model, or its provider, refused"),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What is sent beside a prompt's words: `taken` and, as the API refused them, `dropped`, both by our names."""

    model: str
    host: str
    taken: Mapping[str, Any]
    dropped: frozenset[str]
    version: str

    def sent(self, prompt: Prompt) -> dict[str, Any]:
        """For the record of a reply; what the API did not take is null."""
        refused = self.dropped if prompt.schema is not None else self.dropped - {"schema"}
        return {**self.taken, **dict.fromkeys(sorted(refused)), "api_version": self.version}

    def body(self, prompt: Prompt) -> dict[str, Any]:
        """The JSON that asks for a reply to a prompt."""
        taken = self.taken
        system = "\n\n".join(text for role, text in prompt.messages if role == "system")
        turns = [{"role": role, "content": text} for role, text in prompt.messages if role != "system"]
        body: dict[str, Any] = {"model": self.model, "max_tokens": taken.get("max_tokens"), "messages": turns}
        body |= {name: taken[name] for name in ("temperature", "top_p") if name in taken}
        if system:
            body["system"] = system
        if "stop" in taken:
            body["stop_sequences"] = [taken["stop"]]
        if config := self._output_config(prompt):
            body["output_config"] = config
        return body

    def _output_config(self, prompt: Prompt) -> dict[str, Any]:
        config: dict[str, Any] = {"effort": self.taken["effort"]} if "effort" in self.taken else {}
        if prompt.schema is not None and "schema" not in self.dropped:
            config["format"] = {"type": "json_schema", "schema": _taken_schema(prompt.schema)}
        return config


def _taken_schema(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema without what the API does not hold a model to, such as bounds of numbers, which become words in it."""
    from anthropic import transform_schema

    try:
        return transform_schema(dict(schema))
    except (ValueError, TypeError, AttributeError):  # a part without a type: the API is the one to say so
        return dict(schema)


def reply_of(
    prompt: Prompt, content: object, asked: Asked, key: Key, *, seconds: float | None = None, batch: bool = False
) -> Reply:
    """The reply in a message of the API. Raises NoAnswer where it is none."""
    if not isinstance(content, dict) or not isinstance(blocks := content.get("content"), list):
        raise NoAnswer("the reply is no message: it has no list of content")
    text = whole("".join(_texts(blocks)))
    ended = content.get("stop_reason")
    status, reason = _ENDS.get(str(ended), ("failed", f"the reply ended in an unknown way: {ended!r}"))
    if status == "ok" and not text.strip():
        status, reason = "failed", "the reply has no text"
    usage, model = content.get("usage"), content.get("model")
    return Reply(
        prompt.id,
        status,
        text,
        reason=key.hidden_in(reason + _why(content)) or None,
        tokens_in=_tokens_in(usage),
        tokens_out=_count(usage, "output_tokens"),
        cost_usd=_cost(asked, usage, batch=batch),
        seconds=seconds,
        sent=asked.sent(prompt),
        model=key.hidden_in(model) if isinstance(model, str) and model else None,
    )


def _texts(blocks: Sequence[object]) -> list[str]:
    """The parts that are text; what a model thinks, and uses of tools, are not. Raises NoAnswer for broken ones."""
    texts = []
    for block in blocks:
        if not isinstance(block, dict):
            raise NoAnswer("the reply is no message: a part of its content is no object")
        if block.get("type") == "text":
            if not isinstance(text := block.get("text"), str):
                raise NoAnswer("the reply is no message: a text in it is no string")
            texts.append(text)
    return texts


def _why(content: Mapping[str, Any]) -> str:
    """What the API says about a refusal."""
    details = content.get("stop_details")
    if content.get("stop_reason") != "refusal" or not isinstance(details, dict):
        return ""
    return "".join(f"; {said}" for name in ("category", "explanation") if isinstance(said := details.get(name), str))


def _count(usage: object, name: str) -> int | None:
    """A number of tokens, where it is one."""
    found = usage.get(name) if isinstance(usage, dict) else None
    return found if isinstance(found, int) and not isinstance(found, bool) and found >= 0 else None


def _tokens_in(usage: object) -> int | None:
    """All tokens that were read: new ones, and those that were written into and read from the cache."""
    new = _count(usage, "input_tokens")
    cached = [_count(usage, name) or 0 for name in ("cache_creation_input_tokens", "cache_read_input_tokens")]
    return None if new is None else new + sum(cached)


def _cost(asked: Asked, usage: object, *, batch: bool) -> float | None:
    """What the tokens cost. We ask for no cache to be written; where one was, that has another price."""
    if _count(usage, "cache_creation_input_tokens"):
        return None
    price = price_of(asked.model, host=asked.host, batch=batch)
    cached = _count(usage, "cache_read_input_tokens") or 0
    return price.cost_usd(Usage(_tokens_in(usage), _count(usage, "output_tokens"), cached)) if price else None


def complaint(
    status: int | None,
    body: object,
    asked: Asked,
    key: Key,
    headers: Mapping[str, str],
    prompt: Prompt | None = None,
) -> Exception:
    """What an answer other than a message means: Transient, NoAnswer, NotTaken or AdapterError.

    `status` is that of HTTP; None for an error inside a batch, which has none. `prompt` is the one that was asked.
    """
    kind, message, code = _said(body)
    status = status or _TYPES.get(kind, 400)
    said = key.hidden_in(f"HTTP {status} {message}").rstrip()
    if _MONEY.search(f"{kind} {code}") or (status in (400, 402, 403) and _MONEY.search(message)) or status == 402:
        return AdapterError(f"Anthropic does not answer for want of money, or by a limit of spending ({said})")
    if status in MAY_PASS or status >= 500:
        return Transient(said, asked_wait_s(headers))
    if status in (401, 403):
        return AdapterError(f"Anthropic does not accept the key in {key.name} for {asked.model} ({said})")
    if status in (404, 405):
        return AdapterError(f"Anthropic has no model {asked.model}, or there is none of its API at base_url ({said})")
    if 300 <= status < 400:
        return AdapterError(f"the address redirects ({said}), which is not followed; --set base_url=URL itself")
    return _refused(status, message, said, asked, prompt)


def _refused(status: int, message: str, said: str, asked: Asked, prompt: Prompt | None) -> Exception:
    """What a request is refused for that was understood."""
    if parameter := _not_taken(message, asked, prompt):
        return NotTaken(parameter, said)
    if _BLOCKED.search(message):
        return NoAnswer(f"the provider refused ({said})", "refused")
    if _LIMIT.search(message):
        return AdapterError(
            f"--set max_tokens={asked.taken.get('max_tokens')}: {asked.model} does not take it ({said})"
        )
    return NoAnswer(said, "truncated" if status == 413 or _TOO_LONG.search(message) else "failed")


def _not_taken(message: str, asked: Asked, prompt: Prompt | None) -> str | None:
    """The parameter that a complaint names, if it was sent; the version that takes them may be gone with all of it."""
    sent = {*asked.taken} | ({"schema"} if prompt is not None and prompt.schema is not None else set())
    for name, pattern in _NAMES.items():
        if name in sent - asked.dropped and re.search(pattern, message):
            return name
    if _VERSION.search(message):
        return next((name for name in SAMPLING if name in asked.taken), None)
    return None


def _said(body: object) -> tuple[str, str, str]:
    """Type, message and code of an error, as far as there are any."""
    error = body.get("error") if isinstance(body, dict) else None
    if isinstance(error, dict) and isinstance(error.get("error"), dict):  # inside a batch it is wrapped once more
        error = error["error"]
    if not isinstance(error, dict):
        return "", body if isinstance(body, str) and not body.lstrip().startswith("<") else "", ""
    details = error.get("details")
    found = (error.get("type"), error.get("message"), details.get("error_code") if isinstance(details, dict) else "")
    kind, message, code = (part if isinstance(part, str) else "" for part in found)
    return kind, message, code
