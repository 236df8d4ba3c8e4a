"""A card is read back as it was written, and what is no card is named by its field."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.build.answered import made, put, rows
from weval.build.releasing.datacard import DataCard, SeedSource
from weval.errors import DataError
from weval.files import read_json


def test_a_card_with_a_field_too_many_is_refused(tmp_path: Path) -> None:
    put(tmp_path, rows(2))
    made("verify", tmp_path)
    path = made("card", tmp_path).file
    card = read_json(path, DataCard)
    assert DataCard.model_validate_json(card.model_dump_json()) == card
    path.write_text(json.dumps(json.loads(path.read_text()) | {"colour": "red"}))
    with pytest.raises(DataError, match=r"card\.json:1: colour"):
        read_json(path, DataCard)


def test_a_source_is_free_unless_it_says_otherwise() -> None:
    assert SeedSource(name="x", licence="CC0").redistributable
