"""weval's client of OpenAI's protocol against a real server that is not ours."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.textmodels.real_server import real_server
from weval.errors import AdapterError
from weval.textmodels import TextModelOptions, open_text_model
from weval.types import Prompt, Reply

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def url(lm: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with real_server(lm, tmp_path_factory.mktemp("server") / "log.txt") as url:
        yield url


def asked(lm: Path, url: str, prompts: list[Prompt], **options: Any) -> dict[str, Reply]:
    """The replies of the server by the prompts' ids."""
    model = open_text_model(f"server/{lm}", TextModelOptions(base_url=url, timeout_s=60, **options))
    replies = list(model.replies(prompts))
    assert sorted(reply.prompt_id for reply in replies) == sorted(prompt.id for prompt in prompts)
    return {reply.prompt_id: reply for reply in replies}


def test_it_is_a_server_that_answers(lm: Path, url: str) -> None:
    body = {"model": str(lm), "messages": [{"role": "user", "content": "Hello"}], "max_tokens": 4, "temperature": 0}
    request = urllib.request.Request(
        f"{url}/chat/completions", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60) as response:
        answer = json.loads(response.read())
    assert answer["usage"]["completion_tokens"] == 4
    assert answer["choices"][0]["message"]["content"]


def test_it_is_gone_afterwards(lm: Path, tmp_path: Path) -> None:
    with real_server(lm, tmp_path / "log.txt") as url:
        pass
    with pytest.raises(OSError, match="refused"):
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=5)


def test_a_server_that_does_not_start_shows_its_log(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with (
        pytest.raises(AssertionError, match=r"does not answer \(rc 1\):\n[^$]*Error"),
        real_server(tmp_path / "empty", tmp_path / "log.txt"),
    ):
        pass


def test_prompts_are_answered_several_at_once_and_each_once(lm: Path, url: str) -> None:
    prompts = [Prompt(f"p{n}", (("system", "Judge."), ("user", f"Text number {n}"))) for n in range(12)]
    replies = asked(lm, url, prompts, concurrency=6, temperature=0, max_tokens=8)
    assert {reply.status for reply in replies.values()} <= {"ok", "truncated"}
    assert all(reply.tokens_in and reply.tokens_out and reply.tokens_out <= 8 for reply in replies.values())
    assert any(reply.text for reply in replies.values())
    again = asked(lm, url, prompts[:2], temperature=0, max_tokens=8)
    assert all(again[key].text == replies[key].text for key in again)


def test_what_it_passes_over_in_silence_does_not_stop_anything(lm: Path, url: str) -> None:
    schema = {"type": "object", "properties": {"score": {"type": "integer"}}, "required": ["score"]}
    prompt = Prompt("p", (("user", "Score this text"),), schema=schema, labels=("1", "2"))
    options = {"temperature": 0.5, "top_p": 0.9, "max_tokens": 6, "sampling_seed": 1, "stop": "zzz", "effort": "low"}
    (reply,) = asked(lm, url, [prompt], **options).values()
    assert reply.status in ("ok", "truncated")
    assert reply.probabilities == {}, "it gives none, whatever it was asked"
    assert reply.sent["probabilities"] is None
    assert reply.sent["max_tokens"] == 6


def test_a_model_that_it_does_not_serve_ends_the_run(url: str) -> None:
    model = open_text_model("server/another", TextModelOptions(base_url=url))
    with pytest.raises(AdapterError, match="no such model"):
        list(model.replies([Prompt("p", (("user", "Hello"),))]))


@pytest.mark.filterwarnings("ignore:The 'initial' parameter is deprecated:DeprecationWarning")
def test_a_provider_of_inspect_gets_the_same_replies(lm: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCAL_API_KEY", "none-needed")
    prompts = [Prompt(f"p{n}", (("user", f"Text number {n}"),)) for n in range(4)]
    expected = asked(lm, url, prompts, temperature=0, max_tokens=6)
    options = TextModelOptions(base_url=url, temperature=0, max_tokens=6, concurrency=4)
    for reply in open_text_model(f"inspect/openai-api/local/{lm}", options).replies(prompts):
        other = expected[reply.prompt_id]
        assert (reply.status, reply.text, reply.tokens_in) == (other.status, other.text, other.tokens_in)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning")
def test_a_model_type_of_lm_eval_gets_the_same_replies(lm: Path, url: str) -> None:
    prompts = [Prompt(f"p{n}", (("user", f"Text number {n}"),)) for n in range(3)]
    expected = asked(lm, url, prompts, temperature=0, max_tokens=6)
    # With a stop text, as lm-eval sends an empty list without one, on which this server breaks.
    arguments = f"model={lm},base_url={url}/chat/completions,num_concurrent=1,max_retries=1"
    options = TextModelOptions(model_args=arguments, max_tokens=6, temperature=0, stop="zzz")
    replies = list(open_text_model("lm-eval/local-chat-completions", options).replies(prompts))
    assert {reply.prompt_id: reply.text for reply in replies} == {key: one.text for key, one in expected.items()}
