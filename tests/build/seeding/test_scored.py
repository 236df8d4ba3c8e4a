"""The file of scored seeds: what it holds after a kill, and for whom."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from weval.build.records import Seed
from weval.build.seeding.scored import Scored, ScoredFile, is_known, key_of
from weval.errors import DataError


def seed(name: str, text: str = "Write about tea") -> Seed:
    return Seed(id=name, text=text, source="mine.jsonl")


def row(key: int, category: str = "tea", similarity: float = 0.5) -> Scored:
    return Scored(id=f"s{key}", key=f"{key:016x}", category=category, similarity=similarity)


def test_a_new_file_knows_nothing(tmp_path: Path) -> None:
    file = ScoredFile(tmp_path, "abc")
    assert len(file.keys()) == 0
    assert is_known(file.keys(), [1, 2]).tolist() == [False, False]
    keys, places, similarities = file.columns(("tea",))
    assert (len(keys), len(places), len(similarities)) == (0, 0, 0)


def test_what_was_added_is_known_in_the_order_of_keys(tmp_path: Path) -> None:
    file = ScoredFile(tmp_path, "abc")
    file.add([row(2**64 - 1, "plan", -0.25), row(3)])
    file.add([row(0, "plan", 1.0), row(3)])
    keys, places, similarities = file.columns(("plan", "tea"))
    assert keys.tolist() == [0, 3, 2**64 - 1]
    assert places.tolist() == [0, 1, 0]
    assert similarities.tolist() == [1.0, 0.5, -0.25]
    assert is_known(file.keys(), [3, 4, 2**64 - 1, 0]).tolist() == [True, False, True, True]


def test_a_line_that_a_killed_process_left_half_written_is_cut_off(tmp_path: Path) -> None:
    file = ScoredFile(tmp_path, "abc")
    file.add([row(1), row(2)])
    content = file.path.read_bytes()
    file.path.write_bytes(content[:-10])
    assert file.keys().tolist() == [1]
    file.add([row(2)])
    assert file.path.read_bytes() == content


def test_another_model_has_another_file(tmp_path: Path) -> None:
    ScoredFile(tmp_path, "abc").add([row(1)])
    assert len(ScoredFile(tmp_path, "abd").keys()) == 0
    assert len(ScoredFile(tmp_path, "abc").keys()) == 1


def test_a_key_is_of_id_and_text() -> None:
    assert key_of(seed("a")) == key_of(seed("a"))
    assert len({key_of(seed("a")), key_of(seed("b")), key_of(seed("a", "Write about coffee"))}) == 3


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"id":"a","key":"xyz","category":"tea","similarity":0.5}', ":2: key: "),
        ('{"id":"a","key":"0000000000000001","category":"tea","similarity":1.5}', ":2: similarity: "),
        ("nonsense", ":2: is not JSON"),
    ],
)
def test_a_file_that_was_spoilt_names_its_line(tmp_path: Path, line: str, said: str) -> None:
    file = ScoredFile(tmp_path, "abc")
    file.add([row(1)])
    with file.path.open("a", encoding="utf-8") as end:
        end.write(line + "\n")
    with pytest.raises(DataError) as caught:
        file.keys()
    assert str(caught.value).startswith(f"{file.path}{said}")


def test_a_category_that_there_is_not_is_told(tmp_path: Path) -> None:
    file = ScoredFile(tmp_path, "abc")
    file.add([row(1, "coffee")])
    with pytest.raises(DataError, match="there is no category 'coffee'"):
        file.columns(("tea",))


def test_keys_are_64_bits(tmp_path: Path) -> None:
    assert is_known(np.array([2**63 + 1], dtype=np.uint64), [2**63 + 1, 1]).tolist() == [True, False]
