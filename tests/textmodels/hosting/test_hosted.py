"""Models behind an API: whatever the server does, a prompt ends in one reply, and what was paid for is on disk."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import logging
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.adapters.servers import Answer, Asked, Handler, Server
from tests.textmodels.servers import TAKEN, Chat, Faulty, chatting, completion, error, header, last
from weval.errors import AdapterError, ConfigError
from weval.remote import retrying
from weval.remote.posting import Key
from weval.textmodels import TextModelOptions, open_text_model
from weval.textmodels.hosting.hosted import LOST_ROUNDS, without_key
from weval.textmodels.journal import REPLIES
from weval.types import Prompt, Reply, TextModel

SECRET = "sk-0123456789abcdef"

FAULTS = {
    "say": "ok", "once-429": "ok", "once-wait": "ok", "once-500": "ok", "once-503": "ok", "once-529": "ok",
    "once-reset": "ok", "once-half": "ok", "once-cut": "ok", "once-hang": "ok", "once-drip": "ok", "once-babble": "ok",
    "once-nobody": "ok", "once-html": "ok", "once-inside": "ok", "once-busy": "ok", "empty": "ok",
    "refusal": "refused", "filtered": "refused", "azure": "refused", "length": "truncated", "context": "truncated",
    "integer": "failed", "parts": "failed", "null": "failed", "list": "failed", "tools": "failed", "bad": "failed",
    "500": "failed", "half": "failed", "zipped": "failed", "nothing": "failed",
}  # fmt: skip
"""What a prompt's first word makes the server do, and the status in which that ends."""


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retrying, "FIRST_WAIT_S", 0.01)


def opened(server: Server, **settings: object) -> TextModel:
    given = {"base_url": f"{server.url}/v1", "timeout_s": 10.0, "attempts": 3, **settings}
    return open_text_model("server/m", TextModelOptions.model_validate(given))


def prompts(*texts: str) -> list[Prompt]:
    return [Prompt(f"p{n}", (("user", text),)) for n, text in enumerate(texts)]


def replied(model: TextModel, asked: Iterable[Prompt]) -> dict[str, Reply]:
    """The replies by what was said; every prompt has one, and none has two."""
    kept = list(asked)
    found = list(model.replies(kept))
    assert Counter(reply.prompt_id for reply in found) == Counter(prompt.id for prompt in kept)
    said = {prompt.id: prompt.messages[-1][1] for prompt in kept}
    return {said[reply.prompt_id]: reply for reply in found}


def test_every_prompt_ends_in_one_reply_and_is_not_paid_for_twice(tmp_path: Path) -> None:
    words = [*FAULTS] * 4
    asked = prompts(*(f"{word} {n}" for n, word in enumerate(words)))
    faulty = Faulty()
    with chatting(faulty) as server:
        # A busy machine may take seconds to answer; what nobody waits for any more would be asked, and paid, again.
        model = opened(server, concurrency=32, timeout_s=8.0)
        model.keep_in(tmp_path)
        found = replied(model, asked)
        for text, reply in found.items():
            assert reply.status == FAULTS[text.split()[0]], reply
            assert (reply.status == "ok") == (reply.reason is None)
        assert set(faulty.answered.values()) == {1}
        kept = [prompt for prompt in asked if found[prompt.messages[0][1]].status != "failed"]
        n_lines = len((tmp_path / REPLIES).read_bytes().splitlines())
        assert n_lines == len(kept)
        before = len(server.asked)
        again = opened(server, concurrency=7)
        again.keep_in(tmp_path)
        assert replied(again, kept) == {text: reply for text, reply in found.items() if reply.status != "failed"}
        assert len(server.asked) == before


def test_an_answer_is_on_disk_before_anybody_sees_it(tmp_path: Path) -> None:
    with chatting() as server:
        model = opened(server, concurrency=4)
        model.keep_in(tmp_path)
        for reply in model.replies(prompts(*(f"say {n}" for n in range(40)))):
            assert f'"text":"{reply.text}"' in (tmp_path / REPLIES).read_text()


def test_who_stops_listening_loses_nothing_that_was_answered(tmp_path: Path) -> None:
    asked = prompts(*(f"say {n}" for n in range(60)))
    faulty = Faulty()
    with chatting(faulty) as server:
        model = opened(server, concurrency=8)
        model.keep_in(tmp_path)
        replies = iter(model.replies(asked))
        for _ in range(5):
            next(replies)
        replies.close()
        again = opened(server, concurrency=8)
        again.keep_in(tmp_path)
        assert len(replied(again, asked)) == 60
    # Only what was on its way when it was closed may have been answered to nobody.
    assert sum(faulty.answered.values()) <= 60 + 8


KILLED = """
import sys
from pathlib import Path
from weval.textmodels import TextModelOptions, open_text_model
from weval.types import Prompt
model = open_text_model("server/m", TextModelOptions(base_url=sys.argv[1], concurrency=8))
model.keep_in(Path(sys.argv[2]))
for reply in model.replies(Prompt(f"p{n}", (("user", f"say {n}"),)) for n in range(400)):
    print(reply.prompt_id, flush=True)
"""


def test_a_kill_costs_nothing_that_was_answered(tmp_path: Path) -> None:
    faulty = Faulty()
    with chatting(faulty) as server:
        command = [sys.executable, "-c", KILLED, f"{server.url}/v1", tmp_path]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            seen = [process.stdout.readline().strip() for _ in range(40)]
            process.send_signal(signal.SIGKILL)
        model = opened(server, concurrency=8)
        model.keep_in(tmp_path)
        found = replied(model, prompts(*(f"say {n}" for n in range(400))))
    assert len(found) == 400
    assert all(faulty.seen[f"say {name.removeprefix('p')}"] == 1 for name in seen)
    # Twice were asked at most those that were on their way to a process that was no more.
    assert sum(faulty.seen.values()) <= 400 + 8


class Limited:
    """Answers so many requests in a window of time, and says 429 to all others."""

    def __init__(self, n: int, window_s: float) -> None:
        self.n, self.window_s = n, window_s
        self.began, self.left, self.n_refused = 0.0, 0, 0
        self.lock = threading.Lock()

    def __call__(self, handler: Handler, asked: Asked) -> Answer:
        with self.lock:
            now = time.monotonic()
            if now - self.began > self.window_s:
                self.began, self.left = now, self.n
            wait_s = self.window_s - (now - self.began)
            if not self.left:
                self.n_refused += 1
                return error(429, "Rate limit reached", retry_after_ms=f"{wait_s * 1000:.0f}")
            self.left -= 1
            headers = {"x-ratelimit-remaining-requests": str(self.left)}
            return Answer(
                completion("Tea."), headers=headers | {"x-ratelimit-reset-requests": f"{wait_s * 1000:.0f}ms"}
            )


def test_a_rate_limit_costs_time_and_no_reply() -> None:
    limited = Limited(10, 0.25)
    with chatting(limited) as server:
        found = replied(opened(server, concurrency=16, attempts=1), prompts(*(f"say {n}" for n in range(60))))
    assert {reply.status for reply in found.values()} == {"ok"}
    assert limited.n_refused < 60


def test_waiting_for_a_turn_is_no_part_of_an_attempt() -> None:
    def behaviour(handler: Handler, asked: Asked) -> Answer:
        with handler.server.lock:
            first = len(handler.server.asked) == 1
        return error(429, "slow down", retry_after="3.2") if first else Answer(completion("Tea."))

    with chatting(behaviour) as server:
        found = replied(opened(server, concurrency=4, attempts=1, timeout_s=3.0), prompts("say a", "say b", "say c"))
    assert {reply.status for reply in found.values()} == {"ok"}


def test_a_wait_beyond_patience_ends_the_request_and_says_why() -> None:
    with chatting(lambda handler, asked: error(429, "come back tomorrow", retry_after="31536000")) as server:
        found = replied(opened(server, concurrency=4), prompts("say a"))
    assert found["say a"].status == "failed"
    assert "come back tomorrow" in str(found["say a"].reason)
    assert "31,536,000 s more" in str(found["say a"].reason)


def test_a_server_that_says_wait_for_ever_is_given_up_in_time() -> None:
    began = time.monotonic()
    with chatting(Faulty()) as server:
        found = replied(opened(server, give_up_after_s=1.5), prompts("wait"))
    assert found["wait"].status == "failed"
    assert time.monotonic() - began < 20


def test_a_server_that_dies_ends_the_run(tmp_path: Path) -> None:
    n_sound = 20

    def behaviour(handler: Handler, asked: Asked) -> Answer:
        with handler.server.lock:
            alive = len(handler.server.asked) <= n_sound
        return Answer(completion("Tea.")) if alive else error(503, "gone")

    with chatting(behaviour) as server:
        model = opened(server, concurrency=4, attempts=2)
        model.keep_in(tmp_path)
        found = []
        with pytest.raises(AdapterError, match="the same command continues"):
            for reply in model.replies(prompts(*(f"say {n}" for n in range(13_000)))):
                found.append(reply)
        assert len(server.asked) < n_sound + 4 * LOST_ROUNDS * 4
    assert sum(reply.status == "ok" for reply in found) >= n_sound - 4
    assert len((tmp_path / REPLIES).read_bytes().splitlines()) == n_sound


def test_nobody_there_is_said_at_once() -> None:
    model = open_text_model("server/m", TextModelOptions(base_url="http://127.0.0.1:9/v1", attempts=2))
    with pytest.raises(AdapterError, match=r"m at http://127\.0\.0\.1:9/v1 cannot be reached.*Is the server running"):
        list(model.replies(prompts("say a")))


def test_parameters_are_dropped_once_and_recorded() -> None:
    with chatting(Chat(TAKEN - {"temperature", "seed", "response_format"})) as server:
        model = opened(server, temperature=0.0, sampling_seed=3, top_p=0.5, concurrency=1)
        asked = [Prompt(str(n), (("user", f"say {n}"),), schema={"type": "object"}) for n in range(5)]
        found = list(model.replies(asked))
        assert len(server.asked) == 5 + 3
    for reply in found:
        assert reply.sent == {"temperature": None, "sampling_seed": None, "top_p": 0.5, "schema": None}


def test_many_that_meet_refused_parameters_at_once_all_get_a_reply() -> None:
    texts = [f"say {n}" for n in range(80)]
    with chatting(Chat(TAKEN - {"temperature", "seed", "max_tokens"})) as server:
        model = opened(server, temperature=0.0, sampling_seed=3, max_tokens=9, concurrency=64, timeout_s=20.0)
        found = replied(model, prompts(*texts))
        assert len(server.asked) <= 80 + 64 * 3
        assert server.asked[-1].body.keys() == {"model", "messages", "max_completion_tokens"}
    assert {text: reply.text for text, reply in found.items()} == {text: text.removeprefix("say ") for text in texts}
    for reply in found.values():
        assert reply.sent == {"temperature": None, "sampling_seed": None, "max_tokens": 9}


def test_what_was_refused_before_is_not_tried_again(tmp_path: Path) -> None:
    with chatting(Chat(TAKEN - {"temperature"})) as server:
        for text in ("say a", "say b"):
            model = opened(server, temperature=0.0, top_p=0.5)
            model.keep_in(tmp_path)
            (reply,) = model.replies([Prompt(text, (("user", text),))])
            assert reply.sent == {"temperature": None, "top_p": 0.5}
        assert ["temperature" in asked.body for asked in server.asked] == [True, False, False]


def test_a_parameter_that_is_refused_even_when_it_is_not_sent_ends_the_run() -> None:
    said = error(400, "Unsupported parameter: temperature", code="unsupported_parameter", param="temperature")
    with chatting(lambda handler, asked: said) as server:
        found = replied(opened(server, temperature=0.0), prompts("say a"))
    assert found["say a"].status == "failed"


def echo(handler: Handler, asked: Asked) -> Answer:
    """Repeats the key wherever something is written."""
    text, key = last(asked), header(asked, "Authorization")
    if text.startswith("say"):
        return Answer(completion(f"The key is {key}.") | {"model": key})
    if text.startswith("refuse"):
        return Answer(completion(None, refusal=key))
    return error(int(text.split()[0]), f"strange key {key}", code=key)


@pytest.mark.parametrize("text", ["say", "refuse", "400 x", "429 x", "500 x", "422 x", "401 x", "404 x", "402 x"])
def test_the_key_is_nowhere(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUDGE_KEY", SECRET)
    with chatting(echo) as server:
        model = opened(server, key_env="JUDGE_KEY", attempts=1, give_up_after_s=1.0)
        model.keep_in(tmp_path)
        said = [repr(model), json.dumps(model.fingerprint), repr(vars(model))]
        try:
            said += [repr(reply) for reply in model.replies(prompts(text))]
        except AdapterError as fault:
            one: BaseException | None = fault
            while one:
                said += [str(one), repr(one), repr(one.args)]
                one = one.__cause__ or one.__context__
        assert header(server.asked[0], "Authorization") == f"Bearer {SECRET}"
    said += [path.read_text() for path in tmp_path.iterdir()]
    assert len(said) > 3
    assert not any(SECRET in one for one in said)


@pytest.mark.parametrize(
    ("backend", "kind"), [("server/m", "openai.AsyncOpenAI"), ("anthropic/m", "anthropic.AsyncAnthropic")]
)
def test_a_library_is_loaded_before_any_attempt_is_timed(
    backend: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    library, _, name = kind.partition(".")
    made, threads = getattr(importlib.import_module(library), name), list[threading.Thread]()

    def noted(**given: object) -> object:
        threads.append(threading.current_thread())
        return made(**given)

    monkeypatch.setenv("JUDGE_KEY", SECRET)
    monkeypatch.setattr(kind, noted)
    with chatting() as server:
        options = TextModelOptions(base_url=f"{server.url}/v1", key_env="JUDGE_KEY")
        with contextlib.suppress(AdapterError):  # this server speaks only one of the two protocols
            list(open_text_model(backend, options).replies(prompts("say a")))
    assert threads == [threading.main_thread()]


@pytest.mark.parametrize("backend", ["openai/m", "server/m", "anthropic/m"])
@pytest.mark.parametrize("missing", ["openai anthropic", "httpx2"])
def test_a_library_that_is_missing_or_too_old_is_said(
    backend: str, missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = importlib.util.find_spec
    monkeypatch.setenv("JUDGE_KEY", SECRET)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name in missing.split() else there(name))
    with pytest.raises(ConfigError, match=rf"^{backend} needs \w+: pip install 'weval\[api\]'$"):
        open_text_model(backend, TextModelOptions(key_env="JUDGE_KEY", base_url="http://127.0.0.1:1/v1"))


@pytest.mark.parametrize("secret", ["back\\slash-123", "quote'and\"quote"])
def test_a_key_of_strange_signs_is_hidden_too(secret: str) -> None:
    reply = without_key(Reply("p", "ok", f"It is {secret}.", probabilities={secret: 0.5}), Key("K", secret))
    assert (reply.text, reply.probabilities) == ("It is [key].", {"[key]": 0.5})


def test_what_is_no_secret_changes_no_reply() -> None:
    reply = Reply("p", "ok", "The text is EMPTY: 1", probabilities={"1": 0.5})
    assert without_key(reply, Key("K", "EMPTY")) == without_key(reply, Key("K", "1")) == reply


@pytest.mark.parametrize("backend", ["server/m", "anthropic/m"])
def test_no_log_shows_the_key(backend: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setenv("JUDGE_KEY", SECRET)
    for name in ("openai", "anthropic", "httpx2", "httpcore2", "httpx", "httpcore"):
        caplog.set_level(logging.DEBUG, logger=name)
    with chatting(echo) as server:
        given = {"base_url": f"{server.url}/v1", "key_env": "JUDGE_KEY", "attempts": 1}
        model = open_text_model(backend, TextModelOptions.model_validate(given))
        list(model.replies(prompts("say")))
        assert SECRET in str(server.asked[0].headers)
    assert caplog.records
    assert SECRET not in caplog.text


@pytest.mark.slow
def test_little_is_lost_beside_a_bare_loop() -> None:
    from tests.benchmarks.bench_judges import AT_ONCE, ratios

    # Half as many at once would take twice as long. On a machine that others use as well, one calm round is enough.
    assert any(ratio < 1.5 for ratio in ratios(3 * AT_ONCE, 8, delay_s=0.4))
