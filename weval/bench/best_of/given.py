"""Texts that are here already, several for each item: a file of them into one for each sample."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import ConfigDict, RootModel

from weval.errors import DataError
from weval.files import Problems, read_jsonl, write_text


class _Object(RootModel[dict[str, Any]]):
    model_config = ConfigDict(frozen=True)


def sample_file(folder: Path, sample: int) -> Path:
    """Where the texts of a sample are put."""
    return folder / f"sample-{sample}.jsonl"


def divide_samples(path: Path, folder: Path, n: int) -> None:
    """Writes the objects of a file, each of which says under `sample` from 1 on which text of its item it holds, into a
    file for each of the first n samples. Objects of further samples are left out.

    Raises DataError naming the lines that say nothing of the kind, and for samples of which there is no text.
    """
    problems = Problems(path)
    found: dict[int, list[str]] = {sample: [] for sample in range(1, n + 1)}
    for line, content in read_jsonl(path, _Object, problems):
        said = dict(content.root)
        sample = said.pop("sample", None)
        if not isinstance(sample, int) or isinstance(sample, bool) or sample < 1:
            problems.add(line, "sample", "says which of an item's texts this is, from 1 on")
        elif sample in found:
            found[sample].append(json.dumps(said, ensure_ascii=True) + "\n")
    problems.check()
    if empty := [str(sample) for sample, lines in found.items() if not lines]:
        raise DataError(f"{path}: has no texts of sample {', '.join(empty[:9])}, of {n}")
    folder.mkdir(parents=True, exist_ok=True)
    for sample, lines in found.items():
        write_text(sample_file(folder, sample), "".join(lines))
