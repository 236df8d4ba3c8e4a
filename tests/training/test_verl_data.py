from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from weval.build.records import TrainingPrompt
from weval.errors import ConfigError, ResultError
from weval.training.rewards.reasoned import SYSTEM
from weval.training.verl_data import row, write_parquet

CHECK = {"kind": "words", "at_most": 50}


def prompt(name: str = "p1", **more: object) -> TrainingPrompt:
    about = {
        "id": name,
        "prompt": [{"role": "user", "content": "Write about tea. 要短。"}],
        "instruction": "Write about tea.",
        "requirements": [{"id": "c1", "text": "要短。", **more}],
    }
    return TrainingPrompt.model_validate(about, strict=False)


def written(path: Path, *, reasoning: bool = False) -> list[dict[str, object]]:
    rows = [row("wrl", n, prompt(f"p{n}"), "train", reasoning=reasoning) for n in range(3)]
    write_parquet(rows, path)
    found: list[dict[str, object]] = pq.read_table(path).to_pylist()
    return found


def test_rows_have_verls_five_columns_and_their_types(tmp_path: Path) -> None:
    rows = written(tmp_path / "train.parquet")
    assert list(rows[0]) == ["data_source", "prompt", "ability", "reward_model", "extra_info"]
    assert rows[2]["extra_info"] == {"split": "train", "index": 2, "id": "p2"}
    assert rows[0]["prompt"] == [{"role": "user", "content": "Write about tea. 要短。"}]
    assert not [path for path in tmp_path.iterdir() if path.name != "train.parquet"]


def test_all_of_a_prompt_comes_back_from_its_ground_truth(tmp_path: Path) -> None:
    (first, *_) = written(tmp_path / "train.parquet")
    about = first["reward_model"]
    assert isinstance(about, dict) and about["style"] == "model"
    assert TrainingPrompt.model_validate(json.loads(about["ground_truth"]), strict=False) == prompt("p0")


def test_a_reasoning_writer_is_told_the_form(tmp_path: Path) -> None:
    (first, *_) = written(tmp_path / "train.parquet", reasoning=True)
    turns = first["prompt"]
    assert isinstance(turns, list) and turns[0] == {"role": "system", "content": SYSTEM} and len(turns) == 2


def test_hugging_faces_datasets_reads_it_as_verl_does(tmp_path: Path) -> None:
    import datasets

    written(tmp_path / "train.parquet")
    found = datasets.load_dataset(
        "parquet", data_files=str(tmp_path / "train.parquet"), cache_dir=str(tmp_path / "cache")
    )["train"]
    assert found[1]["prompt"][0]["role"] == "user" and found[1]["extra_info"]["index"] == 1


def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(ResultError, match="cannot write"):
        write_parquet([], tmp_path / "missing" / "train.parquet")


def test_without_pyarrow_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ConfigError, match="parquet"):
        write_parquet([], tmp_path / "train.parquet")
