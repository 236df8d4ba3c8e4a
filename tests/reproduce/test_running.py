"""The graph, run by real processes: all of it, killed and continued, stopped, with what fails and what is lacking."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import filelock
import pytest

from tests.reproduce.mini import STEPS, attempts, driven, ended, manifests, spec, until
from weval.errors import ConfigError
from weval.folders import LOCK
from weval.machine import Lack
from weval.reproduce import running
from weval.reproduce.attempts import LOG, Tail, foot, head
from weval.reproduce.finished import FINISHED, read_finished, write_finished
from weval.reproduce.graph import MADE
from weval.reproduce.leash import BUSY, LEASH
from weval.reproduce.needs import lacking
from weval.reproduce.outcome import StepOutcome
from weval.reproduce.running import Watching, graph_of, reproduce, tables_of
from weval.run import RunSpec, run

PASSED = {"does": "run", "about": "a", "model": "length"}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def ran(home: Path, watching: Watching | None = None, **more: Any) -> dict[str, StepOutcome]:
    """What became of the steps, by name."""
    asked = spec(home, **more)
    return {outcome.name: outcome for outcome in reproduce(asked, graph_of(asked), watching)}


def states(outcomes: dict[str, StepOutcome]) -> dict[str, str]:
    return {name: outcome.state for name, outcome in outcomes.items()}


def folder(home: Path, name: str) -> Path:
    """Where a step lies."""
    return graph_of(spec(home)).step_folder(name)


OUTAGE = "3 of 20 answers failed (503)"


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """No process is started: what was begun is noted, and ends as the model's name says it does."""
    names: list[str] = []

    def attempt(words: Sequence[str], at: Path, stopper: Any, says: Callable[[str], None]) -> tuple[int, Tail]:
        tail, code = Tail(at / LOG), 2 if "broken" in words else BUSY if "busy" in words else 0
        names.append(at.name.rpartition("-")[0])
        with (at / LOG).open("ab") as log:
            log.write(head(words) + (b"weval: it is broken\n" if code else b"") + foot(code, 1.0))
        (at / MADE).mkdir(exist_ok=True)
        return code, tail

    monkeypatch.setattr(running, "attempt", attempt)
    monkeypatch.setattr(running, "lacking", lambda *_: [])
    monkeypatch.setattr(running, "unanswered", lambda *_: None)
    return names


# --- real processes


@pytest.mark.slow
def test_killed_anywhere_it_goes_on_to_what_an_undisturbed_one_comes_to(home: Path) -> None:
    manifests(home)
    step = {name: folder(home, name) for name in STEPS}

    before = driven(home, "attempt", step["data"].name)  # before the first step
    ended(before, -signal.SIGKILL)
    assert not (step["data"] / LOG).exists()

    between = driven(home, "write_finished", step["length"].name)  # a step has ended, and its mark is not written
    ended(between, -signal.SIGKILL)
    assert (step["data"] / FINISHED).is_file() and not (step["length"] / FINISHED).exists()
    result = (step["length"] / MADE / "result.json").read_bytes()
    marked = (step["data"] / FINISHED).stat().st_mtime_ns

    during = driven(home)  # in the middle of a step, which its process survives for a moment
    until((home / "waits").exists)
    during.kill()
    (home / "gate").touch()
    assert ended(driven(home), 0) == ["data done", "length done", "slow done"]
    ended(during, -signal.SIGKILL)

    assert [attempts(step[name]) for name in STEPS] == [1, 2, 2]
    assert (step["data"] / FINISHED).stat().st_mtime_ns == marked
    assert (step["length"] / MADE / "result.json").read_bytes() == result
    assert "weval reproduce is gone" in (step["slow"] / LOG).read_text(encoding="utf-8")
    run(RunSpec("plugin:slow:Slow", task="weval-mini", limit=4, out=home / "undisturbed"))
    for name in ("scores.jsonl", "result.json"):
        assert (step["slow"] / MADE / name).read_bytes() == (home / "undisturbed" / name).read_bytes()

    said = ended(driven(home), 0)
    assert said == ["data done", "length done", "slow done"]
    assert [attempts(step[name]) for name in STEPS] == [1, 2, 2]


def test_ctrl_c_reaches_the_step_once_and_ends_both(home: Path) -> None:
    manifests(home, {"slow": STEPS["slow"] | {"after": []}})
    process = driven(home)
    until((home / "waits").exists)
    process.send_signal(signal.SIGINT)
    ended(process, 130)
    at = folder(home, "slow")
    log = (at / LOG).read_text(encoding="utf-8")
    assert log.count("what was scored is kept, and the same command continues") == 1
    assert log.endswith("exit code 130\n") and not (at / FINISHED).exists()
    with filelock.FileLock(at / LEASH).acquire(timeout=0):
        pass


def test_what_fails_stops_what_needs_it_and_nothing_else(home: Path) -> None:
    broken = {"does": "run", "about": "a", "model": "lenght"}
    after = {"does": "run", "about": "a", "model": "keywords", "after": ["slow"]}
    manifests(home, {"slow": broken, "length": after | {"after": ["more"]}, "more": after, "other": PASSED})
    (home / "manifests" / "cells.yaml").write_text(
        (home / "manifests" / "cells.yaml").read_text(encoding="utf-8") + "      - { name: First, step: other }\n",
        encoding="utf-8",
    )
    found = ran(home)
    assert states(found) == {"slow": "failed", "more": "blocked", "length": "blocked", "other": "done"}
    why = "unknown model 'lenght'; did you mean length? (see: weval list models)"
    assert found["slow"].why == why
    assert found["slow"].remedy == f"see {LOG} in {found['slow'].folder}; the same command tries it again"
    assert found["length"].why == found["more"].why == f"needs slow, which failed: {why}"
    finished = read_finished(folder(home, "other"))
    assert finished is not None and finished.seconds == found["other"].seconds and 0 < finished.seconds < 30
    assert (home / "out" / str(found["other"].folder) / MADE / "result.json").is_file()


# --- the order of things; no process is started


def test_what_is_done_is_not_done_again(home: Path, begun: list[str]) -> None:
    manifests(home)
    assert states(ran(home)) == dict.fromkeys(STEPS, "done")
    assert begun == ["data", "length", "slow"]
    assert states(ran(home)) == dict.fromkeys(STEPS, "done")
    assert begun == ["data", "length", "slow"]


def test_what_comes_before_is_not_needed_for_what_is_done(home: Path, begun: list[str]) -> None:
    manifests(home)
    ran(home)
    (folder(home, "data") / FINISHED).unlink()
    found = ran(home)
    assert begun == ["data", "length", "slow"]
    assert (found["data"].state, found["data"].why) == ("waiting", "not needed: what it is for is done")
    (folder(home, "slow") / FINISHED).unlink()
    assert states(ran(home)) == dict.fromkeys(STEPS, "done")
    assert begun[3:] == ["data", "slow"]


def test_files_that_are_gone_from_the_cache_are_fetched_again(
    home: Path, begun: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    manifests(home)
    ran(home, only=("data",))
    ran(home, only=("data",))
    assert begun == ["data"]
    monkeypatch.setattr("weval.reproduce.finished.is_fetched", lambda name: False)
    ran(home, only=("data",))
    assert begun == ["data", "data"]


def test_a_step_has_its_number_among_all_whatever_is_done_already(home: Path, begun: list[str]) -> None:
    manifests(home)
    ran(home)
    (folder(home, "slow") / FINISHED).unlink()
    told: list[tuple[int, int, str]] = []

    class Noting(Watching):
        def begins(self, number: int, total: int, name: str, about: str) -> None:
            told.append((number, total, name))

    ran(home, Noting())
    assert told == [(3, 3, "slow")]


def test_what_has_become_of_all_steps_is_told_after_each_that_was_run(home: Path, begun: list[str]) -> None:
    manifests(home)
    told: list[tuple[dict[str, str], bool]] = []

    class Noting(Watching):
        def so_far(self, outcomes: Sequence[StepOutcome], *, last: bool) -> None:
            told.append(({one.name: one.state for one in outcomes}, last))

    ran(home, Noting())
    assert told[0] == ({"data": "done", "length": "waiting", "slow": "waiting"}, False)
    assert told[-1] == (dict.fromkeys(STEPS, "done"), False) and len(told) == 3


def test_what_was_made_and_is_removed_is_made_again_when_it_is_needed(home: Path, begun: list[str]) -> None:
    manifests(home)
    ran(home)
    (folder(home, "slow") / MADE).rmdir()
    assert states(ran(home)) == dict.fromkeys(STEPS, "done")
    assert begun[3:] == ["slow"]


def test_with_only_the_others_wait_unless_they_are_done(home: Path, begun: list[str]) -> None:
    manifests(home)
    found = ran(home, only=("length",))
    assert begun == ["data", "length"]
    assert states(found) == {"data": "done", "length": "done", "slow": "waiting"}
    assert found["slow"].why == "not chosen" and found["slow"].folder is None
    assert states(ran(home, only=("slow",)))["length"] == "done"


def test_with_rows_only_what_fills_them_is_run(home: Path, begun: list[str]) -> None:
    manifests(home)
    assert states(ran(home, rows=("human",))) == {"data": "done", "slow": "done"}
    assert begun == ["data", "slow"]


def test_changed_settings_have_a_folder_of_their_own_and_leave_the_old_one(home: Path, begun: list[str]) -> None:
    manifests(home)
    ran(home)
    before = {name: folder(home, name) for name in STEPS}
    manifests(home, STEPS | {"length": STEPS["length"] | {"limit": 5}})
    ran(home)
    assert begun[3:] == ["length"]
    assert folder(home, "length") != before["length"] and (before["length"] / FINISHED).is_file()
    assert (before["data"], before["slow"]) == (folder(home, "data"), folder(home, "slow"))
    manifests(home)
    ran(home)
    assert begun[4:] == []


def test_a_copied_or_broken_mark_does_not_count(home: Path, begun: list[str]) -> None:
    manifests(home)
    ran(home)
    mark = folder(home, "length") / FINISHED
    mark.write_bytes((folder(home, "slow") / FINISHED).read_bytes())
    ran(home)
    assert begun[3:] == ["length"]
    mark.write_text("{", encoding="utf-8")
    assert states(ran(home))["length"] == "done"
    assert begun[4:] == ["length"]


def test_what_is_lacking_blocks_a_step_and_those_after_it(
    home: Path, begun: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lacks = {"data": [Lack("8 GPUs", "rent them"), Lack("a key")], "length": [Lack("a model")]}
    about = {str(STEPS[name]["about"]): found for name, found in lacks.items()}
    monkeypatch.setattr(running, "lacking", lambda step, *_: about.get(step.about, []))
    manifests(home)
    found = ran(home)
    assert begun == [] and states(found) == dict.fromkeys(STEPS, "blocked")
    assert (found["data"].why, found["data"].remedy) == ("lacks 8 GPUs; a key", "rent them")
    assert (found["slow"].why, found["slow"].remedy) == (
        "needs data, which is blocked: lacks 8 GPUs; a key",
        "rent them",
    )
    assert (found["length"].why, found["length"].remedy) == (
        "lacks a model; and waits for data",
        None,
    )  # its own lack is told first
    assert not (home / "out" / "steps").exists()


def test_a_machine_that_does_not_answer_blocks_what_has_to_reach_it_and_is_asked_once(
    home: Path, begun: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def reachable(addresses: Iterable[str], timeout_s: float) -> dict[str, bool]:
        asked.extend(addresses)
        return dict.fromkeys(addresses, False)

    monkeypatch.setattr(running, "reachable", reachable)
    monkeypatch.setattr(running, "lacking", lacking)
    fetch = {"does": "fetch", "about": "a", "name": "weval"}
    manifests(
        home,
        {
            "data": fetch,
            "more": fetch | {"name": "weval", "about": "b"},
            "length": PASSED | {"after": ["data", "more"]},
            "slow": PASSED,
        },
    )
    found = ran(home)
    assert begun == ["slow"] and asked == ["raw.githubusercontent.com:443"]
    assert found["data"].state == found["more"].state == found["length"].state == "blocked"
    assert "raw.githubusercontent.com" in str(found["length"].why)


def test_a_step_that_the_profile_has_not_blocks_those_after_it(home: Path, begun: list[str]) -> None:
    manifests(
        home,
        {"length": PASSED | {"after": ["humans"]}, "slow": PASSED | {"after": ["nobody"]}},
        absent={"humans": "nobody was asked"},
    )
    found = ran(home)
    assert begun == []
    assert found["length"].why == "needs humans: nobody was asked"
    assert found["slow"].why == "needs nobody: a step that this profile does not have"


def test_a_step_that_another_is_at_is_passed_over(home: Path, begun: list[str]) -> None:
    manifests(home)
    at = folder(home, "length")
    at.mkdir(parents=True)
    with filelock.FileLock(at / LOCK):
        found = ran(home)
    assert states(found) == {"data": "done", "length": "elsewhere", "slow": "done"}
    assert found["length"].why == "another weval reproduce is at it"
    manifests(home, STEPS | {"slow": PASSED | {"model": "busy"}})
    assert states(ran(home)) == {"data": "done", "length": "done", "slow": "elsewhere"}


def test_what_another_has_done_in_the_meantime_is_done(home: Path, begun: list[str]) -> None:
    manifests(home)
    at = folder(home, "length")
    at.mkdir(parents=True)
    other = filelock.FileLock(at / LOCK)
    other.acquire()

    class Finishing(Watching):
        def ends(self, outcome: StepOutcome) -> None:
            if outcome.name == "slow":  # the last one
                (at / MADE).mkdir()
                mark = read_finished(folder(home, "slow"))
                assert mark
                write_finished(at, mark.model_copy(update=known))
                other.release()

    known = {"step": "length", "fingerprint": graph_of(spec(home)).fingerprints["length"]}
    found = ran(home, Finishing())
    assert states(found) == dict.fromkeys(STEPS, "done") and begun == ["data", "slow"]
    assert found["length"].why is None


def test_a_folder_that_cannot_be_written_fails_its_step_alone(home: Path, begun: list[str]) -> None:
    manifests(home)
    at = folder(home, "length")
    at.parent.mkdir(parents=True)
    at.write_text("in the way", encoding="utf-8")
    found = ran(home)
    assert states(found) == {"data": "done", "length": "failed", "slow": "done"}
    assert "cannot make the folder" in str(found["length"].why)


def test_seconds_are_of_all_attempts(home: Path, begun: list[str]) -> None:
    manifests(home, STEPS | {"slow": PASSED | {"model": "broken"}})
    ran(home)
    assert ran(home)["slow"].seconds == 2.0


def test_a_watcher_is_told_what_begins_and_how_everything_ends(home: Path, begun: list[str]) -> None:
    said: list[object] = []

    class Noting(Watching):
        def begins(self, number: int, total: int, name: str, about: str) -> None:
            said.append((number, total, name, about))

        def ends(self, outcome: StepOutcome) -> None:
            said.append(f"{outcome.name} {outcome.state}")

    manifests(home)
    ran(home, only=("data",))
    ran(home, Noting())
    assert said == [
        "data done",
        *((2, 3, "length", STEPS["length"]["about"]), "length done"),
        *((3, 3, "slow", STEPS["slow"]["about"]), "slow done"),
    ]


def test_a_signal_that_comes_when_a_step_has_ended_well_keeps_it(
    home: Path, begun: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    attempt = running.attempt

    def signalled(words: Any, at: Path, stopper: Any, says: Any) -> Any:
        stopper.runs(type("Ended", (), {"pid": 2**30}))
        os.kill(os.getpid(), signal.SIGINT)
        stopper.runs(None)
        return attempt(words, at, stopper, says)

    monkeypatch.setattr(running, "attempt", signalled)
    manifests(home)
    with pytest.raises(KeyboardInterrupt):
        ran(home)
    assert begun == ["data"] and (folder(home, "data") / FINISHED).is_file()


def test_what_is_wrong_with_the_asking_is_an_error(home: Path) -> None:
    manifests(home)
    with pytest.raises(ConfigError, match="table9"):
        tables_of(spec(home, tables=("table9",)))
    with pytest.raises(ConfigError, match="--bring x: the profile mini takes nothing"):
        graph_of(spec(home, brought={"x": home}))
    with pytest.raises(ConfigError, match="--only nothing"):
        ran(home, only=("nothing",))
    assert not (home / "out").exists()


def test_a_step_whose_answers_failed_is_not_finished_and_is_tried_again(
    home: Path, begun: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    manifests(home)
    monkeypatch.setattr(running, "unanswered", lambda step, made: OUTAGE if step.does == "run" else None)
    found = ran(home, only=("length",))["length"]
    assert (found.state, found.why) == ("failed", OUTAGE)
    monkeypatch.setattr(running, "unanswered", lambda *_: None)
    assert ran(home, only=("length",))["length"].state == "done"
