"""A file of several texts for each item, divided into samples."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.bench.scripted import rows_of, write_rows
from weval.bench.best_of.given import divide_samples, sample_file
from weval.errors import DataError


def test_each_sample_has_a_file_and_the_objects_are_as_they_were(tmp_path: Path) -> None:
    rows = [{"item": str(i), "sample": k, "text": f"茶 {i}{k}"} for i in (1, 2) for k in (1, 2, 3)]
    divide_samples(write_rows(tmp_path / "all.jsonl", rows), tmp_path / "root", 2)
    assert rows_of(sample_file(tmp_path / "root", 2)) == [{"item": str(i), "text": f"茶 {i}2"} for i in (1, 2)]
    assert not sample_file(tmp_path / "root", 3).exists()


def test_what_names_no_sample_is_named_by_its_line(tmp_path: Path) -> None:
    path = tmp_path / "all.jsonl"
    for wrong in (None, 0, "1", True, 1.5):
        path.write_text(
            json.dumps({"sample": 1, "item": "1", "text": ""}) + "\n" + json.dumps({"sample": wrong}) + "\n"
        )
        with pytest.raises(DataError, match=r"all\.jsonl:2: sample: says which of an item's texts this is"):
            divide_samples(path, tmp_path / "root", 2)
    assert not (tmp_path / "root").exists()


def test_a_sample_without_a_text_is_named(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "all.jsonl", [{"item": "1", "sample": 2, "text": "Tea."}])
    with pytest.raises(DataError, match="has no texts of sample 1, 3, of 3"):
        divide_samples(path, tmp_path / "root", 3)
