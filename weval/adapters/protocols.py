"""What reward-model servers are asked, and how a score is read from their replies: one entry per protocol."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import Field

from weval.adapters.exchange import ROUTE, posted, score_of
from weval.adapters.texts import LabelOptions
from weval.errors import ConfigError
from weval.remote.posting import NoAnswer
from weval.types import Request, Score

ProtocolName = Literal["predict", "vllm", "sglang", "weval"]

OWN_TEXT = ("predict", "weval")
"""Protocols of servers that put the text together themselves, and give the score as it is meant to be."""


class HttpOptions(LabelOptions):
    """What --set takes for `http:`."""

    neutral = frozenset({"bounded", "concurrency", "timeout_s", "attempts", "give_up_after_s", "key_env"})

    protocol: ProtocolName | None = Field(
        default=None,
        description="predict (the released server), vllm, sglang or weval (weval serve); default: predict or weval for "
        "URLs ending so",
    )
    model: str | None = Field(default=None, min_length=1, description="name under which the server knows the model")
    head: Literal["logit", "class", "logit_difference"] = Field(
        default="logit", description="logit (one label), class (probability of a label), logit_difference"
    )
    bounded: bool | None = Field(default=None, description="scores are meant to lie in 0 to 1; predict, weval: true")
    concurrency: int = Field(default=16, ge=1, le=1024, description="requests on their way at once")
    timeout_s: float = Field(default=60.0, gt=0, le=86400, description="seconds for one attempt")
    attempts: int = Field(default=5, ge=1, le=100, description="attempts for one request")
    give_up_after_s: float = Field(default=300.0, gt=0, le=86400, description="seconds for all attempts of a request")
    key_env: str | None = Field(default=None, min_length=1, description="environment variable that holds the key")

    @property
    def is_bounded(self) -> bool:
        """Whether scores within 0 to 1 only are what they should be."""
        return self.protocol in OWN_TEXT or self.head == "class" if self.bounded is None else self.bounded

    def check(self) -> None:
        """Raises ConfigError for settings that make no sense together. To be asked once the protocol is known."""
        assert self.protocol is not None
        given = self.model_dump(exclude_defaults=True)
        if idle := [name for name in PROTOCOLS[self.protocol].ignores if name in given]:
            raise ConfigError(f"--set {', '.join(idle)}: has no effect with protocol={self.protocol}")
        if self.protocol == "sglang" and self.wire is None:
            raise ConfigError(
                "--set protocol=sglang: /classify takes no chat; give the text as its chat template makes it, without "
                "the first special token, as --set wire='<user>{query}<assistant>{response}'"
            )
        self.check_labels(self.head)
        if self.protocol not in OWN_TEXT:
            self.check_text()


@dataclass(frozen=True, slots=True)
class Protocol:
    """How one kind of server is spoken to.

    `route` stands for a URL without a path. `body` is what is posted, `scores` is where the reply has the raw scores
    of the text, `tokens` where it has how many tokens were read, and `ignores` are settings that it has no use for.
    """

    route: str
    body: Callable[[HttpOptions, Request], dict[str, Any]]
    scores: tuple[str | int, ...]
    tokens: tuple[str | int, ...] | None
    ignores: tuple[str, ...]


def _predict(options: HttpOptions, request: Request) -> dict[str, Any]:
    """The released server puts these into its own text, and asks of one requirement without the instruction."""
    question = request.requirement.text if request.requirement else request.query
    return {"question": question, "answer": request.responses[0]}


def _vllm(options: HttpOptions, request: Request) -> dict[str, Any]:
    """Raw scores only if asked for: by default a single one goes through a sigmoid, and several through a softmax."""
    asked: dict[str, Any] = {"use_activation": False, "add_special_tokens": options.sends_special_tokens()}
    if options.wire is not None:
        return _named(options) | asked | {"input": options.text(request)}
    return _named(options) | asked | {"messages": options.messages(request)}


def _sglang(options: HttpOptions, request: Request) -> dict[str, Any]:
    return _named(options) | {"text": [options.text(request)]}


def _weval(options: HttpOptions, request: Request) -> dict[str, Any]:
    return {"requests": [posted(request)]}


def _named(options: HttpOptions) -> dict[str, Any]:
    return {"model": options.model} if options.model else {}


_TURNS = ("system", "user", "assistant")
_HEADS = ("head", "label", "other_label")
_TEXT = ("model", "wire", *_TURNS, *_HEADS, "special_tokens")

PROTOCOLS: dict[ProtocolName, Protocol] = {
    "predict": Protocol("/predict", _predict, ("value",), None, _TEXT),
    "vllm": Protocol("/classify", _vllm, ("data", 0, "probs"), ("usage", "prompt_tokens"), ()),
    "sglang": Protocol(
        "/classify", _sglang, (0, "embedding"), (0, "meta_info", "prompt_tokens"), (*_TURNS, "special_tokens")
    ),
    "weval": Protocol(ROUTE, _weval, ("scores", 0), ("scores", 0, "tokens_in"), _TEXT),
}


def score_from(content: object, options: HttpOptions, request: Request) -> Score:
    """A reply as the score of a request. Raises NoAnswer where there is none, which says why."""
    if options.protocol == "weval":
        return score_of(_at(content, PROTOCOLS["weval"].scores), request)
    return Score(request.id, "ok", (score_in(content, options),), tokens_in=tokens_in(content, options))


def score_in(content: object, options: HttpOptions) -> float:
    """The score in a reply. Raises NoAnswer where there is none, which says what is there instead."""
    assert options.protocol is not None
    path = PROTOCOLS[options.protocol].scores
    found = _at(content, path)
    if options.protocol == "predict":
        return _number(found, path)
    if not isinstance(found, list) or not found:
        raise NoAnswer(f"{_place(path)} of the reply is {_kind(found)}, not a list of numbers")
    score = _headed([_number(one, (*path, n)) for n, one in enumerate(found)], options)
    if not math.isfinite(score):
        raise NoAnswer("the scores of the labels are too far apart for a number")
    return score


def tokens_in(content: object, options: HttpOptions) -> int | None:
    """How many tokens the server says that it read."""
    assert options.protocol is not None
    path = PROTOCOLS[options.protocol].tokens
    try:
        found = _at(content, path) if path else None
    except NoAnswer:
        return None
    return found if isinstance(found, int) and not isinstance(found, bool) and 0 <= found < 2**53 else None


def _headed(raw: Sequence[float], options: HttpOptions) -> float:
    if options.head == "logit":
        if len(raw) > 1:
            raise NoAnswer(
                f"the server gives {len(raw)} scores for a text; say which, as --set head=class --set label=1"
            )
        return raw[0]
    label, other = options.label or 0, options.other_label or 0
    if max(label, other) >= len(raw):
        raise NoAnswer(f"label {max(label, other)} is not there: the server gives {len(raw)}, counted from 0")
    if options.head == "logit_difference":
        return raw[label] - raw[other]
    highest = max(raw)
    return math.exp(raw[label] - highest) / sum(math.exp(one - highest) for one in raw)


def _at(content: object, path: Sequence[str | int]) -> object:
    """What stands at a path of keys and places; a list on the way must hold one answer, as one was asked for."""
    for n, step in enumerate(path):
        if isinstance(step, str) and isinstance(content, dict) and step in content:
            content = content[step]
        elif isinstance(step, int) and isinstance(content, list) and len(content) == 1:
            content = content[0]
        else:
            whole = _place(path[:n]) + " of the reply" if n else "the reply"
            size = f" of {len(content)}" if isinstance(content, list) else ""
            raise NoAnswer(f"{whole} is {_kind(content)}{size} without {_place(path[n:])}")
    return content


def _number(found: object, path: Sequence[str | int]) -> float:
    if not isinstance(found, int | float) or isinstance(found, bool):
        raise NoAnswer(f"{_place(path)} of the reply is {_kind(found)}, not a number")
    try:
        value = float(found)
    except OverflowError:
        value = math.inf
    if not math.isfinite(value):
        raise NoAnswer(f"{_place(path)} of the reply is no finite number")
    return value


def _place(path: Sequence[str | int]) -> str:
    """
    >>> _place(("data", 0, "probs"))
    'data[0].probs'
    """
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")


_KINDS = {dict: "an object", list: "a list", str: "a text", bool: "true or false", type(None): "null"}


def _kind(found: object) -> str:
    return _KINDS.get(type(found), "a number")
