from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from weval.build.records import Answered, Chosen, Draft, LeftOut, Seed, StepRecord
from weval.files import read_json, write_json


def step(**fields: object) -> StepRecord:
    usual = {"step": "answer", "settings": {}, "inputs": {}, "files": {}, "n_rows": 0, "version": "1", "created": "now"}
    return StepRecord.model_validate({**usual, "seconds": 0.5, **fields})


def test_a_step_is_read_as_it_was_written(tmp_path: Path) -> None:
    record = step(settings={"answer": {"model": "server/m"}}, left_out={"empty": 1}, told={"x": [1, None]})
    write_json(tmp_path / "step.json", record)
    assert '"schema": 1' in (tmp_path / "step.json").read_text()
    assert read_json(tmp_path / "step.json", StepRecord) == record


def test_a_chosen_seed_is_a_seed_and_may_have_no_category() -> None:
    seed = Seed(id="s1", text="Write.", source="file")
    chosen = Chosen(**seed.model_dump())
    assert (chosen.category, chosen.similarity) == (None, None)


@pytest.mark.parametrize(
    "record, content",
    [
        (Draft, {"id": "d", "instruction": "Write.", "requirements": []}),
        (Draft, {"id": "d", "instruction": "", "requirements": [{"id": "c", "text": "Well."}]}),
        (Answered, {"item_id": "d", "candidate_id": "a1", "response": ""}),
        (Answered, {"item_id": "d", "candidate_id": "a1", "response": "x", "cost_usd": float("nan")}),
        (LeftOut, {"id": "d", "reason": ""}),
        (Seed, {"id": "d", "text": "Write.", "source": "file", "more": 1}),
    ],
)
def test_what_cannot_be_right_is_refused(record: type, content: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        record(**content)


@pytest.mark.parametrize("name", ["../answers.jsonl", "/etc/passwd", "a/../../b", "..", "", ".", "C:\\x", "a\\b"])
def test_a_record_names_no_file_outside_of_its_folder(name: str) -> None:
    with pytest.raises(ValidationError, match="is no file of the step's folder"):
        step(files={name: "0"})
    assert step(files={"released/eval.jsonl": "0"}).files
