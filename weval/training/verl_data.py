"""Prompts as veRL reads them: parquet with its five columns."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from weval.build.records import TrainingPrompt
from weval.errors import ResultError, missing_extra
from weval.files import os_message, part_of
from weval.training.rewards.prompts import chat_of

if TYPE_CHECKING:
    import pyarrow as pa

ABILITY = "writing"


def row(name: str, index: int, prompt: TrainingPrompt, split: str, *, reasoning: bool) -> dict[str, Any]:
    """One row. All of the prompt is in `ground_truth` as JSON, for the function that rewards: so the column is of one
    type whatever checks a requirement has.

    >>> about = {"id": "p", "prompt": [{"role": "user", "content": "Tea."}], "instruction": "Tea.",
    ...          "requirements": [{"id": "c1", "text": "Be short."}]}
    >>> row("wrl", 0, TrainingPrompt.model_validate(about, strict=False), "train", reasoning=False)["prompt"]
    [{'role': 'user', 'content': 'Tea.'}]
    """
    return {
        "data_source": name,
        "prompt": chat_of(prompt, reasoning=reasoning),
        "ability": ABILITY,
        "reward_model": {"style": "model", "ground_truth": prompt.model_dump_json()},
        "extra_info": {"split": split, "index": index, "id": prompt.id},
    }


def write_parquet(rows: Iterable[dict[str, Any]], path: Path) -> None:
    """Writes rows, whole or not at all. Raises ConfigError without pyarrow, ResultError where it cannot write."""
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ModuleNotFoundError:
        raise missing_extra("pyarrow", "parquet", "--export verl") from None
    part = part_of(path)
    try:
        pq.write_table(pa.Table.from_pylist(list(rows), schema=_schema()), part)
        part.replace(path)
    except OSError as error:
        raise ResultError(f"cannot write {path}: {os_message(error)}") from error


def _schema() -> pa.Schema:
    import pyarrow as pa

    text = pa.string()
    return pa.schema({
        "data_source": text,
        "prompt": pa.list_(pa.struct({"role": text, "content": text})),
        "ability": text,
        "reward_model": pa.struct({"style": text, "ground_truth": text}),
        "extra_info": pa.struct({"split": text, "index": pa.int64(), "id": text}),
    })  # fmt: skip
