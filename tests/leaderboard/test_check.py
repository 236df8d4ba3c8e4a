"""Verdicts on folders of submissions (what is refused stands in test_hostile.py)."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.leaderboard.factories import TASK, of_a_plugin, put, renamed
from tests.leaderboard.writing import Writers
from weval.errors import DataError, ResultError
from weval.leaderboard.card import CARD
from weval.leaderboard.check import check, read_card
from weval.leaderboard.tree import Entry
from weval.readback import read_result


def test_every_submission_has_a_verdict_by_name(made: Path) -> None:
    seen: list[Entry] = []
    verdicts = check([made / "results"], watch=seen.append)
    assert [str(verdict.entry) for verdict in verdicts] == [f"{m}/{TASK}" for m in ("keywords", "length", "rules")]
    assert seen == [verdict.entry for verdict in verdicts]
    for verdict in verdicts:
        assert (verdict.problems, verdict.doubts, verdict.accepted) == ([], [], True)
        assert verdict.result == read_result(made / "runs" / verdict.entry.model / TASK)


def test_what_is_asked_for_twice_is_checked_once(made: Path) -> None:
    results = made / "results"
    verdicts = check([results / "length", results / "length" / TASK, results / "length"])
    assert [str(verdict.entry) for verdict in verdicts] == [f"length/{TASK}"]


def test_a_relative_path_is_a_path(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(made / "results" / "length")
    (verdict,) = check([Path(TASK)])
    assert (verdict.entry.model, verdict.accepted) == ("length", True)
    (verdict,) = check([Path()])
    assert (verdict.entry.model, verdict.accepted) == ("length", True)


def test_no_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ResultError, match="file: is not a folder"):
        check([tmp_path / "file"])
    with pytest.raises(ResultError, match="no such folder"):
        check([tmp_path / "nowhere"])


def test_one_that_is_refused_does_not_trouble_the_others(root: Path, length: Entry) -> None:
    (length.folder / "run.json").write_text("broken")
    (length.model_folder / CARD).write_text("broken")
    found = {verdict.entry.model: verdict.accepted for verdict in check([root])}
    assert found == {"keywords": True, "length": False, "rules": True}


def test_all_that_is_wrong_is_told_at_once(length: Entry) -> None:
    put(length.model_folder / CARD, {"family": "judge", "name": "Lenght"})
    (length.folder / "notes.txt").touch()
    (verdict,) = check([length.folder])
    assert [problem.partition(":")[0] for problem in verdict.problems] == ["notes.txt", CARD, CARD]


def test_against_what_is_published_the_same_is_accepted(root: Path, made: Path) -> None:
    verdicts = check([root], against=made / "results")
    assert all(verdict.accepted for verdict in verdicts)


def test_a_new_model_is_accepted_beside_what_is_published(root: Path, made: Path, length: Entry) -> None:
    copy = renamed(length, "New One 7B")
    shutil.rmtree(copy.folder / "swapped")
    of_a_plugin(copy, seed=4)
    found = {verdict.entry.model: verdict.problems for verdict in check([root], against=made / "results")}
    assert found == {"keywords": [], "length": [], "new-one-7b": [], "rules": []}


def test_names_that_differ_are_no_twins(root: Path, length: Entry) -> None:
    for seed, name in enumerate(["length 2", "Lengths", "\u9577\u3055 lenght"], start=10):
        copy = renamed(length, name)
        shutil.rmtree(copy.folder / "swapped")
        of_a_plugin(copy, seed=seed)
    assert [verdict.problems for verdict in check([root])] == [[]] * 6


def test_a_card_is_read_from_a_models_folder(made: Path, tmp_path: Path) -> None:
    assert read_card(made / "results" / "rules").family == "rules"
    with pytest.raises(DataError, match=r"card\.json: No such file"):
        read_card(tmp_path)


def test_a_folder_without_submissions_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(ResultError, match="holds no submissions; weval submit RUN makes one"):
        check([tmp_path])


def test_a_probe_is_checked_with_its_submission(length: Entry) -> None:
    with pytest.raises(ResultError, match="is a probe; name the submission that it belongs to"):
        check([length.folder / "swapped"])


# --- writers ------------------------------------------------------------------------------------------------------


def test_writers_are_checked_with_the_models_and_against_what_is_published(root: Path, writers: Writers) -> None:
    shutil.copytree(writers.results / "writers", root / "writers")
    assert {verdict.entry.owner: verdict.problems for verdict in check([root])} == {
        "keywords": [], "length": [], "rules": [], "writers/filed": [], "writers/good": [], "writers/poor": [],
    }  # fmt: skip
    assert all(verdict.accepted for verdict in check([root], against=root))
    assert [verdict.entry.owner for verdict in check([root / "writers" / "poor"], against=root)] == ["writers/poor"]
    published = Path(shutil.copytree(root, root.parent / "published"))
    shutil.rmtree(root / "writers" / "poor")
    (lost,) = [verdict.problems[0] for verdict in check([root], against=published) if not verdict.accepted]
    assert lost.startswith("writers/poor/longbench-write.judge.")
    assert lost.endswith("is published, and gone here; only maintainers remove a submission")
    shutil.rmtree(root / "writers")
    gone = [verdict.problems[0] for verdict in check([root], against=published) if not verdict.accepted]
    assert len(gone) == 4


def test_a_copy_of_a_published_writer_is_refused(root: Path, writers: Writers) -> None:
    shutil.copytree(writers.results / "writers" / "poor", root / "writers" / "thief")
    put(root / "writers" / "thief" / "card.json", {"name": "thief"})
    (verdict,) = [one for one in check([root], against=writers.results) if one.entry.model == "thief"]
    assert verdict.problems == ["its texts are those of poor, answer for answer"]


def test_a_writer_among_models_is_refused(root: Path, length: Entry) -> None:
    put(length.model_folder / "card.json", {"family": "writer"})
    (verdict,) = check([length.folder])
    assert (
        "card.json: family is writer; that of what lies in writers/, and of nothing else, is writer" in verdict.problems
    )
