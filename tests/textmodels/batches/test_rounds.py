"""Batches: submitted, left, and collected by whoever comes later, whatever went wrong in between."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.textmodels.batch_client import MODELS
from tests.textmodels.fake_batches import KEY, Batch, Fake, serving
from weval.errors import AdapterError, ConfigError, Pending
from weval.remote import retrying
from weval.textmodels import TextModelOptions, open_text_model
from weval.textmodels.batches import rounds as batches
from weval.textmodels.batches.of_anthropic import AnthropicBatches
from weval.textmodels.batches.of_openai import OpenAIBatches
from weval.textmodels.journal import Journal
from weval.types import Prompt, Reply

BACKENDS = ("openai", "anthropic")
SERVICES = {"openai": OpenAIBatches, "anthropic": AnthropicBatches}


@pytest.fixture
def fake() -> Iterator[Fake]:
    with serving() as server:
        yield server


@pytest.fixture(autouse=True)
def _keys_and_haste(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    monkeypatch.setattr(batches, "FIRST_POLL_S", 0.01)
    monkeypatch.setattr(batches, "LONGEST_POLL_S", 0.02)
    monkeypatch.setattr(retrying, "FIRST_WAIT_S", 0.01)


class Asked(list[Reply]):
    """The replies to some texts, in the order in which they came, and what was raised."""

    def __init__(self, backend: str, fake: Fake, folder: Path, *texts: str, **settings: Any) -> None:
        super().__init__()
        options = TextModelOptions(**{"base_url": fake.url, "batch": "leave", "attempts": 2, **settings})
        model = open_text_model(MODELS[backend], options)
        model.keep_in(folder)
        self.raised: Exception | None = None
        try:
            for reply in model.replies(Prompt(f"p{n}", (("user", text),)) for n, text in enumerate(texts)):
                self.append(reply)
        except (Pending, AdapterError) as error:
            self.raised = error

    @property
    def texts(self) -> dict[str, str]:
        return {reply.prompt_id: reply.text for reply in self}

    @property
    def statuses(self) -> dict[str, str]:
        return {reply.prompt_id: reply.status for reply in self}


def run(backend: str, url: str, folder: Path, *words: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.textmodels.batch_client", backend, url, str(folder), *words]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[3])


def steps(folder: Path) -> list[str]:
    return [json.loads(line)["step"] for line in (folder / "batches.jsonl").read_text().splitlines()]


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_run_submits_and_leaves_and_another_process_collects_for_half_the_price(
    backend: str, fake: Fake, tmp_path: Path
) -> None:
    fake.ends = False
    texts = [f"say {n}" for n in range(5)]
    first, _ = run(backend, fake.url, tmp_path, "batch=leave", "--", *texts).communicate(timeout=60)
    assert first.startswith("Pending: 5 of 5 replies are being made in 1 batch at ")
    (batch,) = fake.batches.values()
    assert batch.id in first
    assert first.rstrip().endswith("the same command collects them")
    assert f"Pending: {Asked(backend, fake, tmp_path, *texts).raised}\n" == first
    fake.end()
    last, _ = run(backend, fake.url, tmp_path, "batch=leave", "--", *texts).communicate(timeout=60)
    replies = [json.loads(line) for line in last.splitlines()]
    assert {reply["prompt_id"]: reply["text"] for reply in replies} == {f"p{n}": str(n) for n in range(5)}
    assert {reply["status"] for reply in replies} == {"ok"}
    assert all((reply["tokens_in"], reply["tokens_out"]) == (1000, 100) for reply in replies)
    assert len(fake.batches) == 1
    kept = Asked(backend, fake, tmp_path, *texts)
    assert kept.texts == {f"p{n}": str(n) for n in range(5)}
    assert kept.raised is None


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_price_is_half(backend: str, fake: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prices = {"openai": ("api.openai.com", "gpt-4o"), "anthropic": ("api.anthropic.com", "claude-opus-4-5")}
    host, _ = prices[backend]
    monkeypatch.setattr("weval.textmodels.hosting.hosted.host_of", lambda url: host)
    (reply,) = Asked(backend, fake, tmp_path, "say a", batch="wait")
    whole = {"openai": 2.5e-3 + 1e-3, "anthropic": 5e-3 + 2.5e-3}[backend]
    assert reply.cost_usd == pytest.approx(whole / 2)


@pytest.mark.parametrize("backend", BACKENDS)
def test_what_a_reply_outside_of_batches_has_told_costs_no_batch(backend: str, fake: Fake, tmp_path: Path) -> None:
    fake.takes_temperature = False
    options = TextModelOptions(base_url=fake.url, temperature=0.5)
    trial = Journal(open_text_model(MODELS[backend], options).fingerprint)
    trial.keep_in(tmp_path)
    trial.put(Prompt("trial", (("user", "say a"),)), Reply("trial", "ok", "a", sent={"temperature": None}))
    trial.close()
    (reply,) = Asked(backend, fake, tmp_path, "say b", batch="wait", temperature=0.5)
    assert reply.text == "b"
    assert reply.sent["temperature"] is None
    assert len(fake.batches) == 1


@pytest.mark.parametrize("backend", BACKENDS)
def test_waiting_collects_in_the_same_process_and_asks_again_what_did_not_get_its_turn(
    backend: str, fake: Fake, tmp_path: Path
) -> None:
    texts = ["say a", "once-expire b", "once-cancel c", "once-500 d", "twice e"]
    asked = Asked(backend, fake, tmp_path, *texts, batch="wait")
    assert asked.raised is None
    assert asked.texts == {"p0": "a", "p1": "b", "p2": "c", "p3": "d", "p4": "e"}
    assert [len(batch.requests) for batch in fake.batches.values()] == [5, 3]
    assert steps(tmp_path) == ["intended", "created", "collected"] * 2


@pytest.mark.parametrize("backend", BACKENDS)
def test_what_is_refused_too_long_or_broken_ends_with_a_status_and_is_not_asked_again(
    backend: str, fake: Fake, tmp_path: Path
) -> None:
    texts = ["say a", "bad", "long", "filtered", "broken", "missing"]
    asked = Asked(backend, fake, tmp_path, *texts, batch="wait")
    wanted = {"p0": "ok", "p1": "failed", "p2": "truncated", "p3": "refused", "p4": "failed", "p5": "failed"}
    assert asked.statuses == wanted
    assert len(asked) == len(wanted)
    assert all(reply.reason for reply in asked if reply.status != "ok")
    again = Asked(backend, fake, tmp_path, *texts, batch="wait")
    assert again.statuses == wanted
    assert len(fake.batches) == 1


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_request_that_never_gets_its_turn_is_given_up(backend: str, fake: Fake, tmp_path: Path) -> None:
    texts = ["expire", "500", "say a"]
    asked = Asked(backend, fake, tmp_path, *texts, batch="wait")
    assert asked.statuses == {"p0": "failed", "p1": "failed", "p2": "ok"}
    assert len(fake.batches) == batches.MOST_ROUNDS
    assert "given up after 4 batches" in str(asked[-1].reason)
    assert Asked(backend, fake, tmp_path, *texts, batch="leave").statuses == asked.statuses
    assert len(fake.batches) == batches.MOST_ROUNDS


@pytest.mark.parametrize("backend", BACKENDS)
def test_each_round_of_a_run_that_leaves_gives_what_is_there(backend: str, fake: Fake, tmp_path: Path) -> None:
    fake.ends = False
    texts = ["say a", "once-expire b"]
    assert isinstance(Asked(backend, fake, tmp_path, *texts).raised, Pending)
    fake.end()
    second = Asked(backend, fake, tmp_path, *texts)
    assert second.texts == {"p0": "a"}
    assert str(second.raised).startswith("1 of 2 replies are being made in 1 batch at ")
    third = Asked(backend, fake, tmp_path, *texts)
    assert third.texts == {"p0": "a"}
    fake.end()
    assert Asked(backend, fake, tmp_path, *texts).texts == {"p0": "a", "p1": "b"}
    assert len(fake.batches) == 2


@pytest.mark.parametrize("backend", BACKENDS)
def test_large_runs_are_divided_by_number_and_by_size(
    backend: str, fake: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = [f"say {n}" for n in range(7)]
    monkeypatch.setattr(SERVICES[backend], "max_requests", 3)
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    assert len(Asked(backend, fake, tmp_path / "a", *texts, batch="wait")) == 7
    assert [len(batch.requests) for batch in fake.batches.values()] == [3, 3, 1]
    monkeypatch.setattr(SERVICES[backend], "max_requests", 1000)
    monkeypatch.setattr(SERVICES[backend], "max_bytes", 700)
    asked = Asked(backend, fake, tmp_path / "b", *texts, "say " + "x" * 700, batch="wait")
    assert asked.statuses == {**{f"p{n}": "ok" for n in range(7)}, "p7": "failed"}
    sizes = [len(json.dumps(batch.requests, separators=(",", ":"))) for batch in [*fake.batches.values()][3:]]
    assert len(sizes) > 1
    assert max(sizes) <= 700


def test_a_batch_that_fails_as_a_whole_says_why_and_can_be_submitted_again(fake: Fake, tmp_path: Path) -> None:
    fake.refuse = ("model_not_found", f"The model does not exist. {KEY}")
    asked = Asked("openai", fake, tmp_path, "say a", batch="wait")
    assert isinstance(asked.raised, AdapterError)
    assert "refused batch batch_0: line 1: The model does not exist. [key]" in str(asked.raised)
    fake.refuse = None
    assert Asked("openai", fake, tmp_path, "say a", batch="wait").texts == {"p0": "a"}
    assert steps(tmp_path) == ["intended", "created", "void", "intended", "created", "collected"]


def test_a_full_queue_makes_batches_smaller_and_one_at_a_time(fake: Fake, tmp_path: Path) -> None:
    fake.refuse, fake.refuse_above = ("token_limit_exceeded", "Enqueued token limit reached for gpt-4o"), 2
    texts = [f"say {n}" for n in range(8)]
    asked = Asked("openai", fake, tmp_path, *texts, batch="wait")
    assert len(asked.texts) == 8
    assert [len(batch.requests) for batch in fake.batches.values()] == [8, 4, 2, 2, 2, 2]
    fake.refuse_above = 0
    (tmp_path / "b").mkdir()
    assert "Enqueued token limit" in str(Asked("openai", fake, tmp_path / "b", "say a", batch="wait").raised)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_parameter_that_is_not_taken_is_dropped_and_recorded(backend: str, fake: Fake, tmp_path: Path) -> None:
    fake.takes_temperature = False
    asked = Asked(backend, fake, tmp_path, "say a", "say b", batch="wait", temperature=0.5)
    assert asked.texts == {"p0": "a", "p1": "b"}
    assert all(reply.sent["temperature"] is None for reply in asked)
    assert len(fake.batches) == 2
    after = Asked(backend, fake, tmp_path, "say a", "say b", "say c", batch="wait", temperature=0.5)
    assert after.texts == {"p0": "a", "p1": "b", "p2": "c"}
    assert len(fake.batches) == 3


def test_the_version_that_takes_temperature_may_be_gone(fake: Fake, tmp_path: Path) -> None:
    fake.knows_old_version = False
    (reply,) = Asked("anthropic", fake, tmp_path, "say a", batch="wait", temperature=0.5)
    assert (reply.text, reply.sent["temperature"], reply.sent["api_version"]) == ("a", None, "2026-10-21")
    assert steps(tmp_path) == ["intended", "collected", "intended", "created", "collected"]


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_parameter_that_is_taken_is_recorded(backend: str, fake: Fake, tmp_path: Path) -> None:
    (reply,) = Asked(backend, fake, tmp_path, "say a", batch="wait", temperature=0.5)
    assert reply.sent["temperature"] == 0.5
    if backend == "anthropic":
        assert reply.sent["api_version"] == "2023-06-01"


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("how", ["hang-after", "hang-before"])
def test_a_process_that_is_killed_while_it_submits_pays_once(
    backend: str, how: str, fake: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.at_create = [how]
    texts = ["say a", "say b"]
    process = run(backend, fake.url, tmp_path, "batch=wait", "--", *texts)
    assert fake.reached.wait(30)
    process.kill()
    process.communicate(timeout=10)
    assert steps(tmp_path) == ["intended"]
    if how == "hang-before":
        asked = Asked(backend, fake, tmp_path, *texts)
        assert isinstance(asked.raised, Pending)
        assert "is not known yet" in str(asked.raised)
        assert str(tmp_path / "batches.jsonl") in str(asked.raised)
        monkeypatch.setattr(SERVICES[backend], "settle_s", -1.0)
    asked = Asked(backend, fake, tmp_path, *texts, batch="wait")
    assert asked.texts == {"p0": "a", "p1": "b"}
    assert len(fake.batches) == 1


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("how", ["reset-after", "500-after", "nonsense-after"])
def test_a_submission_of_unknown_outcome_is_looked_for_not_repeated(
    backend: str, how: str, fake: Fake, tmp_path: Path
) -> None:
    fake.at_create = [how]
    for n in range(4):  # somebody else's, of the same size
        other = Batch(f"other_{n}", backend, [{"custom_id": "other"}], time.time(), "", ended=True)
        fake.batches[other.id] = other
    asked = Asked(backend, fake, tmp_path, "say a", batch="wait")
    assert asked.texts == {"p0": "a"}
    assert len(fake.batches) == 5


def test_a_batch_that_bears_its_name_is_found_at_once(fake: Fake, tmp_path: Path) -> None:
    fake.ends, fake.at_create = False, ["reset-after"]
    asked = Asked("openai", fake, tmp_path, "say a")
    assert str(asked.raised).startswith("1 of 1 replies are being made in 1 batch at OpenAI (batch_0, submitted ")


def test_an_unended_batch_of_the_same_size_keeps_anthropics_submission_undecided(
    fake: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(AnthropicBatches, "settle_s", -1.0)
    fake.ends, fake.at_create = False, ["reset-after"]
    assert "is not known yet" in str(Asked("anthropic", fake, tmp_path, "say a").raised)
    assert "is not known yet" in str(Asked("anthropic", fake, tmp_path, "say a").raised)
    fake.end()
    assert Asked("anthropic", fake, tmp_path, "say a").texts == {"p0": "a"}
    assert len(fake.batches) == 1


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_sure_refusal_is_tried_again_or_ends_the_run(backend: str, fake: Fake, tmp_path: Path) -> None:
    fake.at_create = ["429"]
    assert Asked(backend, fake, tmp_path, "say a", batch="wait").texts == {"p0": "a"}
    fake.at_create = ["400 your requests are no good"]
    asked = Asked(backend, fake, tmp_path, "say a", "say b", batch="wait")
    assert isinstance(asked.raised, AdapterError)
    assert "your requests are no good" in str(asked.raised)
    assert Asked(backend, fake, tmp_path, "say a", "say b", batch="wait").texts == {"p0": "a", "p1": "b"}
    assert len(fake.batches) == 2


@pytest.mark.parametrize("backend", BACKENDS)
def test_results_that_break_off_are_read_again(backend: str, fake: Fake, tmp_path: Path) -> None:
    fake.at_results = ["reset"]
    texts = [f"say {n}" for n in range(20)]
    asked = Asked(backend, fake, tmp_path, *texts, batch="wait")
    assert asked.texts == {f"p{n}": str(n) for n in range(20)}
    assert len((tmp_path / "replies.jsonl").read_text().splitlines()) == 20


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_process_that_was_killed_while_it_collected_goes_on(backend: str, fake: Fake, tmp_path: Path) -> None:
    texts = ["say a", "once-500 b", "say c"]
    Asked(backend, fake, tmp_path, *texts, batch="wait")
    batches_file, replies_file = tmp_path / "batches.jsonl", tmp_path / "replies.jsonl"
    batches_file.write_bytes(b"".join(batches_file.read_bytes().splitlines(keepends=True)[:2]))
    replies_file.write_bytes(replies_file.read_bytes()[: replies_file.read_bytes().index(b"\n") + 9])
    asked = Asked(backend, fake, tmp_path, *texts, batch="wait")
    assert asked.texts == {"p0": "a", "p1": "b", "p2": "c"}
    assert [len(batch.requests) for batch in fake.batches.values()] == [3, 1, 1]


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_same_model_asked_twice_in_one_process_finds_what_was_collected(
    backend: str, fake: Fake, tmp_path: Path
) -> None:
    model = open_text_model(MODELS[backend], TextModelOptions(base_url=fake.url, batch="wait"))
    model.keep_in(tmp_path)
    prompts = [Prompt(f"p{n}", (("user", f"say {n}"),)) for n in range(2)]
    for _ in range(2):
        assert {reply.text for reply in model.replies(prompts)} == {"0", "1"}
    assert len(fake.batches) == 1


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_run_may_stop_reading_and_lose_nothing(backend: str, fake: Fake, tmp_path: Path) -> None:
    model = open_text_model(MODELS[backend], TextModelOptions(base_url=fake.url, batch="wait"))
    model.keep_in(tmp_path)
    texts = [f"say {n}" for n in range(4)]
    replies: Any = model.replies(Prompt(f"p{n}", (("user", text),)) for n, text in enumerate(texts))
    next(replies)
    replies.close()
    assert len(Asked(backend, fake, tmp_path, *texts)) == 4
    assert len(fake.batches) == 1


@pytest.mark.parametrize("backend", BACKENDS)
def test_another_key_or_a_batch_that_is_gone_is_said(
    backend: str, fake: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.ends = False
    Asked(backend, fake, tmp_path, "say a")
    fake.batches.clear()
    assert "does not know batch" in str(Asked(backend, fake, tmp_path, "say a").raised)
    monkeypatch.setenv("OTHER_KEY", "sk-other")
    refused = Asked(backend, fake, tmp_path, "say a", key_env="OTHER_KEY")
    assert "OTHER_KEY" in str(refused.raised)
    assert "sk-other" not in str(refused.raised)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_smaller_run_on_the_same_folder_loses_nothing_of_a_larger_batch(
    backend: str, fake: Fake, tmp_path: Path
) -> None:
    fake.ends = False
    Asked(backend, fake, tmp_path, "say a", "say b")
    fake.end()
    assert Asked(backend, fake, tmp_path, "say a").texts == {"p0": "a"}
    assert Asked(backend, fake, tmp_path, "say a", "say b").texts == {"p0": "a", "p1": "b"}
    assert len(fake.batches) == 1


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_half_written_last_step_is_cut_off(backend: str, fake: Fake, tmp_path: Path) -> None:
    fake.ends = False
    Asked(backend, fake, tmp_path, "say a")
    path = tmp_path / "batches.jsonl"
    path.write_bytes(path.read_bytes()[:-9])
    fake.end()
    assert Asked(backend, fake, tmp_path, "say a", batch="wait").texts == {"p0": "a"}
    assert len(fake.batches) == 1


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_key_is_nowhere_and_the_environment_changes_nothing(
    backend: str, fake: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ANTHROPIC_BASE_URL", "OPENAI_BASE_URL"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("ANTHROPIC_CUSTOM_HEADERS", "OPENAI_CUSTOM_HEADERS"):
        monkeypatch.setenv(name, "Authorization: Bearer other")
    asked = Asked(backend, fake, tmp_path, "say a", f"say {KEY}", "bad", batch="wait")
    assert asked.texts["p1"] == "[key]"
    for path in tmp_path.iterdir():
        assert KEY not in path.read_text(), path
    assert KEY not in repr(asked)


def test_half_a_character_spoils_only_its_own_prompt(fake: Fake, tmp_path: Path) -> None:
    asked = Asked("anthropic", fake, tmp_path, "say a", "say \ud83d", batch="wait")
    assert asked.statuses == {"p0": "ok", "p1": "failed"}


@pytest.mark.parametrize("backend", BACKENDS)
def test_batches_need_a_run(backend: str, fake: Fake) -> None:
    model = open_text_model(MODELS[backend], TextModelOptions(base_url=fake.url, batch="leave"))
    with pytest.raises(ConfigError, match="--set batch=leave: only a run has a folder"):
        next(iter(model.replies([Prompt("p", (("user", "say a"),))])))
    assert not fake.asked


@pytest.mark.parametrize("backend", BACKENDS)
def test_ctrl_c_leaves_everything_to_be_collected(
    backend: str, fake: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.ends = False

    def interrupted(_: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(batches.time, "sleep", interrupted)
    with pytest.raises(KeyboardInterrupt):
        Asked(backend, fake, tmp_path, "say a", batch="wait")
    fake.end()
    assert Asked(backend, fake, tmp_path, "say a").texts == {"p0": "a"}
    assert len(fake.batches) == 1


@pytest.mark.slow
def test_the_fake_runs_as_a_process(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.textmodels.fake_batches", "0.1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[3]) as server:
        assert server.stdout is not None
        url = server.stdout.readline().strip()
        try:
            found, _ = run("openai", url, tmp_path, "batch=wait", "--", "say a").communicate(timeout=60)
        finally:
            server.kill()
    assert json.loads(found)["text"] == "a"
    assert os.environ["OPENAI_API_KEY"] not in found
