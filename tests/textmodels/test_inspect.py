"""`inspect/…` with inspect_ai's own mock provider: its outputs and its faults as replies; no network, no logs."""

from __future__ import annotations

import asyncio
import importlib.util
import math
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from inspect_ai._util.error import PrerequisiteError
from inspect_ai.model import (
    ChatCompletionChoice,
    ChatMessageAssistant,
    Logprob,
    Logprobs,
    ModelOutput,
    ModelUsage,
    TopLogprob,
    get_model,
)

from tests.textmodels.asking import prompts
from weval.errors import AdapterError, ConfigError
from weval.textmodels import TextModelOptions, open_text_model
from weval.textmodels.inspect import Inspect
from weval.types import Prompt, Reply

pytestmark = pytest.mark.filterwarnings("ignore:The 'initial' parameter is deprecated:DeprecationWarning")

Answer = Callable[..., Any]


class HttpError(Exception):
    """As client libraries raise them."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status_code = status


def output(text: str = "fine", stop: Any = "stop", **said: Any) -> ModelOutput:
    choice = ChatCompletionChoice(message=ChatMessageAssistant(content=text), stop_reason=stop, **said)
    usage = ModelUsage(input_tokens=5, output_tokens=3, total_tokens=10, input_tokens_cache_read=2)
    return ModelOutput(model="mock-1", choices=[choice], usage=usage)


@pytest.fixture
def answering(monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict[str, Reply]]:
    """Asks the mock provider, which answers by a function of messages and configuration."""

    def ask(answer: Answer, given: list[Prompt] | None = None, **options: Any) -> dict[str, Reply]:
        def made(name: str, **said: Any) -> Any:
            model = get_model(name, **said, custom_outputs=lambda turns, tools, choice, config: answer(turns, config))
            model.api.should_retry = lambda error: getattr(error, "status_code", 0) in (429, 503)
            model.api.is_auth_failure = lambda error: getattr(error, "status_code", 0) == 401
            return model

        monkeypatch.setattr("inspect_ai.model.get_model", made)
        said = TextModelOptions(**({"attempts": 2, "give_up_after_s": 20} | options))
        replies = list(open_text_model("inspect/mockllm/model", said).replies(given or prompts(1)))
        return {reply.prompt_id: reply for reply in replies}

    return ask


def test_a_whole_text_is_a_reply(answering: Any) -> None:
    reply = answering(lambda turns, config: output())["p0"]
    assert (reply.status, reply.text, reply.tokens_in, reply.tokens_out, reply.model) == ("ok", "fine", 7, 3, "mock-1")
    assert reply.seconds is not None


@pytest.mark.parametrize(
    ("stop", "status"),
    [
        ("max_tokens", "truncated"),
        ("model_length", "truncated"),
        ("content_filter", "refused"),
        ("tool_calls", "failed"),
        ("unknown", "failed"),
    ],
)
def test_another_end_is_a_status(answering: Any, stop: str, status: str) -> None:
    reply = answering(lambda turns, config: output("half a te", stop))["p0"]
    assert (reply.status, bool(reply.reason)) == (status, True)


def test_no_choice_is_no_reply(answering: Any) -> None:
    empty = ModelOutput(model="m", choices=[], usage=ModelUsage())
    assert answering(lambda turns, config: empty)["p0"].status == "failed"
    refused = ModelOutput(model="m", choices=[], error="against our policy", usage=ModelUsage())
    assert answering(lambda turns, config: refused)["p0"].status == "refused"


def test_what_is_asked_is_what_was_set(answering: Any) -> None:
    seen: list[Any] = []

    def answer(turns: Any, config: Any) -> ModelOutput:
        seen.append((turns, config))
        return output()

    options = {"temperature": 0.5, "top_p": 0.9, "max_tokens": 7, "stop": "END", "sampling_seed": 3, "effort": "low"}
    schema = {"type": "object", "properties": {"score": {"type": "integer"}}, "required": ["score"]}
    reply = answering(answer, prompts(1, schema=schema, labels=("1",)), **options)["p0"]
    ((turns, config),) = seen
    assert [(turn.role, turn.text) for turn in turns] == [("system", "Judge."), ("user", "Number 0")]
    assert (config.temperature, config.top_p, config.max_tokens, config.stop_seqs) == (0.5, 0.9, 7, ["END"])
    assert (config.seed, config.reasoning_effort, config.logprobs, config.top_logprobs) == (3, "low", True, 20)
    assert config.response_schema.json_schema.model_dump(exclude_none=True)["required"] == ["score"]
    assert config.max_retries == 0
    assert reply.sent == {**options, "schema": True, "probabilities": None}, "it gave no probabilities"


def test_probabilities_are_those_of_the_first_token(answering: Any) -> None:
    first = Logprob(token="7", logprob=math.log(0.5), top_logprobs=[
        TopLogprob(token="7", logprob=math.log(0.5)), TopLogprob(token=" 7", logprob=math.log(0.25)),
    ])  # fmt: skip
    reply = answering(lambda turns, config: output("7", logprobs=Logprobs(content=[first])), prompts(1, labels=("7",)))[
        "p0"
    ]
    assert reply.probabilities == pytest.approx({"7": 0.5, " 7": 0.25})


def test_faults_that_pass_are_tried_again_and_each_prompt_is_answered_once(answering: Any) -> None:
    seen: list[str] = []

    def answer(turns: Any, config: Any) -> ModelOutput:
        seen.append(turns[-1].text)
        if seen.count(turns[-1].text) == 1:
            raise HttpError(503, "overloaded")
        return output(turns[-1].text)

    replies = answering(answer, prompts(4), concurrency=2)
    assert {key: reply.status for key, reply in replies.items()} == {f"p{n}": "ok" for n in range(4)}
    assert len(seen) == 8


def test_a_fault_that_does_not_pass_is_failed(answering: Any) -> None:
    def answer(turns: Any, config: Any) -> ModelOutput:
        raise HttpError(429, "slow down")

    reply = answering(answer)["p0"]
    assert reply.status == "failed"
    assert "slow down" in str(reply.reason)
    assert "2 attempts" in str(reply.reason)


def test_an_error_that_inspect_wraps_is_unwrapped(answering: Any) -> None:
    def answer(turns: Any, config: Any) -> Any:
        from inspect_ai.model._model_call import ModelCall

        return HttpError(400, "the prompt is too long for the context window"), ModelCall.create(
            {"secret": "request"}, {}
        )

    async def generate(self: Any, input: Any, tools: Any, tool_choice: Any, config: Any) -> Any:
        return answer(input, config)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("inspect_ai.model._providers.mockllm.MockLLM.generate", generate)
        reply = answering(answer)["p0"]
    assert reply.status == "truncated"
    assert "secret" not in str(reply.reason)


def test_a_parameter_that_is_not_taken_is_dropped(answering: Any) -> None:
    def answer(turns: Any, config: Any) -> ModelOutput:
        if config.temperature is not None:
            raise HttpError(400, "Unsupported parameter: 'temperature' is not supported with this model.")
        return output()

    replies = answering(answer, prompts(3), temperature=0.5, max_tokens=9, concurrency=1)
    assert [reply.status for reply in replies.values()] == ["ok"] * 3
    assert replies["p0"].sent == {"temperature": None, "max_tokens": 9}


def test_a_key_that_is_not_accepted_ends_the_run(answering: Any) -> None:
    def answer(turns: Any, config: Any) -> ModelOutput:
        raise HttpError(401, "wrong key")

    with pytest.raises(AdapterError, match="does not accept the key"):
        answering(answer)


def test_any_other_exception_of_a_provider_is_a_status(answering: Any) -> None:
    def answer(turns: Any, config: Any) -> ModelOutput:
        raise ValueError("odd\nthing")

    reply = answering(answer)["p0"]
    assert (reply.status, reply.reason) == ("failed", "ValueError: odd thing")


def test_half_a_character_stops_nobody(answering: Any) -> None:
    replies = answering(lambda turns, config: output(), [Prompt("h", (("user", "\ud83d"),)), *prompts(1)])
    assert replies.keys() == {"h", "p0"}
    assert replies["p0"].status == "ok"


def test_a_hang_is_ended(answering: Any) -> None:
    async def answer(turns: Any, config: Any) -> ModelOutput:
        await asyncio.sleep(60)
        return output()

    reply = answering(answer, attempts=1, timeout_s=0.2)["p0"]
    assert "no answer in 0.2 s" in str(reply.reason)


def test_a_key_never_shows(answering: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MY_KEY", "sk-secret-123456")

    def answer(turns: Any, config: Any) -> ModelOutput:
        raise HttpError(418, "your key sk-secret-123456 is short and stout")

    reply = answering(answer, key_env="MY_KEY")["p0"]
    assert "sk-secret" not in repr(reply)
    model = Inspect("mockllm/model", TextModelOptions(key_env="MY_KEY"))
    assert "sk-secret" not in repr((model.fingerprint, vars(model)))

    def refuse(turns: Any, config: Any) -> ModelOutput:
        raise HttpError(401, "wrong key sk-secret-123456")

    with pytest.raises(AdapterError) as caught:
        answering(refuse, key_env="MY_KEY")
    assert "sk-secret" not in "".join(traceback.format_exception(caught.value))
    assert caught.value.__context__ is None


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (PrerequisiteError("[bold]ERROR[/bold]: Groq requires groq. Install with:\n\n[bold]pip install groq[/bold]"),
         "inspect/a/b: Groq requires groq. Install with: pip install groq"),
        (ValueError("Model API a of model 'a/b' not recognized."), "inspect/a/b: Model API a of model 'a/b' not rec"),
    ],
)  # fmt: skip
def test_a_provider_that_cannot_be_had_is_said(monkeypatch: pytest.MonkeyPatch, error: Exception, said: str) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise error

    monkeypatch.setattr("inspect_ai.model.get_model", broken)
    model = open_text_model("inspect/a/b", TextModelOptions())
    assert model.tells == {"probabilities", "schema"}
    with pytest.raises(ConfigError) as caught:
        list(model.replies(prompts(1)))
    assert str(caught.value).startswith(said)


def test_it_is_written_with_a_provider(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError, match="inspect/PROVIDER/MODEL"):
        open_text_model("inspect/gpt", TextModelOptions())
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r"pip install 'weval\[inspect\]'"):
        open_text_model("inspect/a/b", TextModelOptions())


def test_nothing_is_written_or_printed(
    answering: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    answering(lambda turns, config: output(), prompts(3))
    assert list(tmp_path.rglob("*")) == []
    assert capfd.readouterr() == ("", "")
