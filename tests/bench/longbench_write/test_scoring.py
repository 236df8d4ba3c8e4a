from __future__ import annotations

import pytest

from tests.cpu import cpu_within
from weval.bench.longbench_write import (
    BUCKETS,
    DIMENSIONS,
    bucket,
    count_words,
    dimension_score,
    length_score,
    quality,
    quality_scores,
)
from weval.errors import DataError, OriginalError

FLAT = {value: dict.fromkeys(DIMENSIONS, value) for value in (1, 3, 5)}


@pytest.mark.parametrize(
    ("text", "original", "repaired"),
    [
        ("", 0, 0),
        ("Hello world", 2, 2),
        ("使用Python编程", 4, 5),
        ("Don’t re-read GPT4.", 4, 3),
        ("Don’t. Re-read it 3 times.", 6, 5),
        ("かな 𠀀 Привет café", 0, 5),
        ("한국어 문장", 0, 2),
        ("# Title\n\n1. One\n2. **Two**", 3, 3),
    ],
)
def test_words(text: str, original: int, repaired: int) -> None:
    assert (count_words(text, mode="original"), count_words(text)) == (original, repaired)


@pytest.mark.parametrize(
    ("required", "written", "score"),
    [(300, 100, 0), (300, 200, 75), (300, 300, 100), (300, 600, 200 / 3), (300, 1200, 0), (300, 9000, 0), (300, 1, 0)],
)
def test_length(required: int, written: int, score: float) -> None:
    assert length_score(required, written) == pytest.approx(score)
    assert length_score(required, written, mode="original") == length_score(required, written)


def test_a_text_without_words_scores_nothing_where_the_original_stops() -> None:
    assert length_score(500, 0) == 0
    with pytest.raises(OriginalError, match="divides by 0 for 0 words of 500"):
        length_score(500, 0, mode="original")


def test_a_length_that_cannot_be_is_an_error() -> None:
    for required, written in ((0, 5), (-1, 5), (5, -1)):
        with pytest.raises(DataError, match="required"):
            length_score(required, written)
    with pytest.raises(OriginalError):
        length_score(0, 5, mode="original")


def test_scores_of_one_text() -> None:
    assert [dimension_score(value) for value in (1, 2.5, 5)] == [0, 37.5, 100]
    assert quality({**FLAT[1], "Clarity": 4, "Analysis": 9}) == 12.5
    with pytest.raises(DataError, match="no score of Relevance"):
        quality({"Clarity": 4})


def test_scores_of_many_texts_leave_out_what_is_missing() -> None:
    items = [FLAT[5], None, {**FLAT[1], "Clarity": 3}]
    scores = quality_scores(items)
    assert scores == {**dict.fromkeys(DIMENSIONS, 50.0), "Clarity": 75.0, "total": pytest.approx(325 / 6)}
    assert quality_scores(items, mode="original") == pytest.approx(scores)


def test_without_any_score_there_is_no_mean() -> None:
    for items in ([], [None, None]):
        assert quality_scores(items) == dict.fromkeys((*DIMENSIONS, "total"))
        with pytest.raises(OriginalError, match="division by zero"):
            quality_scores(items, mode="original")


@pytest.mark.parametrize("item", [5, {**FLAT[3], "Clarity": "4/5"}, list(DIMENSIONS), {**FLAT[3], "Clarity": 10**400}])
def test_what_the_original_keeps_can_stop_its_summary(item: object) -> None:
    with pytest.raises(OriginalError, match=r"eval_quality\.py stops at its summary"):
        quality_scores([FLAT[3], item], mode="original")


def test_the_original_takes_any_number_and_the_repair_none_out_of_range() -> None:
    item = {**FLAT[5], "Clarity": 10}
    assert quality_scores([item], mode="original")["Clarity"] == 225
    assert quality_scores([{"Clarity": "2"}], mode="original") == pytest.approx(
        {**dict.fromkeys(DIMENSIONS, 50), "Clarity": 25, "total": 275 / 6}
    )


@pytest.mark.parametrize(
    ("item", "complaint"),
    [
        ({**FLAT[5], "Clarity": 10}, "Clarity: '10' is no number from 1 to 5"),
        ({**FLAT[5], "Clarity": "4"}, "Clarity: '4' is no number from 1 to 5"),
        ({**FLAT[5], "Clarity": True}, "Clarity: 'True' is no number from 1 to 5"),
        ({**FLAT[5], "Clarity": float("nan")}, "Clarity: 'nan' is no number"),
        ({"Relevance": 5}, "Accuracy: 'None' is no number"),
        (5, "a verdict is no object of scores by dimension: '5'"),
    ],
)
def test_what_is_no_verdict_is_an_error_when_repaired(item: object, complaint: str) -> None:
    with pytest.raises(DataError, match=complaint):
        quality_scores([FLAT[3], item])


def test_buckets() -> None:
    found = [bucket(required) for required in (100, 499, 500, 1999, 2000, 3999, 4000, 20_000, 30_000)]
    assert found == [BUCKETS[at] for at in (0, 0, 1, 1, 2, 2, 3, 3, 3)]


@pytest.mark.parametrize("unit", ["a", "字", "a ", "'", "- ", "[", "<", "\ud800", "*_`"])
def test_long_texts_take_little_time(unit: str) -> None:
    text = unit * (200_000 // len(unit))
    with cpu_within(2):
        assert count_words(text) >= 0
        assert count_words(text, mode="original") >= 0
