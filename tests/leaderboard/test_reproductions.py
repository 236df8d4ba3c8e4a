from __future__ import annotations

import gzip
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.leaderboard.reproduced import CHECK, edit, edit_lines, known, make_kept
from tests.reproduce.reproductions import OWN, built_profile, make_built, make_steps, profile, tabulated, write_steps
from weval.errors import ConfigError, DataError, WevalError
from weval.leaderboard.check import check
from weval.leaderboard.checked import faultless
from weval.leaderboard.reproductions import check_reproduction, submit_reproduction
from weval.leaderboard.words import kept_text, verdict_plain, verdicts_text
from weval.report.reproduced import write_reproduction
from weval.reproduce.keeping import RECORD, keep
from weval.reproduce.manifest import Cells
from weval.reproduce.outcome import Cell, Reproduction

RULES, GOOD = "steps/t4-rules-00000000", "steps/good-00000000"


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder `results` with a reproduction in it. Not to change."""
    root = tmp_path_factory.mktemp("kept")
    with pytest.MonkeyPatch.context() as patch:
        known(patch)
        make_kept(root / "results", root / "out")
    return root / "results"


@pytest.fixture
def kept(once: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same reproduction in a folder of its own."""
    known(monkeypatch)
    shutil.copytree(once, tmp_path / "results")
    return tmp_path / "results" / "reproductions" / "small"


def cells(found: Reproduction) -> dict[tuple[str, str, str], Cell]:
    return {
        (table.id, row.name, cell.column): cell for table in found.tables for row in table.rows for cell in row.cells
    }


def problems(folder: Path) -> list[str]:
    """Why a reproduction is refused."""
    with pytest.raises(WevalError) as error:
        faultless(check_reproduction(folder))
    return str(error.value).splitlines()


def test_the_cells_are_made_again_where_the_data_are_here(kept: Path) -> None:
    stated = Reproduction.model_validate_json((kept / RECORD).read_text())
    found = faultless(check_reproduction(kept))
    ours, theirs = cells(found), cells(stated)
    judge = ("table4", "Qwen2.5-7B-Instruct-as-a-judge", "correlation")
    assert ours[judge] == theirs[judge]
    assert ours[judge].verdict == "within"
    assert ours["table1", "WEval", "responses"].headline
    # The requests that were brought are not kept.
    writer = ("table5", "Qwen-2.5-7B-Instruct", "writingbench")
    assert theirs[writer].headline is not None
    assert ours[writer].headline is None
    assert (ours[writer].why or "").startswith("good: not recomputed: the files that it was made on are not here")
    assert ours["figure3", "Qwen2.5-7B-Instruct", "arena_write"].headline is None


def test_a_check_of_the_machinery_stays_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known(monkeypatch)
    folder = make_kept(tmp_path / "results", tmp_path / "out", is_check=True)
    assert folder.name == CHECK
    assert faultless(check_reproduction(folder)).is_check
    edit(folder / RECORD, lambda record: record.update(is_check=False))
    assert problems(folder) == ["reproduction.json: is_check is False, and that of the profile True"]


def test_gold_that_was_kept_stands_for_items_that_nobody_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known(monkeypatch, built_profile())
    monkeypatch.setattr("weval.leaderboard.reproductions.read_cells", lambda: Cells(tables=(OWN,)))
    keep(make_built(tmp_path / "out"), tmp_path / "kept")
    shutil.rmtree(tmp_path / "out")
    found = faultless(check_reproduction(tmp_path / "kept"))
    cell = cells(found)["table4", "Our-RM-7B", "correlation"]
    assert cell.headline and cell.headline.n == 5
    (gold,) = (tmp_path / "kept").rglob("gold.jsonl.gz")
    gold.unlink()
    cell = cells(faultless(check_reproduction(tmp_path / "kept")))["table4", "Our-RM-7B", "correlation"]
    assert "not recomputed" in (cell.why or "")


def set_figure(record: Any) -> None:
    cell = record["tables"][1]["rows"][1]["cells"][0]
    cell["headline"]["value"] = cell["released"]["value"] = 99.0


def set_published(record: Any) -> None:
    record["tables"][1]["rows"][0]["cells"][0]["published"] = 91.7


def fill(record: Any) -> None:
    row = record["tables"][1]["rows"]
    row[2]["cells"][0] = {**row[0]["cells"][0]}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (set_figure, "table4, Writing-Critic-7B, correlation: headline.value is 99, recomputed -16.6667"),
        (set_published, "table4, Qwen2.5-7B-Instruct-as-a-judge, correlation: published is 91.7, recomputed 85.4"),
        (fill, "table4, Our-RM-7B, correlation: difference is 6.26667, recomputed None"),
        (
            lambda record: record["tables"][1].update(id="table99"),
            "reproduction.json: table99 is no table of this weval",
        ),
        (
            lambda record: record["tables"][1]["rows"][0].update(name="GPT-9"),
            "reproduction.json: table4: 'GPT-9' is no row of this table",
        ),
        (
            lambda record: record["steps"][1].update(folder="../../other"),
            "reproduction.json: t4-rules: folder is ../../other, which is not that of this step",
        ),
        (
            lambda record: record["steps"][1].update(command="weval run; rm -rf ~"),
            "reproduction.json: t4-rules: command is not one of weval",
        ),
        (lambda record: record["steps"][1].update(name="t9"), "reproduction.json: t9 is no step of this profile"),
        (lambda record: record["steps"].append(record["steps"][0]), "reproduction.json: data is there twice"),
        (lambda record: record["tables"].append(record["tables"][0]), "reproduction.json: table1 is there twice"),
        (lambda record: record["steps"][1].update(seconds=-5), "reproduction.json: t4-rules: seconds is -5"),
        (lambda record: record["steps"][1].update(seconds=1e300), "reproduction.json: t4-rules: seconds is 1e+300"),
    ],
)  # fmt: skip
def test_a_record_that_says_otherwise_is_refused(kept: Path, change: Callable[[Any], None], said: str) -> None:
    edit(kept / RECORD, change)
    assert any(problem.startswith(said) for problem in problems(kept))


def test_what_is_said_of_steps_is_cut_and_what_they_are_is_the_manifests(kept: Path) -> None:
    edit(kept / RECORD, lambda record: record["steps"][3].update(why="x" * 100_000, remedy="y" * 100_000, does="<b>"))
    step = faultless(check_reproduction(kept)).steps[3]
    assert (len(step.why or ""), len(step.remedy or ""), step.does) == (2001, 2001, "run")


def test_the_mark_of_another_step_is_refused(kept: Path) -> None:
    shutil.copyfile(kept / "steps" / "t4-length-00000000" / "step.json", kept / RULES / "step.json")
    assert problems(kept) == ["t4-rules: step.json is that of another step"]
    (kept / RULES / "step.json").write_text("{")
    assert any("step.json:1: is not JSON" in problem for problem in problems(kept))


def _all_alike(rows: list[Any]) -> None:
    for row in rows:
        row.update(values=[1.0] if "values" in row else ())


def test_scores_that_were_changed_are_refused(kept: Path) -> None:
    edit_lines(
        kept / RULES / "made" / "scores.jsonl.gz",
        _all_alike,
    )
    found = problems(kept)
    assert found[0].startswith("table4, Qwen2.5-7B-Instruct-as-a-judge, correlation: ")
    assert found[-1].endswith("no figure is written by hand")


def test_a_run_of_something_else_is_refused(kept: Path) -> None:
    shutil.copytree(kept / "steps" / "t4-length-00000000" / "made", kept / RULES / "made", dirs_exist_ok=True)
    assert "t4-rules: is not the run of this step: its model is length, and that of the step rules" in problems(kept)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("log.txt", b"said"),
        (f"{RULES}/made/model.safetensors", b"weights"),
        ("steps/t4-blocked-00000000/made/run.json", b"{}"),
    ],
)
def test_what_belongs_to_no_step_is_refused(kept: Path, name: str, content: bytes) -> None:
    (kept / name).parent.mkdir(parents=True, exist_ok=True)
    (kept / name).write_bytes(content)
    assert problems(kept) == [f"{name}: does not belong in a reproduction"]


def test_links_are_refused(kept: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (kept / "more").symlink_to(tmp_path / "elsewhere")
    assert problems(kept) == ["more: does not belong in a reproduction"]
    (kept / "more").unlink()
    scores = kept / RULES / "made" / "scores.jsonl.gz"
    scores.rename(tmp_path / "scores.jsonl.gz")
    scores.symlink_to(tmp_path / "scores.jsonl.gz")
    assert any("is not a regular file" in problem for problem in problems(kept))


def broken_gzip(kept: Path) -> None:
    (kept / RULES / "made" / "scores.jsonl.gz").write_bytes(b"no gzip")


def no_scores(kept: Path) -> None:
    (kept / RULES / "made" / "scores.jsonl.gz").unlink()


def no_record(kept: Path) -> None:
    (kept / RECORD).unlink()


def identity(kept: Path) -> None:
    edit(kept / RULES / "made" / "run.json", lambda run: run.update(identity={"model": 5}))


def options(kept: Path) -> None:
    edit(kept / GOOD / "made" / "run.json", lambda run: run["identity"].update(options={"mode": "free"}))


@pytest.mark.parametrize(
    ("breaks", "said"),
    [
        (broken_gzip, "is not a gzip file"),
        (no_scores, "No such file or directory"),
        (no_record, "No such file or directory"),
        (identity, "t4-rules: is not the run of this step: its model is None"),
        (options, "options.mode: "),
    ],
)
def test_what_is_broken_is_one_clear_line(kept: Path, breaks: Callable[[Path], None], said: str) -> None:
    breaks(kept)
    assert any(said in problem for problem in problems(kept))


def test_no_more_is_unpacked_than_a_step_can_have(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("weval.leaderboard.reproductions.MAX_UNPACKED", 100_000)
    (kept / GOOD / "made" / "replies.jsonl.gz").write_bytes(gzip.compress(b"0" * 100_001, 9))
    assert any("unpacks to more than 100,000 bytes" in problem for problem in problems(kept))


def test_a_profile_that_nobody_knows_is_told(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    (said,) = problems(kept)
    assert said.startswith("unknown profile 'small'")


def test_the_check_of_a_leaderboard_takes_it_in(kept: Path) -> None:
    root = kept.parents[1]
    (verdict,) = check([root])
    assert (verdict.accepted, str(verdict.entry.owner)) == (True, "reproductions/small")
    text = verdicts_text([verdict])
    assert "ok       reproductions/small: 21 cells: " in text.replace("\n" + " " * 30, " ")
    assert verdict_plain(verdict)["accepted"] is True
    edit(kept / RECORD, set_figure)
    for path in (root, kept):
        (verdict,) = check([path])
        assert not verdict.accepted
        assert "headline.value is 99" in verdict.problems[0]
    assert "refused  reproductions/small" in verdicts_text([verdict])


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder as weval reproduce leaves it."""
    known(monkeypatch)
    folder = write_steps(make_steps(tmp_path / "out"), profile())
    write_reproduction(tabulated(folder), folder)
    return folder


def test_a_reproduction_is_submitted_and_takes_the_place_of_an_earlier_one(made: Path, tmp_path: Path) -> None:
    root = tmp_path / "results"
    place, found = submit_reproduction(made, root)
    assert place == root / "reproductions" / "small"
    assert cells(found) == cells(faultless(check_reproduction(place)))
    (place / "old").touch()
    assert submit_reproduction(made, root, "Small")[0] == place
    assert not (place / "old").exists()
    assert submit_reproduction(made, root, "of mine")[0].name == "of-mine"
    assert sorted(path.name for path in root.iterdir()) == ["reproductions"]
    assert all(verdict.accepted for verdict in check([root]))
    assert "small: written to " in kept_text(place, found)
    assert "made again of what is kept: 21 cells: 4 within" in " ".join(kept_text(place, found).split())


def test_what_would_be_refused_changes_nothing(made: Path, tmp_path: Path) -> None:
    root = tmp_path / "results"
    place, _ = submit_reproduction(made, root)
    before = {path: path.read_bytes() for path in place.rglob("*") if path.is_file()}
    edit(made / RECORD, set_figure)
    with pytest.raises(DataError, match=r"headline\.value is 99"):
        submit_reproduction(made, root)
    assert {path: path.read_bytes() for path in place.rglob("*") if path.is_file()} == before
    assert sorted(path.name for path in root.iterdir()) == ["reproductions"]
    with pytest.raises(ConfigError, match="needs a name"):
        submit_reproduction(made, root, "写")


def test_a_folder_without_anything_in_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="No such file"):
        faultless(check_reproduction(tmp_path / "empty"))
