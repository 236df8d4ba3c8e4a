"""What an HTTP answer that is no reply means: a parameter that is not taken, a fault that may pass, or the end."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from pydantic_core import from_json

from weval.errors import AdapterError
from weval.remote.posting import MAY_PASS, Key, NoAnswer
from weval.remote.retrying import Transient
from weval.textmodels.hosting.hosted import NotTaken
from weval.textmodels.hosting.pace import asked_wait_s, reset_s

OURS = {
    "temperature": "temperature",
    "top_p": "top_p",
    "max_tokens": "max_tokens",
    "max_completion_tokens": "max_tokens",
    "stop": "stop",
    "seed": "sampling_seed",
    "reasoning_effort": "effort",
    "response_format": "schema",
    "logprobs": "probabilities",
    "top_logprobs": "probabilities",
}
"""Our names of the protocol's parameters."""

_NOT_TAKEN = re.compile(
    r"unsupported|(not|n't|isn't) (supported|support|permitted|allowed|available|implemented|recognized|accepted)"
    r"|unknown (name|field|parameter|argument)|unexpected|unrecognized|extra (fields|inputs)|extra_forbidden"
    r"|cannot (both )?be (used|set|specified)|only the default|cannot find field|no longer|deprecated",
    re.IGNORECASE,
)
"""How servers say that they do not take a parameter at all."""

_NOT_TAKEN_CODES = frozenset({"unsupported_parameter", "unsupported_value", "unknown_parameter", "extra_forbidden"})

_TOO_LONG = re.compile(
    r"context.{0,20}(length|window|size|limit)|(prompt|input|request|text|message).{0,30}too (long|large|many)"
    r"|too many tokens|longer than|(maximum|max|allowed) (\w+ ){0,3}(length|tokens)|max_(model|seq|input)_len"
    r"|(input|prompt).{0,60}exceed",
    re.IGNORECASE,
)
_TOO_LONG_CODES = frozenset({"context_length_exceeded", "string_above_max_length", "request_too_large"})

_FILTERED = re.compile(
    r"content.?(filter|policy|management)|responsible.?ai|prohibited.?content|flagged|data_inspection_failed"
    r"|moderation|safety system|content exists risk",
    re.IGNORECASE,
)
"""How providers say that they do not let a text through."""

_NO_MONEY_CODES = frozenset({"insufficient_quota", "billing_hard_limit_reached", "billing_not_active"})
"""Only codes: the words of OpenAI's message are those of Gemini's for a limit by the minute."""

_BAD_KEY = re.compile(
    r"api.?key.{0,20}(not valid|invalid|expired|missing|required)|(incorrect|invalid|missing|no) api.?key",
    re.IGNORECASE,
)
_NO_MODEL = re.compile(
    r"model.{0,100}(not exist|not found|no such)|unknown model|no such model|pinned to", re.IGNORECASE
)

_BUSY = "insufficient_system_resource"
"""How DeepSeek ends a reply that it has no machine for."""

_AGAIN_IN = re.compile(r"(?:retry|try again) (?:in|after) (\d[\w.]*s)\b", re.IGNORECASE)

_SEARCHED_CHARS = 400
"""So much of a message is searched: what follows may repeat the prompt."""

_ENGLISH = frozenset({"stop", "seed"})
"""Parameters whose names mean nothing where they do not stand in quotes."""

_REFUSING = frozenset({400, 403, 422})
"""Statuses with which a prompt or a parameter is refused."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What an error body says, wherever servers put it."""

    message: str
    codes: frozenset[str] = field(default_factory=frozenset)
    parameter: str | None = None

    @classmethod
    def read(cls, found: bytes) -> Fault:
        """From the bytes of a body; a page for browsers says nothing."""
        text = found[: 2**16].decode(errors="replace").strip()
        try:
            said = from_json(found, allow_inf_nan=False)
        except ValueError:
            return cls("" if text.startswith("<") else text)
        return cls.of(said, text)

    @classmethod
    def of(cls, said: object, text: str) -> Fault:
        """From parsed JSON; `text` is the message where it holds none."""
        codes, parameter = set[str](), None
        for _ in range(6):
            if isinstance(said, list) and said:  # Gemini puts its error into a list, FastAPI a list into detail
                said = said[0]
            if not isinstance(said, dict):
                break
            codes |= {value for name in ("code", "type", "status") if isinstance(value := said.get(name), str)}
            parameter = _parameter(said) or parameter
            inner = said.get("innererror")
            codes |= {inner["code"]} if isinstance(inner, dict) and isinstance(inner.get("code"), str) else set()
            said = next((said[name] for name in ("error", "message", "msg", "detail") if said.get(name)), None)
        return cls(said if isinstance(said, str) else text, frozenset(codes), parameter)


def _parameter(said: Mapping[str, Any]) -> str | None:
    """The parameter that an error is about: `param`, or the last part of FastAPI's `loc`."""
    if isinstance(said.get("param"), str):
        return str(said["param"]).removeprefix("body.").partition(".")[0].partition("[")[0]
    place = said.get("loc")
    if isinstance(place, list) and len(place) > 1 and place[0] == "body" and isinstance(place[1], str):
        return place[1]
    return None


@dataclass(frozen=True, slots=True)
class Complaints:
    """Says what an answer other than 2xx means, to whoever asked `url` with a key."""

    url: str
    key: Key

    def of(self, status: int, found: bytes, headers: Mapping[str, str], sent: Collection[str]) -> Exception:
        """NotTaken, Transient, NoAnswer or AdapterError; `sent` are the protocol's parameters in the request."""
        fault = Fault.read(found)
        said = f"HTTP {status} {self.key.hidden_in(fault.message or _phrase(status))}".rstrip()
        if 300 <= status < 400:
            there = self.key.hidden_in(headers.get("location", "").partition("?")[0])
            return AdapterError(f"{self.url} redirects ({said}), which is not followed; give the URL itself: {there}")
        if status == HTTPStatus.PAYMENT_REQUIRED or fault.codes & _NO_MONEY_CODES:
            return AdapterError(f"{self.url} asks for payment first ({said})")
        if status == HTTPStatus.TOO_MANY_REQUESTS and "request too large" in fault.message.lower():
            return NoAnswer(said)  # than a minute's limit: it will be too large in every minute
        if status in MAY_PASS or (status >= 500 and status != HTTPStatus.NOT_IMPLEMENTED):
            again = _AGAIN_IN.search(fault.message)
            return Transient(said, asked_wait_s(headers) or (reset_s(again[1], datetime.now(UTC)) if again else 0.0))
        return self._refusal(status, fault, said, sent)

    def of_reply(self, content: object) -> Exception | None:
        """What a reply of 2xx means that holds an error in the place of a text; None for any other."""
        if not isinstance(content, dict):
            return None
        choices = content.get("choices")
        if isinstance(choices, list) and choices and isinstance(choices[0], dict):
            is_busy = choices[0].get("finish_reason") == _BUSY
            return Transient(f"the reply ended with finish_reason {_BUSY}") if is_busy else None
        if not content.get("error"):
            return None
        fault = Fault.of(content, "an error")
        said = self.key.hidden_in(fault.message)
        return NoAnswer(said, "refused") if _matches(_FILTERED, fault) else Transient(said)

    def _refusal(self, status: int, fault: Fault, said: str, sent: Collection[str]) -> Exception:
        """Of a request that will be refused again."""
        if status in _REFUSING and _matches(_FILTERED, fault):
            return NoAnswer(said, "refused")
        if status in _REFUSING and (name := not_taken(fault, sent)):
            return NotTaken(name, said)
        if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN) or _matches(_BAD_KEY, fault):
            key = f"the key in {self.key.name}" if self.key.name else "requests without a key; --set key_env=NAME"
            return AdapterError(f"{self.url} does not accept {key} ({said})")
        if status in (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED) or _matches(_NO_MODEL, fault):
            return AdapterError(f"{self.url} has no such model, or is no address of an API ({said})")
        if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE or _is_too_long(fault):
            return NoAnswer(said, "truncated")
        if fault.parameter in sent and fault.parameter in OURS:
            return AdapterError(f"{self.url} does not take --set {OURS[fault.parameter]} as it is ({said})")
        return NoAnswer(said)


def not_taken(fault: Fault, sent: Collection[str]) -> str | None:
    """The protocol's name of the parameter that a server refuses to know; None where it complains of something else.

    A value out of range, or a prompt that leaves no room for max_tokens, is something else. Of a schema and of
    probabilities every complaint counts: their values are not the user's.
    """
    message, name = fault.message[:_SEARCHED_CHARS], fault.parameter
    refused = bool(fault.codes & _NOT_TAKEN_CODES or _NOT_TAKEN.search(message))
    if name is not None:
        ours = OURS.get(name) if name in sent else None
        return name if ours and (refused or ours in ("schema", "probabilities")) else None
    if not refused or _is_too_long(fault):
        return None
    named = [(found.start(), one) for one in sent if one in OURS and (found := _named(one).search(message))]
    return min(named)[1] if named else None


def _named(parameter: str) -> re.Pattern[str]:
    return re.compile(rf"(['\"`]){parameter}\1" if parameter in _ENGLISH else rf"\b{parameter}\b")


def _is_too_long(fault: Fault) -> bool:
    return bool(fault.codes & _TOO_LONG_CODES or _TOO_LONG.search(fault.message[:_SEARCHED_CHARS]))


def _matches(pattern: re.Pattern[str], fault: Fault) -> bool:
    return any(pattern.search(said) for said in (fault.message[:_SEARCHED_CHARS], *fault.codes))


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase if status in {known.value for known in HTTPStatus} else ""
