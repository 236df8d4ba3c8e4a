from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.adapters.servers import Answer
from tests.build.started import Started, Teacher, draft, put
from tests.textmodels.servers import chatting, completion, error
from weval.build import STEPS, BuildSpec, build
from weval.build.perform import ALL, asked_steps
from weval.build.recipe import Recipe
from weval.build.step import n_kept
from weval.errors import ConfigError, DataError, ResultError

DRAFTS = [draft(number) for number in range(4)]
QUERIES = 12
"""Versions of these drafts: three of each."""

JOURNAL = Path("answer") / "answer" / "replies.jsonl"


@pytest.fixture
def started(tmp_path: Path) -> Started:
    return Started(tmp_path).write(DRAFTS)


# --- what is made, and what stands


def test_steps_asked_out_of_order_say_which_comes_first(tmp_path: Path) -> None:
    started = Started(tmp_path)
    started.recipe.write_text("name: n\ntitle: t\ndescription: d\nanswer: {model: server/m}\n")
    with pytest.raises(
        ResultError, match=r"drafts\.jsonl: is not there; dropout reads it: weval build requirements first"
    ):
        started.make("dropout")
    with pytest.raises(ResultError, match=r"queries\.jsonl: is not there; answer reads it: weval build dropout first"):
        started.make("answer")
    with pytest.raises(ConfigError, match="unknown step 'answers'; did you mean answer"):
        started.make("answers")


def test_a_step_is_made_once(started: Started) -> None:
    made = started.make("dropout")
    assert made.is_new and made.record.n_rows == QUERIES
    before = made.file.stat().st_mtime_ns
    again = started.make("dropout")
    assert not again.is_new and again.record == made.record
    assert again.file.stat().st_mtime_ns == before
    assert started.said == []


def test_a_changed_setting_makes_a_step_again_and_says_so(started: Started) -> None:
    before = started.make("dropout").file.read_bytes()
    again = started.make("dropout", dropout__seed="1")
    assert again.is_new and again.file.read_bytes() != before
    assert started.said[0] == "dropout: is made again; dropout.seed was 0, is 1"


def test_a_changed_input_makes_a_step_again(started: Started) -> None:
    started.make("dropout")
    started.write(DRAFTS[:2])
    assert started.make("dropout").record.n_rows == 6
    assert "requirements/drafts.jsonl was" in started.said[0]


def test_a_setting_of_a_step_that_is_only_read_is_noticed(started: Started) -> None:
    started.make("dropout")
    with chatting(Teacher()) as server:
        started.url = server.url
        started.make("answer", dropout__seed="1")
    assert started.said[0] == (
        "answer: reads dropout as it is, though dropout.seed was 0, is 1; weval build dropout makes it again"
    )


def test_settings_that_change_no_answer_leave_a_step_standing(started: Started) -> None:
    teacher = Teacher()
    with chatting(teacher) as server:
        started.url = server.url
        started.make("dropout")
        assert started.make("answer").is_new
        others = {"concurrency": "3", "timeout_s": "9", "give_up_after_s": "99", "attempts": "2"}
        assert not started.make(
            "answer", answer__usual_tokens="7", **{f"answer__settings__{k}": v for k, v in others.items()}
        ).is_new
        assert started.make("answer", answer__settings__temperature="0.5").is_new
    assert teacher.asked.total() == 2 * QUERIES


def test_fresh_makes_a_step_again_and_pays_for_nothing_again(started: Started) -> None:
    teacher = Teacher()
    with chatting(teacher) as server:
        started.url = server.url
        started.make("dropout")
        first = started.make("answer").file.read_bytes()
        again = started.make("answer", fresh=True)
    assert again.is_new and again.file.read_bytes() == first
    assert again.record.spent.replies == QUERIES
    assert teacher.asked.total() == QUERIES


def test_a_record_says_what_was_made_of_what(started: Started) -> None:
    with chatting(Teacher()) as server:
        started.url = server.url
        started.make("dropout")
        record = started.make("answer").record
    assert record.settings["answer"]["model"] == "server/teacher"
    assert list(record.inputs) == ["dropout/queries.jsonl"]
    assert sorted(record.files) == ["answers.jsonl", "left_out.jsonl"]
    assert record.models["answer"]["base_url"] == f"{server.url}/v1"
    assert (record.spent.replies, record.spent.tokens_in, record.spent.tokens_out) == (12, 120, 36)
    assert json.loads((started.root / "answer" / "step.json").read_text())["schema"] == 1


def test_what_no_model_can_be_asked_is_found_before_any_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last step of a build does not fail for a key, when the first ones were paid."""
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    teacher = Teacher()
    with chatting(teacher) as server:
        recipe = tmp_path / "r.yaml"
        settings = f"{{base_url: '{server.url}/v1'}}"
        recipe.write_text(
            f"name: n\ntitle: t\ndescription: d\nrequirements: {{model: server/m, settings: {settings}}}\n"
            "answer: {model: openai/gpt-4o}\nfilter: {how: none}\n"
        )
        with pytest.raises(ConfigError, match=r"^answer: --set key_env=OPENAI_API_KEY"):
            build(BuildSpec(ALL, str(recipe), out=tmp_path / "b"))
    assert teacher.asked.total() == 0


def test_all_is_what_the_recipe_needs() -> None:
    recipe = Recipe(name="n", title="t", description="d")
    assert [step.name for step in asked_steps(ALL, recipe)][-1] == "export"
    assert asked_steps("pairs", recipe) == [STEPS["pairs"]]


# --- by hand


def edit(path: Path) -> bytes:
    """Takes the first row away."""
    path.write_bytes(path.read_bytes().partition(b"\n")[2])
    return path.read_bytes()


def test_an_edited_file_is_kept_and_noticed_and_read(started: Started) -> None:
    made = started.make("dropout")
    edited = edit(made.file)
    again = started.make("dropout")
    assert not again.is_new and again.by_hand == ("queries.jsonl",)
    assert started.said == ["dropout: queries.jsonl edited since; kept (--fresh makes it again)"]
    assert made.file.read_bytes() == edited
    with chatting(Teacher()) as server:
        started.url = server.url
        assert started.make("answer").record.n_rows == QUERIES - 1


def test_an_edited_file_is_not_lost_when_what_it_was_made_of_changes(started: Started) -> None:
    made = started.make("dropout")
    edited = edit(made.file)
    with pytest.raises(ResultError) as refused:
        started.make("dropout", dropout__seed="1")
    assert str(refused.value) == (
        f"{made.file}: was edited, and what it was made of has changed (dropout.seed was 0, is 1); "
        "--fresh makes it again, without the edits"
    )
    assert made.file.read_bytes() == edited
    assert started.make("dropout", fresh=True, dropout__seed="1").record.n_rows == QUERIES


def test_a_file_that_was_put_there_is_kept_whatever_the_recipe_says(started: Started) -> None:
    done = started.make("requirements")
    assert not done.is_new and done.record.n_rows == 4 and done.record.told == {"brought": True}
    assert started.said == [f"requirements: {done.file} was put there by hand; kept (--fresh makes it)"]
    assert not started.make("requirements", requirements__n="2").is_new
    assert started.said == []
    started.write(DRAFTS[:3])
    assert started.make("requirements").record.n_rows == 3
    assert len(started.said) == 1


def test_a_lost_file_is_made_again(started: Started) -> None:
    made = started.make("dropout")
    content = made.file.read_bytes()
    made.file.unlink()
    again = started.make("dropout")
    assert again.is_new and again.file.read_bytes() == content


def test_a_broken_record_is_told_and_fresh_mends_it(started: Started) -> None:
    made = started.make("dropout")
    path = started.root / "dropout" / "step.json"
    path.write_text(path.read_text()[:40])
    with pytest.raises(DataError, match=r"step\.json:\d+: is not JSON") as broken:
        started.make("dropout")
    assert "--fresh makes dropout again" in str(broken.value)
    assert started.make("dropout", fresh=True).record.n_rows == made.record.n_rows


# --- faults


def test_failed_replies_stop_the_step_and_only_they_are_asked_again(started: Started) -> None:
    teacher = Teacher(faults={"Write 2.": error(500, "boom")})
    with chatting(teacher) as server:
        started.url = server.url
        started.make("dropout")
        with pytest.raises(
            ResultError, match=r"answer: 3 of 12 replies did not come \(.*boom.*\); the others are kept"
        ):
            started.make("answer")
        assert not (started.root / "answer" / "answers.jsonl").exists()
        assert sorted(path.name for path in (started.root / "answer").iterdir()) == ["answer"]
        teacher.faults = {}
        before = teacher.asked.copy()
        assert started.make("answer").record.n_rows == QUERIES
    assert (teacher.asked - before).total() == 3
    assert set(teacher.answered.values()) == {1}


def test_a_step_that_fails_leaves_the_one_of_before(started: Started) -> None:
    with chatting(Teacher()) as server:
        started.url = server.url
        started.make("dropout")
        made = started.make("answer")
        content = made.file.read_bytes()
    with pytest.raises(Exception, match="cannot be reached"):
        started.make("answer", answer__settings__temperature="0.3", answer__settings__base_url="http://127.0.0.1:9/v1")
    assert made.file.read_bytes() == content
    started.url = server.url
    assert not started.make("answer").is_new


def test_a_folder_that_cannot_be_written_is_one_line(started: Started) -> None:
    (started.root / "dropout").write_text("")
    with pytest.raises(ResultError, match=r"cannot make the folder .*dropout: File exists"):
        started.make("dropout")
    (started.home / "file").write_text("")
    with pytest.raises(ResultError, match=r"cannot make the folder .*file/b: Not a directory"):
        build(BuildSpec("dropout", str(started.recipe), out=started.home / "file" / "b"))


# --- killed

KILLED = """
import os, signal, sys
from pathlib import Path
from weval.build import BuildSpec, build
import weval.build.dropout  # once, before the forks

spec = BuildSpec("dropout", sys.argv[1], {"dropout.seed": "1"}, Path(sys.argv[2]))
replace = os.replace

def dies_at(n):
    left = [n]
    def renamed(self, target):
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)
        left[0] -= 1
        replace(self, target)
        return Path(target)
    return renamed

for n in range(int(sys.argv[3])):
    sys.stdin.readline()
    if not (child := os.fork()):
        Path.replace = dies_at(n)
        build(spec)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    print(n, os.WIFSIGNALED(status), flush=True)
"""


def test_a_kill_between_any_two_renames_is_brought_to_its_end(started: Started) -> None:
    """The files of a step are renamed one by one; a process dies before each of these, and the next one goes on."""
    wanted = started.make("dropout", dropout__seed="1").file.read_bytes()
    n_renames = 4  # the new record under another name, the two files, the record
    command = [sys.executable, "-c", KILLED, started.recipe, started.root, str(n_renames + 1)]
    with subprocess.Popen(command, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin and process.stdout
        for n in range(n_renames + 1):
            started.make("dropout", dropout__seed="0")
            process.stdin.write("\n")
            process.stdin.flush()
            assert process.stdout.readline() == f"{n} {n < n_renames}\n"
            done = started.make("dropout", dropout__seed="1")
            assert done.is_new == (n == 0)  # from the record on, nothing is made again
            assert done.file.read_bytes() == wanted
            assert not done.by_hand and "brought" not in done.record.told
            assert sorted(path.name for path in done.file.parent.iterdir()) == [
                "left_out.jsonl", "queries.jsonl", "step.json",
            ]  # fmt: skip


def waited(path: Path, n: int, process: subprocess.Popen[bytes]) -> None:
    """Until so many replies are kept."""
    until = time.monotonic() + 60
    while n_kept(path) < n and time.monotonic() < until:
        assert process.poll() is None
        time.sleep(0.01)


def command(started: Started, *arguments: str) -> list[str]:
    pairs = ["--set", f"answer.settings.base_url={started.url}/v1", "--set", "answer.settings.concurrency=3"]
    return [
        sys.executable,
        "-m",
        "weval",
        "build",
        "answer",
        str(started.recipe),
        "--out",
        str(started.root),
        *pairs,
        *arguments,
    ]


def test_a_killed_step_asks_for_what_is_not_kept_and_for_nothing_else(started: Started) -> None:
    """Killed with five replies kept, and three questions on their way: seven are asked, of which three had been."""
    teacher = Teacher(n_more=5)
    with chatting(teacher) as server:
        started.url = server.url
        started.make("dropout")
        process = subprocess.Popen(command(started), stderr=subprocess.PIPE)
        waited(started.root / JOURNAL, 5, process)
        until = time.monotonic() + 30
        while teacher.asked.total() < 8 and time.monotonic() < until:
            time.sleep(0.01)
        process.kill()
        process.communicate()
        kept, before = teacher.answered.copy(), teacher.asked.copy()
        assert (kept.total(), before.total()) == (5, 8)
        assert not list((started.root / "answer").glob("*.json*"))
        teacher.n_more = None
        done = started.make("answer")
    asked_again = teacher.asked - before
    assert asked_again.total() == QUERIES - 5
    assert not asked_again.keys() & kept.keys()
    assert set(teacher.answered.values()) == {1}
    assert done.record.n_rows == done.record.spent.replies == QUERIES
    assert started.said[-1].startswith("answer: 5 replies are kept in ")


def test_ctrl_c_ends_with_130_and_says_how_to_go_on(started: Started) -> None:
    teacher = Teacher(n_more=4)
    with chatting(teacher) as server:
        started.url = server.url
        started.make("dropout")
        process = subprocess.Popen(command(started), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        waited(started.root / JOURNAL, 4, process)
        process.send_signal(2)
        out, said = process.communicate(timeout=60)
        assert process.returncode == 130
        assert not out and b"Traceback" not in said
        assert said.endswith(b"note: stopped; what was done is kept, and the same command continues\n")
        assert not [path for path in (started.root / "answer").iterdir() if path.name != "answer"]
        teacher.n_more = None
        started.make("answer")
    assert set(teacher.answered.values()) == {1}


WHOLE = """
import os, signal, sys
from pathlib import Path
from weval.build import BuildSpec, build
from weval.run import Watcher

class Dies(Watcher):
    def __init__(self, when, n_scored):
        self.when, self.left, self.is_on = when, n_scored, False
    def notice(self, text):
        self.is_on = self.is_on or text.startswith(self.when + ": ")
        self.scored(0)
    def scored(self, n=1):
        if self.is_on:
            self.left -= n
            if self.left <= 0:
                os.kill(os.getpid(), signal.SIGKILL)

spec = BuildSpec("all", sys.argv[1], {}, Path(sys.argv[2]))
for where in sys.argv[3:]:
    step, _, n = where.partition("=")
    if not (child := os.fork()):
        build(spec, Dies(step, int(n or 0)))
        os._exit(0)
    assert os.WIFSIGNALED(os.waitpid(child, 0)[1]), where
"""

JUDGED = """\
name: small
title: Small
description: A few requests.
requirements: {{how: task, task: items.jsonl}}
answer: {{model: server/teacher, settings: {{base_url: "{url}/v1", concurrency: 1}}}}
verify: {{judge: "judge:server/judge", judge_settings: {{base_url: "{url}/v1", concurrency: "1"}}}}
"""


@pytest.mark.slow
def test_a_whole_build_killed_at_every_boundary_and_within_steps_asks_every_question_once(tmp_path: Path) -> None:
    """One question at a time, and killed when a reply is on the disk: then nothing at all is asked twice."""
    items = [
        {**draft(number), "candidates": [{"id": f"a{k}", "kept": k, "response": "x"} for k in (1, 2)]}
        for number in range(4)
    ]
    put(tmp_path / "items.jsonl", items)
    teacher = Teacher(faults={"[[1]]": Answer(completion("[[1]]"))})
    with chatting(teacher) as server:
        recipe = tmp_path / "recipe.yaml"
        recipe.write_text(JUDGED.format(url=server.url), encoding="utf-8")
        deaths = ["requirements", "dropout", "answer", "answer=1", "answer=7", "verify", "verify=9", "card", "export"]
        command = [sys.executable, "-c", WHOLE, recipe, tmp_path / "killed", *deaths]
        subprocess.run(command, check=True, timeout=120)
        assert not (tmp_path / "killed" / "export" / "items.jsonl").exists()
        resumed = build(BuildSpec(ALL, str(recipe), out=tmp_path / "killed"))
        n_asked = teacher.asked.total()
        assert set(teacher.asked.values()) == {1}
        at_once = build(BuildSpec(ALL, str(recipe), out=tmp_path / "whole"))
        assert teacher.asked.total() == 2 * n_asked
    assert resumed[-1].file.read_bytes() == at_once[-1].file.read_bytes()
    assert [done.record.spent for done in resumed] == [done.record.spent for done in at_once]


def test_two_builds_do_not_share_a_folder(started: Started) -> None:
    teacher = Teacher(n_more=1)
    with chatting(teacher) as server:
        started.url = server.url
        started.make("dropout")
        process = subprocess.Popen(command(started), stderr=subprocess.PIPE)
        waited(started.root / JOURNAL, 1, process)
        with pytest.raises(ResultError, match="another build is writing here; wait for it, or choose --out"):
            started.make("dropout")
        process.kill()
        process.communicate()
        teacher.n_more = None
        assert started.make("answer").is_new


@pytest.fixture(autouse=True)
def _no_key_of_ours(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setitem(os.environ, "NO_PROXY", "*")
    yield


def test_what_a_model_says_cannot_move_a_terminal(started: Started) -> None:
    teacher = Teacher(faults={"Write 1.": Answer({"error": {"message": "\x1b[2J gone"}}, 500)})
    with chatting(teacher) as server:
        started.url = server.url
        started.make("dropout")
        with pytest.raises(ResultError) as error:
            started.make("answer")
    assert "\x1b" not in str(error.value)
