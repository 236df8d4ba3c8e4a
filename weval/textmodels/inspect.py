"""`inspect/PROVIDER/MODEL`: a provider of inspect_ai, which brings clients of many APIs. Only its models are used.

No evaluation of inspect_ai's runs: it writes no log. Keys come from its own environment variables, or `key_env`. Its
retries are off, as weval retries. It tells nobody when a provider passes over a parameter: `sent` is what it was given.
"""

from __future__ import annotations

import importlib.util
import re
import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal

from weval.errors import AdapterError, ConfigError, missing_extra
from weval.files import one_line
from weval.remote.posting import Key, NoAnswer
from weval.remote.retrying import Transient, Unreachable
from weval.textmodels.hosting.completions import reply_of
from weval.textmodels.hosting.faults import OURS, Complaints
from weval.textmodels.hosting.hosted import Hosted, NotTaken
from weval.textmodels.options import TextModelOptions
from weval.types import Prompt, Reply

if TYPE_CHECKING:
    from inspect_ai.model import GenerateConfig, Model, ModelOutput

TOP_LOGPROBS = 20

_NAMES = {
    "temperature": "temperature",
    "top_p": "top_p",
    "max_tokens": "max_tokens",
    "sampling_seed": "seed",
    "effort": "reasoning_effort",
}
"""inspect_ai's names of our parameters."""

_ENDED = {"stop": "stop", "max_tokens": "length", "model_length": "length", "content_filter": "content_filter"}
"""OpenAI's names of its stop reasons; the others are none of a text."""

_NO_CONNECTION = frozenset({"ConnectError", "ConnectTimeout", "ProxyError", "ClientConnectorError"})

_MARKUP = re.compile(r"\[/?[a-z ]+\]")


class Inspect(Hosted):
    """A model of a provider. Raises ConfigError where inspect_ai is missing, or a key given by `key_env`."""

    def __init__(self, model: str, options: TextModelOptions) -> None:
        if importlib.util.find_spec("inspect_ai") is None:
            raise missing_extra("inspect_ai", "inspect", f"inspect/{model}")
        provider, _, name = model.partition("/")
        if not provider or not name:
            raise ConfigError(f"inspect/{model}: is written inspect/PROVIDER/MODEL, as inspect/openai/gpt-4o")
        super().__init__(model, options, Key.read(options.key_env))

    @property
    def fingerprint(self) -> Mapping[str, Any]:
        """The provider and model, and the settings that could change a reply; never the key."""
        return {"backend": "inspect", "model": self.model, **self.options.fingerprint()}

    @property
    def tells(self) -> frozenset[Literal["probabilities", "schema"]]:
        """Both can be asked for; it depends on the provider whether they come."""
        return frozenset({"probabilities", "schema"})

    @property
    def name(self) -> str:
        """What messages call the model."""
        return f"inspect/{self.model}"

    def client(self) -> InspectClient:
        """A client for one event loop. Raises ConfigError where the provider cannot be had, as without its key."""
        return InspectClient(self, self._opened())

    def _opened(self) -> Model:
        from inspect_ai.model import get_model

        given: dict[str, Any] = {"base_url": self.options.base_url, "api_key": self._key.secret or None}
        try:
            # not memoized: its connections belong to one event loop
            model = get_model(self.model, memoize=False, **{k: v for k, v in given.items() if v is not None})
        except Exception as error:  # noqa: BLE001 - of any provider: no key, no library, an unknown name
            said = " ".join(_MARKUP.sub("", str(error)).removeprefix("ERROR").split()).removeprefix(": ")
            lacking = ConfigError(f"{self.name}: {self._key.hidden_in(said) or type(error).__name__}")
        else:
            return self._known_key(model)
        raise lacking  # here, so that it does not carry the provider's exception, which may repeat the key

    def _known_key(self, model: Model) -> Model:
        """The model, whose key, wherever it came from, is hidden wherever the other side repeats it."""
        found = getattr(model.api, "api_key", None)
        if isinstance(found, str) and found and not self._key.secret:
            self._key = Key(None, found)
        return model

    @property
    def key(self) -> Key:
        """The key that is used, as far as it is known."""
        return self._key


class InspectClient:
    """A provider's client, used in one event loop and closed there."""

    def __init__(self, asked: Inspect, model: Model) -> None:
        self._asked, self._model = asked, model
        self._complaints = Complaints(asked.name, asked.key)

    async def send(self, prompt: Prompt, dropped: frozenset[str]) -> Reply:
        """One attempt; see `weval.textmodels.hosting.hosted.Client`."""
        from inspect_ai.model import ChatMessageAssistant, ChatMessageSystem, ChatMessageUser

        kinds: dict[str, Any] = {
            "system": ChatMessageSystem,
            "user": ChatMessageUser,
            "assistant": ChatMessageAssistant,
        }
        began = time.monotonic()
        try:
            messages = [kinds[role](content=text) for role, text in prompt.messages]
            output = await self._model.generate(messages, config=self._config(prompt, dropped))
        except Exception as error:  # noqa: BLE001 - of any client library
            fault = self._fault(error, prompt, dropped)
        else:
            return self._reply(prompt, output, dropped, time.monotonic() - began)
        raise fault  # here, so that it does not carry the provider's exception, which may repeat the key

    def _reply(self, prompt: Prompt, output: ModelOutput, dropped: frozenset[str], seconds: float) -> Reply:
        sent = {name: None if name in dropped else value for name, value in self._wanted(prompt).items()}
        return reply_of(prompt, _body(output), sent, seconds=seconds)

    async def close(self) -> None:
        """Ends all connections."""
        await self._model.api.aclose()

    def _wanted(self, prompt: Prompt) -> dict[str, Any]:
        """The parameters by our names."""
        wanted = self._asked.options.sampling()
        wanted |= {"schema": True} if prompt.schema is not None else {}
        return wanted | ({"probabilities": True} if prompt.labels else {})

    def _config(self, prompt: Prompt, dropped: frozenset[str]) -> GenerateConfig:
        from inspect_ai.model import GenerateConfig, ResponseSchema

        wanted = {name: value for name, value in self._wanted(prompt).items() if name not in dropped}
        given: dict[str, Any] = {_NAMES[name]: value for name, value in wanted.items() if name in _NAMES}
        given |= {"stop_seqs": [wanted["stop"]]} if "stop" in wanted else {}
        given |= {"logprobs": True, "top_logprobs": TOP_LOGPROBS} if "probabilities" in wanted else {}
        if "schema" in wanted:
            schema = {"name": "reply", "json_schema": dict(prompt.schema or {}), "strict": True}
            given["response_schema"] = ResponseSchema.model_validate(schema)
        n_at_once = self._asked.options.concurrency
        return GenerateConfig(**given, max_retries=0, max_connections=n_at_once, adaptive_connections=False)

    def _fault(self, error: Exception, prompt: Prompt, dropped: frozenset[str]) -> Exception:
        """What an exception of a provider means; it may be any of any client library."""
        chain = list(_chain(error))
        said = self._said(chain)
        decision = next(filter(None, map(self._model.api.should_retry, chain)), None)
        if any(type(one).__name__ in _NO_CONNECTION for one in chain):
            return Unreachable(said)
        if decision:
            return Transient(said, float(getattr(decision, "retry_after", None) or 0.0))
        if any(self._model.api.is_auth_failure(one) for one in chain):
            return AdapterError(f"{self._asked.name} does not accept the key ({said})")
        status = next((found for one in chain if (found := _status(one))), None)
        if status is None:
            return NoAnswer(said)
        wanted = self._wanted(prompt).keys() - dropped
        names = [name for name, ours in OURS.items() if ours in wanted]
        complaint = self._complaints.of(status, said.encode(), {}, names)
        if isinstance(complaint, NotTaken):
            return NotTaken(OURS[complaint.parameter], str(complaint))
        return complaint

    def _said(self, chain: list[Exception]) -> str:
        """The innermost error that says something; outer ones repeat the whole request."""
        for one in reversed(chain):
            if said := self._asked.key.hidden_in(str(getattr(one, "message", None) or one)):
                return f"{type(one).__name__}: {said}"
        return type(chain[0]).__name__


def _chain(error: BaseException) -> Iterator[Exception]:
    """An exception with those that it came of; what tenacity wraps is taken out."""
    seen: set[int] = set()
    one: BaseException | None = error
    while isinstance(one, Exception) and id(one) not in seen:
        seen.add(id(one))
        last = getattr(one, "last_attempt", None)
        if last is None:
            yield one
        one = last.exception() if last is not None else one.__cause__


def _status(error: Exception) -> int | None:
    """The HTTP status of an error, wherever client libraries put it."""
    response = getattr(error, "response", None)
    for found in (getattr(error, "status_code", None), getattr(error, "code", None)):
        if isinstance(found, int) and 300 <= found < 600:
            return found
    found = getattr(response, "status_code", None)
    return found if isinstance(found, int) and 300 <= found < 600 else None


def _body(output: ModelOutput) -> dict[str, Any]:
    """The output in the shape of OpenAI's chat completions, where it is checked like everybody's."""
    body: dict[str, Any] = {"model": output.model, "choices": [], "usage": _usage(output)}
    if output.choices:
        choice = output.choices[0]
        logprobs = choice.logprobs.model_dump() if choice.logprobs else None
        ended = _ENDED.get(choice.stop_reason, choice.stop_reason)
        message = {"content": output.completion, "refusal": None}
        body["choices"] = [{"message": message, "finish_reason": ended, "logprobs": logprobs}]
    elif output.error:
        message = {"content": one_line(output.error, 200), "refusal": None}
        body["choices"] = [{"message": message, "finish_reason": "content_filter"}]
    return body


def _usage(output: ModelOutput) -> dict[str, Any] | None:
    usage = output.usage
    if usage is None:
        return None
    cached = usage.input_tokens_cache_read or 0
    tokens_in = usage.input_tokens + cached + (usage.input_tokens_cache_write or 0)
    return {
        "prompt_tokens": tokens_in,
        "completion_tokens": usage.output_tokens,
        "prompt_tokens_details": {"cached_tokens": cached},
    }
