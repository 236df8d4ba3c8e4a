"""What a result says, as a file."""

from __future__ import annotations

import json

import pytest
from pydantic import ValidationError

from weval.bench.best_of import BestOf, BestOfResult
from weval.bench.best_of.result import Computed


def test_the_file_is_the_result(done: BestOf) -> None:
    text = (done.folder / "result.json").read_text(encoding="utf-8")
    assert BestOfResult.model_validate_json(text) == done.result
    content = json.loads(text)
    assert (content["kind"], content["schema"], content["headline"]) == ("best_of", 1, "s_bar")
    assert content["points"][0]["gain"] is None
    assert content["reward"]["name"] == "length"


def test_one_text_is_no_choice() -> None:
    with pytest.raises(ValidationError):
        Computed(n_texts=1)
