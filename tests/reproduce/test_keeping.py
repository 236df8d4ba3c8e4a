from __future__ import annotations

import gzip
import json
import re
import shlex
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.reproduce.reproductions import LIMIT, built_profile, make_built, make_steps, profile, tabulated, write_steps
from weval.errors import ConfigError, DataError, ResultError
from weval.files import write_json
from weval.reproduce.finished import read_finished
from weval.reproduce.keeping import RECORD, keep, kept_files, unlike
from weval.reproduce.manifest import Run
from weval.reproduce.outcome import Reproduction
from weval.scorefiles import seal
from weval.store import read_run


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A reproduction as weval reproduce writes it. Not to change."""
    made = make_steps(tmp_path_factory.mktemp("made") / "out")
    write_json(made / RECORD, tabulated(made))
    return made


@pytest.fixture
def folder(once: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same, in a folder of its own, of a profile that is known by name."""
    monkeypatch.setattr("weval.reproduce.keeping.read_profile", lambda name: {"small": profile()}[name])
    return write_steps(Path(shutil.copytree(once, tmp_path / "out")), profile())


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def unpacked(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]


def test_sealed_scores_are_kept_as_others_are(folder: Path, tmp_path: Path) -> None:
    keep(folder, tmp_path / "kept")
    seal(folder / "steps" / "t4-rules-00000000" / "made")
    keep(folder, tmp_path / "again")
    scores = "steps/t4-rules-00000000/made/scores.jsonl.gz"
    assert (tmp_path / "again" / scores).read_bytes() == (tmp_path / "kept" / scores).read_bytes()


def test_what_is_behind_the_cells_is_kept_and_nothing_else(folder: Path, tmp_path: Path) -> None:
    (folder / "steps" / "t4-rules-00000000" / "log.txt").write_text(f"at {tmp_path}\n")
    (folder / "steps" / "t4-rules-00000000" / "made" / "model.safetensors").write_bytes(b"weights")
    assert keep(folder, tmp_path / "kept") == ["t4-rules", "t4-length", "good", "poor"]
    run, bench = (
        {f"steps/{name}-00000000/{file}" for file in names for name in steps}
        for names, steps in (
            (("step.json", "made/run.json", "made/result.json", "made/scores.jsonl.gz"), ("t4-rules", "t4-length")),
            (
                ("step.json", "made/run.json", "made/result.json", "made/responses.jsonl.gz", "made/replies.jsonl.gz"),
                ("good", "poor"),
            ),
        )
    )
    assert files(tmp_path / "kept") == {RECORD, *run, *bench}


def test_nothing_tells_where_on_a_machine_it_was(folder: Path, tmp_path: Path) -> None:
    keep(folder, tmp_path / "kept")
    for name in files(tmp_path / "kept"):
        content = (tmp_path / "kept" / name).read_bytes()
        text = (gzip.decompress(content) if name.endswith(".gz") else content).decode()
        assert str(tmp_path) not in text
        assert not re.search(r'["= ]/(tmp|root|home|work)', text)
    record = Reproduction.model_validate_json((tmp_path / "kept" / RECORD).read_text())
    assert record.steps[1].command == "weval run --out steps/t4-rules-00000000/made"
    finished = read_finished(tmp_path / "kept" / "steps" / "t4-rules-00000000")
    assert finished and finished.command == ("run", "--out", "steps/t4-rules-00000000/made")


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("transformers/{folder}/steps/rm-00000000/made/model", "transformers/steps/rm-00000000/made/model"),
        ("transformers/out/steps/rm-00000000/made/model", "transformers/steps/rm-00000000/made/model"),
        ("judge=preset:{folder}/steps/rm-00000000/made/preset.yaml", "judge=preset:steps/rm-00000000/made/preset.yaml"),
        ("model=transformers//home/somebody/models/tea", "model=transformers/tea"),
        # Where the reproduction lay before it was moved here.
        ("judge:transformers//srv/old/steps/good-00000000/made/tea", "judge:transformers/steps/good-00000000/made/tea"),
        ("preset:/srv/old/steps/good-00000000/made/preset.yaml", "preset:steps/good-00000000/made/preset.yaml"),
        ("data=/home/somebody/items.jsonl", "data=items.jsonl"),
        ("data=/home/some body/its items/items.jsonl", "data=items.jsonl"),
        ("human:/home/somebody/rankings.jsonl", "human:rankings.jsonl"),
        ("judge=preset:/home/some body/judge.yaml", "judge=preset:judge.yaml"),
        ("model=transformers//home/some body/tea", "model=transformers/tea"),
        ("data=file:///home/somebody/items.jsonl", "data=file://items.jsonl"),
        ("judge.base_url=http://127.0.0.1:8000/v1/chat", "judge.base_url=http://127.0.0.1:8000/v1/chat"),
        ("ORG/MODEL/layout/a", "ORG/MODEL/layout/a"),
        ("1/2 and/or 3", "1/2 and/or 3"),
        ("/home/somebody/items.jsonl: and/or 3", "items.jsonl: and/or 3"),
    ],
)
def test_a_command_is_kept_without_folders(folder: Path, tmp_path: Path, said: str, kept: str) -> None:
    record = Reproduction.model_validate_json((folder / RECORD).read_text())
    command = shlex.join(["weval", "run", "--set", said.format(folder=folder)])
    steps = (record.steps[0].model_copy(update={"command": command}), *record.steps[1:])
    write_json(folder / RECORD, record.model_copy(update={"steps": steps}))
    keep(folder, tmp_path / "kept")
    after = Reproduction.model_validate_json((tmp_path / "kept" / RECORD).read_text())
    assert after.steps[0].command == shlex.join(["weval", "run", "--set", kept])


def test_a_folder_with_a_space_is_not_told_after_it_was_moved(folder: Path, tmp_path: Path) -> None:
    record = Reproduction.model_validate_json((folder / RECORD).read_text())
    at = record.steps[1].folder
    command = shlex.join(
        ["weval", "run", "--set", f"x=/home/some body/out/{at}", "--out", f"/home/some body/out/{at}/made"]
    )
    steps = (record.steps[0], record.steps[1].model_copy(update={"command": command}), *record.steps[2:])
    write_json(folder / RECORD, record.model_copy(update={"steps": steps}))
    made = folder / str(at) / "made" / "run.json"
    made.write_text(json.dumps(json.loads(made.read_text()) | {"command": command}))
    keep(folder, tmp_path / "kept")
    after = Reproduction.model_validate_json((tmp_path / "kept" / RECORD).read_text())
    assert after.steps[1].command == f"weval run --set x={at} --out {at}/made"
    assert read_run(tmp_path / "kept" / str(at) / "made").command == after.steps[1].command


def test_a_command_that_is_none_is_one_error(folder: Path, tmp_path: Path) -> None:
    record = Reproduction.model_validate_json((folder / RECORD).read_text())
    steps = (record.steps[0].model_copy(update={"command": "weval 'run"}), *record.steps[1:])
    write_json(folder / RECORD, record.model_copy(update={"steps": steps}))
    with pytest.raises(DataError, match="weval 'run: is no command"):
        keep(folder, tmp_path / "kept")


def test_the_cells_are_kept_as_they_are(folder: Path, tmp_path: Path) -> None:
    keep(folder, tmp_path / "kept")
    before, after = (Reproduction.model_validate_json((at / RECORD).read_text()) for at in (folder, tmp_path / "kept"))
    assert after.tables == before.tables
    assert [step.name for step in after.steps] == [step.name for step in before.steps]


def test_answers_are_kept_without_a_models_words(folder: Path, tmp_path: Path) -> None:
    scores = folder / "steps" / "t4-rules-00000000" / "made" / "scores.jsonl"
    rows = [json.loads(line) | {"raw": "secret", "reason": "r" * 1000} for line in scores.read_text().splitlines()]
    scores.write_text("".join(json.dumps(row) + "\n" for row in rows))
    keep(folder, tmp_path / "kept")
    kept = unpacked(tmp_path / "kept" / "steps" / "t4-rules-00000000" / "made" / "scores.jsonl.gz")
    assert [(row["id"], row.get("values")) for row in kept] == [(row["id"], row.get("values")) for row in rows]
    assert all("raw" not in row and len(row["reason"]) == 300 for row in kept)
    texts = unpacked(tmp_path / "kept" / "steps" / "good-00000000" / "made" / "responses.jsonl.gz")
    assert texts[0]["text"].startswith("tea ")


def test_it_is_the_same_twice(folder: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        keep(folder, tmp_path / name)
    assert files(tmp_path / "one") == files(tmp_path / "two")
    assert all(
        (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
        for name in files(tmp_path / "one")
    )


def test_of_items_that_are_nobodys_the_gold_is_kept_without_a_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("weval.reproduce.keeping.read_profile", lambda name: built_profile())
    made = make_built(tmp_path / "out")
    keep(made, tmp_path / "kept")
    place = tmp_path / "kept" / "steps" / "own-00000000" / "made"
    gold = unpacked(place / "gold.jsonl.gz")
    assert len(gold) >= 3
    assert "Write about" not in json.dumps(gold)
    assert read_run(place).data == "{step:built}/export/items.jsonl"


def test_what_is_there_already_stays(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    with pytest.raises(ConfigError, match="is there already"):
        keep(folder, tmp_path / "kept")
    assert files(tmp_path / "kept") == set()


def test_what_is_no_reproduction_is_one_error(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such file"):
        keep(tmp_path, tmp_path / "kept")
    record = Reproduction.model_validate_json((folder / RECORD).read_text())
    undone = tuple(step.model_copy(update={"state": "failed"}) for step in record.steps)
    write_json(folder / RECORD, record.model_copy(update={"steps": undone}))
    with pytest.raises(ResultError, match="no step with scores has come to its end"):
        keep(folder, tmp_path / "kept")
    assert not (tmp_path / "kept").exists()


def test_a_run_is_known_to_be_that_of_its_step(folder: Path) -> None:
    made = folder / "steps" / "t4-rules-00000000" / "made"
    record = read_run(made)
    step = Run(does="run", model="rules", task="weval-mini", limit=LIMIT, settings={"resamples": 200}, about="a")
    assert [*unlike(step, record)] == []
    assert [*unlike(step.model_copy(update={"model": "ru{step:x}"}), record)] == []  # a place may be anything
    for changed, said in (
        ({"model": "length"}, "its model is rules, and that of the step length"),
        ({"model": "preset:{step:x}/preset.yaml"}, "its model is rules"),
        ({"task": "weval"}, "its task is weval-mini, and that of the step weval"),
        ({"limit": 7}, "its limit is 12, and that of the step 7"),
        ({"settings": {}}, "its setting resamples is '200', and that of the step None"),
        ({"settings": {"resamples": 200, "probe": "swapped"}}, "its setting probe is None"),
    ):
        (problem,) = unlike(step.model_copy(update=changed), record)
        assert problem.startswith(said)
    for broken in ({}, {"model": 5, "task": None}, {"model": {"name": ["rules"]}, "task": {}}):
        assert "its task is None, and that of the step weval-mini" in [
            *unlike(step, record.model_copy(update={"identity": broken}))
        ]


def test_a_writers_run_is_known_too(folder: Path) -> None:
    made = folder / "steps" / "good-00000000" / "made"
    record = read_run(made)
    step = profile().steps["good"]
    assert [*unlike(step, record)] == []
    for key in ("benchmark", "model", "judge"):
        (problem,) = unlike(step.model_copy(update={key: "another"}), record)
        assert problem.startswith(f"its {key} is ")
    assert kept_files(step, made) == ["responses.jsonl", "replies.jsonl"]
