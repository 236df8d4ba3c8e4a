"""From a run to a submission: all of it or nothing."""

from __future__ import annotations

import gzip
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.factories import make_item, write_items
from tests.leaderboard.factories import CARD_OF, TASK
from weval.errors import ConfigError, DataError, ResultError, WevalError
from weval.leaderboard import replacing
from weval.leaderboard import submit as submitting
from weval.leaderboard.bundle import SCORES_GZ
from weval.leaderboard.card import CARD
from weval.leaderboard.changes import CHANGES, read_changes
from weval.leaderboard.check import check, read_card
from weval.leaderboard.submit import card_defaults, card_of, runs_to_submit, submit
from weval.leaderboard.tree import STAGING
from weval.readback import read_result
from weval.run import RunSpec, run
from weval.scorefiles import seal
from weval.store import RESULT, RUN, SCORES

SAID = {"name": "Length", "family": "baseline", **CARD_OF}


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def edit_scores(folder: Path, change: Callable[[list[str]], list[str]]) -> None:
    lines = (folder / SCORES).read_text().splitlines(keepends=True)
    (folder / SCORES).write_text("".join(change(lines)))


# --- what is written


def test_a_run_becomes_a_submission(runs: Path, tmp_path: Path) -> None:
    done = submit(runs / "length" / TASK, SAID, tmp_path / "out", why="the floor")
    assert (str(done.entry), done.replaced, done.probes) == (f"length/{TASK}", False, ("swapped",))
    assert done.verdict.accepted and done.result == read_result(runs / "length" / TASK)
    assert sorted(tree(tmp_path / "out")) == sorted(
        [
            f"length/{CARD}",
            f"length/{CHANGES}",
            *(f"length/{TASK}/{probe}{name}" for probe in ("", "swapped/") for name in (RUN, RESULT, SCORES_GZ)),
        ]
    )
    (change,) = read_changes(done.entry.model_folder)
    assert (change.task, change.why, change.before) == (TASK, "the floor", None)
    assert [verdict.problems for verdict in check([tmp_path / "out"])] == [[]]


def test_the_same_again_changes_nothing(runs: Path, root: Path) -> None:
    before = tree(root)
    done = submit(runs / "length" / TASK, {"name": "length"}, root)
    assert done.replaced
    assert tree(root) == before


def test_sealed_scores_are_submitted_as_others_are(runs: Path, root: Path) -> None:
    before = tree(root)
    seal(runs / "length" / TASK)
    submit(runs / "length" / TASK, {"name": "length"}, root)
    assert not (runs / "length" / TASK / SCORES).exists()
    assert tree(root) == before


def test_nothing_of_the_submitters_machine_is_published(runs: Path, tmp_path: Path) -> None:
    folder = runs / "length" / TASK
    record = json.loads((folder / RUN).read_text())
    record |= {"command": "weval run --model length --out /home/me/secret", "evaluate": {"resamples": 200}}
    record["settings"] = {"resamples": "200", "metric": "no_such_module:f"}
    (folder / RUN).write_text(json.dumps(record))
    edit_scores(folder, lambda lines: [lines[0].replace('"status"', '"raw":"the words","status"'), *lines[1:]])
    done = submit(folder, SAID, tmp_path / "out")
    published = json.loads((done.entry.folder / RUN).read_text())
    assert published["command"] == f"weval run --model length --task {TASK}"
    assert (published["evaluate"], published["settings"]) == ({}, {})
    assert b"the words" not in gzip.decompress((done.entry.folder / SCORES_GZ).read_bytes())
    assert done.result.resamples == 10_000  # as all others


def test_answers_lie_in_the_order_of_the_questions_and_the_last_one_stands(runs: Path, tmp_path: Path) -> None:
    once = submit(runs / "length" / TASK, SAID, tmp_path / "once")

    def replaced(lines: list[str]) -> list[str]:
        """Five answers that do not stand, then those that do, backwards."""
        return [*(re.sub(r'"values":\[[^]]*\]', '"values":[-1.0]', line) for line in lines[:5]), *reversed(lines)]

    edit_scores(runs / "length" / TASK, replaced)
    other = submit(runs / "length" / TASK, SAID, tmp_path / "other")
    scores = [(done.entry.folder / SCORES_GZ).read_bytes() for done in (once, other)]
    assert scores[0] == scores[1]


def test_long_reasons_are_cut(runs: Path, tmp_path: Path) -> None:
    folder = runs / "length" / TASK
    long = f'"reason":"{"x" * 1000}","status":"failed","values":[]'
    edit_scores(folder, lambda lines: [re.sub(r'"status":"ok","values":\[[^]]*\]', long, lines[0]), *lines[1:]])
    done = submit(folder, SAID, tmp_path / "out")
    assert done.result.n_missing == 1
    assert (reason := done.result.reasons["failed"]).endswith("x" * 300)
    assert len(reason) < 320


# --- a second one


def test_new_scores_are_a_change(runs: Path, root: Path) -> None:
    def other(lines: list[str]) -> list[str]:
        return [re.sub(r'"values":\[[^]]*\]', '"values":[5.0]', line) for line in lines[:5]] + lines[5:]

    edit_scores(runs / "length" / TASK, other)
    shutil.rmtree(runs / "length" / "swapped")
    done = submit(runs / "length" / TASK, {"name": "length"}, root)
    first, second = read_changes(done.entry.model_folder)
    assert (second.before, second.why) == (first.after, "new scores")
    assert second.after["correlation"] == done.result.metrics["correlation"].value
    assert second.after != first.after
    assert done.probes == () and not (done.entry.folder / "swapped").exists()  # the probe was of other scores
    assert [verdict.problems for verdict in check([root])] == [[], [], []]


def test_a_card_stands_until_it_is_said_again(runs: Path, root: Path) -> None:
    submit(runs / "length" / TASK, {"name": "length", "licence": "MIT", "parameters": "7B"}, root)
    card = read_card(root / "length")
    assert (card.licence, card.parameters, card.organisation) == ("MIT", 7 * 10**9, "WEval")


# --- nothing is written


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"family": "judge"}, "a run by Length is of family baseline"),
        ({"name": "Ru-les", "family": "baseline"}, "rules is called so already"),
        ({"name": "Other"}, "its scores are those of length, answer for answer"),
        ({"name": "../../x y/z"}, "its scores are those of length"),
    ],
)
def test_what_would_be_refused_is_not_written(runs: Path, root: Path, said: dict[str, str], reason: str) -> None:
    before = tree(root)
    with pytest.raises(DataError, match=reason) as caught:
        submit(runs / "length" / TASK, SAID | said, root)
    assert tree(root) == before
    assert sorted(path.name for path in root.iterdir()) == ["keywords", "length", "rules"]
    assert ".submitting" not in str(caught.value)


def test_an_unfinished_run_says_how_to_go_on(runs: Path, tmp_path: Path) -> None:
    edit_scores(runs / "length" / TASK, lambda lines: lines[:-7])
    with pytest.raises(
        ResultError, match=r"7 of the 300 questions of the task have no answer; its command continues it"
    ):
        submit(runs / "length" / TASK, SAID, tmp_path / "out")
    assert tree(tmp_path / "out") == {}


@pytest.mark.parametrize(
    ("settings", "limit", "reason"),
    [
        ({}, 10, r"290 of the 300|250 of the 300|have no answer|--limit"),
        ({"seed": "1"}, None, r"seed=1"),
        ({"max_response_chars": "50"}, None, r"max_response_chars"),
    ],
)
def test_a_run_of_other_questions_is_refused(
    tmp_path: Path, settings: dict[str, str], limit: int | None, reason: str
) -> None:
    folder = run(RunSpec("length", TASK, settings=settings, limit=limit, out=tmp_path / "run")).folder
    with pytest.raises(WevalError, match=reason):
        submit(folder, SAID, tmp_path / "out")


def test_a_run_on_a_file_is_refused(tmp_path: Path) -> None:
    data = write_items(tmp_path / "items.jsonl", [make_item(f"i{n}") for n in range(3)])
    folder = run(RunSpec("length", data=data, out=tmp_path / "run")).folder
    with pytest.raises(ResultError, match=r"was made on a file \(--data\); a leaderboard has runs of its tasks"):
        submit(folder, SAID, tmp_path / "out")


@pytest.mark.parametrize("task", ["../../outside", "wevil", "."])
def test_a_task_that_is_a_path_is_refused(runs: Path, tmp_path: Path, task: str) -> None:
    path = runs / "length" / TASK / RUN
    path.write_text(path.read_text().replace(f'"name": "{TASK}"', f'"name": "{task}"'))
    with pytest.raises(ConfigError, match="unknown task"):
        submit(runs / "length" / TASK, SAID, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("why", ["a\nb", "x" * 301, "\u202e"])
def test_why_is_a_line(runs: Path, tmp_path: Path, why: str) -> None:
    with pytest.raises(ConfigError, match="--why: at most 300 characters on one line"):
        submit(runs / "length" / TASK, SAID, tmp_path, why)


# --- what is asked before


def test_all_that_a_card_lacks_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        card_of({"name": "x", "parameters": "many", "link": "ftp://x", "colour": "red"}, tmp_path)
    said = str(caught.value)
    for part in ("organisation=…", "family=…", "licence=…", "trained_on_weval=…", "parameters=many", "link=ftp://x"):
        assert part in said
    assert "the card has no 'colour'" in said


def test_what_a_run_says_of_its_model_need_not_be_asked(runs: Path, root: Path, tmp_path: Path) -> None:
    assert card_defaults(runs / "rules" / TASK, tmp_path, {}) == {"name": "rules", "family": "rules"}
    known = card_defaults(runs / "rules" / TASK, root, {})
    assert (known["organisation"], known["trained_on_weval"]) == ("WEval", "False")


def test_probes_go_with_their_runs(runs: Path) -> None:
    found = runs_to_submit([runs / "length", runs / "rules"], {})
    assert found == [runs / "length" / TASK, runs / "rules" / TASK]
    with pytest.raises(ResultError, match="is a probe; submit the run that it belongs to"):
        runs_to_submit([runs / "length" / "swapped"], {})
    with pytest.raises(ConfigError, match=r"--set name=x: these are runs of 3 models \(keywords, length, rules\)"):
        runs_to_submit([runs], {"name": "x"})


def test_two_runs_of_one_model_on_one_task_are_one_too_many(runs: Path) -> None:
    shutil.copytree(runs / "length", runs / "again")
    with pytest.raises(ConfigError, match=r"are both runs of length on weval-mini; submit one of them"):
        runs_to_submit([runs / "length", runs / "again"], {})


def test_a_submission_waits_for_another_one(runs: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replacing, "LOCK_S", 0.01)
    before = tree(root)
    with replacing.staging(root.absolute()), pytest.raises(ResultError, match="another submission is being written"):
        submit(runs / "length" / TASK, {"name": "length"}, root, why="again")
    assert tree(root) == before


def test_what_cannot_take_its_place_leaves_the_old_one(runs: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = tree(root)
    rename = Path.rename

    def failing(path: Path, target: Path) -> Path:
        if path.parent.name.startswith(".submitting-") and path.name == "length" and target.parent == root.absolute():
            raise OSError(28, "No space left on device")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises(ResultError, match="No space left"):
        submit(runs / "length" / TASK, {"name": "length"}, root)
    assert tree(root) == before


def test_a_full_disk_is_one_line(runs: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = tree(root)
    monkeypatch.setattr(submitting.gzip, "compress", _no_space)
    with pytest.raises(ResultError, match=r"cannot write .*: No space left on device"):
        submit(runs / "length" / TASK, {"name": "length"}, root)
    assert tree(root) == before


def _no_space(*_: object, **__: object) -> bytes:
    raise OSError(28, "No space left on device")


def test_the_next_submission_puts_right_what_a_killed_one_left(runs: Path, root: Path) -> None:
    before = tree(root)
    scratch = root / f"{STAGING}abc"
    (scratch / "replaced").mkdir(parents=True)
    (root / "keywords").rename(scratch / "replaced" / "keywords")
    (scratch / "half").mkdir()
    (verdict,) = [verdict for verdict in check([root]) if not verdict.accepted]
    assert "left by a weval submit that was killed; the next one clears it" in verdict.problems[0]
    submit(runs / "length" / TASK, {"name": "length"}, root)
    assert tree(root) == before and not scratch.exists()


def test_probes_of_the_same_scores_stay_and_others_are_named(runs: Path, root: Path) -> None:
    shutil.rmtree(next(path for path in (runs / "length").iterdir() if path.name != TASK))
    done = submit(runs / "length" / TASK, {"name": "length"}, root)
    assert (done.probes, done.left_out) == (("swapped",), ())
    edit_scores(
        runs / "length" / TASK, lambda lines: [re.sub(r'"values":\[(\d+)', r'"values":[1\1', line) for line in lines]
    )
    done = submit(runs / "length" / TASK, {"name": "length"}, root)
    assert (done.probes, done.left_out) == ((), ("swapped",))
    assert all(verdict.accepted for verdict in check([root]))


def test_a_submission_is_no_run(root: Path) -> None:
    with pytest.raises(ConfigError, match="is a submission already; name the folder of a run"):
        runs_to_submit([root / "length"], {})
