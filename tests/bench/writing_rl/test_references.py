from __future__ import annotations

import json

import pytest

from weval.bench.writing_rl.references import References, starting_index
from weval.errors import DataError, OriginalError

RISING = ["easy", "mid", "hard"]


def test_repaired_a_batch_moves_a_prompt_one_step() -> None:
    references = References()
    for reward in (1.0, 1.0, 0.5, None, 1.0):
        assert references.current("7", RISING) == "easy"
        references.note("7", RISING, reward)
    references.end_batch()
    assert references.current("7", RISING) == "mid"
    references.end_batch()
    assert references.index == {"7": 1}


def test_original_every_win_moves_it_at_once_and_without_end() -> None:
    references = References(starting_index(1), mode="original")
    shown = []
    for _ in range(5):
        shown.append(references.current("0", RISING))
        references.note("0", RISING, 1.1)
    references.end_batch()
    assert shown == ["easy", "mid", "hard", "hard", "hard"]
    assert references.index == {"0": 5, "1": 0}


def test_repaired_the_index_ends_at_the_last_reference() -> None:
    references = References({"0": 5})
    references.note("0", RISING, 1.0)
    references.end_batch()
    assert references.index == {"0": 2}


@pytest.mark.parametrize("reward", [0.99, 0.5, 0.0, None])
def test_what_is_no_win_moves_nothing(reward: float | None) -> None:
    references = References()
    references.note("0", RISING, reward)
    references.end_batch()
    assert references.current("0", RISING) == "easy"


def test_repaired_a_number_is_the_same_id_as_its_text() -> None:
    references = References()
    references.note(3, RISING, 1.0)
    references.end_batch()
    assert references.current("3", RISING) == references.current(3, RISING) == "mid"


def test_what_was_kept_as_json_goes_on() -> None:
    references = References()
    references.note("0", RISING, 1.0)
    references.end_batch()
    assert References(json.loads(json.dumps(references.index))).current("0", RISING) == "mid"


def test_what_is_missing_is_said() -> None:
    with pytest.raises(DataError, match="no id"):
        References().current(None, RISING)
    with pytest.raises(DataError, match="prompt 0: no references"):
        References().current("0", [])
    original = References(starting_index(1), mode="original")
    for prompt, found, said in [(0, RISING, "KeyError: 0"), (None, RISING, "KeyError: 'id'"), ("0", [], "IndexError")]:
        with pytest.raises(OriginalError, match=said):
            original.current(prompt, found)
