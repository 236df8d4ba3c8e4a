"""Against a real `weval serve`, and against servers that misbehave."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.adapters import servers
from tests.adapters.servers import Answer, Asked, Handler
from tests.serving.scorers import Counting
from tests.training.test_verl_data import prompt
from weval.adapters.exchange import posted
from weval.build.records import TrainingPrompt
from weval.serving.options import ServeOptions
from weval.serving.server import running
from weval.serving.service import Service
from weval.training import verl_reward
from weval.training.rewards import asking, reasoned
from weval.training.verl_reward import NoReward, Server, answer_in, compute_score
from weval.types import Request, Unit

TWO = TrainingPrompt.model_validate(
    {
        "id": "p",
        "prompt": [{"role": "user", "content": "Write about tea. Be short. Ask a question."}],
        "instruction": "Write about tea.",
        "requirements": [{"id": "c1", "text": "Be short."}, {"id": "c2", "text": "Ask a question."}],
        "language": "en",
    },
    strict=False,
)


class Told(Counting):
    """Keeps the requests themselves."""

    def __init__(self, unit: Unit) -> None:
        super().__init__(unit)
        self.requests: list[Request] = []

    def score(self, requests: Any) -> Any:
        batch = list(requests)
        self.requests += batch
        return super().score(batch)


@contextmanager
def serving(adapter: Counting) -> Iterator[str]:
    with running(Service("mine", adapter, ServeOptions(max_wait_ms=1.0)), "127.0.0.1", 0) as url:
        yield url


@contextmanager
def answering(*replies: tuple[int, Any]) -> Iterator[tuple[str, list[Asked]]]:
    """A server that gives these replies one after the other, the last one again and again; and what it was asked."""

    def behaviour(handler: Handler, asked: Asked) -> Answer:
        code, content = replies[min(len(handler.server.asked), len(replies)) - 1]
        return Answer(content, code)

    with servers.serving(behaviour) as server:
        yield f"{server.url}/predict", server.asked


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verl_reward, "FIRST_WAIT_S", 0.01)


def scored(text: str, about: TrainingPrompt = TWO, **settings: Any) -> dict[str, float]:
    return compute_score("wrl", text, about.model_dump_json(), {"index": 0}, **settings)


@pytest.mark.parametrize("asked", ["query", "requirement"])
@pytest.mark.parametrize("unit", ["response", "requirement"])
def test_a_served_model_is_asked_exactly_as_in_our_own_training(unit: Unit, asked: asking.Asked) -> None:
    adapter = Told(unit)
    with serving(adapter) as url:
        assert scored("Tea is hot.", url=f"{url}/weval", asked=asked) == {"score": 11.0, "well_formed": 1.0}
    own = list(asking.requests(TWO, "Tea is hot.", asked=asked, adapter=adapter, name=("1", "0")))
    unnamed = {"id": "", "group": ""}
    assert [posted(one) | unnamed for one in adapter.requests] == [posted(one) | unnamed for one in own]


def test_the_released_form_is_asked_of_the_whole_prompt() -> None:
    with answering((200, {"value": 0.75})) as (url, asked):
        assert scored("Tea is hot.", url=url)["score"] == 0.75
    assert asked[0].body == {"question": TWO.prompt[-1].content, "answer": "Tea is hot."}


def test_by_requirement_it_is_the_mean() -> None:
    with answering((200, {"value": 1.0}), (200, {"value": 0.5})) as (url, asked):
        assert scored("Tea.", url=url, asked="requirement")["score"] == 0.75
    assert [one.body["question"] for one in asked] == ["Be short.", "Ask a question."]


def test_only_the_answer_of_a_reasoning_text_is_scored_and_others_earn_nothing() -> None:
    adapter = Told("response")
    with serving(adapter) as url:
        whole = "<think>Short.</think> <answer>Hot.</answer>"
        assert scored(whole, url=f"{url}/weval", reasoning=True) == {"score": 4.0, "well_formed": 1.0}
        assert scored("Hot.", url=f"{url}/weval", reasoning=True) == {"score": 0.0, "well_formed": 0.0}
    assert [one.responses for one in adapter.requests] == [("Hot.",)]


PIECES = ["<think>", "</think>", "<answer>", "</answer>", " ", "\n", "a"]


@given(st.lists(st.sampled_from(PIECES), max_size=9).map("".join))
def test_answers_are_read_as_in_our_own_training(text: str) -> None:
    assert answer_in(text) == reasoned.answer_in(text)


def test_what_passes_is_tried_again() -> None:
    with answering((503, {"error": "full"}), (200, b"<html>"), (200, {"value": 1})) as (url, asked):
        assert scored("Tea.", url=url)["score"] == 1.0
    assert len(asked) == 3


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        ((200, {"value": None}), "where a number should be"),
        ((200, {"value": True}), "where a number should be"),
        ((200, b'{"value": NaN}'), "where a number should be"),
        ((200, {}), "where a number should be"),
        ((200, [1]), "no JSON object"),
        ((400, {"error": "bad"}), "HTTP 400"),
        ((500, {"error": "broken"}), "HTTP 500"),
        ((200, b"\xff"), "predict"),
    ],
)
def test_what_is_no_score_is_no_reward(reply: tuple[int, Any], said: str) -> None:
    with answering(reply) as (url, asked), pytest.raises(NoReward, match=said):
        scored("Tea.", url=url, attempts=2)
    assert len(asked) == (2 if reply[0] == 500 or reply[1] == b"\xff" else 1)


def test_a_server_that_is_not_there_is_no_reward() -> None:
    with pytest.raises(NoReward, match="Connection refused"):
        scored("Tea.", url="http://127.0.0.1:9/predict", attempts=2)


def test_a_score_that_the_model_does_not_have_is_no_reward() -> None:
    with serving(Told("response")) as url, pytest.raises(NoReward, match="truncated"):
        scored("a long text", url=f"{url}/weval")


def test_a_key_is_shown_and_stands_nowhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RM_KEY", "s3cret")
    with answering((401, {"error": "no"})) as (url, asked), pytest.raises(NoReward) as raised:
        scored("Tea.", url=url, key_env="RM_KEY")
    assert asked[0].headers["Authorization"] == "Bearer s3cret" and "s3cret" not in str(raised.value)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed_and_takes_no_key_along(monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    monkeypatch.setenv("RM_KEY", "s3cret")
    with (
        answering((200, {"value": 1.0})) as (there, asked_there),
        servers.serving(lambda *_: Answer("", status, {"Location": there})) as server,
        pytest.raises(NoReward, match=f"HTTP {status}"),
    ):
        scored("Tea.", url=f"{server.url}/predict", key_env="RM_KEY")
    assert asked_there == []


def test_what_a_server_repeats_or_sends_without_end_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RM_KEY", "s3cret")
    with answering((400, b"no Bearer s3cret \x1b[2J")) as (url, _), pytest.raises(NoReward) as raised:
        scored("Tea.", url=url, key_env="RM_KEY")
    assert str(raised.value) == f"{url}: HTTP 400: no Bearer [key] \\x1b[2J"
    monkeypatch.setattr(verl_reward, "MAX_REPLY_BYTES", 10)
    with (
        answering((200, {"value": 1.0})) as (url, asked),
        pytest.raises(NoReward, match="the reply is larger than 0 MB"),
    ):
        scored("Tea.", url=url)
    assert len(asked) == 1
    monkeypatch.undo()
    with answering((200, b"[" * 100_000)) as (url, _), pytest.raises(NoReward, match="recursion"):
        scored("Tea.", url=url, attempts=1)


def test_a_key_that_is_not_set_is_said_once_without_asking(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("RM_KEY", raising=False)
    with answering((200, {"value": 1.0})) as (url, asked):
        assert verl_reward.main([url, "RM_KEY"]) == 2 and not asked
        assert "the environment variable that key_env names is not set" in capsys.readouterr().err
        monkeypatch.setenv("RM_KEY", "s3cret")
        assert verl_reward.main([url, "RM_KEY"]) == 0
    assert asked[0].headers["Authorization"] == "Bearer s3cret"


def test_a_setting_that_there_is_not_is_refused() -> None:
    with pytest.raises(TypeError, match="urls"):
        scored("Tea.", urls="http://127.0.0.1:9")
    assert Server("u")._fields[:3] == ("url", "asked", "reasoning")


def test_it_runs_without_weval_and_says_whether_a_server_answers(tmp_path: Path) -> None:
    copy = tmp_path / "reward.py"
    copy.write_text(Path(verl_reward.__file__).read_text())

    def check(url: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-I", "-S", str(copy), url]  # -S: no site-packages at all
        return subprocess.run(command, capture_output=True, text=True, timeout=60)

    with serving(Told("requirement")) as url:
        ran = check(f"{url}/weval")
    assert ran.returncode == 0 and "a short text gets 11" in ran.stderr
    ran = check("http://127.0.0.1:9/predict")
    assert ran.returncode == 2 and ran.stderr.startswith("reward.py: http://127.0.0.1:9/predict: ")


def test_verl_loads_it_as_a_file_and_calls_it_with_its_settings(tmp_path: Path) -> None:
    """As verl/trainer/ppo/reward.py does: keyword arguments of the call, and those of reward_kwargs over them."""
    import importlib.util

    copy = tmp_path / "reward.py"
    copy.write_text(Path(verl_reward.__file__).read_text())
    spec = importlib.util.spec_from_file_location("custom_module", copy)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    call: Callable[..., dict[str, float]] = module.compute_score
    about = {"data_source": "wrl", "solution_str": "Tea.", "ground_truth": prompt().model_dump_json()}
    with answering((200, {"value": 0.5})) as (url, _):
        assert call(**about, extra_info={"num_turns": None}, **{"url": url, "asked": "query"})["score"] == 0.5
