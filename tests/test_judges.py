"""Judges through the command line: real and broken servers, killed runs, batches, and where a key must not be."""

from __future__ import annotations

import hashlib
import json
import math
import random
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.adapters.servers import BREAKS, Answer, Asked, Handler
from tests.cli.conftest import Weval, weval
from tests.textmodels import fake_batches
from tests.textmodels.real_server import real_server
from tests.textmodels.servers import REPLIES, chatting, completion, error, last
from weval.store import REPORT, read_rows, read_run

__all__ = ["weval"]

KEY = "sk-not-to-be-seen-0123456789"


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THE_KEY", KEY)


def coin(text: str) -> int:
    """0 to 9, the same for the same text."""
    return hashlib.sha256(text.encode()).digest()[0] % 10


def verdict(text: str) -> str:
    """A reply in the form that the prompt asks for."""
    n = coin(text)
    if "[[X > Y = Z]]" in text:
        return "I looked.\n\n[[3 > 1 = 2 > 5 > 4]]"
    if "[[Yes]]" in text:
        return f"Hm.\n[[{['Yes', 'No'][n % 2]}]]"
    if "[[A>>B]]" in text:
        return f"Hm.\n[[{['A>>B', 'A>B', 'A=B', 'B>A', 'B>>A'][n % 5]}]]"
    if '"score"' in text:
        return json.dumps({"reason": "It says so.", "score": 1 + n})
    return f"Let me see.\n\nVerdict: [[{int(n < 6)}]]"


@dataclass
class JudgeServer:
    """Answers as a judge would after `takes_s`, and remembers when each prompt was answered."""

    takes_s: float = 0.0
    asked: Counter[str] = field(default_factory=Counter)
    answered: dict[str, list[float]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, handler: Handler, asked: Asked) -> Answer | None:
        text = last(asked)
        with self.lock:
            self.asked[text] += 1
        time.sleep(self.takes_s)
        handler.answer(Answer(completion(verdict(text))))
        handler.wfile.flush()
        with self.lock:
            self.answered.setdefault(text, []).append(time.monotonic())
        return None


def server(url: str, *settings: str) -> list[str]:
    """The arguments of a run on the first items of the bundled set with a judge behind a server."""
    chosen = [f"base_url={url}/v1", "key_env=THE_KEY", *settings]
    pairs = [word for setting in chosen for word in ("--set", setting)]
    return ["run", "--model", "judge:server/m", "--task", "weval-mini", "--limit", "3", "--out", "run", *pairs]


# --- every judge, and its health


@pytest.mark.parametrize(
    "prompt, unit, n",
    [
        ("requirement-binary", "requirement", 75),
        ("critic-10", "requirement", 75),
        ("critic-10-paper", "requirement", 75),
        ("rubric-10", "response", 15),
        ("pairwise", "pair", 60),
        ("arena-write", "pair", 60),
        ("checklist-yes-no", "requirement", 75),
        ("listwise", "list", 3),
    ],
)
def test_every_judge_runs_behind_a_server(weval: Weval, prompt: str, unit: str, n: int) -> None:
    judge = JudgeServer()
    with chatting(judge) as asked:
        said = weval(*server(asked.url, f"prompt={prompt}"), "--json")
    assert said.code == 0, said.err
    result = json.loads(said.out)
    assert (result["model"]["unit"], result["cost"]["requests"], result["n_scored"]) == (unit, n, 3)
    assert result["cost"]["tokens_out"] == 3 * n and result["cost"]["usd"] is None
    health = result["health"]
    assert health["answers"]["unparsed"]["value"] == 0
    assert health["bounds"]["correlation"] == [result["metrics"]["correlation"]["value"]] * 2
    if unit == "pair":
        assert 0 <= health["order_flips"]["value"] <= 1 and 0 <= health["first_wins"]["value"] <= 1
        assert result["diagnosis"]["position_bias"] is not None
    if unit == "list":
        assert health["first_wins"] and health["first_wins_chance"] == pytest.approx(0.2)
    assert len(judge.asked) == n + (1 if unit == "list" else 2)  # and the texts it was tried on
    assert "Judge health" in (Path("run") / REPORT).read_text(encoding="utf-8")


def test_samples_and_their_agreement_are_in_the_result(weval: Weval) -> None:
    throws = random.Random(0)

    def thrown(handler: Handler, asked: Asked) -> Answer:
        return Answer(completion(f"[[{throws.randrange(2)}]]"))

    with chatting(thrown) as asked:
        said = weval(*server(asked.url, "samples=4", "temperature=1"), "--json")
    health = json.loads(said.out)["health"]
    assert health["samples_per_question"] == 4 and 0.3 < health["self_agreement"]["value"] < 0.7
    assert said.code == 0 and "agree" in weval("show", "run").out


def test_expected_scores_say_how_much_probability_they_rest_on(weval: Weval) -> None:
    def told(handler: Handler, asked: Asked) -> Answer:
        share = coin(last(asked)) / 20
        top = [("1", 0.4 + share / 2), (" 0", 0.4 - share / 2), ("Yes", 0.1)]
        body = completion("1", ended="length")
        entries = [{"token": token, "logprob": math.log(p), "bytes": None} for token, p in top]
        body["choices"][0]["logprobs"] = {"content": [{**entries[0], "top_logprobs": entries}]}
        return Answer(body)

    with chatting(told) as asked:
        said = weval(*server(asked.url, "answer=expected"), "--json")
        assert all(one.body["logprobs"] and one.body["max_tokens"] == 1 for one in asked.asked)
    mass = json.loads(said.out)["health"]["mass"]
    assert said.code == 0 and mass["mean"] == pytest.approx(0.8) and mass["smallest"] == pytest.approx(0.8)


# --- a real server


@pytest.mark.slow
def test_a_judge_runs_on_a_real_server(weval: Weval, tmp_path: Path) -> None:
    """A small model that gives a verdict and no reason, behind `transformers serve` in a process of its own."""
    from tests import small_models

    model = small_models.make_judge(tmp_path / "judge")
    arguments = ["run", "--task", "weval-mini", "--limit", "2", "--model", f"judge:server/{model}", "--out", "run"]
    settings = ["max_tokens=12", "temperature=0.2", "concurrency=2", "samples=2", "timeout_s=300"]
    with real_server(model, tmp_path / "log") as url:
        pairs = [word for setting in (f"base_url={url}", *settings) for word in ("--set", setting)]
        said = weval(*arguments, *pairs, "--json")
        assert said.code == 0, said.err
        result = json.loads(said.out)
        again = weval(*arguments, *pairs, "--json")
    assert result["n_scored"] + result["n_missing"] == 2 and result["n_scored"]
    assert result["cost"]["tokens_in"] > 10_000 and result["health"]["self_agreement"]["n"]
    certificate = read_run(Path("run")).certificate
    assert certificate and certificate.computed["temperature"] == 0.2
    assert json.loads(again.out)["metrics"] == result["metrics"]


# --- servers that break


class Broken(JudgeServer):
    """The n-th answer to a prompt, or a fault that its text draws: most pass, some never do."""

    FOR_GOOD = ("null", "parts", "integer", "empty", "refusal", "filtered", "length", "choiceless", "bad", "context")
    ONCE = ("500", "503", "429", "529", "wait", "cut", "nobody", "html", "reset", "half", "drip", "hang", "inside")

    def __call__(self, handler: Handler, asked: Asked) -> Answer | None:
        text = last(asked)
        with self.lock:
            self.asked[text] += 1
            first = self.asked[text] == 1
        draw = hashlib.sha256(b"fault" + text.encode()).digest()
        if draw[0] % 3 == 0:
            return REPLIES[self.FOR_GOOD[draw[1] % len(self.FOR_GOOD)]]
        if draw[0] % 3 == 1 and first:
            fault = self.ONCE[draw[1] % len(self.ONCE)]
            if fault.isdigit():
                return error(int(fault), "trouble", retry_after="0")
            if fault in BREAKS:
                return BREAKS[fault](handler)
            return REPLIES[fault]
        return Answer(completion(verdict(text)))


def test_every_request_ends_with_a_value_or_a_status_and_none_twice(weval: Weval) -> None:
    with chatting(Broken()) as asked:
        said = weval(*server(asked.url, "concurrency=8", "timeout_s=2"), "--json")
    rows = [row for _, row in read_rows(Path("run"))]
    assert len(rows) == len({row.id for row in rows}) == 75
    statuses = Counter(row.status for row in rows)
    assert {"ok", "unparsed", "refused", "truncated", "failed"} <= set(statuses) and statuses["ok"] > 30
    assert said.code == 2 and "scored no item of 3" in said.err  # as each of them has a question without an answer
    assert all(row.reason for row in rows if row.status != "ok")


def test_a_server_that_goes_away_ends_the_run_and_the_same_command_continues(weval: Weval) -> None:
    with chatting(JudgeServer()) as asked:
        port = asked.server_port
        assert weval(*server(asked.url)).code == 0
    lines = (Path("run") / "scores.jsonl").read_bytes().splitlines(keepends=True)
    (Path("run") / "scores.jsonl").write_bytes(b"".join(lines[:40]))
    (Path("run") / "replies.jsonl").unlink()
    (Path("run") / "result.json").unlink()
    said = weval(*server(f"http://127.0.0.1:{port}", "attempts=1"))
    assert said.code == 2 and "cannot be reached" in said.err and KEY not in said.err
    judge = JudgeServer()
    with chatting(judge, port):
        assert weval(*server(f"http://127.0.0.1:{port}")).code == 0
    assert sum(judge.asked.values()) == 35 + 2


# --- killed


@dataclass
class Gate(JudgeServer):
    """Answers as many as it is told to and lets the others wait, so that what was answered can be counted.

    Once they have been answered, `n_more` is minus the number of those that wait.
    """

    n_more: int = 0
    opened: threading.Event = field(default_factory=threading.Event)

    def __call__(self, handler: Handler, asked: Asked) -> Answer | None:
        with self.lock:
            passes = self.n_more > 0
            self.n_more -= 1
        if not passes and not self.opened.is_set():
            handler.server.closing.wait(60)
            return None
        return super().__call__(handler, asked)

    @property
    def n_answered(self) -> int:
        """How many answers have gone out."""
        with self.lock:
            return sum(map(len, self.answered.values()))


def n_lines(path: Path) -> int:
    return path.read_bytes().count(b"\n") if path.exists() else 0


@pytest.mark.slow
def test_a_killed_run_pays_for_no_answer_twice(tmp_path: Path) -> None:
    judge, draw, kept = Gate(), random.Random(3), tmp_path / "run" / "replies.jsonl"
    with chatting(judge) as asked:
        command = [sys.executable, "-m", "weval", *server(asked.url, "concurrency=6", "samples=2"), "--json"]
        for _ in range(6):
            judge.n_more = draw.randrange(1, 20)
            wanted = judge.n_answered + judge.n_more
            process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            until = time.monotonic() + 120
            # All six must wait at the gate: one that is still on its way would take an answer from those of the next.
            while not (n_lines(kept) >= wanted and judge.n_more == -6) and time.monotonic() < until:
                time.sleep(0.01)
            process.send_signal(signal.SIGKILL)
            process.communicate()
            assert n_lines(kept) == judge.n_answered == wanted
        judge.opened.set()
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["n_scored"] == 3
    times = Counter(map(len, judge.answered.values()))
    assert times == {2: 75, 1: 2}  # both samples of each question, and the two texts of the trial


# --- keys


def files_of(folder: Path) -> Iterator[tuple[Path, bytes]]:
    """Every file below a folder."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path, path.read_bytes()


@pytest.mark.parametrize("status", [200, 400, 401, 404, 429, 500])
def test_a_key_is_in_no_file_and_no_message(weval: Weval, tmp_path: Path, status: int) -> None:
    """The server repeats it wherever it can: in errors, in texts, in the name of the model, in headers."""

    def leaking(handler: Handler, asked: Asked) -> Answer:
        shown = {name.lower(): value for name, value in asked.headers.items()}["authorization"]
        if status != 200:
            return error(status, f"You sent {shown}", code=shown, x_your_key=shown)
        body = completion(f"Your key is {shown}.\n[[1]]") | {"model": f"m {shown}", "system_fingerprint": shown}
        return Answer(body, headers={"X-Key": shown, "Server": shown})

    with chatting(leaking) as asked:
        said = weval(*server(asked.url, "attempts=2", "give_up_after_s=3"))
    assert KEY not in said.out + said.err
    assert (said.code == 0) == (status == 200)
    for path, content in files_of(tmp_path):
        assert KEY.encode() not in content, path
    if status == 200:
        assert "[key]" in (Path("run") / "scores.jsonl").read_text(encoding="utf-8")


# --- batches


def batch_arguments(backend: str, url: str, *settings: str) -> list[str]:
    model = {"openai": "openai/gpt-4o-2024-08-06", "anthropic": "anthropic/claude-sonnet-4-5"}[backend]
    chosen = [f"base_url={url}", "key_env=THE_KEY", *settings]
    pairs = [word for setting in chosen for word in ("--set", setting)]
    return ["run", "--model", f"judge:{model}", "--task", "weval-mini", "--limit", "3", "--out", "run", *pairs]


@pytest.mark.parametrize("backend", ["openai", "anthropic"])
def test_a_batch_is_submitted_left_and_collected_by_another_process(backend: str, tmp_path: Path) -> None:
    def run(*settings: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "weval", *batch_arguments(backend, fake.url, *settings), "--json"]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)

    with fake_batches.serving() as fake:
        fake.key, fake.ends = KEY, False
        fake.word = lambda text: ("say", verdict(text))
        first = run("batch=leave")
        assert first.returncode == 2 and "the same command collects" in first.stderr, first.stderr
        assert "75 of 75" in first.stderr and not first.stdout
        assert run("batch=leave").returncode == 2 and len(fake.batches) == 1
        live = run("batch=off")
        assert live.returncode == 2 and "batch" in live.stderr and "batches.jsonl" in live.stderr
        fake.end()
        done = run("batch=leave")
        assert done.returncode == 0, done.stderr
        assert len(fake.batches) == 1
    result = json.loads(done.stdout)
    assert result["n_scored"] == 3 and result["cost"]["requests"] == 75
    assert result["cost"]["tokens_in"] == 75 * 1000 and result["cost"]["usd"] is None  # a price is that of its host
    for path, content in files_of(tmp_path):
        assert KEY.encode() not in content, path


def test_fresh_says_which_batch_it_forgets(weval: Weval) -> None:
    with fake_batches.serving() as fake:
        fake.key, fake.ends = KEY, False
        fake.word = lambda text: ("say", verdict(text))
        assert weval(*batch_arguments("openai", fake.url, "batch=leave")).code == 2
        again = weval(*batch_arguments("openai", fake.url, "batch=leave"), "--fresh")
        assert "batch_0 was never collected; its 75 replies are paid for" in again.err and len(fake.batches) == 2
        fake.end()
        assert weval(*batch_arguments("openai", fake.url, "batch=leave")).code == 0
        assert "never collected" not in weval(*batch_arguments("openai", fake.url), "--fresh", "--limit", "1").err


def test_without_weights_and_keys_the_line_says_what_to_do(weval: Weval, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    said = weval("run", "--model", "gpt-4o-judge", "--task", "weval-mini")
    assert said.code == 2 and re.search(r"OPENAI_API_KEY.* not set", said.err) and len(said.err.splitlines()) == 1
    assert not any(Path().rglob("run.json"))


def test_the_trial_ends_a_run_before_it_pays_for_more(weval: Weval) -> None:
    def nobody(handler: Handler, asked: Asked) -> Any:
        return error(404, "The model `m` does not exist", code="model_not_found")

    with chatting(nobody) as asked:
        said = weval(*server(asked.url))
        assert said.code == 2 and "model" in said.err and len(asked.asked) <= 2
